from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from features.schema import Column, ColumnType, EventKind, Property, Schema
from serving.store import Store

SCHEMA = Schema(
    columns=(
        Column("employees", ColumnType.NUMBER),
        Column("city", ColumnType.CATEGORY),
        Column("email", ColumnType.EMAIL),
        Column("since", ColumnType.DATE),
    ),
    event_kinds=(EventKind("page_view"), EventKind("demo_request")),
    properties=(Property("page", ColumnType.CATEGORY), Property("seconds", ColumnType.NUMBER)),
)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class MovingClock:
    """A clock that stands still until it is moved."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | Path]:
    """A new, empty database of either kind."""
    if request.param == "sqlite":
        yield tmp_path / "store.db"
        return
    server = os.environ.get("TEST_POSTGRES_URL")  # noqa: TID251 - where .ci/postgres started one
    if not server:
        pytest.skip("no PostgreSQL here (.ci/postgres starts one where it is installed)")
    pytest.importorskip("psycopg", reason="the extra postgres is not installed")
    url = make_url(server).set(drivername="postgresql+psycopg")
    name = f"test_{uuid.uuid4().hex}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield url.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def store(address: str | Path, clock: MovingClock) -> Iterator[Store]:
    with Store.open(address, SCHEMA, clock) as opened:
        yield opened


@pytest.fixture
def reopen(address: str | Path, clock: MovingClock) -> Callable[[], Store]:
    """Open the same database again, as another worker would."""
    return lambda: Store.open(address, SCHEMA, clock)
