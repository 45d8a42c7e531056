"""The model beside the rules, the champion and a scorecard, and what the gate asked."""

from __future__ import annotations

from functools import partial

from features.domain import Text
from features.domain.say import NOTHING, between, given, listed, number, sentence, signed, whole
from models.evidence.comparison import ScorerFigures
from models.evidence.interval import Interval
from models.evidence.names import label_of
from training.pages.content import Chart, Section, Table
from training.report import charts
from training.report.checks import checks_of, said
from training.report.material import Material


def comparison(material: Material) -> Section:
    """Return the section on rivals and the gate."""
    verdict = material.judgement.verdict
    gains = [(label_of(one.rival), one.log_loss) for one in material.evidence.gains]
    return Section(
        "comparison",
        Text("Against rules, champion and scorecard", "Gegen Regeln, Champion und Punktekarte"),
        (
            Text(
                "A new model serves only if it is better than what serves now, and than the rules, beyond chance; "
                "where that cannot be told, nothing changes.",
                "Ein neues Modell kommt nur zum Einsatz, wenn es besser ist als das bisherige und als die Regeln, und "
                "das nicht zufällig; lässt sich das nicht sagen, bleibt alles, wie es ist.",
            ),
        ),
        charts=(_chart(material, gains),) if gains else (),
        tables=(_checks(material), _figures(material)),
        log=verdict.reasons,
    )


def _chart(material: Material, gains: list[tuple[Text, Interval]]) -> Chart:
    # Whatever was compared was compared at some confidence.
    confidence = material.judgement.verdict.confidence or material.plan.gate_confidence
    return Chart(
        Text("How much better than the others", "Wie viel besser als die anderen"),
        sentence(
            "Log-loss gained: right of zero this model is better, and the whole bar has to be there. Each end of a bar "
            "holds with {confidence} confidence.",
            "Gewonnener Log-Loss: Rechts der Null ist dieses Modell besser, und der ganze Balken muss dort liegen. "
            "Jedes Ende eines Balkens gilt mit {confidence} Sicherheit.",
            confidence=given(confidence),
        ),
        listed(
            [
                sentence(
                    "{name}: {value} ({low} to {high})",
                    "{name}: {value} ({low} bis {high})",
                    name=name,
                    value=signed(one.value, 4),
                    low=signed(one.low, 4),
                    high=signed(one.high, 4),
                )
                for name, one in gains
            ]
        ),
        partial(
            charts.differences, gains, Text("log-loss gained (nats per lead)", "gewonnener Log-Loss (Nats je Lead)")
        ),
    )


def _checks(material: Material) -> Table:
    checks = checks_of(material)
    return Table(
        Text("What the gate asked", "Was die Freigabeprüfung verlangt"),
        Text(
            "All of it must be passed. Gains are in log-loss, with bounds that hold each with the gate's confidence.",
            "Alles muss bestanden sein. Gewinne sind in Log-Loss angegeben, mit Grenzen, die jede für sich mit der "
            "Sicherheit der Prüfung gelten.",
        ),
        (Text("Asked", "Verlangt"), Text("Found", "Gefunden"), Text("Passed", "Bestanden")),
        tuple((check.asked, check.found, said(check.passed)) for check in checks),
        frozenset(place for place, check in enumerate(checks) if check.passed is not True),
        wordy=True,
    )


def _figures(material: Material) -> Table:
    return Table(
        Text("All on the same leads", "Alle bei denselben Leads"),
        sentence(
            "On {n} leads held out; each moment at which a lead was still open weighs the same. Log-loss and Brier "
            "score are the price of wrong probabilities (lower is better); ROC-AUC is how often, of a customer and "
            "another lead, the customer stands higher (0.5 is chance).",
            "Bei {n} zurückgehaltenen Leads; jeder Zeitpunkt, zu dem ein Lead noch offen war, wiegt gleich viel. "
            "Log-Loss und Brier sind der Preis falscher Wahrscheinlichkeiten (weniger ist besser); ROC-AUC sagt, wie "
            "oft von einem Kunden und einem anderen Lead der Kunde höher steht (0,5 ist Zufall).",
            n=whole(float(material.side.weight.sum())),
        ),
        (
            Text("Who", "Wer"), Text("log-loss", "Log-Loss"), Text("ROC-AUC", "ROC-AUC"),
            Text("95 % interval", "95-%-Intervall"), Text("average precision", "mittlere Precision"),
            Text("Brier score", "Brier"), Text("lift at 10 %", "Lift bei 10 %"), Text("slope", "Steigung"),
        ),
        tuple(_row(one) for one in material.evidence.scorers),
    )  # fmt: skip


def _row(one: ScorerFigures) -> tuple[Text, ...]:
    # One probability for everyone orders nothing, so that neither an interval nor a slope means anything.
    return (
        label_of(one.scorer), number(one.log_loss, 4), number(one.auc.value, 3),
        NOTHING if one.constant else between(one.auc.low, one.auc.high, 3), number(one.average_precision, 3),
        number(one.brier, 4), number(one.lift_10), NOTHING if one.constant else number(one.slope),
    )  # fmt: skip
