"""Bounds by betting, for sums that are no plain counts: weighted leads, and leads of one company together.

Capital is staked against "the mean is at most zero" on one unit after the other. While that is true the capital is a
supermartingale, so that it reaches ``1 / delta`` with a probability of at most ``delta`` (Ville 1939), whatever the
distribution. Stakes follow Waudby-Smith and Ramdas (2024, predictable plug-in). The order of the units is drawn
once, without a look at them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LARGEST_STAKE: Final = 0.75
"""Share of the stake that could lose everything."""
_SEED: Final = 20240522
_STEPS: Final = 30
_STEPS_TO_TELL: Final = 14
"""An interval that is told and certifies nothing is this exact: a ten-thousandth of the share."""


def log_capital(hits: Floats, weights: Floats, rate: float, largest: float, delta: float) -> float:
    """Return the highest logarithm of the capital staked on "the weighted share of hits exceeds ``rate``".

    Parameters
    ----------
    hits, weights : array, shape (units,)
        Sums of weight over the hits, and over all cases, of each unit; ``0 <= hits <= weights``.
    rate : float
        Share in [0, 1] against which capital is staked.
    largest : float
        What ``weights`` cannot exceed, known without the outcomes.
    delta : float
        Level for which the stakes are chosen; any choice is valid.
    """
    units = len(hits)
    if not units or rate * largest <= 0.0:
        return 0.0
    gain = (hits - rate * weights)[_order(units)]
    before = np.arange(units)
    total, square = np.cumsum(gain) - gain, np.cumsum(gain * gain) - gain * gain
    # The variance that cases of the largest weight would have, worth one unit, so that the first stakes are small.
    prior = rate * (1.0 - rate) * largest
    variance = np.maximum((square + prior) / (before + 1.0) - (total / (before + 1.0)) ** 2, 1e-12)
    stake = np.minimum(np.sqrt(2.0 * np.log(1.0 / delta) / (units * variance)), _LARGEST_STAKE / (rate * largest))
    return float(max(np.cumsum(np.log1p(stake * gain)).max(), 0.0))


def exceeds(hits: Floats, weights: Floats, rate: float, largest: float, delta: float) -> bool:
    """Return whether the weighted share of hits exceeds ``rate``, wrongly with a chance of at most ``delta``."""
    return bool(log_capital(hits, weights, rate, largest, delta) >= -np.log(delta))


def falls_below(hits: Floats, weights: Floats, rate: float, largest: float, delta: float) -> bool:
    """Return whether the weighted share of hits is below ``rate``, wrongly with a chance of at most ``delta``."""
    return exceeds(weights - hits, weights, 1.0 - rate, largest, delta)


def share_bound(hits: Floats, weights: Floats, largest: float, delta: float, steps: int = _STEPS) -> float:
    """Return a lower bound of the weighted share of hits, wrong with a chance of at most ``delta``.

    It is found by halving as often as ``steps`` says, from below, so that it is never too high.
    """
    low, high = 0.0, share(hits, weights)
    for _ in range(steps):
        middle = (low + high) / 2.0
        low, high = (middle, high) if exceeds(hits, weights, middle, largest, delta) else (low, middle)
    return low


def share(hits: Floats, weights: Floats) -> float:
    """Return the self-normalised share of hits; 0 without any weight."""
    whole = float(weights.sum())
    return float(hits.sum()) / whole if whole > 0.0 else 0.0


def interval(hits: Floats, weights: Floats, largest: float, confidence: float = 0.95) -> tuple[float, float]:
    """Return the two-sided betting interval of the weighted share of hits."""
    tail = (1.0 - confidence) / 2.0
    low, high = (share_bound(ends, weights, largest, tail, _STEPS_TO_TELL) for ends in (hits, weights - hits))
    return low, 1.0 - high


@lru_cache(maxsize=8)
def _order(units: int) -> NDArray[np.intp]:
    """Return the order in which units are staked on; drawn without a look at them."""
    return np.random.default_rng(_SEED).permutation(units)
