"""Services in processes of their own, and callers that keep them busy and know what was acknowledged."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

COMMAND = Path(sys.executable).with_name("leadscore")
NURSERY = Path(__file__).with_name("nursery.py")
PATIENCE_SECONDS = 600
MANY = 30
"""Leads of one call whose events wait in the queue of leads that are scored again."""


@dataclass(frozen=True)
class Request:
    """A write with its key, which may be sent again."""

    method: str
    path: str
    body: Any
    lead_ids: tuple[str, ...]
    key: str = field(default_factory=lambda: uuid.uuid4().hex)

    def send(self, client: httpx.Client) -> httpx.Response:
        return client.request(self.method, self.path, json=self.body, headers={"idempotency-key": self.key})


@dataclass
class Ledger:
    """What the service said that it kept."""

    employees: dict[str, int] = field(default_factory=dict)
    events: set[tuple[str, str]] = field(default_factory=set)
    outcomes: set[tuple[str, str]] = field(default_factory=set)
    consents: set[tuple[str, str]] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    open: list[Request] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    """By the request's key."""

    acknowledged: int = 0
    refused: list[str] = field(default_factory=list)

    def keep(self, request: Request, answer: httpx.Response) -> None:
        """Note an answer; whatever is not 2xx must have said why."""
        if not answer.is_success:
            self.refused.append(f"{request.method} {request.path}: {answer.status_code} {answer.text}")
            return
        self.acknowledged += 1
        self.answers[request.key] = answer.json()
        kind, body = request.path.rpartition("/")[2], request.body
        if request.method == "PUT":
            self.employees[request.lead_ids[0]] = body["employees"]
        elif request.method == "DELETE":
            self.erased.add(request.lead_ids[0])
        elif kind == "events":
            self.events |= {(one["lead_id"], one["event_id"]) for one in body["events"]}
        elif kind == "outcomes":
            self.outcomes.add((request.lead_ids[0], body["outcome_id"]))
        else:
            self.consents.add((request.lead_ids[0], body["purpose"]))

    def settled(self) -> list[str]:
        """Return leads that are there for certain, and that nobody is about to erase."""
        leaving = self.erased | {one.lead_ids[0] for one in self.open if one.method == "DELETE"}
        return sorted(self.employees.keys() - leaving)


class Caller:
    """Writes one thing after the other until the service is gone; its leads are its own.

    Parameters
    ----------
    address : str
        The service.
    name : str
        Begins the ids of its leads.
    ledger : Ledger
        Where it notes what was acknowledged.
    lock : Lock
        Of the ledger.
    now : str
        When events happened.
    elders : sequence of str
        Leads of callers before it: what many of them do at once waits in the queue.
    """

    def __init__(
        self, address: str, name: str, ledger: Ledger, lock: threading.Lock, now: str, elders: Sequence[str] = ()
    ) -> None:
        self._client = httpx.Client(base_url=address, timeout=30)
        self._name, self._ledger, self._lock, self._now = name, ledger, lock, now
        self._chance = random.Random(name)  # noqa: S311 - what to write, nothing secret
        self._elders = elders
        self._mine: list[str] = []
        self._under_way: Request | None = None
        self._number = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def is_at(self, method: str, kind: str) -> bool:
        """Return whether a request of a kind is under way: the last part of its path, nothing for a lead's own."""
        request = self._under_way
        return request is not None and request.method == method and request.path.endswith(kind)

    def join(self) -> None:
        self._thread.join(30)
        assert not self._thread.is_alive()
        self._client.close()

    def _run(self) -> None:
        while True:
            request = self._next()
            self._under_way = request
            try:
                answer = request.send(self._client)
            except httpx.TransportError:
                with self._lock:
                    self._ledger.open.append(request)
                return
            finally:
                self._under_way = None
            with self._lock:
                self._ledger.keep(request, answer)

    def _next(self) -> Request:
        self._number += 1
        what = self._chance.random()
        if what < 0.40 or len(self._mine) < 3:
            return self._put()
        lead_id = self._chance.choice(self._mine)
        path = f"/v1/leads/{lead_id}"
        if what < 0.60:
            return self._events([lead_id])
        if what < 0.65 and len(self._elders) > MANY:
            return self._events(self._chance.sample(self._elders, MANY))
        if what < 0.80:
            own = {"outcome": self._chance.choice(["accepted", "rejected", "won", "lost"])}
            own |= {"reason": "other"} if own["outcome"] == "rejected" else {}
            return Request("POST", f"{path}/outcomes", {**own, "outcome_id": f"o{self._number}"}, (lead_id,))
        if what < 0.92:
            said = {"purpose": self._chance.choice(["marketing_mail", "profiling"]), "word": "objected"}
            return Request("POST", f"{path}/consents", said, (lead_id,))
        self._mine.remove(lead_id)
        return Request("DELETE", path, None, (lead_id,))

    def _put(self) -> Request:
        is_new = len(self._mine) < 3 or self._chance.random() < 0.5
        lead_id = f"{self._name}-{self._number}-of" if is_new else self._chance.choice(self._mine)
        if is_new:
            self._mine.append(lead_id)
        employees = self._number + self._chance.choice([0, 100])
        return Request("PUT", f"/v1/leads/{lead_id}", {"employees": employees, "country": "DE"}, (lead_id,))

    def _events(self, lead_ids: list[str]) -> Request:
        kind = self._chance.choice(["page_view", "demo_request"])
        events = [
            {"lead_id": one, "event": kind, "event_id": f"{self._name}-{self._number}", "occurred_at": self._now}
            for one in lead_ids
        ]
        return Request("POST", "/v1/events", {"events": events}, tuple(lead_ids))


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def caller_of() -> type[Caller]:
    return Caller


