"""Within how long the target is to be predicted: as asked; else 90 days, unless this company's outcomes take longer."""

from __future__ import annotations

import math

import polars as pl

from training.intake.findings import Findings, Level

DEFAULT_DAYS = 90.0
_QUANTILE = 0.8
_STEP_DAYS = 30
_LEAST = 20


def infer_horizon(leads: pl.DataFrame, outcomes: pl.DataFrame, outcome: str, findings: Findings) -> float:
    """Return the horizon in days; below the 80 % quantile of the delay a model would learn mostly from "not yet".

    Parameters
    ----------
    leads, outcomes : pl.DataFrame
        Frames of docs/architecture.md.
    outcome : str
        The target.
    findings : Findings
        Where the conclusion is noted.
    """
    created = leads.group_by("lead_id").agg(pl.col("created_at").min())
    reached = outcomes.filter(pl.col("outcome") == outcome).group_by("lead_id").agg(pl.col("occurred_at").min())
    delays = (
        reached.join(created, on="lead_id")
        .select(days=(pl.col("occurred_at") - pl.col("created_at")).dt.total_seconds() / 86400.0)["days"]
        .drop_nulls()
    )
    place = "target.horizon_days"
    if len(delays) < _LEAST:
        findings.add(
            place, f"{DEFAULT_DAYS:g} days was assumed", "too few dated outcomes to measure delays", Level.ASSUMED
        )
        return DEFAULT_DAYS
    slow, middle = float(delays.quantile(_QUANTILE) or 0.0), float(delays.quantile(0.5) or 0.0)
    evidence = f"half of {len(delays):,} outcomes come within {middle:.0f} days, 80 % within {slow:.0f}"
    days = DEFAULT_DAYS if slow <= DEFAULT_DAYS else float(_STEP_DAYS * math.ceil(slow / _STEP_DAYS))
    findings.add(place, f"{days:g} days", evidence)
    return days
