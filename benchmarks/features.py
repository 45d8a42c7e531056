"""Measure features in bulk against a hand-written polars query, and for one lead in a request.

Run ``python -m benchmarks.features`` (20,000 leads, 400,000 events, 7 moments; ``--events 10000000 --moments 1``). As a
script this file would hide the package of its name.
Both sides compute the same features in the same process; their values are compared before the ratio is printed.
"""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_

import numpy as np
import polars as pl

from features.builder import FeatureBuilder
from features.catalog import Catalog
from features.domain import Event, Lead
from features.schema import Column, ColumnType, EventKind, Schema

KINDS = tuple(f"kind_{number:02}" for number in range(30))
SCHEMA = Schema(
    columns=(Column("employees", ColumnType.NUMBER), Column("industry", ColumnType.CATEGORY)),
    event_kinds=tuple(EventKind(kind) for kind in KINDS),
)
MOMENT = pl.Datetime("us", "UTC")
OFFSETS = (0, 1, 3, 7, 14, 30, 60)
WINDOWS = {"1d": 1, "7d": 7, "28d": 28, "30d": 30, "90d": 90}


def invent(leads: int, events: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return leads and events of an invented history; most activity follows creation closely."""
    random = np.random.default_rng(seed)
    created = 1_750_000_000_000_000 + random.integers(0, 300 * 86_400_000_000, leads)
    whose = random.integers(0, leads, events)
    when = created[whose] + (random.exponential(20, events) * 86_400_000_000).astype(np.int64)
    names = np.array([f"L{number}" for number in range(leads)])
    weights = 1.0 / np.arange(1, len(KINDS) + 1)
    kinds = np.array(KINDS)[random.choice(len(KINDS), events, p=weights / weights.sum())]
    lead_table = pl.DataFrame(
        {
            "lead_id": names,
            "created_at": pl.Series(created).cast(MOMENT),
            "known_at": pl.Series([None] * leads, dtype=MOMENT),
            "attribute.employees": random.lognormal(4, 1, leads),
            "attribute.industry": np.array(["retail", "software", "steel"])[random.integers(0, 3, leads)],
        }
    )
    occurred = pl.Series(when).cast(MOMENT)
    return lead_table, pl.DataFrame({"lead_id": names[whose], "occurred_at": occurred, "event": kinds})


def hand_written(leads: pl.DataFrame, events: pl.DataFrame, moments: pl.DataFrame) -> pl.DataFrame:
    """Return the same behaviour features by one lazy query per set of moments, as an analyst would write it."""
    day, gap = pl.duration(days=1), pl.duration(minutes=30)
    before = pl.col("occurred_at").shift(1).over("lead_id")
    marked = (
        events.lazy()
        .sort("lead_id", "occurred_at", "event")
        .with_columns(date=pl.col("occurred_at").dt.date())
        .with_columns(
            counted=pl.int_range(pl.len()).over("lead_id", "event", "date") < 20,
            opens=(pl.col("occurred_at") - before > gap).fill_null(True),
        )
        .collect()
        .lazy()
    )
    numbered = moments.with_row_index("row")
    parts = []
    for at in numbered.with_columns(nth=pl.int_range(pl.len()).over("lead_id")).partition_by("nth", include_key=False):
        joined = marked.join(at.lazy(), on="lead_id").filter(pl.col("occurred_at") <= pl.col("as_of"))
        aged = joined.with_columns(age=pl.col("as_of") - pl.col("occurred_at")).with_columns(
            days=pl.col("age").dt.total_microseconds() / 86_400_000_000,
            **{f"in_{name}": pl.col("age") < day * days for name, days in WINDOWS.items()},
        )
        parts.append(aged.group_by("row").agg(_aggregates()).collect(engine="streaming"))
    return numbered.select("row").join(pl.concat(parts), on="row", how="left", maintain_order="left")


def _aggregates() -> list[pl.Expr]:
    aggregates = []
    own = reduce(or_, [pl.col("event") == kind for kind in KINDS[:25]])
    masks = {kind: pl.col("event") == kind for kind in KINDS[:25]} | {"other_events": ~own, "activity": pl.lit(True)}
    for name, mask in masks.items():
        chosen = mask & pl.col("counted")
        aggregates += [
            (chosen & pl.col(f"in_{window}")).sum().alias(f"{name}_count_{window}")
            for window in WINDOWS
            if window != "28d" or name == "activity"
        ]
        aggregates.append(chosen.sum().alias(f"{name}_count_total"))
        recency = "days_since_last_activity" if name == "activity" else f"{name}_days_since_last"
        aggregates.append(pl.col("days").filter(mask).min().alias(recency))
        for half_life in (3, 14, 60) if name == "activity" else (14,):
            weight = (-pl.col("days") * (np.log(2) / half_life)).exp()
            aggregates.append((weight * chosen).sum().alias(f"{name}_decayed_{half_life}d"))
    for window in ("7d", "30d", "90d"):
        inside = pl.col(f"in_{window}")
        aggregates.append((pl.col("opens") & inside).sum().alias(f"sessions_{window}"))
        aggregates.append(pl.col("date").filter(inside).n_unique().alias(f"active_days_{window}"))
    aggregates.append(pl.col("event").sort_by("occurred_at", "event").first().alias("first_touch_kind"))
    aggregates.append(pl.col("event").sort_by("occurred_at", "event").last().alias("last_touch_kind"))
    return aggregates


def agree(ours: pl.DataFrame, theirs: pl.DataFrame) -> int:
    """Return how many features were compared; stop at the first that differs."""
    compared = 0
    for name in theirs.columns:
        if name not in ours.columns:
            continue
        mine, other = ours[name], theirs[name]
        if mine.dtype == pl.Float64:
            filled = "count" in name or "sessions" in name or "active_days" in name or "decayed" in name
            other = other.cast(pl.Float64).fill_null(0.0) if filled else other
            same = np.allclose(mine.to_numpy(), other.to_numpy(), rtol=1e-9, atol=1e-9, equal_nan=True)
        else:
            same = mine.equals(other, null_equal=True)
        assert same, f"{name} differs"
        compared += 1
    return compared


def one_lead(builder: FeatureBuilder, events: int, runs: int = 500) -> tuple[float, float]:
    """Return the median and the 99 % quantile of a single lead's time, in milliseconds."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    random = np.random.default_rng(1)
    hours, kinds = random.integers(0, 24 * 90, events), random.integers(0, len(KINDS), events)
    given = [Event("L", now - timedelta(hours=int(h)), KINDS[k]) for h, k in zip(hours, kinds, strict=True)]
    lead = Lead("L", now - timedelta(days=90), {"employees": 250.0, "industry": "steel"})
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        builder.row(lead, given, now)
        taken.append((time.perf_counter() - start) * 1e3)
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--leads", type=int, help="default: a twentieth of the events")
    parser.add_argument("--moments", type=int, default=7, choices=range(1, 8))
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    leads, events = invent(given.leads or given.events // 20, given.events, seed=7)
    offsets = OFFSETS[-given.moments :]
    moments = pl.concat([leads.select("lead_id", as_of=pl.col("created_at") + timedelta(days=d)) for d in offsets])
    builder = FeatureBuilder(Catalog.from_schema(SCHEMA))
    ours, theirs = [], []
    for _ in range(given.repeat):
        start = time.perf_counter()
        frame = builder.frame(leads, events.lazy(), moments)
        ours.append(time.perf_counter() - start)
        start = time.perf_counter()
        query = hand_written(leads, events, moments)
        theirs.append(time.perf_counter() - start)
    compared = agree(frame, query)
    print(f"{leads.height:,} leads, {events.height:,} events, {moments.height:,} rows, {frame.width} features")
    print(f"bulk: {min(ours):.2f} s; hand-written ({compared} of them, equal): {min(theirs):.2f} s; "
          f"ratio {min(ours) / min(theirs):.2f}")  # fmt: skip
    for count in (20, 200):
        middle, slow = one_lead(builder, count)
        print(f"one lead with {count} events: p50 {middle:.3f} ms, p99 {slow:.3f} ms")


if __name__ == "__main__":
    main()
