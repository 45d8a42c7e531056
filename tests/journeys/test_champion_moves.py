"""A data scientist's story: the champion is moved in MLflow while the service answers, and the registry fails."""

import functools
import shutil
import socket
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from features.workspace import Workspace
from models.registry import Registry

pytestmark = [pytest.mark.journey, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

REQUEST = {
    "lead": {"lead_id": "new-1", "created_at": "2026-06-01T09:00:00+02:00", "job_title": "Head of Marketing"},
    "as_of": "2026-06-03T09:00:00+02:00",
}


@dataclass(frozen=True)
class Moving:
    """A workspace whose alias is moved as MLflow's own page does."""

    root: Path
    move: Callable[[str], None]


@pytest.fixture
def registry(company, tmp_path):
    """A copy of the trained company with version 2, the same bundle once more, and 3, which is not what it says."""
    from mlflow import MlflowClient

    shutil.copytree(company, tmp_path / "acme", symlinks=True)
    workspace = Workspace.open(tmp_path / "acme")
    registry, client = Registry(workspace), MlflowClient(workspace.tracking_uri)
    first = client.get_model_version_by_alias(registry.name, "champion")
    assert str(first.version) == "1"
    for tags in (first.tags, {"manifest_sha256": "0" * 64}):
        client.create_model_version(registry.name, first.source, run_id=first.run_id, tags=tags)
    return Moving(workspace.root, functools.partial(client.set_registered_model_alias, registry.name, "champion"))


class Asking:
    """Asks for scores without a pause, each time on a new connection so that every worker is asked."""

    def __init__(self, service):
        self._service = service
        self._stopped = threading.Event()
        self.faults = []
        self.versions = []
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self._thread.join()

    def _ask(self):
        while not self._stopped.is_set():
            try:
                answer = self._service.post("/v1/score", REQUEST)
                score = answer.json()
                if answer.status_code != 200 or score["degraded"]:
                    self.faults.append(answer.text)
                self.versions.append(score["model"]["version"])
            except (httpx.HTTPError, KeyError) as error:
                self.faults.append(repr(error))

    def until_all_say(self, version):
        """Wait until 60 answers in a row came from one version."""
        for _ in range(600):
            if self.versions[-60:] == [version] * 60:
                return
            threading.Event().wait(0.1)
        raise AssertionError(f"not all workers moved to {version}: {Counter(self.versions[-60:])}, {self.faults[:3]}")


def test_two_workers_follow_the_alias_forth_and_back_without_dropping_a_request(registry, tmp_path, served):
    often = {"LEADSCORE_REGISTRY_SECONDS": "1"}
    with (
        served(registry.root, tmp_path / "log", "--workers", "2", environment=often) as service,
        Asking(service) as asking,
    ):
        asking.until_all_say("1")
        registry.move("2")
        asking.until_all_say("2")
        registry.move("3")
        refused = wait_for(lambda: service.get("/v1/model").json()["refused"])
        assert refused["reason"].startswith("version 3: bundle-invalid: Version 3 in the registry is not the bundle")
        asking.until_all_say("2")
        registry.move("1")
        asking.until_all_say("1")
        model = service.get("/v1/model").json()
        assert (model["refused"], model["registry"]["alias"], model["registry"]["fault"]) == (None, "1", None)
    assert asking.faults == []


class Failing(BaseHTTPRequestHandler):
    """A registry that answers every call with status 500."""

    def do_GET(self):
        self.send_response(500)
        self.end_headers()

    def do_POST(self):
        self.do_GET()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(params=["closed", "silent", "failing"])
def broken_registry(request):
    """The address of a registry that is closed, never answers, or fails."""
    if request.param == "failing":
        with ThreadingHTTPServer(("127.0.0.1", 0), Failing) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()
        return
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        if request.param == "silent":
            one.listen(8)
        yield f"http://127.0.0.1:{one.getsockname()[1]}"


def test_row_27_a_registry_that_does_not_answer_changes_nothing(company, tmp_path, served, broken_registry):
    shutil.copytree(company, tmp_path / "acme", symlinks=True)
    away = {"LEADSCORE_TRACKING_URI": broken_registry, "LEADSCORE_REGISTRY_SECONDS": "1"}
    with served(tmp_path / "acme", tmp_path / "log", environment=away) as service:
        # It serves before it knows that the registry is away: the start does not wait for it.
        before = service.get("/v1/model").json()
        assert (before["engine"], before["registry"]) == ("model", None)
        registry = wait_for(lambda: service.get("/v1/model").json()["registry"], seconds=40)
        assert registry["fault"] == "registry-unavailable"
        score = service.post("/v1/score", REQUEST).json()
        assert (score["engine"], score["degraded"], score["model"]["version"]) == ("model", False, "1")
        assert service.stop() == 0


def test_row_27_without_a_copy_the_rules_answer_while_the_registry_is_away(company, tmp_path, served, broken_registry):
    shutil.copytree(company, tmp_path / "acme", symlinks=True)
    (tmp_path / "acme" / "var" / "champion").unlink()
    with served(
        tmp_path / "acme", tmp_path / "log", environment={"LEADSCORE_TRACKING_URI": broken_registry}
    ) as service:
        score = service.post("/v1/score", REQUEST).json()
        assert (score["engine"], score["degraded_reason"]) == ("rules", "no-model")
        assert service.get("/readyz").status_code == 200


def wait_for(ask, seconds=20):
    for _ in range(int(seconds * 10)):
        found = ask()
        if found:
            return found
        threading.Event().wait(0.1)
    raise AssertionError("it did not happen in time")
