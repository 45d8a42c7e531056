"""What moves scores overall, from the reasons of every lead held out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import spearmanr

from features.catalog import FeatureKind
from features.domain import Text
from features.domain.say import number, sentence
from features.encoding import EncodedColumn
from models.evidence.interval import finite
from models.evidence.reasons import MOST_DOTS, MOST_REASONS, OverallReason
from training.reasons.table import ReasonTable

Floats = NDArray[np.float64]
LevelName: TypeAlias = Callable[[str], Text]

CLEAR = 0.3
"""Rank correlation from which a direction is told."""

FEWEST_OF_LEVEL = 20
MOST_LEVELS = 15
"""Levels of a category that are told apart; the others stand together."""

_DIGITS = 6
_OTHERS = Text("other", "andere")


def overall_reasons(table: ReasonTable, features: pl.DataFrame) -> tuple[OverallReason, ...]:
    """Return the reasons that move any score, the largest first and at most ``MOST_REASONS``.

    Parameters
    ----------
    table : ReasonTable
        Of all leads held out.
    features : pl.DataFrame
        Of the same leads in the same order.
    """
    sizes = np.abs(table.points).mean(axis=0)
    count = len(table.points)
    rows = np.unique(np.linspace(0, count - 1, min(MOST_DOTS, count)).round().astype(np.intp))
    # Drawn over, so that the order of the sample says nothing of the history's.
    rows = np.random.default_rng(count).permutation(rows)
    told = []
    for place in range(min(MOST_REASONS, int((sizes > 0).sum()))):
        name = partial(table.level_name, place)
        levels, values = _values(table.columns[place], table.values[rows, place], name)
        told.append(
            OverallReason(
                key=table.reasons[place],
                label=table.labels[place],
                value_label=table.column_labels[place],
                works=_works(features[table.columns[place].name], table.points[:, place], name),
                size=float(sizes[place]),
                share=float(sizes[place] / sizes.sum()),
                levels=levels,
                points=tuple(round(float(one), 3) for one in table.points[rows, place]),
                values=values,
            )
        )
    return tuple(told)


def _values(
    column: EncodedColumn, coded: Floats, name: LevelName
) -> tuple[tuple[Text, ...] | None, tuple[float | None, ...]]:
    if column.kind is not FeatureKind.CATEGORY:
        held = np.clip(coded, column.low, column.high) if column.low < column.high else coded
        return None, tuple(finite(float(f"{one:.{_DIGITS}g}")) for one in held)
    shown = column.levels[:MOST_LEVELS]
    places = np.where((coded >= 1) & (coded <= len(shown)), coded - 1, float(len(shown)))
    places = np.where(np.isnan(coded), np.nan, places)
    return (*map(name, shown), _OTHERS), tuple(finite(float(one)) for one in places)


def _works(values: pl.Series, points: Floats, name: LevelName) -> Text:
    """Return which way a reason works: for numbers by rank, for categories by the levels at both ends."""
    if values.dtype.is_numeric():
        return _direction(values.cast(pl.Float64).to_numpy(), points)
    frame = pl.DataFrame({"level": values.cast(pl.String), "points": points}).drop_nulls("level")
    means = frame.group_by("level").agg(pl.col("points").mean(), pl.len()).filter(pl.col("len") >= FEWEST_OF_LEVEL)
    ordered = means.sort("points", "level", descending=[True, False])
    if ordered.height < 2:
        return Text("too few leads of each value to tell", "zu wenige Leads je Wert")
    best, worst = ordered.row(0, named=True), ordered.row(-1, named=True)
    return sentence(
        "most for “{best}” ({up}), least for “{worst}” ({down})",
        "am meisten bei „{best}“ ({up}), am wenigsten bei „{worst}“ ({down})",
        best=name(best["level"]), worst=name(worst["level"]),
        up=number(best["points"], 1), down=number(worst["points"], 1),
    )  # fmt: skip


def _direction(value: Floats, points: Floats) -> Text:
    known = np.isfinite(value)
    if known.sum() < FEWEST_OF_LEVEL:
        return Text("seldom known", "selten bekannt")
    if np.unique(value[known]).size < 2 or np.unique(points[known]).size < 2:
        return Text("the same for all these leads", "bei allen diesen Leads gleich")
    rank = float(spearmanr(value[known], points[known]).statistic)
    if rank > CLEAR:
        return Text("more raises the score", "mehr hebt den Score")
    if rank < -CLEAR:
        return Text("more lowers the score", "mehr senkt den Score")
    return Text("neither more nor less is better throughout", "weder mehr noch weniger ist durchweg besser")
