"""Cutoffs on the hold-out: one row per lead, the moment at which its probability was highest.

Sales meets a lead when it first crosses a cutoff, so that its highest probability decides whether it ever does;
counting each of its moments as a lead of its own breaks the promise in 17 to 22 % of draws (STATISTICS section 0).
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.domain import Sla
from models.cutoffs import Cutoffs, certify

Floats = NDArray[np.float64]


def best_moments(lead_id: pl.Series, probability: Floats) -> NDArray[np.intp]:
    """Return the index of each lead's row with the highest probability, the earliest of equals.

    Parameters
    ----------
    lead_id : pl.Series, length n
        Lead of each row; a lead's rows stand in order of time.
    probability : array of shape (n,)
        Of the rows.
    """
    rows = pl.DataFrame({"lead_id": lead_id, "probability": probability}).with_row_index("row")
    best = rows.group_by("lead_id", maintain_order=True).agg(pl.col("row").get(pl.col("probability").arg_max()))
    return best["row"].to_numpy().astype(np.intp)


def certify_holdout(frame: pl.DataFrame, probability: Floats, sla: Sla) -> Cutoffs:
    """Return the cutoffs that keep the agreement on the held-out leads.

    Parameters
    ----------
    frame : pl.DataFrame
        Held-out examples (``lead_id``, ``as_of``, ``label``).
    probability : array of shape (n,)
        Calibrated, one per example.
    sla : Sla
        The agreement.
    """
    rows = best_moments(frame["lead_id"], probability)
    moments = frame["as_of"][rows]
    arrived = None if moments.null_count() else moments.to_list()
    return certify(probability[rows], frame["label"].to_numpy()[rows], sla, arrived)
