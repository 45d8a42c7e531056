"""What the columns of an events file and of an outcomes file are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from features.config import EventsTable, OutcomesTable
from features.domain import ConfigError
from features.history.reading import TextTable
from features.schema import ColumnType, Property, Role
from training.intake.column_types import infer_column
from training.intake.findings import Findings
from training.intake.keys import infer_join, infer_time
from training.intake.names import EVENT, OCCURRED_AT, OUTCOME, OUTCOME_AT, REASON, names_loss, names_win, rank
from training.intake.profile import profile

_MOST_KINDS = 1000
_MOST_OUTCOMES = 50


def infer_events(
    table: TextTable, file: Path, ids: pl.Series, lead_id: str, given: str | None, findings: Findings
) -> EventsTable:
    """Return the key columns of an events file.

    Parameters
    ----------
    table : TextTable
        What it holds.
    file : Path
        Where it is.
    ids : pl.Series
        The leads' ids.
    lead_id : str
        Their column in the leads file.
    given : str or None
        The column of ``--target``, if it is one of this file.
    findings : Findings
        Where the conclusions are noted.

    Raises
    ------
    ConfigError
        If there is no time, no kind or no id.
    """
    join = infer_join(table, ids, lead_id, "events", findings)
    moment, pattern = infer_time(table, OCCURRED_AT, "events", "occurred_at", findings)
    if moment is None:
        raise ConfigError(
            f"No column of {table.file.name} holds times: {', '.join(map(repr, table.columns))}.",
            "the moment of every event.",
            "Add a column occurred_at with ISO 8601 times.",
        )
    candidates = {
        name: rank(name, EVENT)
        for name in table.frame.columns
        if name not in (join, moment) and 0 < table.frame[name].n_unique() <= _MOST_KINDS
    }
    kind = given or min(candidates, key=lambda name: candidates[name], default=None)
    if kind is None or (given is None and candidates[kind] >= len(EVENT)):
        raise ConfigError(
            f"No column of {table.file.name} is named like a kind of event: {', '.join(map(repr, table.columns))}.",
            "a column event with the kind, e.g. page_view.",
            "Rename it to event.",
        )
    kinds = table.frame[kind].drop_nulls()
    why = "it holds the target" if given else "its name"
    findings.add(
        "events.event", f"{kind!r} is the kind of event", f"{why}; {kinds.n_unique():,} kinds in {len(kinds):,} rows"
    )
    return EventsTable(file, table.format, join, moment, kind, pattern)


def infer_properties(table: TextTable, events: EventsTable, findings: Findings) -> tuple[Property, ...]:
    """Return the other columns of an events file: categories and numbers, what is nearly unique left out."""
    properties = []
    for name in table.frame.columns:
        if name in (events.lead_id, events.occurred_at, events.event):
            continue
        column = infer_column(profile(name, table.frame[name], table.format.decimal))
        kind = column.type if column.type is ColumnType.NUMBER else ColumnType.CATEGORY
        usable = column.type in (ColumnType.NUMBER, ColumnType.CATEGORY, ColumnType.COUNTRY, ColumnType.JOB_TITLE)
        role = Role.ENGAGEMENT if usable else Role.LEFT_OUT
        why = column.why if usable else f"{column.type.value}: {column.why}"
        properties.append(Property(name, kind, role, why))
        if not usable:
            findings.add("events.properties", f"the property {name!r} is left out", why, entry=name)
    return tuple(properties)


def infer_outcomes(
    table: TextTable, file: Path, ids: pl.Series, lead_id: str, given: str | None, findings: Findings
) -> OutcomesTable:
    """Return the key columns of an outcomes file; parameters and errors as :func:`infer_events`."""
    join = infer_join(table, ids, lead_id, "outcomes", findings)
    moment, pattern = infer_time(table, OUTCOME_AT, "outcomes", "occurred_at", findings)
    outcome = given or _outcome_column(table, (join, moment))
    if outcome is not None:
        findings.add(
            "outcomes.outcome", f"{outcome!r} names the outcome", "its name" if given is None else "named by --target"
        )
    reason = next((n for n in table.frame.columns if n != outcome and rank(n, REASON) < len(REASON)), None)
    if reason is not None:
        findings.add("outcomes.reason", f"{reason!r} is the reason", "its name")
    return OutcomesTable(file, table.format, join, moment, outcome, reason, pattern)


def note_unused_columns(table: TextTable, used: Sequence[str | None], findings: Findings) -> None:
    """Say which columns of the outcomes file can never be features."""
    unused = [name for name in table.columns if name not in used]
    if unused:
        findings.add(
            "outcomes", f"never features: {', '.join(unused)}",
            "only the outcomes file has them, so they exist only once the outcome is there",
        )  # fmt: skip


def _outcome_column(table: TextTable, taken: tuple[str | None, ...]) -> str | None:
    for name in sorted(table.frame.columns, key=lambda name: rank(name, OUTCOME)):
        values = table.frame[name].drop_nulls().unique()
        if name in taken or not 0 < len(values) <= _MOST_OUTCOMES:
            continue
        if rank(name, OUTCOME) < len(OUTCOME) or any(names_win(v) or names_loss(v) for v in values):
            return name
    return None
