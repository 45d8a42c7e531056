"""The report's charts, each from plain data to an SVG element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from features.domain import Text
from features.domain.say import month
from models.evidence.at_cutoff import AtCutoff
from models.evidence.interval import Interval
from models.evidence.stability import Period
from training.calibration.curve import Curve
from training.pages.content import Language
from training.pages.drawing import (
    DOWN,
    INK,
    MODEL,
    MUTED,
    RIVAL,
    SERIES,
    UP,
    number_axis,
    percent_axis,
    picture,
    shortened,
)
from training.pages.write import saying

Floats = NDArray[np.float64]

_HALF_A_DAY = 43_200.0


def say(text: Text, language: Language) -> str:
    """Return a text in one language."""
    return saying(language)(text)


def top_curves(
    shares: Sequence[float], curves: Mapping[Text, Sequence[float]], x: Text, y: Text, chance: Text, *, gain: bool,
    language: Language,
) -> str:  # fmt: skip
    """Draw lift or gain over the share of leads on top, one line per ranking.

    Parameters
    ----------
    shares : sequence of float
        Of the leads, rising to 1.
    curves : mapping from name to sequence of float
        One value per share.
    x, y, chance : Text
        Names of the axes and of what chance gives.
    gain : bool
        Whether values are shares that rise from 0; else lift, for which chance is 1.
    language : str
        ``en`` or ``de``.
    """

    def draw(axes: Axes) -> None:
        begin = [0.0] if gain else []
        for colour, (name, values) in zip(SERIES, curves.items(), strict=False):
            axes.plot([*begin, *shares], [*begin, *values], color=colour, label=say(name, language))
        axes.plot(
            [0, 1], [0, 1] if gain else [1, 1], color=MUTED, linewidth=1.0, linestyle="--", label=say(chance, language)
        )
        axes.set(xlabel=say(x, language), ylabel=say(y, language), xlim=(0, 1), ylim=(0, 1.02 if gain else None))
        percent_axis(axes.xaxis, language)
        (percent_axis if gain else number_axis)(axes.yaxis, language)
        axes.legend(loc="lower right" if gain else "upper right")

    return picture(draw)


def calibration(
    curve: Curve, probability: Floats, x: Text, y: Text, names: tuple[Text, Text], language: Language
) -> str:
    """Draw the reliability curve with its band and, below, where the leads' probabilities lie."""

    def draw(axes: Axes) -> None:
        top = float(min(1.0, max(curve.probability.max(), curve.observed.max()) * 1.08))
        axes.fill_between(curve.probability, curve.low, curve.high, color=MODEL, alpha=0.16, linewidth=0)
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1.0, linestyle="--", label=say(names[1], language))
        axes.plot(curve.probability, curve.observed, color=MODEL, label=say(names[0], language))
        where = np.quantile(probability, np.linspace(0.005, 0.995, 120))
        axes.plot(where, np.full(where.size, -0.02 * top), "|", color=INK, markersize=5, markeredgewidth=0.6)
        axes.set(xlabel=say(x, language), ylabel=say(y, language), xlim=(0, top), ylim=(-0.045 * top, top))
        percent_axis(axes.xaxis, language)
        percent_axis(axes.yaxis, language)
        axes.legend(loc="upper left")

    return picture(draw, high=3.5)


def cutoffs(
    points: Sequence[AtCutoff], marks: Mapping[str, float], x: Text, y: tuple[Text, Text], language: Language
) -> str:
    """Draw conversion and missed customers over the cutoff, with bands and the two cutoffs."""

    def draw(axes: Axes) -> None:
        at = [point.probability for point in points]
        lines = ((MODEL, [point.rate for point in points], y[0]), (RIVAL, [point.missed for point in points], y[1]))
        for colour, line, name in lines:
            axes.fill_between(
                at, [one.low for one in line], [one.high for one in line], color=colour, alpha=0.16, linewidth=0
            )
            axes.plot(at, [one.value for one in line], color=colour, label=say(name, language))
        _mark(axes, marks)
        axes.set(xlabel=say(x, language), xlim=(0, _right(at, marks)), ylim=(0, 1))
        percent_axis(axes.xaxis, language)
        percent_axis(axes.yaxis, language)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=1)

    return picture(draw, high=3.7)


def volume(points: Sequence[AtCutoff], marks: Mapping[str, float], x: Text, y: Text, language: Language) -> str:
    """Draw how many leads, a week or of all, reach each cutoff."""

    def draw(axes: Axes) -> None:
        weekly = points[0].per_week is not None
        at = [point.probability for point in points]
        axes.plot(at, [point.share if point.per_week is None else point.per_week for point in points], color=MODEL)
        _mark(axes, marks)
        axes.set(xlabel=say(x, language), ylabel=say(y, language), xlim=(0, _right(at, marks)), ylim=(0, None))
        percent_axis(axes.xaxis, language)
        (number_axis if weekly else percent_axis)(axes.yaxis, language)

    return picture(draw, high=3.7)


