"""The promise that sales takes on at least a share of the leads above a cutoff.

Sales answers for the leads it was given only. Without the chances of being handed over, the answers stand for leads
like those, and nothing is certified below the lowest probability that was ever handed over; with them, every answer
counts one over its chance, so that the leads that were not handed over are stood for (Horvitz and Thompson 1952).
"""

from __future__ import annotations

from models.cutoffs.cases import Cases
from models.cutoffs.conversion import rate_evidence
from models.cutoffs.evidence import Evidence
from models.cutoffs.leads import CertificationLeads, Flags
from models.cutoffs.rate_sentences import ACCEPTANCE
from models.cutoffs.testing_start import acceptance_start


def acceptance_evidence(
    leads: CertificationLeads, name: str, promise: float, delta: float, left: Flags | None = None
) -> Evidence | None:
    """Return where at least ``promise`` of the leads above a cutoff are taken on.

    Parameters
    ----------
    leads : CertificationLeads
        With ``accepted`` and, if there was exploration, ``propensity``.
    name : str
        The clause.
    promise : float
        Share in (0, 1).
    delta : float
        Chance of a false certificate that this clause may spend.
    left : array of bool, shape (thresholds,), optional
        As for :func:`models.cutoffs.measure.measure`.

    Returns
    -------
    Evidence or None
        None where nobody told what sales said.
    """
    cases = Cases.acceptances(leads)
    if cases is None:
        return None
    return rate_evidence(cases, name, promise, delta, acceptance_start(cases, promise, delta, left), ACCEPTANCE)
