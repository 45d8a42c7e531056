"""Cutoffs on the hold-out: each lead counts with the moment at which it first reaches a cutoff, as sales meets it.

Counting each of its moments as a lead of its own breaks the promise in 17 to 22 % of draws; counting it with its
highest moment speaks of leads that sales would have met earlier, at a lower probability. Every cutoff has its own
first crossings, and all are followed at once (:mod:`models.cutoffs.leads`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.domain import Sla
from features.workspace import Workspace
from models.cutoffs import Cutoffs
from models.cutoffs.certify import certify_leads
from models.cutoffs.leads import CertificationLeads
from models.cutoffs.reading import read_leads
from models.preregistration import Preregistration, preregister
from training.dataset import Side

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


def certification_leads(side: Side, probability: Floats, time_zone: str) -> CertificationLeads:
    """Return the leads of a side with the records of their probability.

    Parameters
    ----------
    side : Side
        Rows that taught the model nothing; those whose horizon was not observed are left out, because what is left out
        must depend on time alone and never on what became of a lead.
    probability : array of shape (n,)
        Calibrated, one per row.
    time_zone : str
        IANA zone in which weeks begin.
    """
    kept = side.examples.with_columns(pl.Series("row", np.arange(side.examples.height))).filter(pl.Series(side.mature))
    rows = kept.sort("lead_id", "as_of", maintain_order=True)["row"].to_numpy()
    examples = side.examples[rows]
    return read_leads(
        probability[rows],
        side.label[rows],
        None if examples["as_of"].null_count() else examples["as_of"].to_numpy(),
        time_zone,
        accepted=_accepted(examples),
        lead=side.lead[rows],
        company=side.company[rows],
    )


def preregister_holdout(
    workspace: Workspace,
    side: Side,
    *,
    verb: str,
    split: str,
    data: Mapping[str, Any],
    at: datetime,
    by: str = "leadscore",
) -> Preregistration:
    """Write to the audit log what is about to be certified on a side, before it is compared with its outcomes.

    Parameters
    ----------
    workspace : Workspace
        Whose agreement and log.
    side : Side
        The leads; only their number and their moments are read.
    verb, split, at, by
        As for :func:`models.preregistration.preregister`.
    data : mapping
        The fingerprint of the history (``training.fingerprint``).
    """
    mature = side.examples.filter(pl.Series(side.mature))
    leads = {
        "leads": mature["lead_id"].n_unique(), "rows": mature.height,
        "from": _moment(mature["as_of"].min()), "until": _moment(mature["as_of"].max()),
    }  # fmt: skip
    return preregister(
        workspace, workspace.sla(), verb=verb, split=split, files=data["files"], leads=leads, at=at, by=by
    )


def certify_holdout(side: Side, probability: Floats, sla: Sla) -> Cutoffs:
    """Return the cutoffs that keep the agreement on the held-out leads.

    Parameters
    ----------
    side : Side
        The held-out rows.
    probability : array of shape (n,)
        Calibrated, one per row.
    sla : Sla
        The agreement.
    """
    return certify_leads(certification_leads(side, probability, sla.calendar.time_zone), sla, look_ahead=True)


def _accepted(examples: pl.DataFrame) -> Floats | None:
    if "accepted" not in examples.columns:
        return None
    return examples["accepted"].cast(pl.Float64).fill_null(np.nan).to_numpy()


def _moment(value: object) -> str | None:
    return value.isoformat() if isinstance(value, datetime) else None
