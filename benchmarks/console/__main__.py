"""How long each page of the console takes with many leads: ``python -m benchmarks.console [--leads 100000]``.

The whole way of a request is measured (session, store, template), in one process without a network, against a new
SQLite store beside a trained model: it invents a company as ``leadscore demo`` does and trains, or takes a copy of
``--workspace DIR``. Every page is asked for ``ROUNDS`` times after one that warms up; shown are the first, the median,
the slowest and the processor time, which other work on the machine does not lengthen.
It ends with 1 where a page's median is over the goal.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import html
import re
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from benchmarks.company import company
from benchmarks.console.filling import fill
from features.domain import SystemClock
from serving import pages
from serving.middleware import Gate
from serving.rooms import open_rooms
from serving.settings import Settings
from serving.store.keys import Role

ROUNDS = 15
MOST_MILLISECONDS = 300.0
_DAYS = 182
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
    "worklist, 10,000 leads down": "deep",
    "a lead": "/leads/L000042",
    "the person's page": "/leads/L000042/print",
    "sign-in": "/sign-in",
    "funnel": "/funnel",
    "funnel, by month": "/funnel?by=month",
    "funnel, by persona": "/funnel?by=persona",
    "funnel, two years": f"/funnel?from={datetime.now(UTC) - timedelta(days=4 * _DAYS):%Y-%m-%d}&by=month",
    "rules": "/rules",
    "rules beside the model": "/rules?compare=model",
    "a rule": "/rules/edit",
    "a rule, tried out": "try",
    "agreement": "/sla",
    "agreement, moved": "/sla?mql=7.5&sql=21",
    "model": "/model",
    "no page": "/nothing",
}


@dataclass(frozen=True, slots=True)
class Took:
    """What one page took: status, and milliseconds of the first, the median, the slowest and the processor's share."""

    name: str
    status: int
    first: float
    median: float
    slowest: float
    processor: float


async def measure(app: object, link: str) -> list[Took]:
    """Return what each page took."""
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert (await client.get(f"/sign-in?link={link}")).status_code == httpx.codes.SEE_OTHER
        return [await _timed(name, await _asking(client, path)) for name, path in PAGES.items()]


async def _asking(client: httpx.AsyncClient, path: str) -> Callable[[], Awaitable[httpx.Response]]:
    if path == "try":
        form = await _form(client)
        return lambda: client.post("/rules/try", data=form)
    address = await _deep(client) if path == "deep" else path
    return lambda: client.get(address)


async def _timed(name: str, ask: Callable[[], Awaitable[httpx.Response]]) -> Took:
    times, begun_processor, status = [], 0.0, 0
    for number in range(ROUNDS + 1):
        if number == 1:
            begun_processor = time.process_time()
        begun = time.perf_counter()
        status = (await ask()).status_code
        times.append(1_000 * (time.perf_counter() - begun))
    processor = 1_000 * (time.process_time() - begun_processor) / ROUNDS
    return Took(name, status, times[0], statistics.median(times[1:]), max(times[1:]), processor)


async def _form(client: httpx.AsyncClient) -> dict[str, str]:
    """Return the form of the first rule, with other points, as a browser would send it."""
    rules = (await client.get("/rules")).text
    found = re.search(r'href="(/rules/edit\?rule=[^"]+)"', rules)
    assert found is not None
    page = (await client.get(html.unescape(found[1]))).text
    form = page[page.index('action="/rules/try"') :].partition("</form>")[0]
    sent = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        told = {key: html.unescape(value) for key, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        if "name" in told and (told.get("type") not in ("radio", "checkbox") or " checked" in tag):
            sent[told["name"]] = told.get("value", "")
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, flags=re.DOTALL):
        chosen = re.search(r'value="([^"]*)"[^>]*selected', options)
        sent[name] = "" if chosen is None else html.unescape(chosen[1])
    return sent | {"do": "keep", "points": str(float(sent["points"].replace(",", ".")) + 7)}


async def _deep(client: httpx.AsyncClient) -> str:
    address = "/?limit=500"
    for _ in range(20):
        text = (await client.get(address)).text
        address = text.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    return address.replace("limit=500", "limit=50")


def main() -> int:
    """Fill a store, ask for every page, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=100_000, help="leads in the store")
    parser.add_argument("--workspace", type=Path, help="a workspace to copy, instead of inventing one")
    parser.add_argument("--history", type=int, default=5_000, help="leads of the invented company")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-console-") as temporary:
        workspace = company(chosen.workspace, chosen.history, Path(temporary) / "workspace")
        settings = Settings(workspace=str(workspace.root))
        rooms = open_rooms(workspace, settings, SystemClock())
        # Else the service would score all the new leads again by its model, beside the pages that are timed.
        for background in (rooms.worker, rooms.deliverer, rooms.rounds, rooms.alias_watch):
            background.stop()
        app = pages.application()
        rooms.open_to(app.state)
        gate = Gate(
            app, application=app, operation_paths=pages.OPERATION_PATHS, settings=lambda: settings,
            access=lambda: rooms.access,
        )  # fmt: skip
        written = fill(rooms.door.store(), chosen.leads, workspace.config().target.outcome)
        with rooms.door.store().begin() as tx:
            tx.users.put("bench", Role.ADMIN)
            link = tx.users.make_link("bench")
        # As the service does once it has begun.
        gc.collect()
        gc.freeze()
        took = asyncio.run(measure(gate, link))
        rooms.close()
    print(", ".join(f"{count:,} {table.replace('_', ' ')}" for table, count in written.items()))
    print(f"{'page':28} {'status':>6} {'first':>8} {'median':>8} {'slowest':>8} {'cpu':>8}  ms")
    for one in took:
        mark = "" if one.median < MOST_MILLISECONDS else f"  over {MOST_MILLISECONDS:.0f}"
        print(
            f"{one.name:28} {one.status:>6} {one.first:8.1f} {one.median:8.1f} {one.slowest:8.1f} "
            f"{one.processor:8.1f}{mark}"
        )
    return int(any(one.median >= MOST_MILLISECONDS for one in took))


if __name__ == "__main__":
    raise SystemExit(main())
