"""An operator's story: two workers are one service."""

import os
import signal
import threading
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

pytestmark = pytest.mark.journey


def read(service):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(service.get("/metrics").text)
        for sample in family.samples
    }


def workers_of(service):
    """The process ids of the service's workers: children of the process that was started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == service.process.pid and b"bentoml" in command.lower() and b"tracker" not in command:
            found.append(int(stat.parent.name))
    return found


def test_figures_are_of_all_workers_and_a_killed_one_is_forgotten(rules_only, tmp_path, served):
    scores = ("leadscore_scores_total", ("degraded_reason", "no-model"), ("engine", "rules"))
    alive = ("leadscore_workers", ("engine", "rules"), ("model_version", "none"))
    with served(rules_only, tmp_path / "log", "--workers", "2") as service:
        wait_for(lambda: read(service).get(alive) == 2)
        before = read(service).get(scores, 0.0)
        answers = [service.post("/v1/score", {"lead": {"lead_id": "L1", "employees": 60}}) for _ in range(40)]
        assert {answer.status_code for answer in answers} == {200}
        # Whichever worker is asked, all were counted.
        assert {read(service)[scores] for _ in range(10)} == {before + 40}
        os.kill(workers_of(service)[0], signal.SIGKILL)
        # The new one needs seconds to start: until then there is one.
        wait_for(lambda: still(service, alive, 1))
        wait_for(lambda: still(service, alive, 2))
        assert read(service)[scores] == before + 40
        assert service.stop() == 0


def still(service, name, value):
    try:
        return read(service).get(name) == value
    except httpx.TransportError:
        # The killed worker's.
        return False


def wait_for(ask, seconds=30):
    for _ in range(seconds * 10):
        if ask():
            return
        threading.Event().wait(0.1)
    raise AssertionError("it did not happen in time")
