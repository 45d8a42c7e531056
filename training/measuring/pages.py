"""The pages of an evaluation and of a comparison: the answer first, then the figures behind it."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from features.domain import Text
from features.domain.say import between, day, listed, number, sentence, signed, whole
from models.evidence.interval import Interval
from training.gates import Decision, Verdict
from training.measuring.fair import Fair
from training.measuring.promises import Kept
from training.measuring.results import CompareResult, EvaluationResult
from training.measuring.stretches import Stretch
from training.measuring.tables import called, figures_table, promises_section
from training.pages.content import Chart, Fact, Page, Section, Table, Tone
from training.report import charts
from training.report.calibration import calibration
from training.report.ranking import ranking

_IN_SHORT = Text("In short", "In Kürze")

_ANSWERS = {
    Decision.PROMOTED: Text("better", "besser"),
    Decision.NOT_PROMOTED: Text("not better", "nicht besser"),
    Decision.UNDECIDED: Text("cannot be told", "nicht zu sagen"),
}
_STRETCHES = {
    "held out at training": Text("held out at training", "beim Training zurückgehalten"),
    "matured after training": Text("matured after training", "nach dem Training gereift"),
}

_TONES = {Decision.PROMOTED: Tone.GOOD, Decision.NOT_PROMOTED: Tone.BAD, Decision.UNDECIDED: Tone.DOUBT}


def evaluation_page(company: str, at: datetime, result: EvaluationResult, fair: Fair) -> Page:
    """Return the page of an evaluation.

    Parameters
    ----------
    company : str
        The workspace's name.
    at : datetime
        When it was made.
    result : EvaluationResult
        What was found.
    fair : Fair
        The leads, and what was said of them.
    """
    side, probability = fair.side, fair.said[result.name]
    said = {name: fair.said[name] for name in result.figures}
    return Page(
        sentence("Evaluation: {who}", "Auswertung: {who}", who=called(result.name)),
        sentence("{company}, {day}", "{company}, {day}", company=company, day=day(at)),
        (
            Section("in-short", _IN_SHORT, _kept(result), _facts(result), log=result.sentences),
            promises_section(result.promises, *result.cutoffs),
            ranking(side, said, result.name, called),
            calibration(result.reliability, side, probability),
            Section(
                "figures", Text("All figures", "Alle Kennzahlen"),
                tables=(figures_table(result.figures, float(side.weight.sum())),),
            ),
        ),
    )  # fmt: skip


def _kept(result: EvaluationResult) -> tuple[Text, ...]:
    states = [promise.state for promise in result.promises]
    if not states:
        return (
            Text(
                "The agreement promises nothing that could be observed here.",
                "Die Vereinbarung sagt nichts zu, was sich hier beobachten ließe.",
            ),
        )
    return (
        sentence(
            "Of {n} promises {kept} were kept and {broken} broken; of the others it cannot be told yet.",
            "Von {n} Zusagen wurden {kept} gehalten und {broken} gebrochen; bei den übrigen ist es noch nicht zu "
            "sagen.",
            n=whole(len(states)), kept=whole(states.count(Kept.KEPT)), broken=whole(states.count(Kept.BROKEN)),
        ),
    )  # fmt: skip


def _facts(result: EvaluationResult) -> tuple[Fact, ...]:
    figures = result.figures[result.name]
    points = figures.points
    return (
        Fact(
            Text("Measured on", "Gemessen an"), whole(points.leads),
            sentence(
                "leads it never saw; {n} became customers", "nie gesehenen Leads; {n} wurden Kunden",
                n=whole(points.positive_leads),
            ),
        ),
        Fact(
            Text("Tells leads apart", "Unterscheidet Leads"), number(figures.auc.value, 3),
            sentence(
                "ROC-AUC, 95 % interval {interval}; 0.5 is chance, 1 perfect",
                "ROC-AUC, 95-%-Intervall {interval}; 0,5 ist Zufall, 1 perfekt",
                interval=between(figures.auc.low, figures.auc.high, 3),
            ),
        ),
        Fact(
            Text("Lift at 10 %", "Lift bei 10 %"), number(figures.lift_10.value),
            sentence(
                "95 % interval {interval}; times as many customers among the top tenth as by chance",
                "95-%-Intervall {interval}; so viel Mal mehr Kunden im obersten Zehntel als bei zufälliger Wahl",
                interval=between(figures.lift_10.low, figures.lift_10.high),
            ),
        ),
    )  # fmt: skip


def comparison_page(company: str, at: datetime, result: CompareResult, fair: Fair) -> Page:
    """Return the page of a comparison; parameters as of :func:`evaluation_page`."""
    verdict = result.verdict
    return Page(
        sentence("Comparison: {who}", "Vergleich: {who}", who=called(result.new)),
        sentence("{company}, {day}", "{company}, {day}", company=company, day=day(at)),
        (
            Section(
                "in-short", _IN_SHORT, (_answer(result.new, verdict),), _against(verdict),
                charts=(_gains(verdict),) if verdict.comparisons else (), log=(*verdict.reasons, *result.sentences),
            ),
            ranking(fair.side, fair.said, result.new, called),
            Section(
                "figures", Text("All figures", "Alle Kennzahlen"),
                tables=(
                    figures_table(result.figures, float(fair.side.weight.sum())),
                    *([_stretches(result.stretches)] if result.stretches else []),
                ),
            ),
        ),
    )  # fmt: skip


def _answer(new: str, verdict: Verdict) -> Text:
    sentences = {
        Decision.PROMOTED: (
            "{who} is better than all others here: the gate would promote it.",
            "{who} ist hier besser als alle anderen: Die Freigabeprüfung würde bestehen.",
        ),
        Decision.NOT_PROMOTED: (
            "{who} is not better than all others here: the gate would not promote it.",
            "{who} ist hier nicht besser als alle anderen: Die Freigabeprüfung würde nicht bestehen.",
        ),
        Decision.UNDECIDED: (
            "Whether {who} is better cannot be told from these leads: the gate would leave what serves.",
            "Ob {who} besser ist, lässt sich an diesen Leads nicht sagen: Die Freigabeprüfung ließe alles, wie es ist.",
        ),
    }
    return sentence(*sentences[verdict.decision], who=called(new))


def _against(verdict: Verdict) -> tuple[Fact, ...]:
    return tuple(
        Fact(
            sentence("Against {name}", "Gegen {name}", name=called(one.paired.rival)), _ANSWERS[one.decision],
            sentence(
                "log-loss gained {gain} on {n} leads", "gewonnener Log-Loss {gain} bei {n} Leads",
                gain=signed(one.paired.gain.value, 4), n=whole(one.paired.leads),
            ),
            _TONES[one.decision],
        )
        for one in verdict.comparisons
    )  # fmt: skip


def _gains(verdict: Verdict) -> Chart:
    rows = [
        (called(one.paired.rival), Interval(one.paired.gain.value, one.paired.gain.low, one.paired.gain.high))
        for one in verdict.comparisons
    ]
    return gains_chart(
        rows,
        Text(
            "Log-loss gained over each: right of zero it is better, and the whole bar has to be there.",
            "Gewonnener Log-Loss gegenüber jedem: Rechts der Null ist es besser, und der ganze Balken muss dort "
            "liegen.",
        ),
    )


def gains_chart(rows: list[tuple[Text, Interval]], help_text: Text) -> Chart:
    """Return a picture of log-loss gained, each with its interval.

    Parameters
    ----------
    rows : list of (Text, Interval)
        Against whom or when, and how much (nats per lead).
    help_text : Text
        How it is read.
    """
    return Chart(
        Text("How much better", "Wie viel besser"),
        help_text,
        listed(
            [
                sentence(
                    "{name}: {value} ({interval})", "{name}: {value} ({interval})", name=name,
                    value=signed(one.value, 4), interval=between(one.low, one.high, 4),
                )
                for name, one in rows
            ]
        ),
        partial(
            charts.differences, rows, Text("log-loss gained (nats per lead)", "gewonnener Log-Loss (Nats je Lead)")
        ),
    )  # fmt: skip


def _stretches(stretches: tuple[Stretch, ...]) -> Table:
    return Table(
        Text("How the gain spreads", "Wie sich der Gewinn verteilt"),
        Text(
            "Log-loss gained by quarter, and by how the leads came to be fresh, with 95 % intervals.",
            "Gewonnener Log-Loss je Quartal und danach, warum die Leads neu sind, mit 95-%-Intervallen.",
        ),
        (
            Text("Leads", "Leads"), Text("against", "gegen"), Text("number", "Anzahl"), Text("customers", "Kunden"),
            Text("log-loss gained", "gewonnener Log-Loss"), Text("95 % interval", "95-%-Intervall"),
        ),
        tuple(
            (
                _STRETCHES.get(one.name, Text.same(one.name)), called(one.rival), whole(one.leads),
                whole(one.positives), signed(one.gain.value, 4), between(one.gain.low, one.gain.high, 4),
            )
            for one in stretches
        ),
    )  # fmt: skip
