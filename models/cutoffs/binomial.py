"""Exact binomial tests of "the true rate is at most so much"."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import bdtr, bdtrc, bdtrik


def p_value(k: np.ndarray | int, n: np.ndarray | int, rate: np.ndarray | float) -> np.ndarray:
    """Return the exact one-sided p-value of "the true rate is at most ``rate``": P(Bin(n, rate) >= k)."""
    hits = np.asarray(k, dtype=np.float64)
    return np.where(hits > 0, bdtrc(np.maximum(hits - 1.0, 0.0), n, rate), 1.0)


def fewest_passing(n: np.ndarray, rate: float, delta: float) -> np.ndarray:
    """Return the fewest conversions out of ``n`` that certify ``rate``: the least k with p_value(k, n) <= delta."""
    most_failing = np.ceil(bdtrik(1.0 - delta, n, rate))
    # The inverse is continuous: one conversion fewer may do as well.
    fewer = np.maximum(most_failing - 1.0, 0.0)
    return np.where(bdtr(fewer, n, rate) >= 1.0 - delta, fewer, most_failing) + 1.0


def fewest_possible(promise: float, delta: float) -> int:
    """Return the fewest cases that can certify a rate at all: all of them hits."""
    return math.ceil(math.log(delta) / math.log(promise))
