"""Ways out of an agreement that cannot be kept, in words, in English and German."""

from __future__ import annotations

from collections.abc import Sequence

from features.domain import Text
from features.domain.sla import Duration
from models.cutoffs.contact_sentences import german_span
from models.cutoffs.sentences import count, german_percent, percent


def promise_words(name: str, promise: float | str | Duration) -> Text:
    """Return a promise as half a sentence.

    Examples
    --------
    >>> promise_words("sql.min_conversion_rate", 0.3).en
    'at least 30 % convert'
    """
    if isinstance(promise, Duration):
        return Text(f"contact is made within {promise}", f"der Kontakt innerhalb von {german_span(promise)} erfolgt")
    if isinstance(promise, str):
        return Text(f"contact is made within {promise}", f"der Kontakt innerhalb von {promise} erfolgt")
    key = name.partition(".")[2]
    if key == "max_per_week":
        return Text(f"at most {promise:.0f} leads a week come", f"höchstens {promise:.0f} Leads in der Woche kommen")
    share, anteil = percent(promise), german_percent(promise)
    return {
        "min_conversion_rate": Text(f"at least {share} convert", f"mindestens {anteil} zum Abschluss werden"),
        "min_acceptance_rate": Text(
            f"at least {share} are taken on by sales", f"der Vertrieb mindestens {anteil} annimmt"
        ),
        "max_missed_customers": Text(
            f"at most {share} of customers are missed", f"höchstens {anteil} der Kunden verpasst werden"
        ),
    }[key]


def option_sentence(
    name: str,
    promise: float | str,
    best: float | None,
    probability: float | None,
    kept: Sequence[tuple[str, float | Duration | None]],
) -> Text:
    """Return what relaxing one promise leads to while the others are kept."""
    agreed = promise_words(name, promise)
    words = [promise_words(other, value) for other, value in kept if value is not None]
    keep = Text(" and ".join(one.en for one in words), " und ".join(one.de for one in words))
    if best is None or probability is None:
        if not words:
            return Text(
                f"No promise in place of '{agreed.en}' is certified by these data.",
                f"Keine Zusage anstelle von „{agreed.de}“ lässt sich mit diesen Daten zertifizieren.",
            )
        return Text(
            f"Keep that {keep.en} and relax that {agreed.en}: these data certify no value of it.",
            f"Beibehalten, dass {keep.de}, und lockern, dass {agreed.de}: Diese Daten zertifizieren dafür keinen Wert.",
        )
    found = promise_words(name, best)
    start = (
        Text(f"Keep that {keep.en}", f"Beibehalten, dass {keep.de}")
        if words
        else Text("Relax this promise alone", "Nur diese Zusage lockern")
    )
    at = f"{probability:.3f}"
    return Text(
        f"{start.en}: instead of '{agreed.en}', these data certify that {found.en}, at a cutoff of {at}.",
        f"{start.de}: Statt „{agreed.de}“ zertifizieren diese Daten, dass {found.de}, bei einer Schwelle von "
        f"{at.replace('.', ',')}.",
    )


def truth_sentence(rate: float, allowed: float, missed: float) -> Text:
    """Return that two promises clash in truth, not for want of data."""
    return Text(
        f"More leads would not help: where at least {percent(rate)} convert, even a perfect estimate of the fitted "
        f"curve misses {percent(missed)} of customers; {percent(allowed)} were promised.",
        f"Mehr Leads würden nicht helfen: Wo mindestens {german_percent(rate)} zum Abschluss werden, verpasst selbst "
        f"eine perfekte Schätzung der angepassten Kurve {german_percent(missed)} der Kunden; zugesagt waren "
        f"{german_percent(allowed)}.",
    )


def rate_out_of_reach_sentence(rate: float, highest: float) -> Text:
    """Return that a conversion rate is above all that the model finds."""
    return Text(
        f"More leads would not help: on the fitted curve at most {percent(highest)} of a usable share of leads "
        f"convert; {percent(rate)} were promised. A model that tells leads apart better would be needed.",
        f"Mehr Leads würden nicht helfen: Auf der angepassten Kurve werden von einem brauchbaren Anteil der Leads "
        f"höchstens {german_percent(highest)} zum Abschluss; zugesagt waren {german_percent(rate)}. Nötig wäre ein "
        "Modell, das Leads besser unterscheidet.",
    )


def more_leads_sentence(multiple: int, leads: int, chance: float) -> Text:
    """Return how many leads would probably certify."""
    needed = count(leads)
    return Text(
        f"It is a matter of data: with {multiple} times as many mature leads ({needed.en}) the chance to certify is "
        f"about {percent(round(chance, 2))}.",
        f"Es fehlt an Daten: Mit {multiple}-mal so vielen reifen Leads ({needed.de}) liegt die Chance auf ein "
        f"Zertifikat bei etwa {german_percent(round(chance, 2))}.",
    )


def beyond_reach_sentence(multiple: int) -> Text:
    """Return that the promises lie at the very edge of what is true."""
    return Text(
        f"The promises lie at the edge of what the fitted curve allows: not even {multiple} times as many leads would "
        "probably certify them.",
        f"Die Zusagen liegen am Rand dessen, was die angepasste Kurve zulässt: Auch {multiple}-mal so viele Leads "
        "würden sie wahrscheinlich nicht zertifizieren.",
    )
