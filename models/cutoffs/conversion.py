"""The promises that at least a share of the leads above a cutoff converts, or is taken on by sales.

Tests in a fixed sequence (Bauer 1991; Learn then Test, Angelopoulos et al. 2021): from a start that is chosen without
looking at outcomes, down to lower cutoffs, each at the full level, until one test fails. All cutoffs passed hold
together. Tests stand at the ends of tie groups, because leads with equal scores cannot be parted. The test is the exact
binomial one where leads are independent and count alike, and betting where they are not.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc, bdtrik

from models.cutoffs.betting import exceeds, falls_below, interval, share, share_bound
from models.cutoffs.cases import Cases
from models.cutoffs.certificate import Clause, State
from models.cutoffs.evidence import Evidence, exact_interval, lower_bound, upper_bound
from models.cutoffs.leads import CertificationLeads, Flags
from models.cutoffs.rate_sentences import RateWords

_LEAST_POWER = 0.01
_FALLBACK_SHARE = 0.05
_SMALLEST_SHARE = 0.01
_SMALLEST_COUNT, _ENOUGH_COUNT = 30, 300
_BETS = 60
"""Cutoffs that are tested by betting, evenly by the logarithm of rank."""


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
    fewest = fewest_possible(promise, delta)
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


def fewest_possible(promise: float, delta: float) -> int:
    """Return the fewest cases that can certify a rate at all: all of them hits."""
    return math.ceil(math.log(delta) / math.log(promise))


def acceptance_start(n: NDArray[np.int64], promise: float, delta: float) -> int | None:
    """Return the threshold at which testing of an acceptance rate begins; the probabilities do not speak of it.

    It is where a true rate half-way between the promise and one would be certified with a chance of 80 %, at least 5 %
    of the answered leads; where there are fewer, all that can pass.
    """
    fewest = fewest_possible(promise, delta)
    if not len(n) or n[-1] < fewest:
        return None
    sizes = np.arange(fewest, max(fewest, 400) + 1)
    power = p_value(fewest_passing(sizes, promise, delta), sizes, (1.0 + promise) / 2.0)
    wanted = int(sizes[np.argmax(power >= 0.8)]) if (power >= 0.8).any() else int(sizes[-1])
    wanted = max(wanted, math.ceil(_FALLBACK_SHARE * int(n[-1])))
    return int(np.argmax(n >= min(wanted, int(n[-1]))))


def conversion_evidence(
    leads: CertificationLeads, name: str, promise: float, delta: float, words: RateWords
) -> Evidence:
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
    words : RateWords
        What is said of it.
    """
    return rate_evidence(Cases.conversions(leads), name, promise, delta, start_index(leads, promise, delta), words)


def rate_evidence(
    cases: Cases, name: str, promise: float, delta: float, start: int | None, words: RateWords
) -> Evidence:
    """Return where at least ``promise`` of the cases above a cutoff are hits.

    Parameters
    ----------
    cases : Cases
        What is counted.
    name, promise, delta, words
        As for :func:`conversion_evidence`.
    start : int or None
        Threshold at which testing begins; None where there are too few cases.
    """
    n = cases.n
    # The very top is always too small to exclude anything: a cutoff for a handful of leads is no way out.
    least = max(
        fewest_possible(promise, delta), _SMALLEST_COUNT, min(_SMALLEST_SHARE * cases.leads.count, _ENOUGH_COUNT)
    )
    relevant = n >= least
    supported = cases.leads.thresholds >= cases.support
    test = _exact if cases.plain else _betting
    certified, excluded = test(cases, promise, delta, start, supported)
    possible = (relevant & ~excluded) | certified
    if not relevant.any():
        possible = np.ones(len(n), dtype=bool)
    # A hit or a case too few for the promise must not pass by a rounding error.
    observed = (n > 0) & (cases.observed_share >= promise - 1e-12)

    def describe(probability: float) -> Clause:
        return _describe(cases, certified, name, promise, delta, probability, words)

    return Evidence(name, certified, possible, observed, bounds_below=True, describe=describe, cases=cases)


def _exact(cases: Cases, promise: float, delta: float, start: int | None, supported: Flags) -> tuple[Flags, Flags]:
    n, k = cases.n, cases.k
    certified = np.zeros(len(n), dtype=bool)
    if start is not None:
        passed = (p_value(k[start:], n[start:], promise) <= delta) & supported[start:]
        certified[start:] = np.logical_and.accumulate(passed)
    return certified, upper_bound(k, n, delta) < promise


def _betting(cases: Cases, promise: float, delta: float, start: int | None, supported: Flags) -> tuple[Flags, Flags]:
    count = len(cases.n)
    certified, excluded = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    if start is None:
        return certified, excluded
    places = np.unique(np.geomspace(start + 1, count, _BETS).round().astype(np.int64) - 1)
    going, before = True, 0
    for place in places:
        hits, whole, largest = cases.units(float(cases.leads.thresholds[place]))
        # The cutoffs in between, untested, are judged like the one tested next.
        excluded[before : place + 1] = bool(falls_below(hits, whole, promise, largest, delta))
        before = place + 1
        going = going and bool(supported[place]) and exceeds(hits, whole, promise, largest, delta)
        certified[place] = going
    return certified, excluded


def measured_rate(cases: Cases, probability: float) -> tuple[float | None, tuple[float, float] | None]:
    """Return the share of hits at a cutoff and its two-sided 95 % interval; None without a case.

    Parameters
    ----------
    cases : Cases
        What is counted.
    probability : float
        The cutoff.
    """
    n, k = cases.counts(probability)
    if not n:
        return None, None
    if cases.plain:
        return k / n, exact_interval(k, n)
    hits, whole, largest = cases.units(probability)
    return share(hits, whole), interval(hits, whole, largest)


def _describe(
    cases: Cases, certified: Flags, name: str, promise: float, delta: float, probability: float, words: RateWords
) -> Clause:
    n, k = cases.counts(probability)
    selected = int(cases.leads.chosen(probability).sum())
    place = int(np.searchsorted(-cases.leads.thresholds, -probability, side="right")) - 1
    # Between thinned thresholds a cutoff selects other leads than the one that was tested.
    tested = place >= 0 and bool(certified[place]) and int(cases.leads.selected[place]) == selected
    state = State.CERTIFIED if tested else State.PROVISIONAL
    estimate, range_ = measured_rate(cases, probability)
    bound = None
    if n and cases.plain:
        bound = float(lower_bound(np.array(k), np.array(n), delta))
        excluded = float(upper_bound(np.array(k), np.array(n), delta)) < promise
    elif n:
        hits, whole, largest = cases.units(probability)
        bound = share_bound(hits, whole, largest, delta)
        # Found by halving, it may stop a hair below a promise that was tested.
        bound = max(bound, promise) if tested else bound
        excluded = falls_below(hits, whole, promise, largest, delta)
    else:
        excluded = False
    if state is not State.CERTIFIED and excluded:
        state = State.INFEASIBLE
    sentence = words.finding(promise, state, n, k, range_, estimate=estimate, answered_of=selected)
    support = float(cases.support) if np.isfinite(cases.support) else None
    return Clause(name, promise, state, sentence, estimate, range_, bound, n, k, delta=delta, support=support)
