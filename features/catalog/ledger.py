"""Events in the order in which features read them, with everything that does not depend on the moment of knowledge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from features.catalog.tally import DAILY_CAP, DAY, SESSION_GAP, TallyPlan
from features.catalog.timeline import Timeline

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PropertyValues:
    """One event property along the ledger.

    Parameters
    ----------
    values : Series
        One value per event, null where it carries none.
    latest, earliest : ndarray of int64
        For each event the position of the last filled event at or before it, and of the first at or after it.
    """

    values: pl.Series
    latest: Integers
    earliest: Integers

    @classmethod
    def of(cls, values: pl.Series) -> PropertyValues:
        """Return the values with their look-ups; -1 and the number of events stand for none."""
        filled = values.is_not_null().to_numpy()
        position = np.arange(len(filled))
        latest = np.maximum.accumulate(np.where(filled, position, -1))
        earliest = np.minimum.accumulate(np.where(filled, position, len(filled))[::-1])[::-1]
        return cls(values, latest, earliest)


@dataclass(frozen=True, slots=True)
class Ledger:
    """All visible events by lead, time and content.

    Parameters
    ----------
    timeline : Timeline
        When the events happened.
    slot : ndarray of int64
        Each event's slot in the tally.
    kind : ndarray of int64
        Each event's kind as a position in ``kinds``.
    kinds : Series of str
        The kinds in alphabetical order.
    counted : ndarray of bool
        Whether the event is within the daily cap.
    opens_session, opens_day : ndarray of bool
        Whether the event is the lead's first after a gap, and its first of a UTC day.
    properties : dict
        Property values by name.
    """

    timeline: Timeline
    slot: npt.NDArray[np.uint8]
    kind: npt.NDArray[np.int32]
    kinds: pl.Series
    counted: Flags
    opens_session: Flags
    opens_day: Flags
    properties: dict[str, PropertyValues]

    @classmethod
    def read(cls, plan: TallyPlan, events: pl.LazyFrame | None, known: pl.DataFrame) -> Ledger:
        """Return the events of the leads that ``known`` (``lead_id``, ``lead``) numbers from 0."""
        frame = _visible(plan, events, known)
        kinds = frame["event"].unique().sort()
        codes = pl.col("event").replace_strict(kinds, np.arange(len(kinds)), return_dtype=pl.Int32)
        frame = frame.with_columns(codes) if frame.height else frame.with_columns(pl.col("event").cast(pl.Int32))
        frame = frame.sort("lead", "time", "event", *map(_column, plan.properties), nulls_last=False)
        lead, time, kind = (frame[name].to_numpy() for name in ("lead", "time", "event"))
        own = {name: slot for slot, name in enumerate(plan.kinds)}
        slots = np.array([own.get(name, plan.other) for name in kinds], dtype=np.uint8)
        day = time // DAY
        new_lead = np.ones(len(lead), dtype=bool)
        new_lead[1:] = lead[1:] != lead[:-1]
        opens_session, opens_day = new_lead.copy(), new_lead.copy()
        opens_session[1:] |= time[1:] - time[:-1] > SESSION_GAP
        opens_day[1:] |= day[1:] != day[:-1]
        return cls(
            timeline=Timeline.from_sorted(lead, time, known.height),
            slot=slots[kind],
            kind=kind,
            kinds=kinds,
            counted=_within_cap(lead, day, kind),
            opens_session=opens_session,
            opens_day=opens_day,
            properties={name: PropertyValues.of(frame[_column(name)]) for name in plan.properties},
        )


def _column(name: str) -> str:
    return f"property.{name}"


def _visible(plan: TallyPlan, events: pl.LazyFrame | None, known: pl.DataFrame) -> pl.DataFrame:
    """Return lead number, time, kind and properties of the events that features may read."""
    types = dict.fromkeys(plan.numbers, pl.Float64) | dict.fromkeys(plan.categories, pl.String)
    if events is None:
        empty = {"lead": pl.Int32, "time": pl.Int64, "event": pl.String}
        return pl.DataFrame(schema=empty | {_column(name): dtype for name, dtype in types.items()})
    present = set(events.collect_schema().names())
    properties = []
    for name, dtype in types.items():
        given = pl.col(_column(name)) if _column(name) in present else pl.lit(None, dtype)
        values = given.cast(dtype)
        properties.append((values.fill_nan(None) if dtype is pl.Float64 else values).alias(_column(name)))
    return (
        events.filter(~pl.col("event").is_in(sorted(plan.silent)))
        .join(known.lazy().select("lead_id", pl.col("lead").cast(pl.Int32)), on="lead_id", how="inner")
        .select("lead", pl.col("occurred_at").dt.epoch("us").alias("time"), "event", *properties)
        .collect(engine="streaming")
    )


def _within_cap(lead: npt.NDArray[np.int32], day: Integers, kind: npt.NDArray[np.int32]) -> Flags:
    """Return which events are among the first of their lead, kind and day.

    Only a lead's days with more events than the cap are looked into; most histories have few of them.
    """
    counted = np.ones(len(lead), dtype=bool)
    over = np.flatnonzero((lead[DAILY_CAP:] == lead[:-DAILY_CAP]) & (day[DAILY_CAP:] == day[:-DAILY_CAP])) + DAILY_CAP
    if not len(over):
        return counted
    crowded = pl.DataFrame({"lead": lead[over], "day": day[over]}).unique()
    events = pl.DataFrame({"position": np.arange(len(lead)), "lead": lead, "day": day, "kind": kind})
    ranked = events.join(crowded, on=["lead", "day"], how="semi", maintain_order="left").with_columns(
        pl.int_range(pl.len()).over("lead", "day", "kind").alias("before")
    )
    counted[ranked.filter(pl.col("before") >= DAILY_CAP)["position"].to_numpy()] = False
    return counted
