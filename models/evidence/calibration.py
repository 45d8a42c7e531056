"""Whether the probabilities came true: the reliability curve with its band, the level, and the slope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.evidence.interval import Interval, number


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """What was said, what became of such leads, and the band that holds the whole true curve with 95 %."""

    said: float
    seen: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CalibrationEvidence:
    """What became of leads, against what was said of them.

    Parameters
    ----------
    leads, positives : float
        Leads, and their weight that reached the target.
    points : tuple of CalibrationPoint
        The curve (CORP: Dimitriadis, Gneiting and Jordan 2021), rising.
    ratio, slope : Interval
        Observed over expected, and the calibration slope; 1 is perfect.
    spread : tuple of float
        Quantiles of the probabilities, from the lowest to the highest.
    """

    leads: float
    positives: float
    points: tuple[CalibrationPoint, ...]
    ratio: Interval
    slope: Interval
    spread: tuple[float, ...]

    @property
    def level_is_off(self) -> bool:
        """Whether more or fewer leads reached the target than the probabilities say, beyond chance."""
        return not self.ratio.low <= 1.0 <= self.ratio.high

    def to_mapping(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "leads": self.leads, "positives": self.positives,
            "points": [[one.said, one.seen, one.low, one.high] for one in self.points],
            "ratio": self.ratio.to_list(), "slope": self.slope.to_list(), "spread": list(self.spread),
        }  # fmt: skip

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> CalibrationEvidence:
        """Return what was stored by :meth:`to_mapping`."""
        return cls(
            leads=number(mapping["leads"]),
            positives=number(mapping["positives"]),
            points=tuple(CalibrationPoint(*(number(one) for one in point)) for point in mapping["points"]),
            ratio=Interval.from_list(mapping["ratio"]),
            slope=Interval.from_list(mapping["slope"]),
            spread=tuple(number(one) for one in mapping["spread"]),
        )