class Services:
    """Starts services of one workspace, and kills them."""

    def __init__(self, workspace: Any, folder: Path) -> None:
        self.file = workspace.var / "store.db"
        self.log = folder / "log"
        self._root = workspace.root
        self._environment = {
            **os.environ,  # noqa: TID251 - what a service needs besides
            "LEADSCORE_WORKSPACE": str(workspace.root), "LEADSCORE_WEBHOOK_NETWORKS": "127.0.0.0/8",
            "BENTOML_HOME": str(folder / "bentoml"), "BENTOML_DO_NOT_TRACK": "true",
        }  # fmt: skip
        (folder / "bentoml").mkdir()
        self._commands: dict[int, subprocess.Popen[bytes]] = {}
        self._nursery = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(NURSERY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=self._environment,
        )  # fmt: skip

    def start(self) -> tuple[int, str]:
        """Start a service; return its process and address, and do not wait for it."""
        port = free_port()
        self._nursery.stdin.write(f"{port} {self.log}\n")
        self._nursery.stdin.flush()
        return int(self._nursery.stdout.readline()), f"http://127.0.0.1:{port}"

    def wait(self, address: str) -> None:
        """Return once a service takes writes."""
        wait_until_ready(address, self.log)

    def kill(self, *processes: int) -> None:
        """Kill processes and all below them; return when they are gone."""
        kill(*processes, *(child for one in processes for child in children_of(one)))

    def workers(self, process: int) -> list[int]:
        """Return the processes below one."""
        return children_of(process)

    def start_command(self, workers: int = 2) -> tuple[int, str]:
        """Start the installed command."""
        port = free_port()
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [COMMAND, "serve", str(self._root), "--port", str(port), "--workers", str(workers)], stdout=log,
                stderr=subprocess.STDOUT, env=self._environment,
            )  # fmt: skip
        self._commands[process.pid] = process
        return process.pid, f"http://127.0.0.1:{port}"

    def exit_code(self, process: int, seconds: float) -> int:
        """Return how a started command ended."""
        return self._commands[process].wait(seconds)

    def is_there(self, process: int) -> bool:
        """Return whether a process has not ended."""
        return is_there(process)

    def close(self) -> None:
        """Kill what is left."""
        self.kill(*children_of(self._nursery.pid), *(one for one, its in self._commands.items() if its.poll() is None))
        for process in self._commands.values():
            process.wait(PATIENCE_SECONDS)
        self._nursery.stdin.close()
        self._nursery.wait(30)
        self._nursery.stdout.close()


@pytest.fixture
def services(workspace: Any, tmp_path: Path) -> Iterator[Services]:
    if not Path("/proc/self/stat").exists():
        pytest.skip("processes are looked for in /proc")
    made = Services(workspace, tmp_path)
    yield made
    made.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(address: str, log: Path) -> None:
    """Return once a service takes writes."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if httpx.get(f"{address}/readyz", timeout=30).status_code == 200:
                return
        time.sleep(0.02)
    raise AssertionError(log.read_text()[-3_000:])


def children_of(process: int) -> list[int]:
    """Return all processes below one, from what Linux says of each."""
    parents = {}
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError, IndexError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found, below = [], [process]
    while below:
        below = [one for one, parent in parents.items() if parent in below]
        found += below
    return found


def kill(*processes: int) -> None:
    for one in processes:
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(is_there(one) for one in processes):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def is_there(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
