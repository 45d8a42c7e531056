"""The older half of the leads whose outcome is known: all that the drafts may look at.

The newer half stays unseen, so that drafted rules are an honest opponent of the first model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.config import Config
from features.domain import NotTrainedError
from features.history.port import History
from training.examples import make_examples

MOMENTS_DAYS = (1.0, 7.0, 30.0)
"""Days after creation at which a lead with events is looked at."""

MOST_LEADS = 40_000


@dataclass(frozen=True, slots=True)
class OlderHalf:
    """Leads and moments with known outcome.

    Parameters
    ----------
    moments : polars.DataFrame
        ``lead_id``, ``as_of``, one row per lead and moment.
    converted : array of float64, shape (moments,)
        1 where the target was reached within the horizon.
    weight : array of float64, shape (moments,)
        1 / number of the lead's moments.
    age_days : array of int64, shape (moments,)
        Whole days since creation; 0 without times.
    leads : polars.DataFrame
        All versions of these leads.
    events : polars.LazyFrame or None
        All events; None where there are none.
    """

    moments: pl.DataFrame
    converted: NDArray[np.float64]
    weight: NDArray[np.float64]
    age_days: NDArray[np.int64]
    leads: pl.DataFrame
    events: pl.LazyFrame | None

    @property
    def lead_count(self) -> int:
        """How many leads these are."""
        return self.moments["lead_id"].n_unique()

    @property
    def converted_leads(self) -> float:
        """How many of them converted, each counted once in weight."""
        return float((self.weight * self.converted).sum())

    @property
    def rate(self) -> float:
        """Share of these leads that converted."""
        return self.converted_leads / float(self.weight.sum())


def older_half(history: History, config: Config) -> OlderHalf | None:
    """Return the older half of the leads with known outcome, or None where there are none.

    Parameters
    ----------
    history : History
        The company's history.
    config : Config
        Its target and horizon.
    """
    events = history.events() if config.events is not None else None
    days = (0.0,) if events is None else MOMENTS_DAYS
    try:
        examples = make_examples(history, config.target.outcome, config.target.horizon_days, days)
    except NotTrainedError:
        return None
    ordered = examples.frame["lead_id"].unique(maintain_order=True)
    # The newest of the older half speak for the present; more of them only take time.
    chosen = ordered.head(max(1, len(ordered) // 2)).tail(MOST_LEADS)
    frame = examples.frame.filter(pl.col("lead_id").is_in(chosen.implode()))
    # A draft speaks of leads and in whole points: here a lead counts once, whatever became of it after each moment.
    frame = frame.with_columns((1.0 / pl.len().over("lead_id")).alias("weight"))
    return OlderHalf(
        moments=frame.select("lead_id", "as_of"),
        converted=frame["label"].cast(pl.Float64).to_numpy(),
        weight=frame["weight"].to_numpy(),
        age_days=(frame["as_of"] - frame["created_at"]).dt.total_days().fill_null(0).to_numpy(),
        leads=history.leads().filter(pl.col("lead_id").is_in(chosen.implode())),
        events=events,
    )
