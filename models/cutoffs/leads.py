"""The leads that a certificate is drawn from: checked, and sorted into the cutoffs that can be told apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from features.domain import InputError

_MONDAY = dt.date(1970, 1, 5).toordinal()


@dataclass(frozen=True)
class CertificationLeads:
    """One row per lead with a probability and an outcome.

    Parameters
    ----------
    probability : numpy.ndarray, shape (n,)
        Calibrated probabilities in [0, 1].
    converted : numpy.ndarray of bool, shape (n,)
        Whether the target was reached.
    week : numpy.ndarray of int64, shape (n,), or None
        Number of the calendar week (Monday to Sunday, in the agreement's zone) in which the lead came; None without
        times.
    left_out : int
        Rows dropped because one of the values was missing.
    """

    probability: np.ndarray
    converted: np.ndarray
    week: np.ndarray | None
    left_out: int

    @property
    def count(self) -> int:
        """Number of leads."""
        return len(self.probability)

    @property
    def base_rate(self) -> float:
        """Share that converted, half an observation added to either side so that it is never 0 or 1."""
        return (float(self.converted.sum()) + 0.5) / (self.count + 1.0)

    @cached_property
    def thresholds(self) -> np.ndarray:
        """The different probabilities, falling: every cutoff between two of them selects the same leads."""
        return self._groups[0]

    @cached_property
    def selected(self) -> np.ndarray:
        """Leads at or above each threshold; ties are never split."""
        return self._groups[1]

    @cached_property
    def selected_converted(self) -> np.ndarray:
        """Converted leads at or above each threshold."""
        return self._groups[2]

    @cached_property
    def mean_probability(self) -> np.ndarray:
        """Mean probability of the leads at or above each threshold."""
        return self._groups[3]

    @cached_property
    def _groups(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        order = np.argsort(-self.probability, kind="stable")
        falling = self.probability[order]
        ends = np.flatnonzero(np.append(falling[1:] != falling[:-1], np.ones(min(1, len(falling)), dtype=bool)))
        selected = ends + 1
        converted = np.cumsum(self.converted[order].astype(np.int64))[ends]
        return falling[ends], selected, converted, np.cumsum(falling)[ends] / selected


def read_leads(
    probability: Sequence[float] | np.ndarray,
    converted: Sequence[Any] | np.ndarray,
    arrived_at: Sequence[Any] | np.ndarray | None,
    time_zone: str,
) -> CertificationLeads:
    """Return the leads with complete values.

    Raises
    ------
    InputError
        If the arrays differ in length, a probability is outside [0, 1], an outcome is not 0 or 1, or a moment cannot
        be read.
    """
    chance = _numbers(probability, "probability")
    outcome = _numbers(converted, "converted")
    days = None if arrived_at is None else _days(arrived_at, time_zone)
    if len(chance) != len(outcome) or (days is not None and len(days) != len(chance)):
        raise InputError(
            f"{len(chance)} probabilities, {len(outcome)} outcomes"
            + ("." if days is None else f" and {len(days)} arrival times."),
            "one of each per lead.",
            "Pass columns of one table.",
        )
    outside = chance[(chance < 0) | (chance > 1)]
    if len(outside):
        raise InputError(
            f"{len(outside)} probabilities outside 0 to 1, e.g. {outside[0]:g}.",
            "calibrated probabilities.",
            "Pass the column probability, not the score.",
        )
    known = ~(np.isnan(chance) | np.isnan(outcome))
    strange = outcome[known & (outcome != 0) & (outcome != 1)]
    if len(strange):
        raise InputError(f"An outcome of {strange[0]:g}.", "0 or 1 (or missing).", "Code converted leads as 1.")
    week = None
    if days is not None:
        known &= ~np.isnan(days)
        week = np.floor_divide(days[known] - _MONDAY, 7).astype(np.int64)
    return CertificationLeads(chance[known], outcome[known] == 1, week, int(len(known) - known.sum()))


def _numbers(values: Sequence[Any] | np.ndarray, name: str) -> np.ndarray:
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = None
    if numbers is None or numbers.ndim != 1:
        raise InputError(f"{name} is not a list of numbers.", "one number per lead.", f"Correct the column {name}.")
    return numbers


def _days(values: Sequence[Any] | np.ndarray, time_zone: str) -> np.ndarray:
    """Return the ordinal of each local day, NaN where missing; moments without a zone are read as UTC."""
    zone = ZoneInfo(time_zone)
    return np.array([_day(value, zone) for value in values], dtype=np.float64)


def _day(value: Any, zone: ZoneInfo) -> float:
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
        if isinstance(value, dt.date):
            return float(value.toordinal())
        raise _not_a_moment(value)
    moment = value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
    return float(moment.astimezone(zone).toordinal())


def _not_a_moment(value: object) -> InputError:
    return InputError(f"An arrival time of {value!r}.", "a moment in ISO 8601.", "Correct the column arrived_at.")
