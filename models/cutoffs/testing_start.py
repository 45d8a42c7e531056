"""The cutoff at which testing of a rate begins, chosen before outcomes are looked at.

Tests go down from there, so what begins below the cutoffs that a weekly limit leaves would never reach them: where such
limits are agreed, testing begins among the cutoffs that they leave.
"""

from __future__ import annotations

import math

import numpy as np

from models.cutoffs.binomial import fewest_passing, fewest_possible, p_value
from models.cutoffs.cases import Cases
from models.cutoffs.leads import Flags

_LEAST_POWER = 0.01
_LIKELY = 0.5
_FALLBACK_SHARE = 0.05


def conversion_start(cases: Cases, promise: float, delta: float, left: Flags | None = None) -> int | None:
    """Return the threshold at which testing of a conversion rate begins, from the scores alone.

    It is the one where, if the probabilities were true, the test would most likely pass. Where that is hopeless
    everywhere, at least the newest possible: 5 % of the leads, or the fewest that could pass if all converted.

    Parameters
    ----------
    cases : Cases
        All leads; where those of one company do not decide independently, they count for less.
    promise : float
        Share in (0, 1).
    delta : float
        Chance of a false certificate that this clause may spend.
    left : array of bool, shape (thresholds,), optional
        Cutoffs that the stage's other clauses leave, known without outcomes. Where a test among these would more likely
        pass than not, it is the first.

    Returns
    -------
    int or None
        Index into the thresholds; None where even all leads converting would not suffice.
    """
    leads, fewest = cases.leads, fewest_possible(promise, delta)
    n = np.floor(leads.selected * cases.worth).astype(np.int64)
    testable = n >= fewest
    if not testable.any():
        return None
    believed = np.clip(leads.mean_probability, 0.0, 1.0)
    power = np.where(testable, p_value(fewest_passing(np.maximum(n, 1), promise, delta), n, believed), -1.0)
    if left is not None:
        inside = np.where(left, power, -1.0)
        if inside.max() >= _LIKELY:
            return int(np.argmax(inside))
    best = int(np.argmax(power))
    if power[best] >= _LEAST_POWER:
        return best
    least = max(fewest, math.ceil(_FALLBACK_SHARE * int(n[-1])))
    return int(np.argmax(n >= least))


def acceptance_start(cases: Cases, promise: float, delta: float, left: Flags | None = None) -> int | None:
    """Return the threshold at which testing of an acceptance rate begins; the probabilities do not speak of it.

    It is where a true rate half-way between the promise and one would be certified with a chance of 80 %, at least 5 %
    of the answered leads; where there are fewer, all that can pass. Where the weekly limit leaves higher cutoffs only,
    it is the lowest of these, if enough leads to pass were answered there.

    Parameters
    ----------
    cases : Cases
        The answered leads; those with weights, or of one company, count for less.
    promise, delta, left
        As for :func:`conversion_start`.
    """
    fewest = fewest_possible(promise, delta)
    n = np.floor(cases.n * cases.worth).astype(np.int64)
    if not len(n) or n[-1] < fewest:
        return None
    sizes = np.arange(fewest, max(fewest, 400) + 1)
    power = p_value(fewest_passing(sizes, promise, delta), sizes, (1.0 + promise) / 2.0)
    wanted = int(sizes[np.argmax(power >= 0.8)]) if (power >= 0.8).any() else int(sizes[-1])
    wanted = max(wanted, math.ceil(_FALLBACK_SHARE * int(n[-1])))
    start = int(np.argmax(n >= min(wanted, int(n[-1]))))
    if left is not None and not left[start:].any():
        enough = np.flatnonzero(left & (n >= fewest))
        return int(enough[-1]) if len(enough) else start
    return start
