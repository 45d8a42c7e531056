"""Measure the service: every call beside BentoML's empty one in the same run, an overload, and a batch while serving.

Run ``python -m benchmarks.service`` (``make bench-service``): it invents a company as ``leadscore demo`` does, trains,
serves it in a temporary folder and measures. ``--workspace DIR`` takes a copy of a workspace that is there. It ends
with 1 where a promise was broken: an unexpected answer, something acknowledged and lost, or no recovery.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.company import company
from benchmarks.service import server as servers
from benchmarks.service import traffic
from benchmarks.service.batch import batch
from benchmarks.service.calls import HEADINGS, Measured, measure
from benchmarks.service.load import Run, request_bytes, run
from benchmarks.service.overload import RECOVERY_SECONDS, TIMES, overload
from benchmarks.service.rescoring import rescoring
from benchmarks.service.server import Server
from features.history import FileHistory
from features.workspace import Workspace
from serving.store.journal import journal_mode

_LEADS = 600
"""Leads that calls name in turn."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, help="a workspace to copy, instead of inventing one")
    parser.add_argument("--leads", type=int, default=20_000, help="leads of the invented company")
    parser.add_argument("--calls", type=int, default=1_000, help="calls of each kind, alone and on 8 connections")
    parser.add_argument("--overload-seconds", type=float, default=60.0, help="0 leaves it out")
    parser.add_argument("--batch-leads", type=int, default=100_000, help="0 leaves it out")
    parser.add_argument("--rescored-leads", type=int, default=5_000, help="0 leaves it out")
    parser.add_argument("--workers", type=int, default=1, help="processes that answer")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-service-") as temporary:
        folder = Path(temporary)
        workspace = company(options.workspace, options.leads, folder / "workspace")
        leads = traffic.leads_of(FileHistory.read(workspace.config(), require_outcomes=False), _LEADS)
        print(f"{os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f} before it begins")
        print(f"The load generator alone: p50 {_own_milliseconds(folder / 'nothing', options.calls):.2f} ms a call")
        print(f"A bare commit of SQLite in this folder: p50 {_commit_milliseconds(folder / 'bare.db', 200):.2f} ms")
        kept = True
        with (
            servers.running(servers.yardstick(folder / "bento"), "/livez", folder / "bento") as empty,
            servers.running(
                servers.leadscore(workspace.root), "/readyz", folder / "log", LEADSCORE_WORKERS=str(options.workers)
            ) as service,
        ):
            measured = compare(empty, service, leads, options.calls)
            _print_table(measured)
            if options.rescored_leads:
                kept &= _rescoring(service, leads, options.rescored_leads)
            if options.overload_seconds:
                capacity = measured["PUT /v1/leads/{id}"].together.per_second
                kept &= _overload(service, leads, capacity, options.overload_seconds)
            if options.batch_leads:
                kept &= _batch(service, workspace, leads, options.batch_leads, folder)
            print(f"The service held {service.resident_megabytes():.0f} MB in the end.")
    return 0 if kept and not any(one.unexpected for one in measured.values()) else 1


def compare(empty: Server, service: Server, leads: list[traffic.Lead], count: int) -> dict[str, Measured]:
    """Return each call's figures, the yardstick first."""
    nothing = itertools.repeat(request_bytes("POST", "/empty", {}))
    live = itertools.repeat(request_bytes("GET", "/livez"))
    asked: tuple[tuple[str, Server, Iterator[bytes]], ...] = (
        ("BentoML's empty call", empty, nothing),
        ("GET /livez", service, live),
        ("POST /v1/score", service, traffic.scores(leads, store=False)),
        ("POST /v1/score, kept", service, traffic.scores(leads, store=True)),
        ("PUT /v1/leads/{id}", service, traffic.puts(leads)),
        ("POST /v1/events", service, traffic.events(leads, datetime.now(UTC))),
    )
    return {name: measure(name, server, requests, count) for name, server, requests in asked}


def _own_milliseconds(folder: Path, count: int) -> float:
    """Return the median of a call of a server that does nothing: what the load generator takes itself."""
    command = [sys.executable, "-m", "benchmarks.service.nothing"]
    with servers.running(command, "/", folder) as nothing:
        calls = itertools.repeat(request_bytes("POST", "/", {}), count)
        return run(nothing.port, calls, connections=1).milliseconds(0.5)


def _commit_milliseconds(file: Path, count: int) -> float:
    """Return the median of a commit with full synchronisation: the disk's part of every call that keeps something."""
    found = []
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal_mode()}")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT)")
        for _ in range(count):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO bare (text) VALUES (?)", ("x" * 2_000,))
            begun = time.perf_counter()
            connection.execute("COMMIT")
            found.append(time.perf_counter() - begun)
    return 1e3 * statistics.median(found)


def _print_table(measured: Mapping[str, Measured]) -> None:
    yardstick = next(iter(measured.values()))
    rows = [HEADINGS, *(one.cells(yardstick) for one in measured.values())]
    print("| " + " | ".join(rows[0]) + " |")
    print("| --- |" + " ---: |" * (len(rows[0]) - 1))
    for cells in rows[1:]:
        print("| " + " | ".join(cells) + " |")
    for one in measured.values():
        if one.unexpected:
            print(f"{one.name}: answers that are none of 2xx: {one.unexpected}")


def _overload(service: Server, leads: list[traffic.Lead], capacity: float, seconds: float) -> bool:
    result = overload(service, leads, capacity, seconds)
    accepted = Run([one for one in result.run.answers if one.status // 100 == 2], result.run.seconds)
    print(
        f"Overload: {result.per_second:.0f} a second asked for ({TIMES} times the capacity) for {seconds:.0f} s: "
        f"{result.run.per_second:.0f} a second answered, {accepted.per_second:.0f} of them kept, p95 of these "
        f"{accepted.milliseconds(0.95):.0f} ms; statuses {result.run.statuses}; lost {result.lost}; "
        f"then p95 {result.recovery.milliseconds(0.95):.0f} ms in {RECOVERY_SECONDS:.0f} s."
    )
    for fault in result.faults:
        print(f"  promise broken: {fault}")
    return not result.faults


def _rescoring(service: Server, leads: list[traffic.Lead], count: int) -> bool:
    result = rescoring(service, leads, count)
    meanwhile = result.meanwhile
    print(
        f"Scored again: {result.leads:,} leads of the queue in {result.seconds:.1f} s, "
        f"{result.processor_milliseconds:.2f} ms of the processor each; in a second round {len(meanwhile.answers)} "
        f"leads put meanwhile, p50 {meanwhile.milliseconds(0.5):.0f} ms, p95 {meanwhile.milliseconds(0.95):.0f} ms; "
        f"statuses {meanwhile.statuses}."
    )
    return set(meanwhile.statuses) <= {200, 201}


def _batch(service: Server, workspace: Workspace, leads: list[traffic.Lead], count: int, folder: Path) -> bool:
    result = batch(service, workspace.root, workspace.config(), leads, count, folder)
    meanwhile = result.meanwhile
    print(
        f"Batch: {result.leads:,} leads in {result.seconds:.0f} s; {len(meanwhile.answers)} single scores meanwhile, "
        f"p50 {meanwhile.milliseconds(0.5):.0f} ms, p95 {meanwhile.milliseconds(0.95):.0f} ms; "
        f"statuses {meanwhile.statuses}."
    )
    return set(meanwhile.statuses) == {200}


if __name__ == "__main__":
    raise SystemExit(main())
