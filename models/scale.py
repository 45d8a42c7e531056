"""The one scale: 50 points are the MQL cutoff and 75 the SQL cutoff, whatever the model."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.odds import logit_of, probability_of

MQL_POINTS = 50.0
SQL_POINTS = 75.0
POINTS_PER_LOGIT = 12.5 / math.log(2.0)
"""12.5 points for doubled odds, while there is no distance between two cutoffs to measure the scale by."""

CLOSEST_ODDS = 1.25
"""Cutoffs closer than this factor in odds would stretch noise over 25 points."""

_BELOW_MQL = float(np.nextafter(MQL_POINTS, 0.0))
_BELOW_SQL = float(np.nextafter(SQL_POINTS, 0.0))


@dataclass(frozen=True, slots=True)
class Scale:
    """Points linear in the log-odds: ``points = 50 + k (logit p - logit t_MQL)``.

    Parameters
    ----------
    mql : float
        Probability that stands at 50 points.
    k : float
        Points per unit of log-odds, above 0.
    sql : float or None
        Probability that stands at 75 points; None where no agreed cutoff stands there.
    """

    mql: float
    k: float = POINTS_PER_LOGIT
    sql: float | None = None

    @classmethod
    def from_cutoffs(cls, mql: float | None, sql: float | None = None) -> Scale:
        """Return the scale on which ``mql`` is 50 and, where the distance allows, ``sql`` is 75.

        Parameters
        ----------
        mql, sql : float or None
            Cutoffs as probabilities, ``sql`` at least ``mql``. With only one of them, or both closer than a factor
            1.25 in odds, doubled odds are 12.5 points.

        Returns
        -------
        Scale
            The scale.
        """
        if mql is None:
            if sql is None:
                raise ValueError("a scale needs at least one cutoff")
            distance = (SQL_POINTS - MQL_POINTS) / POINTS_PER_LOGIT
            return cls(float(probability_of(logit_of(sql) - distance)), POINTS_PER_LOGIT, sql)
        if sql is None:
            return cls(mql)
        distance = float(logit_of(sql) - logit_of(mql))
        if distance < math.log(CLOSEST_ODDS):
            return cls(mql)
        return cls(mql, (SQL_POINTS - MQL_POINTS) / distance, sql)

    def line(self, logit: np.ndarray | float) -> np.ndarray:
        """Return the points on the straight line itself, without regard to what rounding does at a cutoff."""
        distance = np.asarray(logit, dtype=np.float64) - logit_of(self.mql)
        return np.asarray(MQL_POINTS + self.k * distance, dtype=np.float64)

    def points(self, logit: np.ndarray | float) -> np.ndarray:
        """Return the points of calibrated log-odds.

        A probability at a cutoff never falls below its points by rounding, nor does one next to it rise to them:
        ``points >= 50`` exactly when ``probability_of(logit) >= mql``, and likewise 75 for ``sql``.
        """
        points = self.line(logit)
        probability = probability_of(logit)
        points = np.where(probability >= self.mql, np.maximum(points, MQL_POINTS), np.minimum(points, _BELOW_MQL))
        if self.sql is not None:
            points = np.where(probability >= self.sql, np.maximum(points, SQL_POINTS), np.minimum(points, _BELOW_SQL))
        return np.asarray(points, dtype=np.float64)

    def score(self, points: np.ndarray | float) -> np.ndarray:
        """Return the whole number shown: points rounded down and held in 0..100."""
        return np.clip(np.floor(points), 0, 100).astype(np.int64)
