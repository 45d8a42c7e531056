"""Lift and gain: how many of the later customers the top of a ranking holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.evidence.interval import number

TOLD = (0.05, 0.1, 0.2, 0.3, 0.5)
"""Shares of the leads at which the ranking is told in words and tables."""

SHARES = tuple(sorted({*TOLD, *np.linspace(0.02, 1.0, 50).round(2).tolist()}))
"""Shares of the leads at which it is measured, rising to 1."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """One scorer's ranking of the leads held out.

    Parameters
    ----------
    scorer : str
        ``model``, or a rival.
    hits : tuple of float
        Share of the later customers among the top of the leads, at each of ``shares``.
    shares : tuple of float
        Of the leads, rising to 1.
    """

    scorer: str
    hits: tuple[float, ...]
    shares: tuple[float, ...] = SHARES

    @property
    def lifts(self) -> tuple[float, ...]:
        """How many times as many customers as by chance, at each share."""
        return tuple(hit / share for hit, share in zip(self.hits, self.shares, strict=True))

    def hits_at(self, share: float) -> float:
        """Return the share of the later customers among the top ``share``, one of ``shares``."""
        return self.hits[self.shares.index(share)]

    def lift_at(self, share: float) -> float:
        """Return the lift of the top ``share``, one of ``shares``."""
        return self.hits_at(share) / share

    def to_mapping(self) -> dict[str, Any]:
        """Return the ranking as plain data."""
        return {"scorer": self.scorer, "hits": list(self.hits), "shares": list(self.shares)}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Ranking:
        """Return the ranking stored by :meth:`to_mapping`."""
        hits, shares = (tuple(number(one) for one in mapping[name]) for name in ("hits", "shares"))
        if len(hits) != len(shares) or not shares or min(shares) <= 0:
            raise ValueError("a ranking of another length than its shares")
        return cls(str(mapping["scorer"]), hits, shares)
