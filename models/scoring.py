"""The port of everything that scores, and what all engines share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import polars as pl

from features.domain import Engine, Event, Lead, Persona, Score, Stage
from models.scale import MQL_POINTS, SQL_POINTS


class Scorer(Protocol):
    """Gives leads a score with reasons."""

    @property
    def engine(self) -> Engine:
        """Who speaks."""
        ...

    def score(self, lead: Lead, events: Sequence[Event], as_of: datetime | None, *, scored_at: datetime) -> Score:
        """Return the score of one lead.

        Parameters
        ----------
        lead : Lead
            The version known at ``as_of``.
        events : sequence of Event
            In any order; events after ``as_of`` are not read.
        as_of : datetime or None
            The moment of knowledge; None in a history without times.
        scored_at : datetime
            The present.
        """
        ...

    def score_many(
        self, leads: pl.DataFrame, events: pl.LazyFrame | None, moments: pl.DataFrame, *, scored_at: datetime
    ) -> list[Score]:
        """Return one score per row of ``moments``, in its order (frames as in docs/architecture.md)."""
        ...


def stage_of(score: int, missing: Sequence[str]) -> tuple[Stage, tuple[str, ...]]:
    """Return the stage and what holds the lead back from a higher one.

    Parameters
    ----------
    score : int
        0 to 100.
    missing : sequence of str
        Fields that the agreement requires of an SQL and that the lead lacks.

    Returns
    -------
    tuple of (Stage, tuple of str)
        Above the SQL cutoff with a field missing, the lead stays MQL and the fields are named.

    Examples
    --------
    >>> stage_of(80, ["need"])
    (<Stage.MQL: 'mql'>, ('need',))
    >>> stage_of(60, ["need"])
    (<Stage.MQL: 'mql'>, ())
    """
    if score >= SQL_POINTS:
        return (Stage.MQL, tuple(missing)) if missing else (Stage.SQL, ())
    return (Stage.MQL if score >= MQL_POINTS else Stage.LEAD), ()


REFUSALS = frozenset({"false", "no", "nein", "0"})
"""Answers that do not meet a requirement: a refused consent is no consent."""


def missing_fields(attributes: Mapping[str, Any], required: Iterable[str]) -> tuple[str, ...]:
    """Return the required fields without a value, or answered with a no, in the order of the agreement.

    Examples
    --------
    >>> missing_fields({"email": "a@b.example", "consent": "false"}, ["email", "consent", "need"])
    ('consent', 'need')
    """
    return tuple(name for name in required if _is_lacking(attributes.get(name)))


def _is_lacking(value: object) -> bool:
    return value is None or value == 0 or (isinstance(value, str) and value.casefold() in REFUSALS)


def persona_of(personas: Iterable[Persona], attributes: Mapping[str, Any]) -> str | None:
    """Return the name of the first persona that matches, or None."""
    return next((persona.name for persona in personas if persona.matches(attributes)), None)


def coverage_of(values: Mapping[str, Any], names: Sequence[str]) -> float:
    """Return the share of these values that is not missing, in [0, 1]; 1 where nothing is asked for."""
    if not names:
        return 1.0
    # NaN is the only value that differs from itself.
    given = [name for name in names if values.get(name) is not None and values[name] == values[name]]
    return len(given) / len(names)
