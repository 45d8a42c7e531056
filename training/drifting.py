"""Numbers that tell the date rather than the lead.

A column whose values in the newest window hardly overlap with those before it (an interest rate, a running total of
the company) separates old from new leads, so that whatever a model learns of it was never seen at the values to come.
Such columns have to prove their worth on the newest window, or they are left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from training.windows import Window

Floats = NDArray[np.float64]

LEFT_OUT = "its newest values lie outside what was learned from"
"""Why such a column is left out, as the encoder keeps it."""


def drifting_columns(matrix: Floats, numeric: NDArray[np.intp], window: Window, distance: float) -> NDArray[np.intp]:
    """Return the numeric columns whose distribution in the newest window is far from the one before.

    Parameters
    ----------
    matrix : array of shape (n, p)
        Encoded features.
    numeric : array of int
        Its numeric columns.
    window : Window
        The older rows and the newest ones.
    distance : float
        Kolmogorov-Smirnov distance (Smirnov 1948) from which a column counts as drifting; missing values count as
        one value below all others.
    """
    below = np.nan_to_num(matrix[:, numeric], nan=-np.inf)
    far = [
        ks_2samp(below[window.learn, i], below[window.judge, i], method="asymp").statistic > distance
        for i in range(numeric.size)
    ]
    return numeric[np.array(far, dtype=bool)] if far else numeric
