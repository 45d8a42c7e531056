"""Columns of any kind as the leads of a certificate: checked, incomplete rows left out and counted."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from features.domain import InputError
from models.cutoffs.leads import CertificationLeads, Flags, Floats, Whole

_MONDAY = dt.date(1970, 1, 5).toordinal()
_EPOCH = dt.date(1970, 1, 1).toordinal()
_ROUNDING = 1e-9
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEARS = range(1900, 2200)
"""Years in which leads arrive; beyond, days of a week and zones are not to be had."""
Column = Sequence[Any] | np.ndarray


def read_leads(
    probability: Column,
    converted: Column,
    arrived_at: Column | None,
    time_zone: str,
    *,
    accepted: Column | None = None,
    propensity: Column | None = None,
    company: Column | None = None,
    lead: Column | None = None,
) -> CertificationLeads:
    """Return the leads with complete values.

    Parameters
    ----------
    probability, converted, arrived_at, accepted, propensity
        As for :func:`models.cutoffs.certify`.
    time_zone : str
        IANA zone in which weeks begin.
    company : array-like, shape (n,), optional
        Code of each row's company.
    lead : array-like, shape (n,), optional
        Code of each row's lead, where a lead has several rows, each in the order of time; None for one row per lead.

    Raises
    ------
    InputError
        If the columns differ in length or hold something else than probabilities, outcomes and moments.
    """
    chance, outcome = _numbers(probability, "probability"), _outcomes(converted, "converted")
    taken = None if accepted is None else _outcomes(accepted, "accepted")
    handed = None if propensity is None else _chances(propensity, "propensity")
    seconds = None if arrived_at is None else _seconds(arrived_at, time_zone)
    columns = {"accepted": taken, "propensity": handed, "arrived_at": seconds, "company": company, "lead": lead}
    _same_length(len(chance), {"converted": outcome, **columns})
    chance = _within(chance, "probability", "Pass the column probability, not the score.")
    known = np.isfinite(chance) & ~np.isnan(outcome)
    for column in (handed, seconds):
        known &= True if column is None else ~np.isnan(column)
    until, best, customer = _records(chance, outcome == 1, known, lead)
    # Rows that never were the highest so far are no records: the lead was met before.
    rows = known & (until < chance)
    if taken is not None and np.isnan(taken[rows]).all():
        taken = None
    return CertificationLeads(
        probability=chance[rows],
        until=until[rows],
        best=best[rows],
        converted=outcome[rows] == 1,
        customer=customer[rows],
        accepted=None if taken is None else taken[rows],
        propensity=None if handed is None or taken is None else handed[rows],
        seconds=None if seconds is None else seconds[rows],
        week=None if seconds is None else _weeks(seconds[rows], time_zone),
        company=None if company is None else _codes(company)[rows],
        left_out=int(len(known) - known.sum()),
    )


def _records(chance: Floats, converted: Flags, known: Flags, lead: Column | None) -> tuple[Floats, Flags, Flags]:
    """Return the highest probability before each row, which rows are a lead's highest, and who became a customer."""
    if lead is None:
        return np.full(len(chance), -np.inf), np.ones(len(chance), dtype=bool), converted
    frame = pl.DataFrame({"lead": _codes(lead), "p": np.where(known, chance, -np.inf), "c": converted & known})
    so_far = pl.col("p").cum_max().over("lead")
    found = frame.select(
        so_far.shift(1).over("lead").fill_null(-np.inf).alias("until"),
        (pl.col("p") == pl.col("p").max().over("lead")).alias("top"),
        pl.col("c").any().over("lead").alias("customer"),
    )
    until = found["until"].to_numpy()
    # Of equal highest rows only the first is a record.
    return until, found["top"].to_numpy() & (until < chance), found["customer"].to_numpy()


def _codes(values: Column) -> Whole:
    return np.unique(np.asarray(values), return_inverse=True)[1].astype(np.int64)


def _same_length(rows: int, columns: dict[str, Any]) -> None:
    lengths = {name: len(column) for name, column in columns.items() if column is not None}
    if any(length != rows for length in lengths.values()):
        told = ", ".join(f"{length} of {name}" for name, length in lengths.items())
        raise InputError(f"{rows} probabilities, {told}.", "one of each per lead.", "Pass columns of one table.")


