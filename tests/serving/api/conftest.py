"""A service without BentoML: the application beside the scoring calls, the layer around it, a store and a clock."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal

from features.workspace import Workspace
from serving import pages
from serving.middleware import Gate
from serving.rooms import Rooms, open_rooms
from serving.settings import Settings

RULES = """\
version: 2
base_points: 10
rules:
  - id: mid_size
    text: {en: "Company of 50 to 1,000 people", de: "Firma mit 50 bis 1.000 Leuten"}
    group: fit
    when: {attribute: employees, from: 50, below: 1000}
    points: 30
  - id: demo_request
    text: {en: "Asked for a demo", de: "Hat um eine Vorführung gebeten"}
    group: engagement
    when: {event: demo_request, within_days: 30}
    points: 20
  - id: software
    text: {en: "Makes software", de: "Macht Software"}
    group: fit
    when: {attribute: industry, is: software}
    points: 20
"""
START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


class Service:
    """A running service that can be stopped and started again."""

    def __init__(self, portal: Any, workspace: Workspace, clock: Any, client_of: Any, url: str) -> None:
        self.url = url
        self.workspace = workspace
        self.clock = clock
        self._portal = portal
        self._client_of = client_of
        self.rooms: Rooms
        self.client: Any

    @property
    def file(self) -> Path:
        """The store's file, in tests of what only SQLite has."""
        if not self.url.startswith("sqlite"):
            pytest.skip("a file of SQLite's is what is tested")
        return Path(self.url.removeprefix("sqlite:///"))

    def start(self, **chosen: Any) -> None:
        settings = Settings(workspace=str(self.workspace.root), store_url=self.url, **chosen)
        self.rooms = open_rooms(self.workspace, settings, self.clock)
        app = pages.application()
        self.rooms.open_to(app.state)
        gate = Gate(
            app, application=app, operation_paths=pages.OPERATION_PATHS, settings=lambda: settings,
            access=lambda: self.rooms.access,
        )  # fmt: skip
        self.client = self._client_of(self._portal, gate)

    def restart(self, **chosen: Any) -> None:
        self.rooms.close()
        self.start(**chosen)

    def put(self, lead_id: str, **attributes: Any) -> dict[str, Any]:
        answer = self.client.put(f"/v1/leads/{lead_id}", json=attributes)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def send(self, *events: dict[str, Any], **given: Any) -> dict[str, Any]:
        answer = self.client.post("/v1/events", json={"events": list(events)}, **given)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def event(self, lead_id: str, event: str = "demo_request", **own: Any) -> dict[str, Any]:
        return {"lead_id": lead_id, "event": event, "occurred_at": self.clock.now().isoformat(), **own}

    def say(self, lead_id: str, outcome: str, **own: Any) -> Any:
        return self.client.post(f"/v1/leads/{lead_id}/outcomes", json={"outcome": outcome, **own})

    def lead(self, lead_id: str) -> dict[str, Any]:
        return self.client.get(f"/v1/leads/{lead_id}").json()

    def scores(self, lead_id: str) -> list[dict[str, Any]]:
        return self.client.get(f"/v1/leads/{lead_id}/scores").json()["scores"]


@pytest.fixture
def moved_clock(clock: Any) -> Any:
    """Return the clock, a Wednesday morning."""
    clock.moment = START
    return clock


@pytest.fixture
def service(workspace: Workspace, moved_clock: Any, client_of: Any, migrated: str | Path) -> Iterator[Service]:
    """Return a service over a store of the test's own."""
    (workspace.root / "rules.yaml").write_text(RULES, encoding="utf-8")
    with start_blocking_portal() as portal:
        running = Service(portal, workspace, moved_clock, client_of, _url(migrated))
        running.start()
        yield running
        running.rooms.close()


def _url(address: str | Path) -> str:
    return f"sqlite:///{address}" if isinstance(address, Path) else address
