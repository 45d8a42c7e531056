"""The promise that at most a share of later customers never was above the cutoff.

Customers below a cutoff are counted among all customers. The highest cutoff that passes is an order statistic of the
customers' scores, so its Clopper-Pearson bound (1934) holds without any price for having searched (a tolerance limit,
Wilks 1941).
"""

from __future__ import annotations

import numpy as np

from models.cutoffs.certificate import Clause, State
from models.cutoffs.evidence import Evidence, exact_interval, lower_bound, upper_bound
from models.cutoffs.leads import CertificationLeads
from models.cutoffs.sentences import missed_sentence


def missed_evidence(leads: CertificationLeads, name: str, promise: float, delta: float) -> Evidence:
    """Return where at most ``promise`` of the customers fall below a cutoff.

    Parameters
    ----------
    leads : CertificationLeads
        Leads with their probability before the purchase.
    name : str
        The clause.
    promise : float
        Share in (0, 1).
    delta : float
        Chance of a false certificate that this clause may spend.
    """
    customers = int(leads.converted.sum())
    missed = customers - leads.selected_converted
    total = np.full(len(missed), customers)
    certified = (upper_bound(missed, total, delta) <= promise) if customers else np.zeros(len(missed), dtype=bool)
    possible = (lower_bound(missed, total, delta) <= promise) if customers else np.ones(len(missed), dtype=bool)

    def describe(probability: float) -> Clause:
        below = int((leads.probability[leads.converted] < probability).sum())
        if not customers:
            return Clause(name, promise, State.PROVISIONAL, missed_sentence(promise, State.PROVISIONAL, 0, 0, None))
        bound = float(upper_bound(np.array(below), np.array(customers), delta))
        kept = float(lower_bound(np.array(below), np.array(customers), delta)) <= promise
        state = State.CERTIFIED if bound <= promise else State.PROVISIONAL if kept else State.INFEASIBLE
        interval = exact_interval(below, customers)
        sentence = missed_sentence(promise, state, customers, below, interval)
        return Clause(name, promise, state, sentence, below / customers, interval, bound, customers, below)

    return Evidence(name, certified, possible, missed <= promise * customers, bounds_below=False, describe=describe)
