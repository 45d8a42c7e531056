"""What is said of a promised conversion or acceptance rate, in English and German."""

from __future__ import annotations

from dataclasses import dataclass

from features.domain import Text
from models.cutoffs.certificate import State
from models.cutoffs.sentences import count, german_percent, in_words, percent


@dataclass(frozen=True, slots=True)
class RateWords:
    """The verbs of a rate.

    Parameters
    ----------
    present : Text
        What leads do, at the end of a clause: "convert", "zum Abschluss werden".
    main : Text
        The same in a sentence of its own: "convert", "werden zum Abschluss".
    past : Text
        What they did: "converted".
    nothing : Text
        What is missing where there is no case.
    only_answered : bool
        Whether only some of the leads have an answer.
    """

    present: Text
    main: Text
    past: Text
    nothing: Text
    only_answered: bool = False

    def finding(
        self,
        promise: float,
        state: State,
        n: int,
        k: int,
        interval: tuple[float, float] | None,
        *,
        estimate: float | None,
        answered_of: int,
        untested: Text | None = None,
    ) -> Text:
        """Return what is known of a rate at a cutoff: ``k`` of ``n`` answered leads of ``answered_of`` above it.

        ``untested`` is why a cutoff is without a certificate whose own data would do for one.
        """
        promise_en, promise_de = percent(promise), german_percent(promise)
        if not n or estimate is None:
            return Text(
                f"{self.nothing.en}, so nothing is known of the promised {promise_en}.",
                f"{self.nothing.de}, über die zugesagten {promise_de} ist daher nichts bekannt.",
            )
        seen = self._seen(n, k, interval, estimate, answered_of)
        if state is State.CERTIFIED:
            return Text(
                f"At least {promise_en} {self.main.en}: certified. {seen.en}.",
                f"Mindestens {promise_de} {self.main.de}: zertifiziert. {seen.de}.",
            )
        if state is State.INFEASIBLE:
            return Text(
                f"The data exclude that {promise_en} {self.present.en} at this cutoff: {seen.en}.",
                f"Die Daten schließen aus, dass an dieser Schwelle {promise_de} {self.present.de}: {seen.de}.",
            )
        if untested is not None:
            return Text(
                f"Not certified that {promise_en} {self.present.en}: {untested.en}; {seen.en}.",
                f"Nicht zertifiziert, dass {promise_de} {self.present.de}: {untested.de}; {seen.de}.",
            )
        return Text(
            f"Not certified yet that {promise_en} {self.present.en}; too few data at this cutoff: {seen.en}.",
            f"Noch nicht zertifiziert, dass {promise_de} {self.present.de}; zu wenige Daten an dieser Schwelle: "
            f"{seen.de}.",
        )

    def _seen(self, n: int, k: int, interval: tuple[float, float] | None, estimate: float, answered_of: int) -> Text:
        range_en, range_de = in_words(interval)
        above, hits, of = count(answered_of), count(k), count(n)
        of_en = f" answered by sales ({above.en} are above the cutoff)" if self.only_answered else " above the cutoff"
        of_de = (
            f" mit Antwort des Vertriebs ({above.de} liegen über der Schwelle)"
            if self.only_answered
            else " über der Schwelle"
        )
        weighted = abs(estimate - k / n) > 1e-9
        rate_en = f", {percent(estimate)}{' once weighted' if weighted else ''}{range_en}"
        rate_de = f", {'gewichtet ' if weighted else ''}{german_percent(estimate)}{range_de}"
        return Text(
            f"{hits.en} of {of.en} leads{of_en} {self.past.en}{rate_en}",
            f"{hits.de} von {of.de} Leads{of_de} {self.past.de}{rate_de}",
        )


NOT_REACHED = Text(
    "cutoffs are tested in an order that is fixed before outcomes are looked at, and it did not lead to this one",
    "Schwellen werden in einer Reihenfolge geprüft, die vor dem Blick auf die Ergebnisse feststeht, und sie führte "
    "nicht bis zu dieser",
)


def below_support(support: float) -> Text:
    """Return that sales was given no lead as low as the cutoff."""
    lowest = f"{support:.3f}"
    return Text(
        f"sales answered for no lead below {lowest}, so nothing is known of those that this cutoff adds",
        f"zu Leads unter {lowest.replace('.', ',')} hat der Vertrieb nicht geantwortet, über die an dieser Schwelle "
        "hinzukommenden ist daher nichts bekannt",
    )


CONVERSION = RateWords(
    Text("convert", "zum Abschluss werden"),
    Text("convert", "werden zum Abschluss"),
    Text("converted", "wurden zum Abschluss"),
    Text("No lead of the data is above the cutoff", "Kein Lead der Daten liegt über der Schwelle"),
)
ACCEPTANCE = RateWords(
    Text("are taken on by sales", "vom Vertrieb angenommen werden"),
    Text("are taken on by sales", "werden vom Vertrieb angenommen"),
    Text("were taken on", "wurden angenommen"),
    Text(
        "Sales answered for no lead above the cutoff", "Der Vertrieb hat zu keinem Lead über der Schwelle geantwortet"
    ),
    only_answered=True,
)
