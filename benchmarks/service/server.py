"""Servers to measure: processes of their own on free ports of this machine, and what they took of the processor."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it carries no types

_READY_SECONDS = 90.0
_STOP_SECONDS = 60.0


@dataclass(frozen=True)
class Server:
    """A running server.

    Parameters
    ----------
    process : psutil.Process
        The first of its processes.
    port : int
        Where it listens.
    """

    process: psutil.Process
    port: int

    def processor_seconds(self) -> float:
        """Return what its processes took of the processor so far."""
        total = 0.0
        for one in (self.process, *self.process.children(recursive=True)):
            times = one.cpu_times()
            total += times.user + times.system
        return total

    def resident_megabytes(self) -> float:
        """Return what its processes hold of the memory."""
        everyone = (self.process, *self.process.children(recursive=True))
        return float(sum(one.memory_info().rss for one in everyone)) / 2**20


def leadscore(workspace: Path) -> list[str]:
    """Return the command that serves a workspace, but for its port."""
    return [sys.executable, "-c", "from serving.cli import main; main()", "serve", str(workspace)]


def yardstick(folder: Path) -> list[str]:
    """Return the command that serves BentoML's empty call."""
    (folder / "empty").mkdir(parents=True, exist_ok=True)
    served = "benchmarks.service.yardstick:Empty"
    return [sys.executable, "-m", "bentoml", "serve", served, "--working-dir", str(folder / "empty")]


@contextmanager
def running(command: list[str], ready: str, folder: Path, **environment: str) -> Iterator[Server]:
    """Start a server, wait until it answers, and stop it in the end.

    Parameters
    ----------
    command : list of str
        From :func:`leadscore` or :func:`yardstick`.
    ready : str
        An address that answers 200 once it is ready.
    folder : Path
        Where BentoML may write, and the log is kept.
    **environment : str
        Beside the present environment.

    Raises
    ------
    RuntimeError
        If it does not get ready; with the end of its log.
    """
    port = _free_port()
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{port}.log"
    own = {"BENTOML_HOME": str(folder), "BENTOML_DO_NOT_TRACK": "true", "LEADSCORE_CALLS_PER_SECOND": "0"}
    with log.open("wb") as out:
        child = subprocess.Popen(  # noqa: S603 - our own command
            [*command, "--port", str(port)],
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **own, **environment},  # noqa: TID251 - a child of ours
            cwd=Path(__file__).resolve().parents[2],
        )
    try:
        _await_ready(child, port, ready, log)
        yield Server(psutil.Process(child.pid), port)
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _await_ready(child: subprocess.Popen[bytes], port: int, ready: str, log: Path) -> None:
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until and child.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", ready)
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise RuntimeError(f"the server did not get ready:\n{log.read_text(errors='replace')[-2_000:]}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
