"""An operator's story: two workers are one service."""

import html
import os
import re
import signal
import threading
from contextlib import contextmanager
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


def test_who_signed_in_with_one_worker_is_known_to_the_other_and_signed_out_of_both(
    rules_only, tmp_path, served, leadscore
):
    with served(rules_only, tmp_path / "log", "--workers", "2") as service:
        wait_for(lambda: len(workers_of(service)) == 2)
        wait_for(lambda: read(service).get(("leadscore_workers", ("engine", "rules"), ("model_version", "none"))) == 2)
        link = (
            f"/sign-in?link={leadscore('users', rules_only, 'link', 'local', '--json').json['link'].split('link=')[1]}"
        )
        one, other = workers_of(service)
        cookies = {}
        with only(one, other):
            assert browse(service, cookies, "GET", link).headers["location"] == "/"
            csrf = html.unescape(
                re.search(r'name="csrf" value="([^"]+)"', browse(service, cookies, "GET", "/").text)[1]
            )
        with only(other, one):
            assert "Worklist" in browse(service, cookies, "GET", "/").text
            # The link works once, whichever worker is asked.
            assert "has been used already" in browse(service, {}, "GET", link).text
            view = {"csrf": csrf, "name": "Hot", "filters": "stage=mql"}
            assert browse(service, cookies, "POST", "/console/views", view).headers["location"] == "/?done=saved"
        with only(one, other):
            assert "Hot" in browse(service, cookies, "GET", "/").text
            before = dict(cookies)
            assert browse(service, cookies, "POST", "/sign-out", {"csrf": csrf}).status_code == 303
        with only(other, one):
            assert browse(service, before, "GET", "/").headers["location"].startswith("/sign-in")


@contextmanager
def only(awake, asleep):
    """Let one worker answer while the other stands still."""
    os.kill(asleep, signal.SIGSTOP)
    try:
        yield awake
    finally:
        os.kill(asleep, signal.SIGCONT)


def browse(service, cookies, method, path, form=None):
    """Visit a page on a connection of its own, keeping cookies as a browser does."""
    answer = httpx.request(method, service.address + path, cookies=cookies, data=form, timeout=60)
    for name, value in answer.cookies.items():
        cookies[name] = value
    return answer


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
