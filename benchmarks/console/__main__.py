"""How long each page of the console takes with many leads: ``python -m benchmarks.console [--leads 100000]``.

The whole way of a request is measured (session, store, template), in one process without a network, against a new
SQLite store. Every page is asked for ``ROUNDS`` times after one that warms up; the median and the slowest are shown.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from features.domain import SystemClock
from features.workspace import Workspace
from serving import pages
from serving.middleware import Gate
from serving.rooms import open_rooms
from serving.settings import Settings
from serving.store import Store
from serving.store.events import events
from serving.store.keys import Role
from serving.store.leads import lead_versions, leads, search_text
from serving.store.scores import scores
from serving.store.stages import stage_changes
from serving.store.standings import standings

ROUNDS = 15
AT_ONCE = 5_000
MOST_MILLISECONDS = 300.0
FILES = {
    "leadscore.yaml": (
        "version: 1\nname: bench\ntime_zone: Europe/Berlin\n"
        "leads: {file: leads.csv, lead_id: lead_id, created_at: created_at, columns: {company: {type: category}, "
        "job_title: {type: job_title}, employees: {type: number}}}\n"
        "events: {file: events.csv, kinds: {page_view: engagement, demo_request: engagement}}\n"
        "target: {outcome: won, horizon_days: 90}\n"
    ),
    "sla.yaml": "version: 1\n",
    "rules.yaml": (
        "version: 1\nbase_points: 20\nrules:\n  - id: demo\n"
        "    text: {en: Asked for a demo, de: Hat eine Demo angefragt}\n"
        "    group: engagement\n    when: {event: demo_request, within_days: 30}\n    points: 40\n"
    ),
    "leads.csv": "lead_id,created_at,company,job_title,employees\n",
    "events.csv": "lead_id,occurred_at,event\n",
}
STAGES = ("lead", "mql", "sql", "opportunity", "customer", "lost")
PAGES = {
    "worklist": "/",
    "worklist, newest": "/?sort=-scored_at",
    "worklist, stage": "/?stage=mql",
    "worklist, grade letter": "/?grade=A",
    "worklist, grade digit": "/?grade=4",
    "worklist, persona": "/?persona=persona+3",
    "worklist, owner": "/?owner=owner+7",
    "worklist, search, one": "/?search=company+99999",
    "worklist, search, many": "/?search=company+1",
    "worklist, search, none": "/?search=nowhere",
    "worklist, deep": "deep",
    "a lead": "/leads/L000042",
    "the person's page": "/leads/L000042/print",
    "sign-in": "/sign-in",
    "funnel": "/funnel",
    "rules": "/rules",
}


def fill(store: Store, count: int) -> None:
    """Write leads with a version, four events, three scores, two stages and a standing each."""
    draw, now = random.Random(1), datetime.now(UTC)  # noqa: S311 - nothing secret
    for start in range(0, count, AT_ONCE):
        tables: dict[Any, list[dict[str, Any]]] = {
            table: [] for table in (leads, lead_versions, events, scores, stage_changes, standings)
        }
        for number in range(start, min(start + AT_ONCE, count)):
            _lead(tables, number, draw, now)
        with store.begin() as tx:
            for table, rows in tables.items():
                tx.connection.execute(table.insert(), rows)


def _lead(tables: dict[Any, list[dict[str, Any]]], number: int, draw: random.Random, now: datetime) -> None:
    lead_id = f"L{number:06d}"
    created = now - timedelta(days=draw.uniform(20, 700))
    about = {
        "company": f"company {number}",
        "job_title": "Head of Marketing",
        "employees": float(draw.randint(1, 5000)),
    }
    tables[leads].append(
        {
            "lead_id": lead_id, "created_at": created, "first_seen_at": created, "owner": f"owner {number % 40}",
            "search_text": search_text(lead_id, about),
        }
    )  # fmt: skip
    tables[lead_versions].append(
        {"lead_id": lead_id, "known_at": None, "recorded_at": created, "source": "api", "attributes": about}
    )
    for place in range(4):
        at = created + timedelta(days=place)
        tables[events].append(
            {
                "lead_id": lead_id, "event_id": str(place), "occurred_at": at, "received_at": at, "event": "page_view",
                "properties": {}, "source": "api", "quarantined": False,
            }
        )  # fmt: skip
    for place in range(3):
        tables[scores].append(_score(lead_id, number * 3 + place + 1, created + timedelta(days=5 * place), draw))
    last = tables[scores][-1]
    stage = draw.choices(STAGES, (70, 15, 6, 3, 3, 3))[0]
    tables[stage_changes].append({"lead_id": lead_id, "at": created, "stage": "lead", "why": "score"})
    tables[stage_changes].append(
        {"lead_id": lead_id, "at": last["scored_at"], "stage_before": "lead", "stage": stage, "why": "score"}
    )
    tables[standings].append(
        {
            "lead_id": lead_id, "score_id": last["id"], "as_of": last["as_of"], "scored_at": last["scored_at"],
            "score": last["score"], "previous_score": tables[scores][-2]["score"], "points": last["points"],
            "probability": last["probability"], "stage": stage, "stage_since": last["scored_at"],
            "stage_points": last["points"], "grade": last["grade"], "persona": last["persona"], "engine": "model",
            "degraded": False, "blocked_by": [], "strongest": last["reasons"][:2],
        }
    )  # fmt: skip


def _score(lead_id: str, score_id: int, at: datetime, draw: random.Random) -> dict[str, Any]:
    shares = [draw.gauss(0, 6) for _ in range(12)]
    points = 40 + sum(shares)
    reasons = [
        {
            "feature": f"feature {place}", "group": "fit", "value": "3", "points": share,
            "text": {"en": f"Did something notable {place} times in 7 days", "de": f"Hat {place}-mal etwas getan"},
        }
        for place, share in enumerate(shares)
    ]  # fmt: skip
    return {
        "id": score_id, "lead_id": lead_id, "as_of": at, "scored_at": at, "cause": "events", "probability": 0.1,
        "score": int(min(max(points, 0), 100)), "points": points, "stage": "lead",
        "grade": f"{draw.choice('ABCD')}{draw.randint(1, 4)}", "engine": "model", "degraded": False, "fit_points": 0.0,
        "engagement_points": sum(shares), "base_points": 40.0, "coverage": 0.9, "persona": f"persona {score_id % 6}",
        "model_name": "bench", "model_version": "1", "model_trained_at": at, "sla_version": 1, "sla_mql": 0.1,
        "sla_sql": 0.3, "certificate": "certified", "reasons": reasons,
        "advice": {"what_would_qualify": [], "ask_next": None, "blocked_by": [], "warnings": []},
    }  # fmt: skip


async def measure(app: Any, link: str) -> list[tuple[str, int, float, float]]:
    """Return each page with its status, and the median and the slowest of its times in milliseconds."""
    transport = httpx.ASGITransport(app)
    found = []
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert (await client.get(f"/sign-in?link={link}")).status_code == httpx.codes.SEE_OTHER
        for name, path in PAGES.items():
            address = await _deep(client) if path == "deep" else path
            times = []
            for _ in range(ROUNDS + 1):
                begun = time.perf_counter()
                answer = await client.get(address)
                times.append(1_000 * (time.perf_counter() - begun))
            found.append((name, answer.status_code, statistics.median(times[1:]), max(times[1:])))
    return found


async def _deep(client: httpx.AsyncClient) -> str:
    address = "/?limit=500"
    for _ in range(20):
        text = (await client.get(address)).text
        address = text.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    return address.replace("limit=500", "limit=50")


def main() -> None:
    """Fill a store, ask for every page, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in FILES.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        settings = Settings(workspace=folder)
        rooms = open_rooms(Workspace.open(folder), settings, SystemClock())
        app = pages.application()
        rooms.open_to(app.state)
        gate = Gate(
            app, application=app, operation_paths=pages.OPERATION_PATHS, settings=lambda: settings,
            access=lambda: rooms.access,
        )  # fmt: skip
        fill(rooms.door.store(), chosen.leads)
        with rooms.door.store().begin() as tx:
            tx.users.put("bench", Role.ADMIN)
            link = tx.users.make_link("bench")
        measured = asyncio.run(measure(gate, link))
        rooms.close()
    print(f"{chosen.leads:,} leads\n{'page':28} {'status':>6} {'median':>8} {'slowest':>8}  ms")
    for name, status, median, slowest in measured:
        mark = "" if median < MOST_MILLISECONDS else f"  over {MOST_MILLISECONDS:.0f}"
        print(f"{name:28} {status:>6} {median:8.1f} {slowest:8.1f}{mark}")


if __name__ == "__main__":
    main()
