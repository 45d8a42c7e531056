"""What models, figures and promises are called on the pages of an evaluation and a comparison, and their tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from features.domain import Text
from features.domain.say import NOTHING, between, given, number, percent, sentence, span, whole
from models.cutoffs.words import CLAUSES
from models.evidence.interval import Interval
from models.evidence.names import label_of
from models.registry import CHALLENGER, CHAMPION
from training.measuring.figures import Figures
from training.measuring.promises import Kept, Promise
from training.pages.content import Section, Table

_NAMES = {CHAMPION: Text("Champion", "Champion"), CHALLENGER: Text("Challenger", "Herausforderer")}

_PROMISES = CLAUSES | {
    "sql.max_per_week": Text(
        "weeks with more SQLs than agreed, at most", "Wochen mit mehr SQLs als vereinbart, höchstens"
    )
}
"""Each as the share that is observed."""

_KEPT = {
    Kept.KEPT: Text("kept", "gehalten"),
    Kept.BROKEN: Text("broken", "gebrochen"),
    Kept.UNDECIDED: Text("cannot be told yet", "noch nicht zu sagen"),
}


def called(name: str) -> Text:
    """Return what people call a version or the rules.

    Examples
    --------
    >>> called("challenger").de, called("version 7").en
    ('Herausforderer', 'Version 7')
    """
    known = _NAMES.get(name)
    return label_of(name[:1].upper() + name[1:] if name.startswith("version ") else name) if known is None else known


def figures_table(figures: Mapping[str, Figures], leads: float) -> Table:
    """Return everybody's figures with their intervals."""
    return Table(
        Text("Figures on the same leads", "Kennzahlen bei denselben Leads"),
        sentence(
            "On {n} leads, every moment of theirs of the same weight, with 95 % intervals. Log-loss is the price of "
            "wrong probabilities (lower is better); ROC-AUC is how often, of a customer and another lead, the customer "
            "stands higher (0.5 is chance); a slope of 1 is perfect, below it the probabilities are too bold.",
            "Bei {n} Leads, alle ihre Zeitpunkte mit gleichem Gewicht, mit 95-%-Intervallen. Log-Loss ist der Preis "
            "falscher Wahrscheinlichkeiten (weniger ist besser); ROC-AUC sagt, wie oft von einem Kunden und einem "
            "anderen Lead der Kunde höher steht (0,5 ist Zufall); eine Steigung von 1 ist perfekt, darunter sind die "
            "Wahrscheinlichkeiten zu kühn.",
            n=whole(leads),
        ),
        (
            Text("Who", "Wer"), Text("log-loss", "Log-Loss"), Text("ROC-AUC", "ROC-AUC"),
            Text("lift at 10 %", "Lift bei 10 %"), Text("slope", "Steigung"),
        ),
        tuple(
            (
                called(name), _with_interval(one.log_loss, 4), _with_interval(one.auc, 3),
                _with_interval(one.lift_10), _with_interval(one.slope),
            )
            for name, one in figures.items()
        ),
    )  # fmt: skip


def _with_interval(one: Interval, digits: int = 2) -> Text:
    reach = between(one.low, one.high, digits)
    value = number(one.value, digits)
    return value if reach is NOTHING else Text(f"{value.en} ({reach.en})", f"{value.de} ({reach.de})")


def promises_section(promises: Sequence[Promise], mql: float, sql: float) -> Section:
    """Return what the agreement's promises came to at these cutoffs."""
    return Section(
        "promises",
        Text("Were the promises kept?", "Wurden die Zusagen gehalten?"),
        (
            sentence(
                "Observed at the cutoffs in force, {mql} for MQL and {sql} for SQL.",
                "Beobachtet an den geltenden Schwellen, {mql} für MQL und {sql} für SQL.",
                mql=percent(mql), sql=percent(sql),
            ),
        ),
        tables=(promises_table(promises),) if promises else (),
    )  # fmt: skip


def promises_table(promises: Sequence[Promise]) -> Table:
    """Return promise beside observation; those that were broken are marked."""
    return Table(
        Text("Promised and observed", "Zugesagt und beobachtet"),
        Text(
            "A promise counts as kept or broken where the 95 % interval of what was observed lies on one side of it.",
            "Eine Zusage gilt als gehalten oder gebrochen, wo das 95-%-Intervall der Beobachtung auf einer Seite von "
            "ihr liegt.",
        ),
        (
            Text("Promise", "Zusage"), Text("promised", "zugesagt"), Text("observed", "beobachtet"),
            Text("95 % interval", "95-%-Intervall"), Text("of", "von"), Text("state", "Stand"),
        ),
        tuple(
            (
                _PROMISES.get(one.name, Text.same(one.name)), given(one.promise), percent(one.share),
                NOTHING if one.share is None else span(*one.interval), whole(one.n), _KEPT[one.state],
            )
            for one in promises
        ),
        frozenset(place for place, one in enumerate(promises) if one.state is Kept.BROKEN),
    )  # fmt: skip
