"""Ways out of an agreement that cannot be kept, in words, in English and German."""

from __future__ import annotations

from collections.abc import Sequence

from features.domain import Text
from features.domain.sla import Duration
from models.cutoffs.contact_sentences import german_span
from models.cutoffs.sentences import count, german_percent, percent


def promise_words(name: str, promise: float | Duration) -> Text:
    """Return a promise as half a sentence.

    Examples
    --------
    >>> promise_words("sql.min_conversion_rate", 0.3).en
    'at least 30 % convert'
    """
    if isinstance(promise, Duration):
        return Text(f"contact is made within {promise}", f"der Kontakt innerhalb von {german_span(promise)} erfolgt")
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
    promise: float | Duration,
    best: float | Duration | None,
    probability: float | None,
    kept: Sequence[tuple[str, float | Duration | None]],
    *,
    furthest: Duration | None = None,
    staffed: bool = True,
) -> Text:
    """Return what relaxing one promise leads to while the others are kept.

    ``furthest`` is the longest time to contact that was tried; without ``staffed`` it is not known how many leads can
    be taken in a week, so that the opening hours alone speak.
    """
    agreed = promise_words(name, promise)
    words, keep = [value for _, value in kept if value is not None], _together(kept)
    if best is None or probability is None:
        up_to_en = "" if furthest is None else f", up to {furthest}"
        up_to_de = "" if furthest is None else f", bis {german_span(furthest)}"
        if not words:
            return Text(
                f"No promise in place of '{agreed.en}' is certified by these data{up_to_en}.",
                f"Keine Zusage anstelle von „{agreed.de}“ lässt sich mit diesen Daten zertifizieren{up_to_de}.",
            )
        return Text(
            f"Keep that {keep.en} and relax that {agreed.en}: these data certify no value of it{up_to_en}.",
            f"Beibehalten, dass {keep.de}, und lockern, dass {agreed.de}: Diese Daten zertifizieren dafür keinen Wert"
            f"{up_to_de}.",
        )
    found = promise_words(name, best)
    start = (
        Text(f"Keep that {keep.en}", f"Beibehalten, dass {keep.de}")
        if words
        else Text("Relax this promise alone", "Nur diese Zusage lockern")
    )
    by = (
        Text("these data certify", "zertifizieren diese Daten")
        if staffed
        else Text(
            "the opening hours, with as many people as it takes, allow",
            "erlauben die Öffnungszeiten, mit so vielen Leuten wie nötig",
        )
    )
    # Three digits of a probability below a hundredth would say little or nothing.
    at = f"{probability:.3f}" if probability >= 0.01 else f"{probability:.6f}"
    return Text(
        f"{start.en}: instead of '{agreed.en}', {by.en} that {found.en}, at a cutoff of {at}.",
        f"{start.de}: Statt „{agreed.de}“ {by.de}, dass {found.de}, bei einer Schwelle von {at.replace('.', ',')}.",
    )


def truth_sentence(
    others: Sequence[tuple[str, float | Duration | None]], allowed: float, missed: float, *, excluded: bool
) -> Text:
    """Return that missed customers clash with other promises in truth, not for want of data."""
    help_ = _no_help(excluded=excluded)
    kept = _together(others)
    return Text(
        f"{help_.en}: where {kept.en}, even a perfect estimate of the fitted curve misses "
        f"{percent(missed)} of customers; {percent(allowed)} were promised.",
        f"{help_.de}: Wo {kept.de}, verpasst selbst eine perfekte Schätzung der angepassten Kurve "
        f"{german_percent(missed)} der Kunden; zugesagt waren {german_percent(allowed)}.",
    )


def out_of_reach_sentence(name: str, rate: float, highest: float, *, excluded: bool) -> Text:
    """Return that a rate is above all that the model finds."""
    help_ = _no_help(excluded=excluded)
    if name.endswith("min_acceptance_rate"):
        return Text(
            f"{help_.en}: on the fitted curve sales takes on at most {percent(highest)} of a usable "
            f"share of leads; {percent(rate)} were promised. Look at the reasons for which sales rejects leads.",
            f"{help_.de}: Auf der angepassten Kurve nimmt der Vertrieb von einem brauchbaren Anteil "
            f"der Leads höchstens {german_percent(highest)} an; zugesagt waren {german_percent(rate)}. Sehen Sie sich "
            "die Gründe an, aus denen der Vertrieb Leads ablehnt.",
        )
    return Text(
        f"{help_.en}: on the fitted curve at most {percent(highest)} of a usable share of leads "
        f"convert; {percent(rate)} were promised. A model that tells leads apart better would be needed.",
        f"{help_.de}: Auf der angepassten Kurve werden von einem brauchbaren Anteil der Leads "
        f"höchstens {german_percent(highest)} zum Abschluss; zugesagt waren {german_percent(rate)}. Nötig wäre ein "
        "Modell, das Leads besser unterscheidet.",
    )


def together_out_of_reach_sentence(promises: Sequence[tuple[str, float | Duration | None]], *, excluded: bool) -> Text:
    """Return that promises do not hold at one cutoff, whatever the number of leads."""
    help_ = _no_help(excluded=excluded)
    kept = _together(promises)
    return Text(
        f"{help_.en}: even on the fitted curve there is no usable cutoff at which {kept.en}.",
        f"{help_.de}: Auch auf der angepassten Kurve gibt es keine brauchbare Schwelle, an der {kept.de}.",
    )


def _no_help(*, excluded: bool) -> Text:
    """Return what more leads would do where promises do not hold on the fitted curve."""
    if excluded:
        return Text("More leads would not help", "Mehr Leads würden nicht helfen")
    return Text(
        "More leads would help only if the truth is better than these leads draw it",
        "Mehr Leads würden nur helfen, wenn die Wahrheit besser ist, als diese Leads sie zeichnen",
    )


def _together(promises: Sequence[tuple[str, float | Duration | None]]) -> Text:
    words = [promise_words(name, promise) for name, promise in promises if promise is not None]
    return Text(" and ".join(one.en for one in words), " und ".join(one.de for one in words))


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
        f"Not even {multiple} times as many leads would probably certify it: on the fitted curve the promises hold "
        "only just, or not among the most probable leads, where testing begins.",
        f"Auch mit {multiple}-mal so vielen Leads gäbe es wahrscheinlich kein Zertifikat: Auf der angepassten Kurve "
        "gelten die Zusagen nur knapp, oder nicht unter den wahrscheinlichsten Leads, bei denen die Prüfung beginnt.",
    )
