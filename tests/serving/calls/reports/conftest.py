"""A store in which leads arrive, step on and are told of, at moments that the test names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from features.domain import Lead, Outcome, Sla, Stage
from features.schema import Column, ColumnType, Schema
from models.agreement import Agreement
from serving.calls.reports import By, ReportSetting, Span, funnel_report, sla_report
from serving.store import Store
from serving.store.journeys import StepWords
from serving.store.stages import record_stage

SCHEMA = Schema(columns=(Column("source", ColumnType.CATEGORY), Column("it's $.an [odd] name", ColumnType.CATEGORY)))
NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
WORDS = StepWords(
    {
        "mql": Stage.MQL, "sql": Stage.SQL, "sql_accepted": Stage.SQL, "sql_rejected": Stage.SQL,
        "opportunity": Stage.OPPORTUNITY, "won": Stage.CUSTOMER,
    },
    "sql_accepted",
    "sql_rejected",
)  # fmt: skip


def moment(day: str) -> datetime:
    """Return a moment in Berlin, e.g. ``2026-03-02 10:00``."""
    return datetime.fromisoformat(day).replace(tzinfo=BERLIN)


class Past:
    """What happened, told to a store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def lead(self, lead_id: str, created: str, **attributes: Any) -> None:
        with self.store.begin() as tx:
            tx.leads.put(Lead(lead_id, moment(created), attributes))

    def step(self, lead_id: str, stage: Stage, at: str, before: Stage | None = Stage.LEAD) -> None:
        with self.store.begin() as tx:
            record_stage(tx.connection, lead_id, before, stage, at=moment(at), why="score")

    def outcome(self, lead_id: str, outcome: str, at: str, reason: str | None = None) -> None:
        with self.store.begin() as tx:
            tx.outcomes.record(Outcome(lead_id, moment(at), outcome, reason))

    def funnel(self, first: str = "2026-03-02", last: str = "2026-06-01", by: By = By.WEEK, **own: Any) -> Any:
        span = Span(datetime.fromisoformat(first).date(), datetime.fromisoformat(last).date(), BERLIN)
        with self.store.read() as tx:
            return funnel_report(tx, setting(**own), span, by)

    def sla(self, sla: Any, first: str = "2026-03-02", last: str = "2026-06-01", by: By = By.WEEK, **own: Any) -> Any:
        span = Span(datetime.fromisoformat(first).date(), datetime.fromisoformat(last).date(), BERLIN)
        agreed = Sla.from_mapping(sla)
        with self.store.read() as tx:
            return sla_report(tx, setting(agreed), Agreement(agreed), span, by, **{"with_ids": True, **own})


def setting(sla: Sla | None = None, source: str | None = "source") -> ReportSetting:
    return ReportSetting(WORDS, timedelta(days=30), sla or Sla(), source)


@pytest.fixture
def past(migrated: str | Path, clock: Any) -> Iterator[Past]:
    clock.moment = NOW
    with Store.open(migrated, SCHEMA, clock) as opened:
        yield Past(opened)
