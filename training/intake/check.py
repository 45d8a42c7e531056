"""``leadscore check``: what the history holds, row by row accounted for, and what may leak; nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from features.config import Config
from features.domain import Clock
from features.history import FileHistory, QualityReport
from features.schema import Role, Use
from features.workspace import Workspace
from training.intake.event_leakage import LEAKAGE, kinds_alone, properties_alone
from training.intake.leakage import Evidence, find_leakage, known_outcomes
from training.intake.target_values import TargetValue, never_seen, target_values

ENOUGH = 40
"""Leads that reached the target, and leads that did not, below which only rules score (DESIGN.md section 7)."""

LEFT_OUT, KEPT = "suspect, left out", "suspect, kept by a person"
"""What a person should know of a suspect."""

_PERIODS = 12


@dataclass(frozen=True, slots=True)
class ColumnState:
    """One column of the leads file.

    Parameters
    ----------
    name, type, role : str
        As in leadscore.yaml.
    missing : float
        Share of leads without a value, in [0, 1].
    evidence : Evidence or None
        What it tells of the outcome; None where that could not be measured.
    """

    name: str
    type: str
    role: str
    missing: float
    evidence: Evidence | None

    @property
    def state(self) -> str:
        """What a person should know: nothing, left out as a suspect, or kept by a person although suspect."""
        if self.evidence is None or not self.evidence.suspect:
            return ""
        return LEFT_OUT if self.role == Role.LEFT_OUT.value else KEPT


@dataclass(frozen=True, slots=True)
class Period:
    """Leads of one stretch of time, or of the order.

    Parameters
    ----------
    label : str
        Where it begins.
    leads, settled, reached : int
        All leads, those whose outcome is settled, and those that reached the target.
    young : bool
        Whether some are younger than the horizon; of them only the quick outcomes are known.
    """

    label: str
    leads: int
    settled: int
    reached: int
    young: bool

    @property
    def rate(self) -> float | None:
        """Share of the settled leads that reached the target; None where none is settled, or while it is young."""
        return self.reached / self.settled if self.settled and not self.young else None

    @property
    def said(self) -> str:
        """The rate for people."""
        if self.young:
            return "too young"
        return "" if self.rate is None else f"{self.rate:.1%}"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What ``check`` found.

    Parameters
    ----------
    quality : QualityReport
        Rows read, used, rejected and duplicate, and oddities across tables.
    time_zone : str
        Zone of times that carry none.
    outcomes : dict of str to int
        Rows by outcome.
    columns : tuple of ColumnState
        Every column of the leads file.
    periods : tuple of Period
        The target's rate through time.
    reached, not_reached : int
        Settled leads of both classes.
    values : tuple of TargetValue
        What each value of the target's column means; empty where the target is no column.
    event_suspects : tuple of (str, str, str)
        Kinds and properties of events that may know the outcome: what it is, its state, and the evidence.
    warnings : tuple of str
        Sentences about what cannot be right.
    """

    quality: QualityReport
    time_zone: str
    outcomes: dict[str, int]
    columns: tuple[ColumnState, ...]
    periods: tuple[Period, ...]
    reached: int
    not_reached: int
    values: tuple[TargetValue, ...] = ()
    event_suspects: tuple[tuple[str, str, str], ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def enough_to_train(self) -> bool:
        """Whether there are at least 40 leads of both classes."""
        return min(self.reached, self.not_reached) >= ENOUGH

    @property
    def suspects(self) -> tuple[ColumnState, ...]:
        """The columns that may know the outcome, whatever their role."""
        return tuple(column for column in self.columns if column.state)

    def to_mapping(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "quality": self.quality.to_mapping(),
            "time_zone": self.time_zone,
            "outcomes": self.outcomes,
            "columns": [
                {
                    "name": column.name,
                    "type": column.type,
                    "role": column.role,
                    "missing": round(column.missing, 4),
                    "state": column.state,
                    "evidence": None if column.evidence is None else column.evidence.to_mapping(),
                }
                for column in self.columns
            ],
            "suspects": [column.name for column in self.suspects],
            "event_suspects": [
                {"what": what, "state": state, "evidence": why} for what, state, why in self.event_suspects
            ],
            "periods": [
                {
                    "period": p.label,
                    "leads": p.leads,
                    "settled": p.settled,
                    "reached": p.reached,
                    "rate": p.rate,
                    "young": p.young,
                }
                for p in self.periods
            ],
            "reached": self.reached,
            "not_reached": self.not_reached,
            "enough_to_train": self.enough_to_train,
            "target_values": [{"value": v.value, "rows": v.rows, "meaning": v.meaning} for v in self.values],
            "warnings": list(self.warnings),
        }

    def tables(self) -> dict[str, tuple[Sequence[str], Sequence[Sequence[str]]]]:
        """Return the tables for people: header and rows by title, empty tables left away."""
        tables: dict[str, tuple[Sequence[str], Sequence[Sequence[str]]]] = {
            "Warnings": (("what",), [(warning,) for warning in self.warnings]),
            "Values of the target": (("value", "rows", "meaning"), self._values()),
            "Rows": (("table", "file", "read", "used", "rejected", "duplicate"), self._row_counts()),
            "Rows not used, and values not read": (("table", "what", "rows", "lines"), self._row_notes()),
            "Worth knowing": (("what", "rows", "what becomes of it"), self._oddities()),
            "Leakage suspects": (("column", "state", "evidence"), self._suspects()),
            "Columns": (("column", "type", "role", "missing", "AUC alone"), self._columns()),
            "Outcomes": (("outcome", "rows"), [(name, f"{count:,}") for name, count in self.outcomes.items()]),
            "Target through time": (("from", "leads", "settled", "reached", "rate"), self._periods()),
        }
        return {title: table for title, table in tables.items() if table[1]}

    def rows(self) -> list[tuple[str, str]]:
        """Return the shortest account: a label and a value each."""
        enough = "yes" if self.enough_to_train else f"no, rules score until {ENOUGH} + {ENOUGH}"
        return [
            *((f"{t.table} read", f"{t.read:,} = {t.used:,} used + {t.rejected:,} rejected + {t.duplicate:,} duplicate")
              for t in self.quality.tables),
            ("times without a zone are read as", self.time_zone),
            ("leads that reached the target, and that did not", f"{self.reached:,} and {self.not_reached:,}"),
            ("leakage suspects", ", ".join(row[0] for row in self._suspects()) or "none"),
            ("enough to train", enough),
            *(("warning", warning) for warning in self.warnings),
        ]  # fmt: skip

    def _values(self) -> list[tuple[str, ...]]:
        return [(entry.value, f"{entry.rows:,}", entry.meaning) for entry in self.values]

    def _row_counts(self) -> list[tuple[str, ...]]:
        return [
            (t.table, f"{t.file} ({t.written})", f"{t.read:,}", f"{t.used:,}", f"{t.rejected:,}", f"{t.duplicate:,}")
            for t in self.quality.tables
        ]

    def _row_notes(self) -> list[tuple[str, ...]]:
        notes: list[tuple[str, ...]] = []
        for table in self.quality.tables:
            for note in (*table.rejections, *table.duplicates, *table.bad_values):
                lines = ", ".join(map(str, note.lines)) + (", ..." if note.count > len(note.lines) else "")
                notes.append((table.table, note.reason, f"{note.count:,}", lines))
            notes.extend((table.table, warning, "", "") for warning in table.warnings)
        return notes

    def _oddities(self) -> list[tuple[str, ...]]:
        return [(what, f"{count:,}", fate) for what, count, fate in self.quality.oddities.told()]

    def _suspects(self) -> list[tuple[str, ...]]:
        columns = [(c.name, c.state, c.evidence.why) for c in self.suspects if c.evidence is not None]
        return [*columns, *self.event_suspects]

    def _columns(self) -> list[tuple[str, ...]]:
        return [
            (c.name, c.type, c.role, f"{c.missing:.1%}", "" if c.evidence is None else f"{c.evidence.alone.auc:.2f}")
            for c in self.columns
        ]

    def _periods(self) -> list[tuple[str, ...]]:
        return [
            (
                p.label,
                f"{p.leads:,}",
                f"{p.settled:,}",
                f"{p.reached:,}",
                "too young" if p.young else "" if p.rate is None else f"{p.rate:.1%}",
            )
            for p in self.periods
        ]


def check(workspace: Workspace, *, clock: Clock) -> CheckReport:
    """Return what the workspace's history holds.

    Parameters
    ----------
    workspace : Workspace
        Whose leadscore.yaml says where the history is.
    clock : Clock
        Tells which times lie in the future.

    Raises
    ------
    ConfigError, HistoryError
        If leadscore.yaml or a file cannot be read.
    """
    config = workspace.config()
    history = FileHistory.read(config, clock=clock)
    leads, positive = known_outcomes(history, config)
    evidence = {found.column: found for found in find_leakage(history, config)}
    counts = history.outcomes()["outcome"].value_counts(sort=True, name="n")
    values = target_values(config)
    return CheckReport(
        values=values,
        event_suspects=_event_suspects(history, config),
        warnings=(*never_seen(config, values), *_untimed(config)),
        quality=history.quality,
        time_zone=config.time_zone,
        outcomes={str(name): int(count) for name, count in counts.iter_rows()},
        columns=_column_states(config, history.leads(), evidence),
        periods=_through_time(history, config, leads.with_columns(reached=pl.Series(positive, dtype=pl.Boolean))),
        reached=int(positive.sum()),
        not_reached=int((~positive).sum()),
    )


def _event_suspects(history: FileHistory, config: Config) -> tuple[tuple[str, str, str], ...]:
    """Return the kinds and properties of events that nearly decide, whatever their use; outcomes are none.

    Properties left out are not read any more; the evidence of then stands in leadscore.yaml.
    """
    schema, events, outcomes = config.schema, history.events().collect(), history.outcomes()
    if events.is_empty():
        return ()
    use = {kind.name: kind.use for kind in schema.event_kinds}
    read = [one.name for one in schema.properties if f"property.{one.name}" in events.columns]
    target = config.target.outcome
    kinds = [
        (f"event {one.name}", LEFT_OUT if use.get(one.name) is Use.LEFT_OUT else KEPT, one.why)
        for one in kinds_alone(events, outcomes, target).values()
        if one.suspect and use.get(one.name) is not Use.OUTCOME
    ]
    kept = [
        (f"event property {one.name}", KEPT, one.why)
        for one in properties_alone(events, outcomes, target, read).values()
        if one.suspect
    ]
    gone = [
        (f"event property {one.name}", LEFT_OUT, one.why.removeprefix(LEAKAGE))
        for one in schema.properties
        if one.name not in read and one.why.startswith(LEAKAGE)
    ]
    return (*kinds, *kept, *gone)


def _untimed(config: Config) -> tuple[str, ...]:
    timed = config.events is not None or (config.outcomes is not None and config.outcomes.occurred_at is not None)
    if config.leads.created_at is not None or not timed:
        return ()
    return ("events or outcomes have times, but the leads have none: name their time of creation as leads.created_at",)


def _column_states(config: Config, leads: pl.DataFrame, evidence: dict[str, Evidence]) -> tuple[ColumnState, ...]:
    height = max(1, leads.height)
    return tuple(
        ColumnState(
            name=column.name,
            type=column.type.value,
            role=column.role.value,
            missing=leads[f"attribute.{column.name}"].null_count() / height,
            evidence=evidence.get(column.name),
        )
        for column in config.schema.columns
    )


def _through_time(history: FileHistory, config: Config, settled: pl.DataFrame) -> tuple[Period, ...]:
    """Return stretches of time: calendar months (else quarters, years) of creation, or twelfths of the order."""
    leads = history.leads().unique("lead_id", keep="last", maintain_order=True)
    age = pl.lit(history.observed_until, pl.Datetime("us", "UTC")) - pl.col("created_at")
    young = (age < pl.duration(seconds=config.target.horizon_days * 86400)).any()
    if leads["created_at"].null_count() < leads.height:
        start = pl.col("created_at").dt.truncate(_calendar(leads["created_at"]))
        label = start.dt.strftime("%Y-%m-%d")
    elif leads["order"].null_count() < leads.height:
        size = max(1, -(-int(str(leads["order"].max())) // _PERIODS))
        start = (pl.col("order") - 1) // size * size + 1
        label = pl.format("lead {}", start)
    else:
        return ()
    totals = leads.group_by(start=start, label=label).agg(leads=pl.len(), young=young)
    known = settled.group_by(start=start).agg(settled=pl.len(), reached=pl.col("reached").sum())
    table = totals.join(known, on="start", how="left").drop_nulls("start").sort("start")
    return tuple(
        Period(row["label"], row["leads"], row["settled"] or 0, row["reached"] or 0, bool(row["young"]))
        for row in table.iter_rows(named=True)
    )


def _calendar(times: pl.Series) -> str:
    for length in ("1mo", "1q"):
        if times.drop_nulls().dt.truncate(length).n_unique() <= 2 * _PERIODS:
            return length
    return "1y"
