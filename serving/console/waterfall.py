"""The waterfall: from the points that every lead begins with, reason by reason, to this lead's points."""

from __future__ import annotations

from dataclasses import dataclass

from features.catalog.said import without_direction
from features.domain import OTHER, Score, Text
from models.scale import MQL_POINTS, SQL_POINTS

WIDTH = 100.0
_MOST = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One step, drawn from ``left`` over ``width`` on a strip 100 wide.

    Parameters
    ----------
    text : Text or None
        Its sentence; None for the beginning, the rest and the end, which the page names.
    points : float
        What it adds; for the end, what it comes to.
    kind : str
        ``base``, ``reason``, ``rest`` or ``total``.
    """

    text: Text | None
    points: float
    kind: str
    left: float
    width: float

    @property
    def tone(self) -> str:
        """Its colour: ``up``, ``down``, or ``total`` for the ends."""
        if self.kind in ("base", "total"):
            return "total"
        return "up" if self.points >= 0 else "down"


@dataclass(frozen=True, slots=True)
class Waterfall:
    """All steps, and where the cutoffs lie on the strip."""

    bars: tuple[Bar, ...]
    mql: float
    sql: float


def waterfall(score: Score) -> Waterfall:
    """Return a score's steps; their points add up to its points exactly.

    Reasons beyond the dozen largest are one step with the remainder.
    """
    named = [reason for reason in score.reasons if reason.feature != OTHER]
    shown = named[:_MOST]
    # What is left is taken from the whole and not from the small ones, so that the sum is exact.
    rest = score.points - score.base_points - sum(reason.points for reason in shown)
    steps: list[tuple[Text | None, float, str]] = [
        (without_direction(reason.text), reason.points, "reason") for reason in shown
    ]
    if abs(rest) >= 0.05:
        steps.append((None, rest, "rest"))
    levels = [score.base_points]
    for _, points, _ in steps:
        levels.append(levels[-1] + points)
    low, high = min(0.0, *levels), max(100.0, *levels)

    def at(points: float) -> float:
        return round((points - low) / (high - low) * WIDTH, 2)

    def bar(text: Text | None, points: float, kind: str, start: float, end: float) -> Bar:
        left, right = sorted((at(start), at(end)))
        return Bar(text, points, kind, left, round(max(right - left, 0.4), 2))

    bars = [bar(None, score.base_points, "base", 0.0, score.base_points)]
    bars += [bar(*step, levels[place], levels[place + 1]) for place, step in enumerate(steps)]
    bars.append(bar(None, score.points, "total", 0.0, score.points))
    return Waterfall(tuple(bars), at(MQL_POINTS), at(SQL_POINTS))
