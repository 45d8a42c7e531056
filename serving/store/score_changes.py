"""Why a score changed: the reasons of two scores side by side, in points that add up to the difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from features.domain import OTHER, Group, Reason, Score, Text

BASE = "base"
"""The change of the points that every lead begins with: another model, calibration or cutoffs."""

LEAST_POINTS = 0.1
"""Smaller changes are summed up in ``other``, as smaller reasons are."""


@dataclass(frozen=True, slots=True)
class ReasonChange:
    """What one reason gave before and gives after.

    Parameters
    ----------
    feature : str
        The concept; ``base`` for what every lead begins with, ``other`` for all that is too small to name.
    group : Group or None
        Fit or engagement.
    before, after : float
        Points; 0 where the reason was not named.
    value_before, value_after : str or None
        The values seen.
    text : Text or None
        The newer sentence, else the older one.
    """

    feature: str
    group: Group | None
    before: float
    after: float
    value_before: str | None = None
    value_after: str | None = None
    text: Text | None = None

    @property
    def points(self) -> float:
        """The change in points."""
        return self.after - self.before

    def to_mapping(self) -> dict[str, Any]:
        """Return the change in the shape of the API."""
        return {
            "feature": self.feature,
            "group": None if self.group is None else self.group.value,
            "before": self.before,
            "after": self.after,
            "points": self.points,
            "value_before": self.value_before,
            "value_after": self.value_after,
            "text": None if self.text is None else self.text.to_mapping(),
        }


def reasons_changed(before: Score, after: Score) -> tuple[ReasonChange, ...]:
    """Return the changes between two scores of a lead, the largest first; their points sum to the difference.

    Parameters
    ----------
    before, after : Score
        The older and the newer one, whichever engines spoke.
    """
    old = {reason.feature: reason for reason in before.reasons}
    new = {reason.feature: reason for reason in after.reasons}
    named: list[ReasonChange] = []
    small_before = small_after = 0.0
    for feature in dict.fromkeys((*new, *old)):
        change = _change(feature, old.get(feature), new.get(feature))
        if feature == OTHER or abs(change.points) < LEAST_POINTS:
            small_before += change.before
            small_after += change.after
        else:
            named.append(change)
    base = ReasonChange(BASE, None, before.base_points, after.base_points)
    if abs(base.points) >= LEAST_POINTS:
        named.append(base)
    else:
        small_before += base.before
        small_after += base.after
    named.sort(key=lambda change: -abs(change.points))
    rest = ReasonChange(OTHER, None, small_before, small_after)
    return (*named, rest) if rest.points else tuple(named)


def _change(feature: str, old: Reason | None, new: Reason | None) -> ReasonChange:
    told = new or old
    return ReasonChange(
        feature=feature,
        group=None if told is None else told.group,
        before=0.0 if old is None else old.points,
        after=0.0 if new is None else new.points,
        value_before=None if old is None else old.value,
        value_after=None if new is None else new.value,
        text=None if told is None else told.text,
    )
