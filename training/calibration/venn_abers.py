"""How far one more lead could move its own probability (Venn-Abers predictors, Vovk and Petej 2012)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

Floats = NDArray[np.float64]

FROM_POSITIVES = 300
"""Positives from which the width is told; with fewer it is wide for every model and says little of this one."""

_MOST_LEVELS = 2000


def venn_abers(probability: Floats, label: Floats, weight: Floats, points: Floats) -> tuple[Floats, Floats]:
    """Return the two probabilities between which a new lead's lies, at some probabilities of a model.

    The isotonic regression of the rows and the new lead is fitted twice, once as if it had not reached the target and
    once as if it had. Of leads drawn as the rows were, one of both is calibrated.

    Parameters
    ----------
    probability, label, weight : arrays of shape (n,)
        Rows that nothing was learned from; weights sum to 1 per lead.
    points : array of shape (m,)
        The model's probabilities of new leads.

    Returns
    -------
    tuple of arrays of shape (m,)
        Lower and upper probability.
    """
    levels, place = np.unique(probability, return_inverse=True)
    if levels.size > _MOST_LEVELS:
        # Finer levels than a two-thousandth of the rows change no width that can be seen.
        levels = np.quantile(probability, np.linspace(0.0, 1.0, _MOST_LEVELS))
        place = np.minimum(np.searchsorted(levels, probability), _MOST_LEVELS - 1)
    mass: Floats = np.bincount(place, weights=weight, minlength=levels.size).astype(np.float64)
    found = np.bincount(place, weights=weight * label, minlength=levels.size)
    held = mass > 0
    x, share, mass = levels[held], found[held] / mass[held], mass[held]
    answers = np.array([[_with(x, share, mass, point, outcome) for outcome in (0.0, 1.0)] for point in points])
    return answers[:, 0], answers[:, 1]


def _with(x: Floats, share: Floats, mass: Floats, point: float, outcome: float) -> float:
    fitted = IsotonicRegression(out_of_bounds="clip").fit(
        np.append(x, point), np.append(share, outcome), sample_weight=np.append(mass, 1.0)
    )
    return float(fitted.predict([point])[0])
