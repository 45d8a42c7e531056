"""Whether the model does as well in every stretch of the time held out."""

from __future__ import annotations

from functools import partial

from features.domain import Text
from features.domain.say import NOTHING, between, number, percent, sentence, span, whole
from models.evidence.names import label_of
from models.evidence.stability import Period
from training.pages.content import Chart, Section, Table
from training.report import charts
from training.report.material import Material

TITLE = Text("Is it the same over time?", "Bleibt es über die Zeit gleich?")


def stability(material: Material) -> Section:
    """Return the section on stretches of time; where nothing orders the leads it says so."""
    rows = material.evidence.periods
    if not rows and material.side.order is None:
        return Section(
            "stability", TITLE,
            (
                Text(
                    "Nothing in the history says which lead is older, so nothing can be said about time.",
                    "Aus der Historie geht nicht hervor, welcher Lead älter ist; über die Zeit lässt sich nichts "
                    "sagen.",
                ),
            ),
        )  # fmt: skip
    return Section(
        "stability", TITLE,
        (_off(rows),),
        charts=(_chart(rows),) if len(rows) > 1 else (),
        tables=(_periods(rows), *_halves(material)),
    )  # fmt: skip


def _off(rows: tuple[Period, ...]) -> Text:
    off = sum(row.off for row in rows)
    if not off:
        return sentence(
            "In all {n} periods the share of customers agrees with the probabilities, within chance.",
            "In allen {n} Zeiträumen stimmt der Anteil der Kunden mit den Wahrscheinlichkeiten überein, im Rahmen des "
            "Zufalls.",
            n=whole(len(rows)),
        )  # fmt: skip
    return sentence(
        "In {off} of {n} periods the mean probability lies outside the 95 % interval of what became of the leads; one "
        "in twenty does by chance alone.",
        "In {off} von {n} Zeiträumen liegt die mittlere Wahrscheinlichkeit außerhalb des 95-%-Intervalls dessen, was "
        "aus den Leads wurde; bei einem von zwanzig geschieht das allein durch Zufall.",
        off=whole(off), n=whole(len(rows)),
    )  # fmt: skip


def _chart(rows: tuple[Period, ...]) -> Chart:
    return Chart(
        Text("Seen and said, by period", "Beobachtet und gesagt, nach Zeitraum"),
        Text(
            "By when the leads came in. Where the line crosses the bars, what was said came true.",
            "Nach dem Eingang der Leads. Wo die Linie die Balken kreuzt, ist eingetroffen, was gesagt wurde.",
        ),
        _off(rows),
        partial(
            charts.over_time, rows,
            (
                Text("reached the target (95 % interval)", "erreichten das Ziel (95-%-Intervall)"),
                Text("mean probability", "mittlere Wahrscheinlichkeit"),
            ),
        ),
    )  # fmt: skip


def _periods(rows: tuple[Period, ...]) -> Table:
    return Table(
        Text("By period", "Nach Zeitraum"),
        Text(
            "Periods of the time held out; those with fewer than 20 leads are not shown. Log-loss is the price of "
            "wrong probabilities, lower is better.",
            "Zeiträume der zurückgehaltenen Leads; solche mit weniger als 20 Leads fehlen. Log-Loss ist der Preis "
            "falscher Wahrscheinlichkeiten, weniger ist besser.",
        ),
        (
            Text("Period", "Zeitraum"), Text("leads", "Leads"), Text("reached the target", "erreichten das Ziel"),
            Text("95 % interval", "95-%-Intervall"), Text("mean probability", "mittlere Wahrscheinlichkeit"),
            Text("log-loss", "Log-Loss"), Text("ROC-AUC (95 % interval)", "ROC-AUC (95-%-Intervall)"),
        ),
        tuple(
            (
                row.name, whole(row.leads), percent(row.rate.value), span(row.rate.low, row.rate.high),
                percent(row.mean_probability), number(row.log_loss, 3), _area(row),
            )
            for row in rows
        ),
    )  # fmt: skip


def _area(row: Period) -> Text:
    if row.auc is None:
        return NOTHING
    return sentence(
        "{value} ({interval})", "{value} ({interval})",
        value=number(row.auc.value, 3), interval=between(row.auc.low, row.auc.high, 3),
    )  # fmt: skip


def _halves(material: Material) -> tuple[Table, ...]:
    told = {name: parts for name, parts in material.judgement.older_newer.items() if parts}
    if not told:
        return ()
    return (
        Table(
            Text("Older and newer half", "Ältere und neuere Hälfte"),
            Text(
                "Log-loss of everyone in both halves of the time held out; lower is better.",
                "Log-Loss aller in beiden Hälften der zurückgehaltenen Zeit; weniger ist besser.",
            ),
            (Text("Who", "Wer"), Text("older half", "ältere Hälfte"), Text("newer half", "neuere Hälfte")),
            tuple((label_of(name), *(number(part, 4) for part in parts)) for name, parts in told.items()),
        ),
    )  # fmt: skip
