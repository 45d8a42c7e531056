"""What a row of a lead at a moment weighs: the same as every other row, together as much as there are leads.

A lead has no row after its outcome, so that one over the number of its rows would depend on what became of it: a lead
won after two days would speak at creation as loudly as seven rows of a lead that was never won. Where leads are won
within days, the rate at creation then comes out twice as high as it is, and where they are lost within days, at less
than half; a model that learns so, and is judged so, agrees with itself and with no lead. Rows of equal weight teach the
rate of the leads that are open at each moment, which is what a score is asked for (landmarking; van Houwelingen and
Putter 2012).
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray


def moment_weight() -> pl.Expr:
    """Return the weight of each row of a frame with a ``lead_id``: leads over rows."""
    return (pl.col("lead_id").n_unique() / pl.len()).alias("weight")


def leads_of_both_outcomes(label: NDArray[np.float64], lead: NDArray[np.int64]) -> tuple[int, int]:
    """Return how many leads reached the target at one of their rows, and how many did at none.

    What can be learned is limited by the rarer of them; sums of weights count moments and not leads.

    Parameters
    ----------
    label : array of shape (n,)
        0 or 1.
    lead : array of shape (n,)
        Lead of each row, as codes.

    Examples
    --------
    >>> leads_of_both_outcomes(np.array([1.0, 1.0, 0.0, 0.0]), np.array([4, 4, 4, 7]))
    (1, 1)
    """
    reached = int(np.unique(lead[label == 1]).size)
    return reached, int(np.unique(lead).size) - reached
