"""What the files suggest, step by step: keys, times, target, columns, horizon, event kinds, leakage."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from features.config import Acceptance, Config, EventsTable, LeadsTable, OutcomesTable, Target, TimeOrder
from features.domain import Clock
from features.history import FileHistory
from features.history.leads_file import AS_OF, lead_ids
from features.history.reading import TextTable
from features.schema import Column, ColumnType, Role, Schema
from training.intake.column_types import infer_column
from training.intake.event_kinds import classify_kinds, negative_kinds
from training.intake.event_leakage import LEAKAGE, properties_alone
from training.intake.findings import Findings, Level
from training.intake.horizon import infer_horizon
from training.intake.keys import infer_lead_id, infer_time, infer_zone
from training.intake.leakage import Evidence, find_leakage
from training.intake.missing_tokens import find_missing_values
from training.intake.names import CREATED_AT, KNOWN_AT
from training.intake.order import infer_order
from training.intake.other_files import infer_events, infer_outcomes, infer_properties, note_unused_columns
from training.intake.profile import profile
from training.intake.rejections import infer_reasons
from training.intake.sources import Sources
from training.intake.target import has_target_in_leads, target_in_events, target_in_leads, target_in_outcomes


def infer(
    sources: Sources, name: str, clock: Clock, findings: Findings, horizon_days: float | None = None
) -> tuple[Config, FileHistory, tuple[Evidence, ...]]:
    """Return the configuration that the files suggest, the history read with it, and the leakage suspects.

    ``horizon_days`` is inferred where it is None.

    Raises
    ------
    HistoryError
        If a file cannot be read.
    ConfigError
        If what is to be predicted, or a key column, is not clear.
    """
    lead_id = infer_lead_id(sources.leads, sources.others, findings)
    table = _leads_table(sources, lead_id, findings)
    ids = lead_ids(sources.leads, lead_id, frozenset())
    events, outcomes = _other_tables(sources, ids, lead_id, findings)
    _say_untimed(table, events, outcomes, findings)
    goal = _target(sources, events, outcomes, findings)
    zone = infer_zone(_times(sources, table, events, outcomes), findings)
    reached = _reached(sources, ids, events, outcomes, goal)
    if table.created_at is None:
        order, column, descending = infer_order(sources.leads, reached, findings)
        table = replace(table, order=order, order_column=column, order_descending=descending)
    missing = find_missing_values(_attributes(sources, table, goal), reached, findings)
    schema = Schema(
        columns=_columns(sources, table, goal, missing, findings),
        properties=()
        if events is None or sources.events is None
        else infer_properties(sources.events, events, findings),
        missing_values=frozenset(missing),
        timed=table.created_at is not None,
    )
    config = Config(
        name, zone, table, events, outcomes, goal, schema, acceptance=_acceptance(sources, outcomes, findings)
    )
    history = FileHistory.read(config, clock=clock)
    goal = replace(goal, horizon_days=_horizon(history, table, goal, findings, horizon_days))
    if events is not None:
        kinds = classify_kinds(history.events().collect(), history.outcomes(), goal, findings)
        schema = _without_telling_properties(replace(schema, event_kinds=kinds), history, goal, findings)
    config = replace(config, target=goal, schema=schema)
    suspects = tuple(evidence for evidence in find_leakage(history, config) if evidence.suspect)
    config = replace(config, schema=_leave_out(schema, suspects, findings))
    return config, replace(history, schema=config.schema), suspects


def _leads_table(sources: Sources, lead_id: str | None, findings: Findings) -> LeadsTable:
    table = sources.leads
    created, pattern = infer_time(table, CREATED_AT, "leads", "created_at", findings)
    known, known_pattern = infer_time(table, KNOWN_AT[:1], "leads", "known_at", findings, by_name_only=True)
    known = known if known != created and known_pattern == pattern else None
    order = TimeOrder.NONE if created is None else TimeOrder.CREATED_AT
    if created is not None:
        findings.add("leads.order", "leads are ordered by their creation", "created_at")
    return LeadsTable(table.file.resolve(), table.format, lead_id, created, known, pattern, order)


def _say_untimed(
    table: LeadsTable, events: EventsTable | None, outcomes: OutcomesTable | None, findings: Findings
) -> None:
    timed = [
        what
        for what, there in (("events", events), ("outcomes", outcomes))
        if there is not None and there.occurred_at is not None
    ]
    if table.created_at is None and timed:
        findings.add(
            "leads", "the leads have no time of creation",
            f"{' and '.join(timed)} have times, but no column of the leads says when a lead came, so that what was "
            "known at a moment cannot be told; name that column as created_at", Level.ASSUMED,
        )  # fmt: skip


def _other_tables(
    sources: Sources, ids: pl.Series, lead_id: str | None, findings: Findings
) -> tuple[EventsTable | None, OutcomesTable | None]:
    events = outcomes = None
    if sources.events is not None:
        given, file = sources.given_in("events"), sources.events.file.resolve()
        events = infer_events(sources.events, file, ids, lead_id or "", given, findings)
    if sources.outcomes is not None:
        given, file = sources.given_in("outcomes"), sources.outcomes.file.resolve()
        outcomes = infer_outcomes(sources.outcomes, file, ids, lead_id or "", given, findings)
    return events, outcomes


def _acceptance(sources: Sources, outcomes: OutcomesTable | None, findings: Findings) -> Acceptance:
    if outcomes is None or sources.outcomes is None or outcomes.outcome is None or outcomes.reason is None:
        return Acceptance()
    frame = sources.outcomes.frame
    # As the file says it: what is read through the list is of the list already.
    said = frame.select(outcome=pl.col(outcomes.outcome).str.strip_chars(), reason=pl.col(outcomes.reason))
    return infer_reasons(said, findings)


def _target(sources: Sources, events: EventsTable | None, outcomes: OutcomesTable | None, findings: Findings) -> Target:
    place, value = sources.target_place, sources.target_value
    if place == "leads":
        column = sources.target_column or ""
        return target_in_leads(sources.leads, column if value is None else f"{column}={value}", findings)
    if outcomes is not None and sources.outcomes is not None and place in (None, "outcomes"):
        goal = target_in_outcomes(sources.outcomes, outcomes.outcome, value, findings)
        used = (outcomes.lead_id, outcomes.occurred_at, outcomes.outcome, outcomes.reason)
        note_unused_columns(sources.outcomes, used, findings)
        return goal
    if (
        events is not None
        and sources.events is not None
        and (place == "events" or not has_target_in_leads(sources.leads))
    ):
        frame = _event_texts(sources.events, events)
        kinds = dict(frame["event"].value_counts(name="n").iter_rows())
        goal = target_in_events(kinds, value, events.event, findings)
        return negative_kinds(frame, goal, findings)
    return target_in_leads(sources.leads, None, findings)


def _event_texts(table: TextTable, events: EventsTable) -> pl.DataFrame:
    return table.frame.select(lead_id=events.lead_id, event=events.event).drop_nulls()


def _reached(
    sources: Sources, ids: pl.Series, events: EventsTable | None, outcomes: OutcomesTable | None, goal: Target
) -> pl.Series | None:
    """Return for every row of the leads file whether its lead reached the target."""
    if goal.column is not None:
        return sources.leads.frame[goal.column].is_in(list(goal.positive)).fill_null(False)
    if goal.from_events and events is not None and sources.events is not None:
        texts = _event_texts(sources.events, events)
        won = texts.filter(pl.col("event").is_in(list(goal.positive)))["lead_id"]
    elif outcomes is not None and sources.outcomes is not None:
        frame = sources.outcomes.frame
        if outcomes.outcome is not None:
            frame = frame.filter(pl.col(outcomes.outcome).is_in([goal.outcome, *goal.positive]))
        won = frame[outcomes.lead_id]
    else:
        return None
    return ids.is_in(won.unique().implode()).fill_null(False)


def _times(
    sources: Sources, leads: LeadsTable, events: EventsTable | None, outcomes: OutcomesTable | None
) -> dict[str, tuple[pl.Series, str | None]]:
    times = {}
    if leads.created_at is not None:
        times[f"leads: {leads.created_at}"] = (sources.leads.frame[leads.created_at], leads.time_format)
    if events is not None and sources.events is not None:
        times[f"events: {events.occurred_at}"] = (sources.events.frame[events.occurred_at], events.time_format)
    if outcomes is not None and outcomes.occurred_at is not None and sources.outcomes is not None:
        times[f"outcomes: {outcomes.occurred_at}"] = (
            sources.outcomes.frame[outcomes.occurred_at],
            outcomes.time_format,
        )
    return times


def _attributes(sources: Sources, table: LeadsTable, goal: Target) -> pl.DataFrame:
    taken = {table.lead_id, table.created_at, table.known_at, goal.column, AS_OF}
    return sources.leads.frame.select(name for name in sources.leads.frame.columns if name not in taken)


def _columns(
    sources: Sources, table: LeadsTable, goal: Target, missing: tuple[str, ...], findings: Findings
) -> tuple[Column, ...]:
    columns = []
    for texts in _attributes(sources, table, goal):
        texts = texts.set(texts.is_in(list(missing)).fill_null(False), None) if missing else texts
        column = infer_column(profile(texts.name, texts, table.format.decimal, table.time_format))
        columns.append(column)
        if column.type in (ColumnType.IDENTIFIER, ColumnType.CONSTANT):
            what = f"{column.name!r} is left out as {column.type.value}"
            findings.add("leads.columns", what, column.why, entry=column.name)
    return tuple(columns)


def _horizon(history: FileHistory, table: LeadsTable, goal: Target, findings: Findings, asked: float | None) -> float:
    if asked is not None:
        findings.add("target.horizon_days", f"{asked:g} days", "as asked")
        return asked
    if table.created_at is None:
        findings.add("target.horizon_days", f"{goal.horizon_days:g} days", "not used: the leads have no times")
        return goal.horizon_days
    return infer_horizon(history.leads(), history.outcomes(), goal.outcome, findings)


def _without_telling_properties(schema: Schema, history: FileHistory, goal: Target, findings: Findings) -> Schema:
    """Return the schema without properties of events that are filled nearly only for leads that reach the target."""
    events = history.events().collect()
    # Identifiers are not read.
    names = [one.name for one in schema.properties if f"property.{one.name}" in events.columns]
    found = properties_alone(events, history.outcomes(), goal.outcome, names)
    why = {name: f"{LEAKAGE}{one.why}" for name, one in found.items() if one.suspect}
    for name, reason in why.items():
        findings.add("events.properties", f"{name!r} is left out as leakage", reason, Level.SUSPECT, entry=name)
    return replace(
        schema,
        properties=tuple(
            replace(one, role=Role.LEFT_OUT, why=why[one.name]) if one.name in why else one for one in schema.properties
        ),
    )


def _leave_out(schema: Schema, suspects: tuple[Evidence, ...], findings: Findings) -> Schema:
    why = {evidence.column: evidence.why for evidence in suspects}
    for name, reason in why.items():
        findings.add("leads.columns", f"{name!r} is left out as leakage", reason, Level.SUSPECT, entry=name)
    return replace(
        schema,
        columns=tuple(
            replace(column, role=Role.LEFT_OUT, why=f"{LEAKAGE}{why[column.name]}") if column.name in why else column
            for column in schema.columns
        ),
    )
