"""The page of a backtest: whether the gain over the rules holds over time, and what each stretch says of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from features.domain import Text
from features.domain.say import NOTHING, between, day, listed, number, percent, sentence, signed, whole
from training.backtesting.fold import Fold
from training.backtesting.result import BacktestResult
from training.gates import Decision
from training.measuring.pages import gains_chart
from training.measuring.tables import promises_table
from training.pages.content import Chart, Fact, Page, Section, Table, Tone
from training.report import charts


def backtest_page(company: str, at: datetime, result: BacktestResult) -> Page:
    """Return the page.

    Parameters
    ----------
    company : str
        The workspace's name.
    at : datetime
        When it was made.
    result : BacktestResult
        What was found.
    """
    trained = [fold for fold in result.folds if fold.gain is not None]
    kept = [_later(fold) for fold in trained if fold.later]
    return Page(
        Text("Backtest: the recipe over time", "Rückrechnung: das Verfahren im Lauf der Zeit"),
        sentence("{company}, {day}", "{company}, {day}", company=company, day=day(at)),
        (
            Section(
                "in-short", Text("In short", "In Kürze"), (_answer(result),), _facts(result),
                charts=_pictures(trained), tables=(_table(result.folds),), log=result.reasons,
            ),
            Section(
                "promises", Text("Did its cutoffs hold later?", "Hielten seine Schwellen später?"),
                (
                    Text(
                        "The cutoffs of each stretch, on as many leads that came in when they would have served.",
                        "Die Schwellen jedes Abschnitts, an gleich vielen Leads aus der Zeit, in der sie gegolten "
                        "hätten.",
                    ),
                )
                if kept
                else (
                    Text(
                        "No stretch has leads after it on which its cutoffs could be observed.",
                        "Auf keinen Abschnitt folgen Leads, an denen seine Schwellen zu beobachten wären.",
                    ),
                ),
                tables=tuple(kept),
            ),
        ),
    )  # fmt: skip


def _answer(result: BacktestResult) -> Text:
    if result.decision is Decision.PROMOTED:
        return Text(
            "Trained again and again on the past alone, the model beats the rules on what came next, beyond chance.",
            "Immer wieder nur aus der Vergangenheit trainiert, schlägt das Modell die Regeln an den Leads, die danach "
            "kamen, und das nicht zufällig.",
        )
    if result.decision is Decision.NOT_PROMOTED:
        return Text(
            "Trained again and again on the past alone, the model does not beat the rules on what came next.",
            "Immer wieder nur aus der Vergangenheit trainiert, schlägt das Modell die Regeln an den Leads, die danach "
            "kamen, nicht.",
        )
    return Text(
        "Whether the model beats the rules over time cannot be told from this history.",
        "Ob das Modell die Regeln auf Dauer schlägt, lässt sich aus dieser Historie nicht sagen.",
    )


def _facts(result: BacktestResult) -> tuple[Fact, ...]:
    if result.pooled is None:
        return ()
    gain = result.pooled.gain
    return (
        Fact(
            Text("Over all stretches", "Über alle Abschnitte"), signed(gain.value, 4),
            sentence(
                "log-loss gained over the rules, {interval}", "gewonnener Log-Loss gegenüber den Regeln, {interval}",
                interval=between(gain.low, gain.high, 4),
            ),
            Tone.GOOD if result.holds else Tone.DOUBT,
        ),
        Fact(
            Text("Tested on", "Geprüft an"), whole(result.pooled.leads),
            sentence("leads, {n} of them customers", "Leads, davon {n} Kunden", n=whole(result.pooled.positives)),
        ),
    )  # fmt: skip


def _pictures(trained: Sequence[Fold]) -> tuple[Chart, ...]:
    if not trained:
        return ()
    areas = {
        Text("model", "Modell"): [fold.model["auc"] for fold in trained],
        Text("rules", "Regeln"): [fold.rules["auc"] for fold in trained],
    }
    return (
        gains_chart(
            [(_called(fold), fold.gain) for fold in trained if fold.gain is not None],
            Text(
                "Log-loss gained over the calibrated rules in each stretch, with its 95 % interval: right of zero the "
                "model is better.",
                "Gewonnener Log-Loss gegenüber den kalibrierten Regeln je Abschnitt, mit 95-%-Intervall: Rechts der "
                "Null ist das Modell besser.",
            ),
        ),
        Chart(
            Text("How well leads are told apart", "Wie gut Leads unterschieden werden"),
            Text(
                "ROC-AUC in each stretch: 0.5 is chance, 1 perfect.", "ROC-AUC je Abschnitt: 0,5 ist Zufall, 1 perfekt."
            ),
            listed(
                [
                    sentence("{name}: {auc}", "{name}: {auc}", name=_called(fold), auc=number(fold.model["auc"], 3))
                    for fold in trained
                ]
            ),
            partial(charts.by_part, [_called(fold) for fold in trained], areas, Text("ROC-AUC", "ROC-AUC")),
        ),
    )  # fmt: skip


def _called(fold: Fold) -> Text:
    since, until = (moment if isinstance(moment, datetime) else None for moment in (fold.since, fold.until))
    if since is None or until is None:
        return sentence("Stretch {n}", "Abschnitt {n}", n=str(fold.number))
    return sentence("{since} to {until}", "{since} bis {until}", since=day(since), until=day(until))


def _table(folds: Sequence[Fold]) -> Table:
    return Table(
        Text("Stretch by stretch", "Abschnitt für Abschnitt"),
        Text(
            "Learned from everything before, tested on the stretch. Where nothing was trained, the reason stands.",
            "Aus allem davor gelernt, am Abschnitt geprüft. Wo nicht trainiert wurde, steht der Grund.",
        ),
        (
            Text("Stretch", "Abschnitt"), Text("learned from", "gelernt aus"), Text("tested on", "geprüft an"),
            Text("customers", "Kunden"), Text("ROC-AUC", "ROC-AUC"), Text("of the rules", "der Regeln"),
            Text("log-loss", "Log-Loss"), Text("gained over the rules", "gewonnen gegenüber den Regeln"),
        ),
        tuple(_row(fold) for fold in folds),
    )  # fmt: skip


def _row(fold: Fold) -> tuple[Text, ...]:
    if fold.gain is None:
        return (_called(fold), NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, Text.same(fold.why_not or ""))
    reach = between(fold.gain.low, fold.gain.high, 4)
    return (
        _called(fold), whole(fold.learned), whole(fold.leads), percent(fold.positives / fold.leads),
        number(fold.model["auc"], 3), number(fold.rules["auc"], 3), number(fold.model["log_loss"], 4),
        sentence("{gain} ({reach})", "{gain} ({reach})", gain=signed(fold.gain.value, 4), reach=reach),
    )  # fmt: skip


def _later(fold: Fold) -> Table:
    found = promises_table(fold.later)
    caption = sentence("After {stretch}", "Nach {stretch}", stretch=_called(fold))
    return Table(caption, found.help, found.head, found.rows, found.marked)
