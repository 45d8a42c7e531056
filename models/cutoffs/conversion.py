"""The promise that at least a share of the leads above a cutoff converts.

Exact binomial tests in a fixed sequence (Bauer 1991; Learn then Test, Angelopoulos et al. 2021): from a start that is
chosen without looking at outcomes, down to lower cutoffs, each at the full level, until one test fails. All cutoffs
passed hold together. Tests stand at the ends of tie groups, because leads with equal scores cannot be parted.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import bdtr, bdtrc, bdtrik

from models.cutoffs.certificate import Clause, State
from models.cutoffs.evidence import Evidence, exact_interval, lower_bound, upper_bound
from models.cutoffs.leads import CertificationLeads
from models.cutoffs.sentences import conversion_sentence

_LEAST_POWER = 0.01
_FALLBACK_SHARE = 0.05
_SMALLEST_SHARE = 0.01
_SMALLEST_COUNT, _ENOUGH_COUNT = 30, 300


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


def start_index(leads: CertificationLeads, promise: float, delta: float) -> int | None:
    """Return the threshold at which testing begins, from the scores alone.

    It is the one where, if the probabilities were true, the test would most likely pass. Where that is hopeless
    everywhere, at least the newest possible: 5 % of the leads, or the fewest that could pass if all converted.

    Returns
    -------
    int or None
        Index into ``leads.thresholds``; None where even all leads converting would not suffice.
    """
    fewest = math.ceil(math.log(delta) / math.log(promise))
    testable = leads.selected >= fewest
    if not testable.any():
        return None
    n = leads.selected
    believed = np.clip(leads.mean_probability, 0.0, 1.0)
    power = np.where(testable, p_value(fewest_passing(n, promise, delta), n, believed), -1.0)
    best = int(np.argmax(power))
    if power[best] >= _LEAST_POWER:
        return best
    least = max(fewest, math.ceil(_FALLBACK_SHARE * leads.count))
    return int(np.argmax(n >= least))


def conversion_evidence(leads: CertificationLeads, name: str, promise: float, delta: float) -> Evidence:
    """Return where at least ``promise`` of the leads above a cutoff converts.

    Parameters
    ----------
    leads : CertificationLeads
        Never used for training, calibration or the choice of the model.
    name : str
        The clause.
    promise : float
        Share in (0, 1).
    delta : float
        Chance of a false certificate that this clause may spend.
    """
    n, k = leads.selected, leads.selected_converted
    certified = np.zeros(len(n), dtype=bool)
    start = start_index(leads, promise, delta)
    if start is not None:
        passed = p_value(k[start:], n[start:], promise) <= delta
        certified[start:] = np.logical_and.accumulate(passed)
    fewest = math.ceil(math.log(delta) / math.log(promise))
    # The very top is always too small to exclude anything: a cutoff for a handful of leads is no way out.
    relevant = n >= max(fewest, _SMALLEST_COUNT, min(_SMALLEST_SHARE * leads.count, _ENOUGH_COUNT))
    possible = (relevant & (upper_bound(k, n, delta) >= promise)) | certified
    if not relevant.any():
        possible = np.ones(len(n), dtype=bool)

    def describe(probability: float) -> Clause:
        chosen = leads.probability >= probability
        count, converted = int(chosen.sum()), int(leads.converted[chosen].sum())
        place = int(np.searchsorted(-leads.thresholds, -probability, side="right")) - 1
        state = State.CERTIFIED if place >= 0 and certified[place] else State.PROVISIONAL
        if state is not State.CERTIFIED and float(upper_bound(np.array(converted), np.array(count), delta)) < promise:
            state = State.INFEASIBLE
        bound = float(lower_bound(np.array(converted), np.array(count), delta)) if count else None
        interval = exact_interval(converted, count) if count else None
        sentence = conversion_sentence(promise, state, count, converted, interval)
        estimate = converted / count if count else None
        return Clause(name, promise, state, sentence, estimate, interval, bound, count, converted)

    return Evidence(name, certified, possible, k >= promise * n, bounds_below=True, describe=describe)
