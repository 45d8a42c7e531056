"""Grades such as A2: how well a lead fits (A to D) and how much it does (1 to 4)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.domain import BundleError


@dataclass(frozen=True, slots=True)
class Grades:
    """Quartile edges of the fit and the engagement sub-scores of held-out leads.

    Sub-scores are kept in calibrated log-odds (points divided by the scale's ``k``), so that grades do not move
    when people sign other cutoffs.

    Parameters
    ----------
    fit_edges, engagement_edges : tuple of float
        Quartiles, rising; three each.
    """

    fit_edges: tuple[float, float, float]
    engagement_edges: tuple[float, float, float]

    @classmethod
    def fit(cls, fit: np.ndarray, engagement: np.ndarray) -> Grades:
        """Return the edges by which a quarter of these leads gets each letter and each digit.

        Parameters
        ----------
        fit, engagement : numpy.ndarray, shape (n,)
            Sub-scores in calibrated log-odds (``models.reasons.Explainer.sub_scores``); n at least 1.
        """
        return cls(_quartiles(fit), _quartiles(engagement))

    def grade(self, fit: float, engagement: float) -> str:
        """Return the grade of one lead from its sub-scores in calibrated log-odds.

        Examples
        --------
        >>> Grades((-1.0, 0.0, 1.0), (-1.0, 0.0, 1.0)).grade(1.2, 0.5)
        'A2'
        """
        letter = "DCBA"[sum(fit >= edge for edge in self.fit_edges)]
        digit = 4 - sum(engagement >= edge for edge in self.engagement_edges)
        return f"{letter}{digit}"

    def to_mapping(self) -> dict[str, Any]:
        """Return the edges as plain data."""
        return {"fit_edges": list(self.fit_edges), "engagement_edges": list(self.engagement_edges)}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Grades:
        """Return the edges stored by :meth:`to_mapping`.

        Raises
        ------
        BundleError
            If there are not three finite, rising edges of each kind.
        """
        return cls(_edges(mapping, "fit_edges"), _edges(mapping, "engagement_edges"))


def _quartiles(sub_scores: np.ndarray) -> tuple[float, float, float]:
    low, middle, high = (float(edge) for edge in np.quantile(sub_scores, [0.25, 0.5, 0.75]))
    return low, middle, high


def _edges(mapping: Mapping[str, Any], name: str) -> tuple[float, float, float]:
    try:
        low, middle, high = (float(edge) for edge in mapping[name])
    except (KeyError, TypeError, ValueError):
        low, middle, high = math.nan, math.nan, math.nan
    # Comparisons with NaN are false, so this refuses it too.
    if not -math.inf < low <= middle <= high < math.inf:
        raise BundleError(
            f"Stored grades whose {name} are {mapping.get(name)!r}.",
            "three finite numbers, rising.",
            "Fetch the bundle again or promote another version.",
        )
    return low, middle, high
