"""Columns of any kind as the leads of a certificate: checked, incomplete rows left out and counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from features.domain import InputError
from models.cutoffs.leads import CertificationLeads, Flags, Floats, Whole

_MONDAY = dt.date(1970, 1, 5).toordinal()
_EPOCH = dt.date(1970, 1, 1).toordinal()
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
    _within(chance, "probabilities", "Pass the column probability, not the score.")
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


def _within(chance: Floats, what: str, remedy: str) -> None:
    outside = chance[np.isfinite(chance) & ((chance < 0) | (chance > 1))]
    if len(outside):
        raise InputError(f"{len(outside)} {what} outside 0 to 1, e.g. {outside[0]:g}.", f"{what} from 0 to 1.", remedy)


def _numbers(values: Column, name: str) -> Floats:
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = None
    if numbers is None or numbers.ndim != 1:
        raise InputError(f"{name} is not a list of numbers.", "one number per lead.", f"Correct the column {name}.")
    return numbers


def _chances(values: Column, name: str) -> Floats:
    chances = _numbers(values, name)
    _within(chances, name, f"Correct the column {name}.")
    return np.where(np.isfinite(chances), chances, np.nan)


def _outcomes(values: Column, name: str) -> Floats:
    outcome = _numbers(values, name)
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
        if np.datetime_data(values.dtype)[0] not in {"Y", "M", "W", "D"}:
            micros = values.astype("datetime64[us]")
            return np.where(np.isnat(micros), np.nan, micros.astype(np.int64) / 1e6)
        values = values.astype("datetime64[D]").tolist()
    zone = ZoneInfo(time_zone)
    return np.array([_moment(value, zone) for value in values], dtype=np.float64)


def _moment(value: Any, zone: ZoneInfo) -> float:
    if isinstance(value, np.datetime64):
        value = None if np.isnat(value) else value.astype("datetime64[us]").item()
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            raise _not_a_moment(value) from None
    # NaN and pandas' NaT are the only values that differ from themselves.
    if value is None or value != value:
        return float("nan")
    if not isinstance(value, dt.datetime):
        if not isinstance(value, dt.date):
            raise _not_a_moment(value)
        # A day without a time is a day where the agreement is kept.
        return dt.datetime(value.year, value.month, value.day, tzinfo=zone).timestamp()
    moment = value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
    return moment.timestamp()


def _not_a_moment(value: object) -> InputError:
    return InputError(f"An arrival time of {value!r}.", "a moment in ISO 8601.", "Correct the column arrived_at.")
