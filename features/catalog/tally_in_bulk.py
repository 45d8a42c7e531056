"""Tallies of many leads at many moments: sorted once, added up in batches of bounded memory.

Polars reads, filters and sorts the events, and what does not depend on the moment is settled once (``ledger``). Each
batch of moments then adds up its events with numpy in the same order as the evaluator of one lead: sums do not depend
on threads and come out the same in every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from features.catalog import tally as names
from features.catalog.ledger import Ledger
from features.catalog.tally import ALL, DECAY_RATES, EDGES, TallyPlan
from features.catalog.versions import Versions

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

PAIRS_PER_BATCH = 1_000_000
"""Pairs of a moment and an event that one batch may hold (about 100 bytes each)."""

ROWS_PER_BATCH = 25_000
"""Moments that one batch may hold (about 4 kB each)."""

_EDGES = np.array(EDGES, dtype=np.int64)
_BUCKETS = len(EDGES) + 1
_NEVER = np.iinfo(np.int64).min


def tallies(
    plan: TallyPlan,
    leads: pl.DataFrame,
    events: pl.LazyFrame | None,
    moments: pl.DataFrame,
    *,
    pairs_per_batch: int = PAIRS_PER_BATCH,
) -> Iterator[pl.DataFrame]:
    """Yield the tallies of ``moments`` in their order, batch by batch.

    Parameters
    ----------
    plan : TallyPlan
        What to tally.
    leads, events, moments : frames
        As docs/architecture.md describes them.
    pairs_per_batch : int
        Upper bound of a batch's pairs of moment and event (a single moment may exceed it); it does not change
        the result.

    Raises
    ------
    ValueError
        If a moment lacks its ``as_of`` although the schema has times.
    """
    known = moments.select(pl.col("lead_id").unique(maintain_order=True)).with_row_index("lead")
    lead = moments.select("lead_id").join(known, on="lead_id", maintain_order="left")["lead"].cast(pl.Int64).to_numpy()
    versions = Versions.read(plan, leads, known)
    if not plan.timed:
        yield versions.tally(plan, lead, None)
        return
    if moments["as_of"].null_count():
        raise ValueError("as_of is null in a moment, expected a moment everywhere: the schema has times.")
    as_of = moments["as_of"].dt.epoch("us").to_numpy()
    ledger = Ledger.read(plan, events, known)
    start, end = ledger.timeline.starts[lead], ledger.timeline.end(lead, as_of)
    for rows in _batches(end - start, pairs_per_batch):
        pairs = _Pairs.of(ledger, start[rows], end[rows], as_of[rows])
        quantities = _behaviour(plan, ledger, pairs) | _properties(plan, ledger, pairs)
        yield versions.tally(plan, lead[rows], as_of[rows]).with_columns(**quantities)


def _batches(pairs: Integers, limit: int) -> Iterator[slice]:
    """Yield consecutive slices of rows that hold at most ``limit`` pairs, and at least one row."""
    through = np.cumsum(pairs)
    first, before = 0, 0
    while first < len(pairs):
        last = int(np.searchsorted(through, before + limit, side="right"))
        last = min(max(last, first + 1), first + ROWS_PER_BATCH)
        yield slice(first, min(last, len(pairs)))
        first, before = last, int(through[min(last, len(pairs)) - 1])


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Every event that each moment of a batch may see.

    Parameters
    ----------
    start, end : ndarray of int64, shape (rows,)
        The moment's events in the ledger.
    row, event, age : ndarray of int64, shape (pairs,)
        The moment, the position in the ledger, and the event's age in microseconds.
    bucket : ndarray of int64, shape (pairs,)
        How many window edges the event has passed.
    """

    start: Integers
    end: Integers
    row: Integers
    event: Integers
    age: Integers
    bucket: Integers

    @classmethod
    def of(cls, ledger: Ledger, start: Integers, end: Integers, as_of: Integers) -> _Pairs:
        """Return the pairs of moments whose events lie at ``start`` to before ``end``."""
        length = end - start
        row = np.repeat(np.arange(len(length)), length)
        event = np.arange(len(row)) + np.repeat(start - (np.cumsum(length) - length), length)
        age = as_of[row] - ledger.timeline.times[event]
        return cls(start, end, row, event, age, np.searchsorted(_EDGES, age, side="right"))

    @property
    def rows(self) -> int:
        """The number of moments."""
        return len(self.start)


