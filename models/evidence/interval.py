"""A figure with its interval, also where it could not be told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval; NaN where it cannot be told."""

    value: float
    low: float
    high: float

    def within_unit(self) -> Interval:
        """Return the interval of a share or an area, held in [0, 1]."""
        return Interval(self.value, max(0.0, self.low), min(1.0, self.high))

    def to_list(self) -> list[float | None]:
        """Return ``[value, low, high]``; None stands for NaN, which JSON lacks."""
        return [finite(one) for one in (self.value, self.low, self.high)]

    @classmethod
    def from_list(cls, stored: Sequence[float | None]) -> Interval:
        """Return the interval stored by :meth:`to_list`."""
        value, low, high = (number(one) for one in stored)
        return cls(value, low, high)


def finite(value: float) -> float | None:
    """Return a number as JSON has it: None where it is not finite."""
    return float(value) if math.isfinite(value) else None


def number(stored: float | None) -> float:
    """Return the number stored by :func:`finite`.

    Raises
    ------
    TypeError
        If it is no number.
    """
    if isinstance(stored, bool) or not isinstance(stored, int | float | None):
        raise TypeError(f"{stored!r} for a number")
    return math.nan if stored is None else float(stored)
