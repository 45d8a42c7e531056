"""A small workspace with rules and no model, and the service over it."""

import os
import shutil
import uuid
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy
from anyio.from_thread import BlockingPortal, start_blocking_portal
from sqlalchemy import create_engine, make_url

from features.schema import Schema
from features.workspace import Workspace
from serving.store import Store

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

LEADSCORE = """\
version: 1
name: acme
time_zone: Europe/Berlin
leads:
  file: leads.csv
  lead_id: lead_id
  created_at: created_at
  missing_values: [unknown]
  columns:
    job_title: {type: job_title}
    employees: {type: number}
    country: {type: country}
    industry: {type: category}
    email: {type: email}
events:
  file: events.csv
  kinds:
    page_view: engagement
    demo_request: engagement
  properties:
    page: {type: category}
target: {outcome: won, horizon_days: 90}
"""

RULES = """\
version: 2
base_points: 10
rules:
  - id: mid_size
    text: {en: "Company of 50 to 1,000 people", de: "Firma mit 50 bis 1.000 Leuten"}
    group: fit
    when: {attribute: employees, from: 50, below: 1000}
    points: 20
  - id: demo_request
    text: {en: "Asked for a demo", de: "Hat um eine Vorführung gebeten"}
    group: engagement
    when: {event: demo_request, within_days: 30}
    points: 30
"""

LEADS = """\
lead_id,created_at,job_title,employees,country,industry,email
L1,2026-03-01T09:00:00+01:00,CEO,200,DE,software,a@example.com
L2,2026-03-02T09:00:00+01:00,,,,,
L3,2026-03-03T09:00:00+01:00,Clerk,5,FR,retail,c@example.com
L4,,,12,DE,retail,
"""

EVENTS = """\
lead_id,occurred_at,event,page
L1,2026-03-02T10:00:00+01:00,demo_request,
L3,2026-03-20T10:00:00+01:00,demo_request,
"""


def write_workspace(folder: Path) -> Workspace:
    """Return a workspace that never had a model."""
    folder.mkdir()
    for name, text in {
        "leadscore.yaml": LEADSCORE, "rules.yaml": RULES, "sla.yaml": "version: 3\n", "leads.csv": LEADS,
        "events.csv": EVENTS,
    }.items():  # fmt: skip
        (folder / name).write_text(text, encoding="utf-8")
    return Workspace.open(folder)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Return a workspace of the test's own."""
    return write_workspace(tmp_path / "acme")


class Client:
    """Calls an ASGI application in memory, one call after the other."""

    def __init__(self, portal: BlockingPortal, app: Any) -> None:
        self._portal = portal
        self._app = app

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Return the answer to one call."""

        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **given)

        return self._portal.call(call)

    def call(self, function: Any, *given: Any) -> Any:
        """Return what an asynchronous function of the application's returns."""
        return self._portal.call(function, *given)

    def get(self, path: str, **given: Any) -> httpx.Response:
        """Return the answer to a GET."""
        return self.request("GET", path, **given)

    def put(self, path: str, **given: Any) -> httpx.Response:
        """Return the answer to a PUT."""
        return self.request("PUT", path, **given)

    def delete(self, path: str, **given: Any) -> httpx.Response:
        """Return the answer to a DELETE."""
        return self.request("DELETE", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        """Return the answer to a POST."""
        return self.request("POST", path, **given)


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Return a client of the real application: BentoML's, with the layer around it.

    One for all tests, because BentoML registers its metrics once in a process.
    """
    folder = tmp_path_factory.mktemp("service")
    workspace = write_workspace(folder / "acme")
    with pytest.MonkeyPatch.context() as environment, warnings.catch_warnings():
        environment.setenv("LEADSCORE_WORKSPACE", str(workspace.root))
        environment.setenv("BENTOML_HOME", str(folder / "bentoml"))
        environment.setenv("BENTOML_DO_NOT_TRACK", "true")
        # BentoML uses what its own dependencies call deprecated; that is not ours to mend.
        warnings.simplefilter("ignore", DeprecationWarning)
        from serving.service import LeadScore

        app = LeadScore.to_asgi()
        with start_blocking_portal() as portal, portal.wrap_async_context_manager(app.router.lifespan_context(app)):
            yield Client(portal, app)


@pytest.fixture
def client_of() -> type[Client]:
    """Return what calls an application in memory."""
    return Client


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
            Store.open(self._template, Schema()).close()
        return self.new(template=self._template)

    def _on_server(self, statement: str) -> None:
        assert self._server is not None
        engine = create_engine(self._server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(statement))
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
def new_workspace() -> Any:
    """Return what writes a workspace that never had a model."""
    return write_workspace


@pytest.fixture
def clock_at() -> type[MovingClock]:
    """Return what makes a clock of a moment."""
    return MovingClock


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def migrated(databases: Databases) -> str | Path:
    """A new database of either kind with all tables and no rows."""
    return databases.migrated()
