"""A service without BentoML: the application beside the scoring calls, the layer around it, a store and a clock."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from anyio.from_thread import start_blocking_portal

from features.domain import ModelReference, Text
from features.workspace import Workspace
from models.bundle.contents import Manifest
from models.champion import bundle_folder
from models.cutoffs.reading import read_leads
from models.evidence import ModelEvidence
from models.evidence.at_cutoff import along_cutoffs
from models.evidence.calibration import CalibrationEvidence, CalibrationPoint
from models.evidence.comparison import Gain, ScorerFigures
from models.evidence.held_out import HeldOutLeads
from models.evidence.interval import Interval
from models.evidence.ranking import SHARES, Ranking
from models.evidence.reasons import OverallReason
from models.evidence.stability import Period
from serving import pages
from serving.champion import Loaded
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


@pytest.fixture
def new_service(tmp_path: Path, client_of: Any, databases: Any, new_workspace: Any, clock_at: Any) -> Iterator[Any]:
    """Return what starts a service over an empty store, with rules and an agreement of the test's own."""
    with start_blocking_portal() as portal:

        def start(rules: str, sla: str) -> Service:
            workspace = new_workspace(tmp_path / uuid.uuid4().hex)
            (workspace.root / "rules.yaml").write_text(rules, encoding="utf-8")
            (workspace.root / "sla.yaml").write_text(sla, encoding="utf-8")
            running = Service(portal, workspace, clock_at(START), client_of, _url(databases.migrated()))
            running.start()
            return running

        yield start


def _url(address: str | Path) -> str:
    return f"sqlite:///{address}" if isinstance(address, Path) else address


class Named:
    """A scorer of whom only the name is asked."""

    def __init__(self, version: str) -> None:
        self.reference = ModelReference("acme", version, datetime(2026, 2, 27, 12, tzinfo=UTC))


@pytest.fixture
def measured_model(service: Any) -> Any:
    """Return what lets a model serve whose bundle holds evidence alone; nothing is scored by it."""

    def serve(version: str = "7", *, has_evidence: bool = True) -> ModelEvidence:
        told = measured()
        folder = bundle_folder(service.workspace, version)
        folder.mkdir(parents=True)
        contents = {"evidence.json": told.to_text().encode()} if has_evidence else {}
        contents["card.json"] = b'{"name": "acme", "trained_at": "2026-02-27T12:00:00+00:00"}'
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        (folder / "MANIFEST.json").write_text(Manifest.of(contents, "0").to_text())
        load(version)
        return told

    def load(version: str = "7") -> None:
        champion = service.rooms.scoring.champion
        champion.loaded, champion.refusal = Loaded(Named(version), {}), None

    serve.again = load  # type: ignore[attr-defined]  # after a restart

    return serve


def measured() -> ModelEvidence:
    """What was measured of a model on 900 leads of 30 weeks, whose probabilities are true."""
    draw = np.random.default_rng(11)
    chance, week = draw.beta(1, 6, 900), np.sort(draw.integers(0, 30, 900))
    won = draw.random(900) < chance
    moments = (np.datetime64("2025-06-02T12:00:00") + week * np.timedelta64(7, "D")).astype("datetime64[s]")
    leads = read_leads(chance, won, moments, "Europe/Berlin", accepted=np.where(draw.random(900) < 0.5, 1.0, 0.0))
    held_out = HeldOutLeads.sample(leads, weeks=30.0, arrived=week, since="2025-06-02", until="2025-12-28")
    ranked = won[np.argsort(-chance)]
    hits = tuple(float(ranked[: round(900 * share)].sum() / won.sum()) for share in SHARES)
    values = draw.poisson(4, 300).astype(float)
    figures = {"brier": 0.1, "average_precision": 0.4, "lift_10": 3.1, "slope": 1.0, "constant": False}
    return ModelEvidence(
        leads=900.0,
        base_rate=float(won.mean()),
        scorers=(
            ScorerFigures("model", 0.36, auc=Interval(0.74, 0.7, 0.78), **figures),
            ScorerFigures("calibrated rules", 0.39, auc=Interval(0.65, 0.6, 0.7), **figures),
        ),
        gains=(Gain("calibrated rules", Interval(0.03, 0.01, 0.05), Interval(0.09, 0.05, 0.13), 0.99, 900, 128),),
        rankings=(Ranking("model", hits), Ranking("calibrated rules", SHARES)),
        calibration=CalibrationEvidence(
            900.0, float(won.sum()), tuple(CalibrationPoint(p, p, p / 2, min(1.0, 2 * p)) for p in (0.02, 0.1, 0.3)),
            Interval(1.0, 0.85, 1.17), Interval(1.0, 0.8, 1.2), (0.0, 0.1, 0.9),
        ),
        periods=tuple(
            Period(Text(f"2025-{n:02}", f"{n:02}.2025"), 128.0, 18.0, Interval(0.14, 0.09, 0.21), 0.15, 0.4, None)
            for n in range(6, 13)
        ),
        reasons=(
            OverallReason(
                "visits", Text("Visits <b>to</b> the site", "Besuche auf der Seite"), Text("Visits", "Besuche"),
                Text("more raises the score", "mehr hebt den Score"), 6.5, 0.6, None,
                tuple((values - 4).tolist()), tuple(values.tolist()),
            ),
            OverallReason(
                "industry", Text("Industry", "Branche"), Text("Industry", "Branche"), Text("most for “software”", "x"),
                4.2, 0.4, (Text.same("software"), Text.same("<i>retail"), Text("other", "andere")),
                tuple(draw.normal(0, 3, 300).tolist()), tuple(draw.integers(0, 3, 300).astype(float).tolist()),
            ),
        ),
        cutoffs=along_cutoffs(leads, 30.0),
        held_out=held_out,
    )  # fmt: skip
