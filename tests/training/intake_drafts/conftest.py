"""A simulated history and a flat one, read as a workspace would."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from ruamel.yaml import YAML

from features.config import Config, LeadsTable, Target, TimeOrder, config_from_mapping
from features.domain import FixedClock
from features.history import FileHistory
from features.schema import Column, ColumnType, Role, Schema
from training.intake.yaml_draft import writer
from training.simulation import simulate

NOW = datetime(2026, 4, 1, tzinfo=UTC)
KINDS = (
    "page_view", "pricing_view", "form_submit", "whitepaper_download", "webinar_registration", "webinar_attended",
    "email_open", "email_click", "demo_request", "trial_start", "login", "sales_call", "unsubscribe", "email_bounce",
)  # fmt: skip
COLUMNS = {
    "email": "email", "job_title": "job_title", "website": "website", "industry": "category", "employees": "number",
    "country": "country", "source": "category", "budget": "number", "consent": "category",
}  # fmt: skip


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[FileHistory, Config]:
    folder = tmp_path_factory.mktemp("company")
    simulate(folder, leads=12_000, months=18, seed=11, end=NOW)
    config = config_from_mapping(
        {
            "name": "acme",
            "time_zone": "Europe/Berlin",
            "leads": {
                "file": "leads.csv", "lead_id": "lead_id", "created_at": "created_at", "known_at": "known_at",
                "columns": {name: {"type": kind} for name, kind in COLUMNS.items()},
            },
            "events": {"file": "events.csv", "kinds": dict.fromkeys(KINDS, "engagement")},
            "outcomes": {
                "file": "outcomes.csv", "occurred_at": "occurred_at", "outcome": "outcome", "reason": "reason",
            },
            "target": {"outcome": "won", "horizon_days": 90},
        },
        folder,
    )  # fmt: skip
    return FileHistory.read(config, clock=FixedClock(NOW)), config


@pytest.fixture
def flat(tmp_path: Path) -> Callable[..., tuple[FileHistory, Config]]:
    """Write a flat table without times and read it."""

    def make(columns: Mapping[str, Any], converted: np.ndarray, left_out: tuple[str, ...] = ()) -> Any:
        table = pl.DataFrame({**columns, "y": np.where(converted, "yes", "no")})
        table.write_csv(tmp_path / "flat.csv")
        types = {name: ColumnType.NUMBER if table[name].dtype.is_numeric() else ColumnType.CATEGORY for name in columns}
        config = Config(
            name="flat",
            time_zone="UTC",
            leads=LeadsTable(tmp_path / "flat.csv", order=TimeOrder.FILE),
            events=None,
            outcomes=None,
            target=Target("won", 90.0, column="y", positive=("yes",)),
            schema=Schema(
                tuple(
                    Column(name, kind, Role.LEFT_OUT if name in left_out else Role.FIT) for name, kind in types.items()
                ),
                timed=False,
            ),
        )
        return FileHistory.read(config, clock=FixedClock(NOW)), config

    return make


@pytest.fixture
def as_read() -> Callable[[Any], tuple[str, dict[str, Any]]]:
    """Return a draft as the text of its file, and as a reader gets it."""

    def read(draft: Any) -> tuple[str, dict[str, Any]]:
        text = io.StringIO()
        writer().dump(draft, text)
        return text.getvalue(), YAML(typ="safe", pure=True).load(text.getvalue())

    return read
