"""Kinds and properties of events that know the outcome: seen before a lead's end, and nearly only of leads that won.

A contract that is sent, or an invoice address that is asked for, an hour before the deal is won is no behaviour that
brings leads nearer to buying: it is the deal being written down. Counted is whether a lead has such an event before its
end at all, so that what comes after the end cannot count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl
from scipy.stats import binom

from training.intake.alone import BEYOND_CHANCE

DECIDES = 0.90
"""Share of the leads with it that reach the target from which a kind or property is held to know the outcome. The most
telling honest kind on the public sets (a bank calling after missing papers) has 0.75."""

FEWEST_LEADS = 20

LEAKAGE = "leakage suspect: "
"""How the reason begins in leadscore.yaml."""


@dataclass(frozen=True, slots=True)
class EventEvidence:
    """What having a kind of event, or a property filled, tells of the outcome.

    Parameters
    ----------
    name : str
        Of the kind or property.
    leads, reached : int
        Leads that have it before their end, and those of them that reached the target.
    base : float
        Share of all leads with events that reached the target.
    """

    name: str
    leads: int
    reached: int
    base: float

    @property
    def suspect(self) -> bool:
        """Whether nearly all who have it reached the target, beyond chance and far beyond all leads."""
        if self.leads < FEWEST_LEADS or self.reached < DECIDES * self.leads or self.base > DECIDES / 2:
            return False
        return float(binom.sf(self.reached - 1, self.leads, self.base)) < BEYOND_CHANCE

    @property
    def why(self) -> str:
        """The evidence in numbers."""
        return (
            f"it nearly decides the outcome: {self.reached:,} of the {self.leads:,} leads that have it before their "
            f"end reach the target, of all leads {self.base:.1%}"
        )


def kinds_alone(events: pl.DataFrame, outcomes: pl.DataFrame, target: str) -> Mapping[str, EventEvidence]:
    """Return the evidence on every kind of event.

    Parameters
    ----------
    events : pl.DataFrame
        ``lead_id``, ``occurred_at``, ``event``.
    outcomes : pl.DataFrame
        The outcomes frame (docs/architecture.md).
    target : str
        The outcome to predict.
    """
    before, base = _before_the_end(events, outcomes, target)
    return _evidence(before.select("lead_id", "reached", name="event"), base)


def properties_alone(
    events: pl.DataFrame, outcomes: pl.DataFrame, target: str, names: Iterable[str]
) -> Mapping[str, EventEvidence]:
    """Return the evidence on every property being filled; ``events`` has a column ``property.<name>`` for each."""
    before, base = _before_the_end(events, outcomes, target)
    filled = [
        before.filter(pl.col(f"property.{name}").is_not_null()).select("lead_id", "reached", name=pl.lit(name))
        for name in names
    ]
    return _evidence(pl.concat(filled), base) if filled else {}


def _before_the_end(events: pl.DataFrame, outcomes: pl.DataFrame, target: str) -> tuple[pl.DataFrame, float]:
    """Return the events before their lead's end with ``reached``, and the share of leads with events that reached it.

    Leads that have not ended count as not reached, which can only clear a kind.
    """
    dated = outcomes.filter(pl.col("outcome").is_in([target, "lost"]) & pl.col("occurred_at").is_not_null())
    ends = dated.group_by("lead_id").agg(ended=pl.col("occurred_at").min(), reached=(pl.col("outcome") == target).any())
    joined = events.join(ends, on="lead_id", how="left").with_columns(pl.col("reached").fill_null(value=False))
    leads = joined.unique("lead_id")
    base = float(leads["reached"].sum()) / max(1, leads.height)
    return joined.filter((pl.col("occurred_at") < pl.col("ended")).fill_null(value=True)), base


def _evidence(told: pl.DataFrame, base: float) -> dict[str, EventEvidence]:
    counted = told.unique().group_by("name").agg(leads=pl.len(), reached=pl.col("reached").sum()).sort("name")
    return {name: EventEvidence(name, leads, reached, base) for name, leads, reached in counted.iter_rows()}
