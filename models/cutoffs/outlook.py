"""Whether a promise waits for data or clashes with the truth, told from the curve that the data draw.

The share that converts at each probability is fitted by the ordinary calibration. If the promises cannot hold on that
curve, no number of leads will certify them; if they can, histories of more and more leads are drawn from it and put
through the procedure that certifies.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.domain import Sla, Text
from models.calibration import Calibration
from models.cutoffs.leads import CertificationLeads, Floats
from models.cutoffs.measure import measure, promise_of
from models.cutoffs.outlook_sentences import (
    beyond_reach_sentence,
    more_leads_sentence,
    rate_out_of_reach_sentence,
    truth_sentence,
)
from models.cutoffs.reading import read_leads
from models.odds import logit_of

MULTIPLES = (2, 3, 5, 10, 20)
"""How many times the leads there are."""

RATES = ("min_conversion_rate", "max_missed_customers")
"""Clauses of which the curve speaks."""

WANTED = 0.8
"""Chance of a certificate that is called enough."""

_DRAWS = 30
_MOST_ROWS = 200_000
_SEED = 20260101
_SMALLEST_SHARE = 0.01
_EDGE = 1e-9


def outlook(leads: CertificationLeads, sla: Sla, names: Sequence[str]) -> Text | None:
    """Return whether more leads would certify some promises of one stage, and how many; None where that is not known.

    Parameters
    ----------
    leads : CertificationLeads
        The data.
    sla : Sla
        The agreement.
    names : sequence of str
        The clauses that are not certified together; the answer is for conversion rates and missed customers.
    """
    if not leads.count or any(not name.endswith(RATES) for name in names):
        return None
    chance = np.clip(leads.probability[leads.best], _EDGE, 1 - _EDGE)
    reached = leads.customer[leads.best].astype(np.float64)
    margin = logit_of(chance)
    truth: Floats = Calibration.fit(margin, reached).probability(margin)
    promises = {name.partition(".")[2]: float(promise_of(sla, name)) for name in names}  # type: ignore[arg-type]
    impossible = _against_truth(chance, truth, promises)
    if impossible is not None:
        return impossible
    rng = np.random.default_rng(_SEED)
    for multiple in MULTIPLES:
        rows = multiple * leads.count
        if rows > _MOST_ROWS:
            break
        share = np.mean([_certifies(chance, truth, rows, sla, names, rng) for _ in range(_DRAWS)])
        if share >= WANTED:
            return more_leads_sentence(multiple, rows, float(share))
    return beyond_reach_sentence(MULTIPLES[-1])


def _against_truth(chance: Floats, truth: Floats, promises: dict[str, float]) -> Text | None:
    """Return what even a perfect estimate of the curve could not promise; None where it could."""
    falling = np.argsort(-chance, kind="stable")
    found = np.cumsum(truth[falling])
    rate, missed = found / np.arange(1, len(found) + 1), 1 - found / found[-1]
    wanted, allowed = promises.get("min_conversion_rate"), promises.get("max_missed_customers")
    # A handful of leads at the very top is no cutoff to agree on.
    worth = np.arange(1, len(found) + 1) >= _SMALLEST_SHARE * len(found)
    keeps = worth if wanted is None else worth & (rate >= wanted)
    if wanted is not None and not keeps.any():
        return rate_out_of_reach_sentence(wanted, float(rate[worth].max()))
    if wanted is not None and allowed is not None and float(missed[keeps].min()) > allowed:
        return truth_sentence(wanted, allowed, float(missed[keeps].min()))
    return None


def _certifies(
    chance: Floats, truth: Floats, rows: int, sla: Sla, names: Sequence[str], rng: np.random.Generator
) -> bool:
    drawn = rng.integers(0, len(chance), rows)
    converted = rng.random(rows) < truth[drawn]
    leads = read_leads(chance[drawn], converted, None, sla.calendar.time_zone)
    evidence = [measure(leads, sla, name) for name in names]
    return bool(np.logical_and.reduce([one.certified for one in evidence if one is not None]).any())