def _mark(axes: Axes, marks: Mapping[str, float]) -> None:
    for place, (name, value) in enumerate(sorted(marks.items(), key=lambda mark: mark[1])):
        axes.axvline(value, color=INK, linewidth=1.0, linestyle=":")
        # One below the other, so that two cutoffs that lie close can both be read.
        axes.text(value, 1.0 - 0.06 * place, f" {name}", transform=axes.get_xaxis_transform(), va="top", fontsize=8.5)


def _right(at: Sequence[float], marks: Mapping[str, float]) -> float:
    return 1.02 * max([at[-1], *marks.values()])


def differences(rows: Sequence[tuple[Text, Interval]], x: Text, language: Language) -> str:
    """Draw differences with their intervals around no difference."""

    def draw(axes: Axes) -> None:
        axes.axvline(0.0, color=INK, linewidth=1.0)
        for place, (_, one) in enumerate(rows):
            colour = UP if one.low > 0 else DOWN if one.high < 0 else MUTED
            axes.plot([one.low, one.high], [place, place], color=colour, linewidth=2.2)
            axes.plot([one.value], [place], "o", color=colour)
        axes.set_yticks(range(len(rows)), [shortened(say(name, language), 22) for name, _ in rows], color=INK)
        axes.set(xlabel=say(x, language), ylim=(len(rows) - 0.5, -0.5))
        axes.grid(visible=False, axis="y")
        axes.locator_params(axis="x", nbins=5)
        number_axis(axes.xaxis, language)

    return picture(draw, high=1.0 + 0.36 * len(rows))


def over_time(rows: Sequence[Period], names: tuple[Text, Text], language: Language) -> str:
    """Draw the share that reached the target, with its interval, and the mean probability in each period."""

    def draw(axes: Axes) -> None:
        at = np.arange(len(rows))
        observed = np.array([row.rate.value for row in rows])
        reach = np.array([[row.rate.value - row.rate.low, row.rate.high - row.rate.value] for row in rows]).T
        axes.errorbar(at, observed, yerr=reach, fmt="o", color=INK, capsize=3, label=say(names[0], language))
        axes.plot(at, [row.mean_probability for row in rows], "-s", color=MODEL, label=say(names[1], language))
        step = max(1, -(-len(rows) // 6))
        axes.set_xticks(at[::step], [say(row.name, language) for row in rows[::step]])
        axes.set_ylim(0, None)
        percent_axis(axes.yaxis, language)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=1)

    return picture(draw, high=3.3)


def by_part(parts: Sequence[Text], lines: Mapping[Text, Sequence[float]], y: Text, language: Language) -> str:
    """Draw one line per name over parts that follow one another, e.g. stretches of time."""

    def draw(axes: Axes) -> None:
        at = np.arange(len(parts))
        for colour, (name, values) in zip(SERIES, lines.items(), strict=False):
            axes.plot(at, values, "-o", color=colour, label=say(name, language))
        axes.set_xticks(at, [say(part, language).replace(" ", "\n", 1) for part in parts], fontsize=7.5)
        axes.set(ylabel=say(y, language))
        axes.margins(x=0.1)
        number_axis(axes.yaxis, language)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)

    return picture(draw, high=3.3)


def bars(rows: Sequence[tuple[Text, float]], x: Text, language: Language) -> str:
    """Draw one amount per name, the first on top."""

    def draw(axes: Axes) -> None:
        axes.barh(range(len(rows)), [amount for _, amount in rows], color=MODEL, height=0.62)
        axes.set_yticks(range(len(rows)), [shortened(say(name, language), 30) for name, _ in rows], color=INK)
        axes.set(xlabel=say(x, language), ylim=(len(rows) - 0.4, -0.6))
        number_axis(axes.xaxis, language)
        axes.grid(visible=False, axis="y")

    return picture(draw, high=0.9 + 0.3 * len(rows))


def time_line(spans: Sequence[tuple[Text, datetime, datetime]], language: Language) -> str:
    """Draw which leads are for what: stretches of time (name, begin, end), one below the other."""

    def draw(axes: Axes) -> None:
        for place, (_, begin, end) in enumerate(spans):
            left, right = begin.timestamp(), end.timestamp()
            axes.barh(place, max(right - left, _HALF_A_DAY), left=left, color=SERIES[place % len(SERIES)], height=0.56)
        axes.set_yticks(range(len(spans)), [shortened(say(name, language), 30) for name, *_ in spans], color=INK)
        axes.set_ylim(len(spans) - 0.4, -0.6)
        first, last = min(begin for _, begin, _ in spans), max(end for *_, end in spans)
        ticks = [first + (last - first) * part / 3 for part in range(4)]
        axes.set_xticks([tick.timestamp() for tick in ticks], [say(month(tick), language) for tick in ticks])
        axes.margins(x=0.06)
        axes.grid(visible=False, axis="y")

    return picture(draw, high=0.7 + 0.36 * len(spans))