def _within(chance: Floats, name: str, remedy: str) -> Floats:
    """Return chances held in 0..1; a mean of ones may exceed 1 by a rounding error."""
    outside = chance[np.isfinite(chance) & ((chance < -_ROUNDING) | (chance > 1 + _ROUNDING))]
    if len(outside):
        raise InputError(
            f"{name} outside 0 to 1 in {len(outside)} of {len(chance)} rows, e.g. {outside[0]:g}.",
            f"each {name} from 0 to 1.",
            remedy,
        )
    return np.where(np.isfinite(chance), np.clip(chance, 0.0, 1.0), chance)


def _numbers(values: Column, name: str, wanted: str = "one number per lead") -> Floats:
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = None
    if numbers is None or numbers.ndim != 1:
        raise InputError(f"{name} is not a list of numbers.", f"{wanted}.", f"Correct the column {name}.")
    return numbers


def _chances(values: Column, name: str) -> Floats:
    chances = _within(_numbers(values, name), name, f"Correct the column {name}.")
    return np.where(np.isfinite(chances), chances, np.nan)


def _outcomes(values: Column, name: str) -> Floats:
    outcome = _numbers(values, name, "0 or 1 (or missing) per lead")
    strange = outcome[~np.isnan(outcome) & (outcome != 0) & (outcome != 1)]
    if len(strange):
        raise InputError(f"{name} of {strange[0]:g}.", "0 or 1 (or missing).", f"Code {name} as 1 for yes.")
    return outcome


def _weeks(seconds: Floats, time_zone: str) -> Whole:
    local = pl.Series(np.floor(seconds).astype(np.int64) * 1_000_000).cast(pl.Datetime("us", "UTC"))
    days = local.dt.convert_time_zone(time_zone).dt.date().cast(pl.Int32).to_numpy().astype(np.int64)
    weeks: Whole = np.floor_divide(days + _EPOCH - _MONDAY, 7)
    return weeks


def _seconds(values: Column, time_zone: str) -> Floats:
    """Return seconds since 1970 UTC, NaN where missing; moments without a zone are read as UTC."""
    column: Any = values
    if isinstance(column, pl.Series) and isinstance(column.dtype, pl.Datetime):
        aware = column if column.dtype.time_zone else column.dt.replace_time_zone("UTC")
        values = aware.dt.convert_time_zone("UTC").dt.replace_time_zone(None).to_numpy()
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        years = values.astype("datetime64[Y]").astype(np.int64) + 1970
        strange = values[~np.isnat(values) & ((years < _YEARS.start) | (years >= _YEARS.stop))]
        if len(strange):
            raise _not_a_moment(str(strange[0]))
        if np.datetime_data(values.dtype)[0] not in {"Y", "M", "W", "D"}:
            micros = values.astype("datetime64[us]")
            return np.where(np.isnat(micros), np.nan, micros.astype(np.int64) / 1e6)
        values = values.astype("datetime64[D]").tolist()
    if isinstance(values, str) or not np.iterable(values):
        raise _not_a_moment(values)
    zone = ZoneInfo(time_zone)
    return np.array([_moment(value, zone) for value in values], dtype=np.float64)


def _moment(value: Any, zone: ZoneInfo) -> float:
    told = value
    if isinstance(value, np.datetime64):
        value = None if np.isnat(value) else value.astype("datetime64[us]").item()
    if isinstance(value, str):
        try:
            value = dt.date.fromisoformat(value) if _DAY.fullmatch(value) else dt.datetime.fromisoformat(value)
        except ValueError:
            raise _not_a_moment(told) from None
    # NaN and pandas' NaT are the only values that differ from themselves.
    if value is None or value != value:
        return float("nan")
    if not isinstance(value, dt.date) or value.year not in _YEARS:
        raise _not_a_moment(told)
    if not isinstance(value, dt.datetime):
        # A day without a time is a day where the agreement is kept.
        return dt.datetime(value.year, value.month, value.day, tzinfo=zone).timestamp()
    moment = value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
    return moment.timestamp()


def _not_a_moment(value: object) -> InputError:
    told = value.item() if isinstance(value, np.generic) else value
    return InputError(
        f"An arrival time of {told!r}.",
        f"a moment in ISO 8601 (2026-03-01T09:30:00+01:00) of the years {_YEARS.start} to {_YEARS.stop - 1}.",
        "Correct the column arrived_at.",
    )
