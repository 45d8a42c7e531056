"""Weights of evidence: a scorecard in which every column speaks for itself (naive Bayes; Good 1950).

Each bin and level counts by its own smoothed log-odds against the base rate, whatever the other columns say. Correlated
columns count twice, so that the sum is too bold; the stacking weights correct that. In exchange, its amounts depend on
one column each and hardly move when the others drift, where a jointly fitted scorecard trades columns against each
other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import logit

from features.encoding import EncodedColumn
from models.scorecard import Design, ScorecardMember, from_coefficients, plain_column

BINS = 10
"""Quantile bins of a number."""

SMOOTHING = 10.0
"""Leads at the base rate that every bin and level is given beside its own."""


def fit_evidence(
    matrix: np.ndarray,
    encoder_columns: Sequence[EncodedColumn],
    y: np.ndarray,
    weight: np.ndarray | None,
    *,
    bins: int = BINS,
    smoothing: float = SMOOTHING,
) -> ScorecardMember:
    """Return the scorecard of smoothed weights of evidence.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (n, p)
        Encoded training rows.
    encoder_columns : sequence of EncodedColumn
        ``Encoder.columns``.
    y : numpy.ndarray, shape (n,)
        1 where the target was reached, else 0; both must occur.
    weight : numpy.ndarray, shape (n,), or None
        Weights of at least 0 that sum to 1 per lead; None for equal ones.
    bins : int
        Most quantile bins of a number.
    smoothing : float
        Leads at the base rate that are added to every cell, above 0.

    Returns
    -------
    ScorecardMember
        ``log-odds of (positives + smoothing * rate) / (leads + smoothing)``, less those of the rate, per cell.
    """
    matrix = np.asarray(matrix, dtype=np.float64)
    weights = np.ones(len(matrix)) if weight is None else np.asarray(weight, dtype=np.float64)
    rate = float(np.average(y, weights=weights))
    if not 0.0 < rate < 1.0:
        raise ValueError(f"all {len(matrix)} rows have the same outcome")
    plain = [plain_column(column, matrix[:, place], bins) for place, column in enumerate(encoder_columns)]
    design = Design(plain)
    sizes = [len(column.amounts) for column in plain]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    leads, reached = np.zeros(int(starts[-1])), np.zeros(int(starts[-1]))
    for rows in design.chunks(len(matrix)):
        _, places = design.place(matrix[rows])
        cells = (starts[:-1] + places).ravel()
        for totals, part in ((leads, weights[rows]), (reached, weights[rows] * y[rows])):
            totals += np.bincount(cells, np.repeat(part, len(plain)), len(totals))
    base = math.log(rate / (1.0 - rate))
    amounts = logit((reached + smoothing * rate) / (leads + smoothing)) - base
    return from_coefficients(plain, design, matrix, weight, np.concatenate([np.zeros(len(plain)), amounts]), base)
