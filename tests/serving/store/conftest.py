from __future__ import annotations

import os
import shutil
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


class Databases:
    """New databases of one kind; those with tables are copies of one that was migrated once.

    They stay: the server of ``.ci/postgres`` is thrown away with all that is on it.
    """

    def __init__(self, server: str | None, folder: Path) -> None:
        self._server = None if server is None else make_url(server).set(drivername="postgresql+psycopg")
        self._folder = folder
        self._template: str | Path | None = None

    def new(self, *, template: str | Path | None = None) -> str | Path:
        """Return the address of an empty database, or of a copy."""
        name = f"test_{uuid.uuid4().hex}"
        if self._server is None:
            file = self._folder / name / "store.db"
            file.parent.mkdir()
            if template is not None:
                shutil.copy(template, file)
            return file
        of = "" if template is None else f" TEMPLATE {make_url(str(template)).database}"
        self._on_server(f"CREATE DATABASE {name}{of}")
        return self._server.set(database=name).render_as_string(hide_password=False)

    def migrated(self) -> str | Path:
        """Return the address of a database with all tables and no rows."""
        if self._template is None:
            self._template = self.new()
            Store.open(self._template, SCHEMA).close()
        return self.new(template=self._template)

    def _on_server(self, statement: str) -> None:
        assert self._server is not None
        engine = create_engine(self._server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    folder = tmp_path_factory.mktemp("databases")
    if request.param == "sqlite":
        return Databases(None, folder)
    server = os.environ.get("TEST_POSTGRES_URL")  # noqa: TID251 - where .ci/postgres started one
    if not server:
        pytest.skip("no PostgreSQL here (.ci/postgres starts one where it is installed)")
    pytest.importorskip("psycopg", reason="the extra postgres is not installed")
    return Databases(server, folder)


@pytest.fixture
def address(databases: Databases) -> str | Path:
    """A new, empty database of either kind."""
    return databases.new()


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def migrated(databases: Databases) -> str | Path:
    """A new database of either kind with all tables and no rows."""
    return databases.migrated()


@pytest.fixture
def store(migrated: str | Path, clock: MovingClock) -> Iterator[Store]:
    with Store.open(migrated, SCHEMA, clock) as opened:
        yield opened


@pytest.fixture
def reopen(migrated: str | Path, clock: MovingClock) -> Callable[[], Store]:
    """Open the same database again, as another worker would."""
    return lambda: Store.open(migrated, SCHEMA, clock)
