"""What other cutoffs would have done, as the page on the agreement shows it."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.domain import InputError, Text, say
from features.workspace import Workspace
from models.agreement import Agreement
from serving.calls.model_evidence import NoEvidence, serving_evidence
from serving.champion import Champion
from serving.console.charts import Axis, Chart, Kind, Mark, Series, Told, Unit, some
from serving.console.words import agreement as words

if TYPE_CHECKING:
    from models.evidence import ModelEvidence
    from models.evidence.interval import Interval
    from models.evidence.what_if import Between, StageOutlook

_NUMBER = re.compile(r"[0-9]{1,3}([.,][0-9]{1,12})?")
_DIGITS = 4
"""Of a cutoff in per cent: more tell nobody anything."""


@dataclass(frozen=True, slots=True)
class StageMoved:
    """One stage's cutoff in force beside the one asked for.

    Parameters
    ----------
    stage : str
        MQL or SQL.
    head : tuple of Text
        Names of the columns.
    rows : tuple of tuple of Text
        Figures with their intervals.
    told : Text or None
        What the move is about; None where nothing moves.
    """

    stage: str
    head: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    told: Text | None


@dataclass(frozen=True, slots=True)
class Moved:
    """Moved cutoffs.

    Parameters
    ----------
    mql, sql : str
        Cutoffs in per cent, as a form takes them.
    most : str
        The highest cutoff worth a slider's end, in per cent.
    on : Text
        Which leads it was counted on.
    stages : tuple of StageMoved
        MQL and SQL.
    curve : Chart or None
        Every cutoff's conversion and missed customers.
    is_moved : bool
        Whether they differ from those in force.
    """

    mql: str
    sql: str
    most: str
    on: Text
    stages: tuple[StageMoved, ...]
    curve: Chart | None
    is_moved: bool


def asked_cutoffs(mql: str, sql: str) -> tuple[float, float] | None:
    """Return both cutoffs as probabilities, None where none were given.

    Parameters
    ----------
    mql, sql : str
        In per cent, with a decimal point or comma.

    Raises
    ------
    InputError
        If they are no cutoffs.
    """
    if not mql and not sql:
        return None
    numbers = [float(one.replace(",", ".")) / 100 if _NUMBER.fullmatch(one) else math.nan for one in (mql, sql)]
    if not all(0.0 < one < 1.0 for one in numbers) or numbers[1] < numbers[0]:
        raise InputError("Cutoffs that are none.", "two per cents between 0 and 100, MQL first.", "Correct them.")
    return numbers[0], numbers[1]


def moved_cutoffs(
    workspace: Workspace, champion: Champion, agreement: Agreement, asked: tuple[float, float] | None
) -> tuple[Moved | None, NoEvidence | None]:
    """Return what cutoffs would have done, or why that is not known.

    Parameters
    ----------
    workspace, champion
        Whose model serves.
    agreement : Agreement
        In force.
    asked : tuple of float or None
        MQL and SQL cutoffs; None for those in force.
    """
    found = serving_evidence(workspace, champion)
    if found.evidence is None:
        return None, found.lack
    now = (agreement.mql, agreement.sql)
    pair = now if asked is None else exact_cutoffs(asked, now)
    if pair[0] is None or pair[1] is None:
        return None, None
    from models.evidence.what_if import what_if

    told = what_if(found.evidence.held_out, agreement.sla, (pair[0], pair[1]), now)
    before = told.in_force
    stages = tuple(
        _stage(stage, old, new, between)
        for stage, old, new, between in (
            ("MQL", None if before is None else before.mql, told.moved.mql, told.between_mql),
            ("SQL", None if before is None else before.sql, told.moved.sql, told.between_sql),
        )
    )
    return Moved(
        mql=per_cent(pair[0]),
        sql=per_cent(pair[1]),
        most=_most(found.evidence, pair[1]),
        on=_on(found.evidence),
        stages=stages,
        curve=_curve(found.evidence, (pair[0], pair[1])),
        is_moved=pair != now,
    ), None


def per_cent(chance: float) -> str:
    """Return a cutoff as a form takes it, e.g. ``12.5``."""
    return f"{100 * chance:.{_DIGITS}g}"


def _most(evidence: ModelEvidence, sql: float) -> str:
    highest = max([sql, *(one.probability for one in evidence.cutoffs)])
    return str(min(99, math.ceil(100 * highest)))


def exact_cutoffs(asked: tuple[float, float], now: tuple[float | None, float | None]) -> tuple[float, float]:
    """Return cutoffs that came from a form; one that reads like the one in force is exactly that."""
    mql, sql = (
        held if held is not None and per_cent(held) == per_cent(one) else one
        for one, held in zip(asked, now, strict=True)
    )
    return mql, sql


def _stage(stage: str, old: StageOutlook | None, new: StageOutlook, between: Between | None) -> StageMoved:
    shown = [one for one in (old, new if between is not None or old is None else None) if one is not None]
    head = [words.FIGURE]
    for one in shown:
        name = words.NOW if one is old else words.MOVED
        head.append(say.sentence(name.en, name.de, p=say.percent(one.at.probability)))
    columns = [dict(_figures(one)) for one in shown]
    rows = tuple((name, *(column[name] for column in columns)) for name in columns[0])
    return StageMoved(stage, tuple(head), rows, _told(stage, old, new, between))


def _figures(one: StageOutlook) -> list[tuple[Text, Text]]:
    rows = []
    if one.weekly is not None:
        mean, usual = one.weekly.mean, one.weekly.usual
        rows.append((words.PER_WEEK, _counted(mean)))
        if usual is not None:
            rows.append((words.USUAL, _filled(words.RANGE, low=_count(usual[0]), high=_count(usual[1]))))
    rows += [(words.CONVERSION, _share(one.at.rate)), (words.MISSED, _share(one.at.missed))]
    if one.accepted is not None:
        rows.append((words.ACCEPTED, _share(one.accepted)))
    if one.load is not None:
        if one.load.share is not None:
            rows.append((_filled(words.LOAD, limit=say.whole(one.load.limit)), _share(one.load.share)))
        rows.append((words.BUSY, _share(one.load.busy)))
    return rows


def _told(stage: str, old: StageOutlook | None, new: StageOutlook, between: Between | None) -> Text | None:
    if old is None or between is None:
        return None
    is_higher = new.at.probability > old.at.probability
    if between.leads == 1:
        return _filled(words.RAISED_ONE if is_higher else words.LOWERED_ONE, stage=stage)
    told = words.RAISED if is_higher else words.LOWERED
    return _filled(told, stage=stage, n=say.whole(between.leads), rate=_share(between.rate))


def _on(evidence: ModelEvidence) -> Text:
    held_out = evidence.held_out
    parts = [_filled(words.MEASURED_ON, leads=say.whole(held_out.leads.count))]
    if not held_out.whole:
        parts.append(_filled(words.MEASURED_SAMPLE, of=say.whole(held_out.of)))
    if held_out.since is not None and held_out.until is not None:
        since, until = (say.day(dt.datetime.fromisoformat(one)) for one in (held_out.since, held_out.until))
        parts.append(_filled(words.MEASURED_FROM, since=since, until=until))
    parts.append(words.MEASURED_SINCE)
    return Text("".join(one.en for one in parts), "".join(one.de for one in parts))


def _curve(evidence: ModelEvidence, pair: tuple[float, float]) -> Chart | None:
    points = [one for one in evidence.cutoffs if math.isfinite(one.rate.value) and math.isfinite(one.missed.value)]
    if len(points) < 2:
        return None
    near = min(points, key=lambda one: abs(one.probability - pair[0]))
    series: list[Series] = []
    for name, color, lines in (
        (words.CONVERSION_LINE, "one", [one.rate for one in points]),
        (words.MISSED_LINE, "two", [one.missed for one in points]),
    ):
        series += [
            Series(name, [one.value for one in lines], color=color),
            Series(_filled(words.BAND_LOW, name=name), [one.low for one in lines], Kind.BAND_LOW, color),
            Series(_filled(words.BAND_HIGH, name=name), [one.high for one in lines], Kind.BAND_HIGH, color),
        ]
    return Chart(
        "cutoffs", words.CURVE, words.CURVE_HELP,
        _filled(words.CURVE_ALT, p=say.percent(near.probability), rate=say.percent(near.rate.value),
                missed=say.percent(near.missed.value)),
        [one.probability for one in points], Axis(words.CUTOFF, Unit.PERCENT, 0.0),
        Axis(words.SHARE, Unit.PERCENT, 0.0, 1.0), series,
        told=Told(
            (words.CUTOFF, words.CONVERSION_LINE, words.MISSED_LINE),
            tuple((say.percent(one.probability), _share(one.rate), _share(one.missed)) for one in some(points)),
        ),
        marks=tuple(Mark(at, Text.same(name)) for at, name in zip(pair, ("MQL", "SQL"), strict=True)),
    )  # fmt: skip


def _share(one: Interval) -> Text:
    if not math.isfinite(one.value):
        return say.NOTHING
    return _filled(
        words.WITH_INTERVAL, value=say.percent(one.value), low=say.percent(one.low), high=say.percent(one.high)
    )


def _counted(one: Interval) -> Text:
    return _filled(words.WITH_INTERVAL, value=_count(one.value), low=_count(one.low), high=_count(one.high))


def _count(value: float) -> Text:
    return say.number(value, 1) if value < 10 else say.whole(value)


def _filled(text: Text, **parts: Text | str) -> Text:
    return say.sentence(text.en, text.de, **parts)