def _behaviour(plan: TallyPlan, ledger: Ledger, pairs: _Pairs) -> dict[str, pl.Series]:
    rows, slots = pairs.rows, plan.other + 1
    cell = pairs.row * slots + ledger.slot[pairs.event]
    counted = ledger.counted[pairs.event]
    row_counted, cell_counted, bucket, age = pairs.row, cell, pairs.bucket, pairs.age
    if not counted.all():
        row_counted, cell_counted, bucket, age = (x[counted] for x in (pairs.row, cell, pairs.bucket, pairs.age))
    by_slot = np.bincount(cell_counted * _BUCKETS + bucket, minlength=rows * slots * _BUCKETS)
    by_slot = by_slot.reshape(rows, slots, _BUCKETS).cumsum(axis=2)
    latest = np.full(rows * slots, _NEVER)
    # Events come in order of time, so the last one written is the last one that happened.
    latest[cell] = ledger.timeline.times[pairs.event]
    last = latest.reshape(rows, slots)
    # The last bit of numpy's exp may depend on an element's place in the array, so on the batch; polars' does not.
    weights = {days: pl.Series(-rate * age).exp().to_numpy() for days, rate in DECAY_RATES.items()}
    middle = weights[names.KIND_HALF_LIFE_DAYS]
    decayed = np.bincount(cell_counted, weights=middle, minlength=rows * slots).reshape(rows, slots)
    quantities: dict[str, pl.Series] = {}
    for slot in range(slots):
        quantities |= _counts(slot, by_slot[:, slot])
        quantities[names.last_time(slot)] = _moments(last[:, slot])
        quantities[names.decayed(slot, names.KIND_HALF_LIFE_DAYS)] = pl.Series(decayed[:, slot])
    quantities |= _counts(ALL, by_slot.sum(axis=1))
    quantities[names.last_time(ALL)] = _moments(last.max(axis=1))
    for days, weight in weights.items():
        quantities[names.decayed(ALL, days)] = pl.Series(np.bincount(row_counted, weights=weight, minlength=rows))
    return quantities | _sessions_and_days(ledger, pairs) | _touches(ledger, pairs)


def _counts(slot: int | str, within: Integers) -> dict[str, pl.Series]:
    columns = (names.count(slot, days) for days in (*names.EDGE_DAYS, None))
    return {name: pl.Series(within[:, edge]) for edge, name in enumerate(columns)}


def _moments(times: Integers) -> pl.Series:
    return pl.Series(times).set(pl.Series(times == _NEVER), None)


def _per_window(pairs: _Pairs, row: Integers, bucket: Integers) -> Integers:
    counts = np.bincount(row * _BUCKETS + bucket, minlength=pairs.rows * _BUCKETS)
    return counts.reshape(pairs.rows, _BUCKETS).cumsum(axis=1)


def _sessions_and_days(ledger: Ledger, pairs: _Pairs) -> dict[str, pl.Series]:
    begun = ledger.opens_session[pairs.event]
    sessions = _per_window(pairs, pairs.row[begun], pairs.bucket[begun])
    # A day is counted once in every window: an event takes back what the event before it on the same day gave.
    again = np.flatnonzero(~ledger.opens_day[pairs.event])
    days = _per_window(pairs, pairs.row, pairs.bucket) - _per_window(pairs, pairs.row[again], pairs.bucket[again - 1])
    quantities = {}
    for window in names.ACTIVITY_WINDOW_DAYS:
        edge = names.EDGE_DAYS.index(window)
        quantities[names.sessions(window)] = pl.Series(sessions[:, edge])
        quantities[names.active_days(window)] = pl.Series(days[:, edge])
    return quantities


def _touches(ledger: Ledger, pairs: _Pairs) -> dict[str, pl.Series]:
    none = pl.Series(pairs.start == pairs.end)
    first, last = (pl.Series(place).set(none, None) for place in (pairs.start, pairs.end - 1))
    kind = pl.Series(ledger.kind)
    return {
        names.FIRST_KIND: ledger.kinds.gather(kind.gather(first)),
        names.LAST_KIND: ledger.kinds.gather(kind.gather(last)),
        names.FIRST_TIME: pl.Series(ledger.timeline.times).gather(first),
    }


def _properties(plan: TallyPlan, ledger: Ledger, pairs: _Pairs) -> dict[str, pl.Series]:
    quantities: dict[str, pl.Series] = {}
    some = pairs.start < pairs.end
    for name in plan.properties:
        prop = ledger.properties[name]
        latest = np.full(pairs.rows, -1)
        latest[some] = prop.latest[pairs.end[some] - 1]
        last = pl.Series(latest).set(pl.Series(latest < pairs.start), None)
        quantities[names.of_property(name, "last")] = prop.values.gather(last)
        if name in plan.categories:
            earliest = pairs.end.copy()
            earliest[some] = prop.earliest[pairs.start[some]]
            first = pl.Series(earliest).set(pl.Series(earliest >= pairs.end), None)
            quantities[names.of_property(name, "first")] = prop.values.gather(first)
        else:
            quantities |= _sums(name, prop.values, ledger, pairs)
    return quantities


def _sums(name: str, values: pl.Series, ledger: Ledger, pairs: _Pairs) -> dict[str, pl.Series]:
    carries = ledger.counted & values.is_not_null().to_numpy()
    chosen = carries[pairs.event]
    row = pairs.row[chosen]
    amounts = values.fill_null(0.0).to_numpy()[pairs.event[chosen]]
    return {
        names.of_property(name, "sum"): pl.Series(np.bincount(row, weights=amounts, minlength=pairs.rows)),
        names.of_property(name, "filled"): pl.Series(np.bincount(row, minlength=pairs.rows)),
    }
