"""Level and slope of probabilities: the line that the outcomes would have them follow, and Spiegelhalter's test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm

from models.evidence.interval import Interval
from models.logistic import fit_logistic
from models.odds import logit_of

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

_SINGULAR = 1e-12

NORMAL_95 = float(norm.ppf(0.975))


@dataclass(frozen=True, slots=True)
class CalibrationLine:
    """``logit(rate) = slope * logit(probability) + intercept``; 1 and 0 are perfect.

    Parameters
    ----------
    slope, intercept : Interval
        With 95 % intervals that are robust to rows of one company resembling each other.
    """

    slope: Interval
    intercept: Interval

    def rate(self, probability: Floats) -> Floats:
        """Return the rates on the line."""
        return np.asarray(expit(self.slope.value * logit_of(probability) + self.intercept.value), dtype=np.float64)


def calibration_line(probability: Floats, label: Floats, weight: Floats, cluster: Codes) -> CalibrationLine:
    """Return the line by logistic regression (Cox 1958), its errors by the sandwich of Liang and Zeger (1986).

    Parameters
    ----------
    probability, label, weight : arrays of shape (n,)
        In [0, 1]; 0 or 1; above 0.
    cluster : array of int, shape (n,)
        Lead or company.
    """
    margin = logit_of(probability)
    theta = fit_logistic(margin[:, None], label, weight, prior=np.array([1.0, 0.0]))
    design = np.column_stack([margin, np.ones_like(margin)])
    fitted = expit(design @ theta)
    # One probability for all rows tells no slope from an intercept; inverted all the same, rounding would be the error.
    information = (design * (weight * fitted * (1 - fitted))[:, None]).T @ design
    bread = np.linalg.pinv(information, rcond=_SINGULAR, hermitian=True)
    place = np.unique(cluster, return_inverse=True)[1]
    residual = weight * (label - fitted)
    scores = np.column_stack([np.bincount(place, weights=residual * design[:, i]) for i in range(2)])
    spread = NORMAL_95 * np.sqrt(np.maximum(np.diag(bread @ (scores.T @ scores) @ bread), 0.0))
    return CalibrationLine(
        *(Interval(float(t), float(t - s), float(t + s)) for t, s in zip(theta, spread, strict=True))
    )


def spiegelhalter(probability: Floats, label: Floats, weight: Floats, cluster: Codes | None = None) -> float:
    """Return z of Spiegelhalter's test (1986), standard normal where the probabilities are true.

    Parameters
    ----------
    probability, label, weight : arrays of shape (n,)
        In [0, 1]; 0 or 1; above 0.
    cluster : array of int, shape (n,), optional
        Lead or company. Where rows share one, the variance is that of the clusters' sums as they were seen, because
        the probabilities do not tell how alike such rows are; taking them for independent would find miscalibration
        where there is none.
    """
    tilt = weight * (1 - 2 * probability)
    gap = tilt * (label - probability)
    variance = float(np.sum(tilt**2 * probability * (1 - probability)))
    if cluster is not None:
        place = np.unique(cluster, return_inverse=True)[1]
        together = np.bincount(place, weights=gap)
        if together.size < gap.size:
            variance = float(together @ together)
    return float(gap.sum() / np.sqrt(variance)) if variance > 0 else 0.0
