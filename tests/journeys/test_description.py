"""The service does what its description says: requests made from it by Schemathesis, right ones and wrong ones."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.journey

HERE = Path(__file__).parent / "schemathesis"
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "4")  # noqa: TID251 - more of them on demand
ROLES = os.environ.get("SCHEMATHESIS_ROLES", "admin").split()  # noqa: TID251 - as above
WORKSPACE = {
    "leadscore.yaml": """\
version: 1
name: acme
time_zone: Europe/Berlin
leads:
  file: leads.csv
  lead_id: lead_id
  created_at: created_at
  columns:
    employees: {type: number}
    country: {type: country}
    industry: {type: category}
events:
  file: events.csv
  kinds: {page_view: engagement, demo_request: engagement}
  properties: {page: {type: category}}
target: {outcome: won, horizon_days: 90}
reports: {source: industry}
""",
    "rules.yaml": """\
version: 1
base_points: 45
rules:
  - id: mid_size
    text: {en: "Company of 50 people or more", de: "Firma ab 50 Leuten"}
    group: fit
    when: {attribute: employees, from: 50}
    points: 20
""",
    "sla.yaml": "version: 3\n",
}


HOOKS = {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)}


def options(description):
    """Return what Schemathesis is told, all its checks among it (the default)."""
    return [
        "--config-file", HERE / "schemathesis.toml", "--no-color", "run", description,
        "--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--seed", "1",
        "--continue-on-failure", "--suppress-health-check", "all",
    ]  # fmt: skip


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "acme"
    folder.mkdir()
    for name, text in WORKSPACE.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("role", ROLES)
def test_the_service_does_what_its_description_says(workspace, tmp_path, served, leadscore, role):
    key = leadscore("keys", workspace, "create", "schemathesis", "--role", role, "--json").json["key"]
    environment = {
        "LEADSCORE_CALLS_PER_SECOND": "0", "LEADSCORE_GUESSES_PER_MINUTE": "0", "LEADSCORE_REGISTRY_SECONDS": "0",
        "LEADSCORE_WEBHOOK_NETWORKS": "127.0.0.0/8",
    }  # fmt: skip
    with served(workspace, tmp_path / "log", environment=environment) as service:
        told = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "schemathesis.cli", *options(f"{service.address}/openapi.json")],
            env={**os.environ, **HOOKS, "LEADSCORE_KEY": key},  # noqa: TID251 - the child's own environment
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip
        assert told.returncode == 0, told.stdout[-20_000:] + told.stderr[-2_000:]
        assert service.stop() == 0
    assert "Traceback" not in (tmp_path / "log").read_text(encoding="utf-8")
