"""How many leads a week a cutoff hands over, as the weeks held out tell it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2
from scipy.stats import t as student

from models.evidence.held_out import HeldOutLeads
from models.evidence.interval import Interval

FEWEST_WEEKS = 3
"""Whole weeks from which their differences say how sure a mean is."""

USUAL_FROM = 10
"""Whole weeks from which nine of ten can be named."""

_TAIL = 0.025


@dataclass(frozen=True, slots=True)
class Weekly:
    """Leads a week.

    Parameters
    ----------
    mean : Interval
        Mean over the weeks, with its 95 % interval: the wider of what chance alone gives (exact Poisson) and of what
        the weeks' own differences give (Student's t), so that busy and quiet seasons count too.
    usual : tuple of (float, float) or None
        Between these lay nine of ten weeks; None where there are few.
    weeks : int
        Whole weeks seen.
    """

    mean: Interval
    usual: tuple[float, float] | None
    weeks: int


def weekly(held_out: HeldOutLeads, cutoff: float) -> Weekly | None:
    """Return how many of the leads of a week ever reach a cutoff; None where no weeks are known.

    Parameters
    ----------
    held_out : HeldOutLeads
        With weeks of arrival; the first and the last are seldom seen whole and tell nothing of differences.
    cutoff : float
        As a probability.
    """
    if held_out.arrived is None or held_out.weeks is None:
        return None
    leads = held_out.leads
    reached = leads.probability[leads.best] >= cutoff
    found = int(reached.sum())
    mean = held_out.weight * found / held_out.weeks
    # Chance as if every lead came on its own (Garwood 1936), on the leads of the sample.
    scale = held_out.weight / held_out.weeks
    low = scale * float(chi2.ppf(_TAIL, 2 * found)) / 2 if found else 0.0
    high = scale * float(chi2.ppf(1 - _TAIL, 2 * found + 2)) / 2
    last = int(held_out.arrived.max(initial=0))
    counts = held_out.weight * np.bincount(held_out.arrived[reached], minlength=last + 1)[1:last]
    if len(counts) >= FEWEST_WEEKS:
        reach = float(student.ppf(1 - _TAIL, len(counts) - 1) * counts.std(ddof=1) / np.sqrt(len(counts)))
        low, high = min(low, max(0.0, mean - reach)), max(high, mean + reach)
    usual = None
    if len(counts) >= USUAL_FROM:
        least, most = np.quantile(counts, [0.05, 0.95])
        usual = (float(least), float(most))
    return Weekly(Interval(mean, low, high), usual, len(counts))
