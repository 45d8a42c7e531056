"""The promises that at least a share of the leads above a cutoff converts, or is taken on by sales.

Tests in a fixed sequence (Bauer 1991; Learn then Test, Angelopoulos et al. 2021): from a start that is chosen without
looking at outcomes, down to lower cutoffs, each at the full level, until one test fails. All cutoffs passed hold
together. Tests stand at the ends of tie groups, because leads with equal scores cannot be parted. The test is the exact
binomial one where leads are independent and count alike, and betting where they are not.
"""

from __future__ import annotations

import numpy as np

from models.cutoffs.betting import exceeds, falls_below, interval, share, share_bound
from models.cutoffs.binomial import fewest_possible, p_value
from models.cutoffs.cases import Cases
from models.cutoffs.certificate import Clause, State
from models.cutoffs.evidence import Evidence, exact_interval, lower_bound, upper_bound
from models.cutoffs.leads import CertificationLeads, Flags
from models.cutoffs.rate_sentences import NOT_REACHED, RateWords, below_support
from models.cutoffs.testing_start import conversion_start

_SMALLEST_SHARE = 0.01
_SMALLEST_COUNT, _ENOUGH_COUNT = 30, 300
_BETS = 60
"""Cutoffs that are tested by betting, evenly by the logarithm of rank."""


def conversion_evidence(
    leads: CertificationLeads,
    name: str,
    promise: float,
    delta: float,
    words: RateWords,
    left: Flags | None = None,
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
    left : array of bool, shape (thresholds,), optional
        As for :func:`models.cutoffs.measure.measure`.
    """
    cases = Cases.conversions(leads)
    return rate_evidence(cases, name, promise, delta, conversion_start(cases, promise, delta, left), words)


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
    support = float(cases.support) if np.isfinite(cases.support) else None
    untested = None
    if state is State.PROVISIONAL and bound is not None and bound >= promise:
        untested = below_support(support) if support is not None and probability < support else NOT_REACHED
    sentence = words.finding(promise, state, n, k, range_, estimate=estimate, answered_of=selected, untested=untested)
    return Clause(name, promise, state, sentence, estimate, range_, bound, n, k, delta=delta, support=support)
