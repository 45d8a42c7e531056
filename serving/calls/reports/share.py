"""A share with what chance leaves open of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models.cutoffs.evidence import exact_interval

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Share:
    """``count`` of ``of``, with the two-sided exact 95 % interval (Clopper and Pearson 1934); small numbers are wide.

    Parameters
    ----------
    count, of : int
        Whole numbers; of nothing there is no share.
    """

    count: int
    of: int

    @property
    def rate(self) -> float | None:
        """The share seen, in [0, 1]."""
        return self.count / self.of if self.of else None

    @cached_property
    def interval(self) -> tuple[float, float] | None:
        """Its ends, in [0, 1]."""
        return exact_interval(self.count, self.of, CONFIDENCE) if self.of else None

    def to_mapping(self) -> dict[str, Any]:
        """Return it in the shape of the API.

        Examples
        --------
        >>> Share(3, 10).to_mapping()
        {'of': 10, 'count': 3, 'rate': 0.3, 'low': 0.0667, 'high': 0.6525}
        """
        low, high = (None, None) if self.interval is None else (round(end, 4) for end in self.interval)
        rate = None if self.rate is None else round(self.rate, 4)
        return {"of": self.of, "count": self.count, "rate": rate, "low": low, "high": high}
