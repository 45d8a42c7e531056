"""The promise that at most a share of later customers never was above the cutoff.

A customer counts with its highest probability before the purchase. Customers below a cutoff are counted among all
customers. The highest cutoff that passes is an order statistic of the customers' scores, so its Clopper-Pearson bound
(1934) holds without any price for having searched (a tolerance limit, Wilks 1941).
"""

from __future__ import annotations

import numpy as np
from scipy.special import bdtr, bdtrc

from models.cutoffs.certificate import Clause, State
from models.cutoffs.evidence import Evidence, exact_interval, upper_bound
from models.cutoffs.leads import CertificationLeads
from models.cutoffs.sentences import missed_sentence


def most_certified(customers: int, promise: float, delta: float) -> int:
    """Return the most missed customers whose upper bound keeps the promise; -1 where even none missed does not.

    Examples
    --------
    >>> most_certified(29, 0.1, 0.05), most_certified(28, 0.1, 0.05)
    (0, -1)
    """
    # The bound keeps the promise exactly where so few missed would be improbable beyond it.
    return int(np.searchsorted(bdtr(np.arange(customers + 1.0), customers, promise), delta, side="right")) - 1


def most_possible(customers: int, promise: float, delta: float) -> int:
    """Return the most missed customers with which the data do not exclude the promise."""
    counts = np.arange(customers + 1.0)
    improbable = np.where(counts > 0, bdtrc(np.maximum(counts - 1.0, 0.0), customers, promise), 1.0) < delta
    return int(np.argmax(improbable)) - 1 if improbable.any() else customers


def missed_evidence(leads: CertificationLeads, name: str, promise: float, delta: float) -> Evidence:
    """Return where at most ``promise`` of the customers fall below a cutoff.

    Parameters
    ----------
    leads : CertificationLeads
        Leads with their probabilities before the purchase.
    name : str
        The clause.
    promise : float
        Share in (0, 1).
    delta : float
        Chance of a false certificate that this clause may spend.
    """
    customers = len(leads.customers)
    missed = np.searchsorted(leads.customers, leads.thresholds, side="left")
    certified, possible = np.zeros(len(missed), dtype=bool), np.ones(len(missed), dtype=bool)
    most, worst = -1, customers
    if customers:
        most, worst = most_certified(customers, promise, delta), most_possible(customers, promise, delta)
        certified, possible = missed <= most, missed <= worst

    def describe(probability: float) -> Clause:
        if not customers:
            sentence = missed_sentence(promise, State.PROVISIONAL, 0, 0, None)
            return Clause(name, promise, State.PROVISIONAL, sentence, delta=delta)
        below = int(np.searchsorted(leads.customers, probability, side="left"))
        state = State.CERTIFIED if below <= most else State.PROVISIONAL if below <= worst else State.INFEASIBLE
        bound = float(upper_bound(np.array(below), np.array(customers), delta))
        interval = exact_interval(below, customers)
        sentence = missed_sentence(promise, state, customers, below, interval)
        return Clause(name, promise, state, sentence, below / customers, interval, bound, customers, below, delta=delta)

    return Evidence(name, certified, possible, missed <= promise * customers, bounds_below=False, describe=describe)
