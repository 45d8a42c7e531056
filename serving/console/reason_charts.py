"""The pictures of what moves scores overall: sizes, every lead reason by reason, and a reason along its value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from features.domain import Text, say
from models.evidence.reasons import OverallReason
from serving.console.charts import Axis, Chart, Kind, Series, Told
from serving.console.words import model as words

ALONG_VALUES = 4
"""Reasons that are drawn along their values, the strongest."""

_BINS = 80
"""Across the swarm: dots of one bin and reason stand one above the other."""

_REACH = 0.42
_GROUPS = 6
"""Of equal size, in the table of a reason along its value."""

Floats = NDArray[np.float64]


def sizes(reasons: Sequence[OverallReason]) -> Chart:
    """Return the mean points of each reason."""
    first = reasons[0]
    return Chart(
        "sizes", words.SIZES, words.SIZES_HELP,
        say.sentence(words.SIZES_ALT.en, words.SIZES_ALT.de, name=first.label, points=say.number(first.size, 1)),
        [one.label for one in reasons], Axis(words.REASON), Axis(words.MEAN_POINTS, low=0.0),
        (Series(words.MEAN_POINTS, [one.size for one in reasons], Kind.BAR),),
        told=_overall(reasons), lying=True,
    )  # fmt: skip


def swarm(reasons: Sequence[OverallReason]) -> Chart:
    """Return every lead of the sample as a dot in each reason's row, coloured by the value."""
    heights: dict[str, list[float]] = {"one": [], "muted": [], "two": [], "four": []}
    places: dict[str, list[float]] = {color: [] for color in heights}
    for row, reason in enumerate(reasons):
        points = np.array(reason.points)
        for at, height, color in zip(points, row + _spread(points), _tones(reason), strict=True):
            places[color].append(round(float(at), 2))
            heights[color].append(round(float(height), 3))
    names = {
        "one": words.LOW_VALUE, "muted": words.MIDDLE_VALUE, "two": words.HIGH_VALUE, "four": words.NO_ORDER,
    }  # fmt: skip
    return Chart(
        "swarm", words.SWARM, words.SWARM_HELP,
        say.sentence(words.SIZES_ALT.en, words.SIZES_ALT.de, name=reasons[0].label,
                     points=say.number(reasons[0].size, 1)),
        (), Axis(words.POINTS_AXIS), Axis(words.REASON, low=-0.6, high=len(reasons) - 0.4,
                                          names=tuple(one.label for one in reasons)),
        tuple(
            Series(names[color], heights[color], Kind.DOTS, color, at=places[color]) for color in heights
            if heights[color]
        ),
        told=_overall(reasons),
    )  # fmt: skip


def along(reason: OverallReason, place: int) -> Chart:
    """Return the points of one reason along the value that it mostly reads."""
    caption = say.sentence(words.ALONG.en, words.ALONG.de, name=reason.label)
    points = np.array(reason.points)
    values = np.array([np.nan if one is None else one for one in reason.values])
    if reason.levels is not None:
        return _levels(reason, place, caption, points, values)
    known = np.isfinite(values)
    return Chart(
        f"along-{place}", caption, words.ALONG_HELP, reason.works, (), Axis(reason.value_label),
        Axis(words.POINTS_AXIS),
        (Series(reason.label, points[known].round(2).tolist(), Kind.DOTS, at=values[known].tolist()),),
        told=Told((reason.value_label, words.LEADS, words.MEAN_POINTS), tuple(_groups(values, points))),
    )  # fmt: skip


def _levels(reason: OverallReason, place: int, caption: Text, points: Floats, values: Floats) -> Chart:
    names = [*(reason.levels or ()), words.NOT_KNOWN]
    code = np.where(np.isfinite(values), values, len(names) - 1).astype(np.int64)
    counts = np.bincount(code, minlength=len(names))
    sums = np.bincount(code, weights=points, minlength=len(names))
    met = sorted(np.flatnonzero(counts), key=lambda one: -counts[one])
    means = [float(sums[one] / counts[one]) for one in met]
    return Chart(
        f"along-{place}", caption, words.ALONG_HELP_MEAN, reason.works, [names[one] for one in met],
        Axis(reason.value_label), Axis(words.POINTS_AXIS), (Series(words.MEAN_POINTS, means, Kind.BAR),),
        told=Told(
            (reason.value_label, words.LEADS, words.MEAN_POINTS),
            tuple(
                (names[one], say.whole(counts[one]), say.signed(mean)) for one, mean in zip(met, means, strict=True)
            ),
        ),
    )  # fmt: skip


def _groups(values: Floats, points: Floats) -> list[tuple[Text, Text, Text]]:
    known = np.isfinite(values)
    edges = np.unique(np.quantile(values[known], np.linspace(0, 1, _GROUPS + 1))) if known.any() else np.zeros(0)
    rows = []
    for at in range(max(len(edges) - 1, min(1, len(edges)))):
        low, high = edges[at], edges[min(at + 1, len(edges) - 1)]
        is_last = at + 2 >= len(edges)
        inside = known & (values >= low) & ((values <= high) if is_last else (values < high))
        if inside.any():
            span = say.sentence(words.VALUE_RANGE.en, words.VALUE_RANGE.de, low=_value(low), high=_value(high))
            rows.append((span, say.whole(int(inside.sum())), say.signed(float(points[inside].mean()))))
    if not known.all():
        rows.append((words.NOT_KNOWN, say.whole(int((~known).sum())), say.signed(float(points[~known].mean()))))
    return rows


def _value(value: float) -> Text:
    return say.whole(value) if float(value).is_integer() else say.number(value)


def _overall(reasons: Sequence[OverallReason]) -> Told:
    head = (words.REASON, words.MEAN_POINTS, words.SHARE, words.WORKS)
    rows = ((one.label, say.number(one.size, 1), say.percent(one.share), one.works) for one in reasons)
    return Told(head, tuple(rows), wordy=True)


def _spread(points: Floats) -> Floats:
    """Return how far each dot stands above or below its row, so that dots of the same place stand apart."""
    low, high = float(points.min()), float(points.max())
    bins = np.floor((points - low) / (high - low or 1.0) * _BINS).astype(np.int64)
    order = np.argsort(bins, kind="stable")
    ranked = bins[order]
    within = np.arange(len(points)) - np.searchsorted(ranked, ranked, side="left")
    step = np.ceil(within / 2) * np.where(within % 2, 1, -1)
    offset = np.empty(len(points))
    offset[order] = step * min(0.06, _REACH / max(float(np.abs(step).max()), 1.0))
    return offset


def _tones(reason: OverallReason) -> list[str]:
    if reason.levels is not None:
        return ["four"] * len(reason.points)
    known = [one for one in reason.values if one is not None]
    low, high = np.quantile(known, [1 / 3, 2 / 3]) if known else (0.0, 0.0)
    return [
        "four" if one is None else "one" if one <= low and one < high else "two" if one > high or one == high > low
        else "muted"
        for one in reason.values
    ]  # fmt: skip
