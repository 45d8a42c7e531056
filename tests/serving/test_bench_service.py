"""The service's benchmark on a tiny load: a real server, every call, an overload and a batch."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmarks.service import server as servers
from benchmarks.service import traffic
from benchmarks.service.__main__ import compare
from benchmarks.service.batch import batch
from benchmarks.service.load import Answer, Run, request_bytes, run
from benchmarks.service.overload import Overload, overload
from benchmarks.service.rescoring import rescoring
from features.history import FileHistory


@contextmanager
def answering(*answers: bytes) -> Iterator[int]:
    """Serve these answers in turn, whatever is asked; the last one goes on."""
    left = list(answers)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline():
                while self.rfile.readline() != b"\r\n":
                    pass
                answer = left.pop(0) if len(left) > 1 else left[0]
                self.wfile.write(answer)
                if b"close" in answer.lower() or not answer:
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_answers_waits_and_broken_connections_are_told_apart() -> None:
    well = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    busy = b"HTTP/1.1 429 Busy\r\nRetry-After: 3\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    with answering(well, busy, b"", well) as port:
        found = run(port, [request_bytes("GET", "/")] * 5, connections=1)
    assert [(one.status, one.retry_after) for one in found.answers] == [
        (200, None), (429, 3), (0, None), (200, None), (200, None)
    ]  # fmt: skip
    assert found.statuses == {0: 1, 200: 3, 429: 1}
    assert 0 < found.milliseconds(0.5) <= found.milliseconds(0.99)


def test_no_more_is_sent_than_asked_for() -> None:
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as port:
        found = run(port, [request_bytes("GET", "/")] * 1_000, connections=4, seconds=0.5, per_second=20.0)
    assert len(found.answers) <= 10


def answers(*statuses: tuple[int, int | None]) -> Run:
    return Run([Answer(status, 0.01, 1.0, wait) for status, wait in statuses], 1.0)


@pytest.mark.parametrize(
    ("under_load", "recovery_seconds", "lost", "fault"),
    [
        (answers((201, None), (429, 1), (429, 5)), 0.05, 0, None),
        (answers((201, None), (503, 2)), 0.05, 0, "neither 2xx nor 429"),
        (answers((0, None),), 0.05, 0, "neither 2xx nor 429"),
        (answers((429, 6),), 0.05, 0, "Retry-After"),
        (answers((429, None),), 0.05, 0, "Retry-After"),
        (answers((201, None)), 0.05, 2, "lost"),
        (answers((201, None)), 0.2, 0, "right after"),
    ],
)  # fmt: skip
def test_row_15_an_overload_is_judged(under_load: Run, recovery_seconds: float, lost: int, fault: str | None) -> None:
    recovery = Run([Answer(200, recovery_seconds, 2.0)] * 5, 1.0)
    found = Overload(100.0, under_load, recovery, lost).faults
    assert found == [] if fault is None else [one for one in found if fault in one] == found != []


def test_row_15_a_real_server_is_measured_overloaded_and_scored_beside(workspace, tmp_path) -> None:
    with (workspace.root / "leads.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"M{n},2026-03-02T09:00:00+01:00,CEO,{n},DE,software,\n" for n in range(20))
    config = workspace.config()
    leads = traffic.leads_of(FileHistory.read(config, require_outcomes=False), 10)
    assert [lead.lead_id for lead in leads] == ["L1", "L3"]
    with (
        servers.running(servers.yardstick(tmp_path / "bento"), "/livez", tmp_path / "bento") as empty,
        servers.running(
            servers.leadscore(workspace.root), "/readyz", tmp_path / "log", LEADSCORE_IN_FLIGHT="16"
        ) as own,
    ):
        measured = compare(empty, own, leads, 5)
        assert all(not one.unexpected and len(one.alone.answers) == 5 for one in measured.values())
        assert own.processor_seconds() > 0
        assert own.resident_megabytes() > 10
        again = rescoring(own, leads, 30)
        assert again.leads == 30
        assert again.seconds > 0
        assert again.processor_milliseconds > 0
        assert set(again.meanwhile.statuses) <= {200, 201}
        crowded = overload(own, leads, 200.0, 1.0)
        assert set(crowded.run.statuses) == {201, 429}
        assert {one.retry_after for one in crowded.run.answers if one.status == 429} == {1}
        assert crowded.lost == 0
        beside = batch(own, workspace.root, config, leads, 50, tmp_path)
        assert beside.leads == 72
        assert set(beside.meanwhile.statuses) == {200}
