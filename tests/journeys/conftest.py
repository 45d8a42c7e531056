"""The installed command, a running service, and a small trained company to try them on."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier

COMMAND = Path(sys.executable).with_name("leadscore")
DATA = Path(__file__).parents[2] / ".." / "shared" / "data"


@dataclass(frozen=True)
class Told:
    """What a verb said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on standard output."""
        told: dict[str, Any] = json.loads(self.out)
        return told


def run_command(*arguments: object, timeout: float = 300) -> Told:
    """Run the installed command to its end."""
    done = subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, check=False)
    return Told(done.returncode, done.stdout, done.stderr)


def data_set(name: str) -> Path:
    """Return a folder of real data, or skip with the reason."""
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"the data set {name} is not at {folder}")
    return folder


def log_loss(probability: Any, label: Any) -> float:
    """Return the mean log-loss in nats."""
    held = np.clip(np.asarray(probability, dtype=float), 1e-12, 1 - 1e-12)
    return float(-np.mean(np.where(np.asarray(label) == 1, np.log(held), np.log1p(-held))))


def lightgbm_defaults(older: pd.DataFrame, label: Any, newer: pd.DataFrame) -> Any:
    """Return what LightGBM's defaults say of the newer rows after learning from the older ones."""
    both = pd.concat([older, newer])
    for name in both.columns:
        if not pd.api.types.is_numeric_dtype(both[name]):
            both[name] = both[name].astype("category")
    model = LGBMClassifier(verbose=-1, n_jobs=2, random_state=42)
    model.fit(both.iloc[: len(older)], np.asarray(label))
    return model.predict_proba(both.iloc[len(older) :])[:, 1]


def override(workspace: Path, plan: Mapping[str, Any]) -> None:
    """Add overrides of the training plan to leadscore.yaml, to keep a test short."""
    lines = ["", "training:", *(f"  {name}: {value}" for name, value in plan.items()), ""]
    with (workspace / "leadscore.yaml").open("a", encoding="utf-8") as file:
        file.write("\n".join(lines))


@dataclass
class Service:
    """A service in a process of its own."""

    process: "subprocess.Popen[bytes]"
    address: str

    def post(self, path: str, document: Any) -> httpx.Response:
        """Return the answer to a POST."""
        return httpx.post(self.address + path, json=document, timeout=30)

    def get(self, path: str) -> httpx.Response:
        """Return the answer to a GET."""
        return httpx.get(self.address + path, timeout=30)

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


@contextmanager
def serve_workspace(
    workspace: Path, log: Path, *options: str, environment: Mapping[str, str] | None = None
) -> Iterator[Service]:
    """Serve a workspace with the installed command on a free port while the block runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [COMMAND, "serve", str(workspace), "--port", str(port), *options],
            stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, **(environment or {})},  # noqa: TID251 - the command's own environment
        )  # fmt: skip
    service = Service(process, f"http://127.0.0.1:{port}")
    try:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            try:
                if service.get("/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield service
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with a trained champion, made by the command alone."""
    folder = tmp_path_factory.mktemp("company")
    history, workspace = folder / "history", folder / "acme"
    assert run_command("simulate", history, "--leads", 6_000, "--months", 18, "--seed", 7).code == 0
    files = [option for name in ("leads", "events", "outcomes") for option in (f"--{name}", history / f"{name}.csv")]
    made = run_command("init", workspace, *files)
    assert made.code == 0, made.err
    small = {"moments_days": [0, 14], "max_trees": 80, "crossfit_folds": 2, "gate_draws": 200}
    override(workspace, {**small, "gate_min_positives": 20})
    trained = run_command("train", workspace, "--json")
    assert trained.code in (0, 3), trained.err
    if trained.code == 3:
        version = trained.json["version"]
        assert run_command("promote", workspace, version).code == 0
    return workspace


RULES_ONLY = {
    "leadscore.yaml": """\
version: 1
name: acme
time_zone: UTC
leads: {file: leads.csv, lead_id: lead_id, created_at: created_at, columns: {employees: {type: number}}}
target: {outcome: won, horizon_days: 90}
""",
    "rules.yaml": """\
version: 1
base_points: 10
rules:
  - id: mid_size
    text: {en: "Company of 50 people and more", de: "Firma ab 50 Leuten"}
    group: fit
    when: {attribute: employees, from: 50}
    points: 20
""",
    "leads.csv": "lead_id,created_at,employees\n",
}


@pytest.fixture(scope="session")
def write_rules_only() -> Callable[[Path], Path]:
    """Return what writes a workspace that never had a model: 10 points, and 20 more from 50 employees on."""

    def write(root: Path) -> Path:
        root.mkdir()
        for name, text in RULES_ONLY.items():
            (root / name).write_text(text)
        return root

    return write


@pytest.fixture
def rules_only(tmp_path: Path, write_rules_only: Callable[[Path], Path]) -> Path:
    """Return such a workspace of the test's own."""
    return write_rules_only(tmp_path / "acme")


@pytest.fixture(scope="session", name="leadscore")
def command() -> Callable[..., Told]:
    """Return what runs the installed command."""
    return run_command


@pytest.fixture(scope="session")
def served() -> Callable[..., AbstractContextManager[Service]]:
    """Return what serves a workspace while a block runs."""
    return serve_workspace


@dataclass(frozen=True)
class Journey:
    """What the stories on real data share."""

    leadscore: Callable[..., Told] = run_command
    data_set: Callable[[str], Path] = data_set
    override: Callable[..., None] = override
    log_loss: Callable[[Any, Any], float] = log_loss
    lightgbm_defaults: Callable[..., Any] = lightgbm_defaults

    def trained_version(self, workspace: Path) -> tuple[str, dict[str, Any]]:
        """Train, and return the version and what the verb said; a gate that said no is no failure of the journey."""
        self.override(workspace, {"search_trials": 2, "crossfit_folds": 2, "gate_draws": 300})
        told = self.leadscore("train", workspace, "--json")
        assert told.code in (0, 3), told.err
        assert (told.code == 0) == told.json["promoted"]
        return told.json["version"], told.json

    def scores(self, workspace: Path, version: str, leads: Path, out: Path, *options: object) -> pd.DataFrame:
        """Score a file with one version and return the answer."""
        told = self.leadscore(
            "score", workspace, "--leads", leads, "--model", version, "--out", out, "--json", *options
        )
        assert told.code == 0, told.err
        table = pd.read_csv(out)
        assert told.json["leads"] == len(table) == told.json["scored"]
        assert told.json["engines"] == {"model": len(table)}
        assert table["probability"].between(0, 1).all()
        return table


@pytest.fixture(scope="session")
def journey() -> Journey:
    """Return what the stories on real data share."""
    return Journey()
