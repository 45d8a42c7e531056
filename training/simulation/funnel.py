"""What sales and marketing recorded: the outcomes on the way to won and lost."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.simulation.journeys import NEVER, Journeys
from training.simulation.moments import DAY_SECONDS, within_day, written
from training.simulation.people import People
from training.simulation.world import BUYING, EVALUATING

IntArray = NDArray[np.int64]

_REJECTIONS = ("no_budget", "wrong_contact", "not_a_fit", "not_reachable", "bad_timing")
_LOSSES = ("competitor", "price", "no decision", "project stopped")


def record(
    rng: np.random.Generator, people: People, journeys: Journeys, lead_ids: pl.Series, end_second: int
) -> pl.DataFrame:
    """Return the outcomes table in order of time.

    A lead is an MQL when it first evaluates. Sales answers within days: better fits are accepted more often. Who buys
    was accepted and had an opportunity. What sales records does not change what the lead does.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of chance.
    people, journeys : People, Journeys
        Who the leads are, and their hidden lives.
    lead_ids : polars.Series
        Identifiers, one per lead.
    end_second : int
        End of the history in seconds since 1970.
    """
    count = len(people.created)
    ended = np.minimum(journeys.won_day, journeys.lost_day)
    won = journeys.won_day < NEVER
    evaluates = _first_day(journeys.states, (EVALUATING, BUYING))
    buys = _first_day(journeys.states, (BUYING,))
    mql = np.where(won, np.minimum(evaluates, journeys.won_day), evaluates)
    answered = np.where(mql < NEVER, mql + rng.integers(1, 5, count), NEVER)
    accepted = won | (rng.random(count) < 1 / (1 + np.exp(-(0.3 + 0.9 * people.fit))))
    answered = np.where(won, np.minimum(answered, journeys.won_day), answered)
    answered = np.where(~won & (answered > ended), NEVER, answered)
    opportunity = np.where(accepted & (answered < NEVER), np.maximum(answered, buys), NEVER)
    opportunity = np.where(won, np.minimum(opportunity, journeys.won_day), opportunity)
    opportunity = np.where(~won & (opportunity > ended), NEVER, opportunity)
    rejections = np.array(_REJECTIONS)[rng.integers(0, len(_REJECTIONS), count)]
    losses = np.array(_LOSSES)[rng.integers(0, len(_LOSSES), count)]
    steps: list[tuple[str, IntArray, NDArray[np.str_] | None]] = [
        ("mql", mql, None),
        ("sql_accepted", np.where(accepted, answered, NEVER), None),
        ("sql_rejected", np.where(accepted, NEVER, answered), rejections),
        ("opportunity", opportunity, None),
        ("won", journeys.won_day, None),
        ("lost", journeys.lost_day, losses),
    ]
    earlier = np.zeros(count, dtype=np.int64)
    parts = []
    for outcome, day, reason in steps:
        rows = np.flatnonzero(day < NEVER)
        starts = people.created[rows] + day[rows] * DAY_SECONDS
        second = np.maximum(within_day(rng, starts, office=True), earlier[rows] + 60)
        # Steps of one day keep their order without leaving the day, which the horizon is counted in.
        second = np.minimum(second, starts + DAY_SECONDS - 1)
        earlier[rows] = np.maximum(earlier[rows], second)
        kept = second <= end_second
        parts.append(
            pl.DataFrame(
                {
                    "second": second[kept],
                    "lead_id": lead_ids[rows[kept]],
                    "outcome": [outcome] * int(kept.sum()),
                    "reason": ([None] * int(kept.sum())) if reason is None else reason[rows[kept]].tolist(),
                },
                schema={"second": pl.Int64, "lead_id": pl.String, "outcome": pl.String, "reason": pl.String},
            )
        )
    table = pl.concat(parts).sort("second", maintain_order=True)
    return table.select(
        "lead_id", written(table["second"].to_numpy() * 1_000).alias("occurred_at"), "outcome", "reason"
    )


def _first_day(states: NDArray[np.int8], wanted: tuple[int, ...]) -> IntArray:
    found = np.isin(states, wanted)
    return np.where(found.any(axis=1), found.argmax(axis=1), NEVER).astype(np.int64)
