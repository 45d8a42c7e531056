"""A platform team's story: a bento that is built here and runs elsewhere."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.journey

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path):
    """A process's environment that knows nothing of the source tree."""
    return {**os.environ, "BENTOML_HOME": str(tmp_path / "bentos"), "BENTOML_DO_NOT_TRACK": "true"}  # noqa: TID251


@pytest.fixture
def bento(tmp_path, environment):
    """The folder of a bento, built of a copy of what is under version control."""
    source = tmp_path / "source"
    for name in ("features", "models", "serving", "training", "tests", "deploy"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "requirements-service.lock", source)
    shutil.copy(ROOT / "README.md", source)
    subprocess.run(
        [sys.executable, "-m", "bentoml", "build", "-f", "deploy/bentofile.yaml", "."],
        cwd=source, env=environment, check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    shutil.rmtree(source)
    (folder,) = [one for one in (tmp_path / "bentos" / "bentos" / "leadscore").iterdir() if one.is_dir()]
    return folder


def test_a_bento_holds_the_service_alone_and_serves_outside_the_source_tree(bento, rules_only, tmp_path, environment):
    assert {path.name for path in (bento / "src").iterdir()} == {"bentofile.yaml", "features", "models", "serving"}
    assert "--hash=sha256:" in (bento / "env" / "python" / "requirements.txt").read_text()
    command = "import bentoml; bentoml.load('leadscore:latest'); import serving; print(serving.__file__)"
    loaded = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", command],
        cwd=tmp_path, env=environment, check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert Path(loaded.stdout.split()[-1]).is_relative_to(bento)

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "bentoml", "serve", "leadscore:latest", "--host", "127.0.0.1", "--port", str(port)],
        cwd=tmp_path, env={**environment, "LEADSCORE_WORKSPACE": str(rules_only)}, start_new_session=True,
        stdout=log, stderr=log,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: is_ready(address), process, tmp_path / "log")
        document = {"lead": {"lead_id": "L1", "employees": 60}, "store": True}
        score = httpx.post(f"{address}/v1/score", json=document, timeout=30).json()
        assert (score["score"], score["engine"]) == (30, "rules")
        assert httpx.get(f"{address}/v1/leads/L1", timeout=30).json()["score"]["score"] == 30
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    finally:
        log.close()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def is_ready(address):
    try:
        return httpx.get(f"{address}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def wait_for(ask, process, log):
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        if ask():
            return
        threading.Event().wait(0.1)
    raise AssertionError(log.read_text())
