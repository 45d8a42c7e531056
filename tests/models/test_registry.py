from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from features.domain import BundleError, FixedClock, RegistryError, WorkspaceError
from features.workspace import Workspace
from models.agreement import Agreement
from models.audit import read_audit
from models.bundle import load_scorer, write_bundle
from models.card import ModelCard
from models.champion import champion_version
from models.registry import Registry

# MLflow 3.17 uses what SQLAlchemy 2.1 means to drop; the fixture calls MLflow itself, as training does.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

CLOCK = FixedClock(datetime(2026, 2, 1, 9, tzinfo=UTC))
CONFIG = "name: 'acme / test'\nleads: {file: leads.csv}\ntarget: {outcome: won}\n"


def write(small: Any, folder: Path, target: str) -> Path:
    return write_bundle(
        folder, catalog=small.catalog, encoder=small.encoder, model=small.model, calibration=small.calibration,
        cutoffs=small.cutoffs, grades=small.grades, card=ModelCard("acme", small.trained_at, target=target),
        golden=small.frame,
    )  # fmt: skip


@pytest.fixture(scope="module")
def stocked(small: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two registered versions and no champion."""
    from mlflow import MlflowClient

    root = tmp_path_factory.mktemp("acme")
    (root / "leadscore.yaml").write_text(CONFIG)
    workspace = Workspace.open(root)
    workspace.artifacts.mkdir(parents=True)
    client = MlflowClient(workspace.tracking_uri)
    experiment = client.create_experiment("acme", workspace.artifacts.as_uri())
    registry = Registry(workspace, clock=CLOCK)
    for number in ("1", "2"):
        bundle = write(small, root / f"trained-{number}", target=number)
        run_id = client.create_run(experiment).info.run_id
        client.log_artifacts(run_id, str(bundle), "bundle")
        client.set_terminated(run_id)
        assert registry.register(bundle, run_id) == number
    return root


@pytest.fixture
def workspace(stocked: Path) -> Workspace:
    """The stocked workspace without local copies, champion and cutoffs; MLflow's own records stay."""
    var = stocked / "var"
    for left in ("bundles", "cutoffs.json", "audit.jsonl", "champion", "champion_alias.json"):
        path = var / left
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return Workspace.open(stocked)


def test_the_newest_version_is_the_challenger_until_it_is_promoted(workspace: Workspace) -> None:
    registry = Registry(workspace, clock=CLOCK)
    assert registry.version_of("challenger") == "2"
    registry.promote("1")
    assert (registry.version_of("champion"), registry.version_of("challenger")) == ("1", "2")


def test_promotion_links_the_champion_adopts_its_cutoffs_and_is_audited(workspace: Workspace, small: Any) -> None:
    registry = Registry(workspace, clock=CLOCK)
    assert registry.promote("1", by="ann") == "1"
    assert champion_version(workspace) == "1"
    in_force = Agreement.read(workspace)
    assert (in_force.mql, in_force.sql) == (small.cutoffs.mql.probability, small.cutoffs.sql.probability)
    assert (in_force.signed, in_force.model_version) == (False, "1")
    registry.promote("2", by="ben")
    assert Agreement.read(workspace) == in_force
    scorer = load_scorer(workspace.champion, in_force)
    assert (scorer.reference.version, scorer.agreement.state) == ("2", "uncertified")
    log = read_audit(workspace)
    assert [(e["action"], e["version"], e["previous"], e["by"]) for e in log] == [
        ("promote", "1", None, "ann"), ("promote", "2", "1", "ben"),
    ]  # fmt: skip
    assert log[1]["cutoffs"]["state"] == "uncertified"
    assert log[0]["at"] == CLOCK.moment.isoformat()


def test_rolling_back_brings_the_version_before_and_its_certificate_back(workspace: Workspace) -> None:
    registry = Registry(workspace, clock=CLOCK)
    registry.promote("1")
    certified = Agreement.read(workspace).state
    registry.promote("2")
    assert registry.rollback() == "1"
    assert champion_version(workspace) == registry.version_of("champion") == "1"
    assert load_scorer(workspace.champion, Agreement.read(workspace)).agreement.state == certified
    with pytest.raises(RegistryError, match="No version served before"):
        registry.rollback()


def test_who_decided_when_and_why_is_in_the_audit_log_and_in_the_versions_tags(workspace: Workspace) -> None:
    from mlflow import MlflowClient

    registry = Registry(workspace, clock=CLOCK)
    registry.promote("1", by="ann", why="agreed on Monday")
    registry.promote("2", by="bob")
    registry.rollback(by="ann", why="sales saw odd scores")
    told = [(entry["action"], entry["by"], entry["why"]) for entry in read_audit(workspace)]
    assert told == [
        ("promote", "ann", "agreed on Monday"), ("promote", "bob", ""), ("rollback", "ann", "sales saw odd scores"),
    ]  # fmt: skip
    tags = MlflowClient(workspace.tracking_uri).get_model_version(registry.name, "1").tags
    assert (tags["promote_by"], tags["promote_why"]) == ("ann", "agreed on Monday")
    assert (tags["rollback_by"], tags["rollback_at"]) == ("ann", CLOCK.moment.isoformat())


def test_rolling_back_works_while_the_registry_is_away(workspace: Workspace) -> None:
    registry = Registry(workspace, clock=CLOCK)
    registry.promote("1")
    registry.promote("2")
    away = Registry(workspace, f"http://127.0.0.1:{closed_port()}", clock=CLOCK)
    with pytest.raises(RegistryError, match="Version 1 serves again, but the alias"):
        away.rollback()
    assert champion_version(workspace) == "1"


def test_a_registry_that_is_away_or_silent_fails_in_time_and_changes_nothing(workspace: Workspace) -> None:
    Registry(workspace, clock=CLOCK).promote("1")
    before = read_audit(workspace)
    with socket.socket() as silent:
        # It takes connections and never answers.
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        for port in (closed_port(), silent.getsockname()[1]):
            registry = Registry(workspace, f"http://127.0.0.1:{port}", clock=CLOCK, timeout_seconds=1)
            start = time.monotonic()
            with pytest.raises(RegistryError):
                registry.promote("2")
            assert time.monotonic() - start < 10
    assert champion_version(workspace) == "1"
    assert read_audit(workspace) == before


def test_a_version_that_is_not_there_is_a_registry_error(workspace: Workspace) -> None:
    for name in ("99", "nobody"):
        with pytest.raises(RegistryError):
            Registry(workspace, clock=CLOCK).fetch(name)


def test_a_version_that_is_not_there_is_refused_with_those_that_are(workspace: Workspace) -> None:
    for name in ("77", "nobody"):
        with pytest.raises(RegistryError) as refused:
            Registry(workspace, clock=CLOCK).promote(name)
        assert refused.value.given == f"No version or alias {name} in the registry of 'acme - test'."
        assert "versions 1, 2" in refused.value.expected


def test_an_empty_version_is_refused_as_that(workspace: Workspace) -> None:
    with pytest.raises(RegistryError, match="The version is empty"):
        Registry(workspace, clock=CLOCK).promote("")


def test_a_registry_without_versions_says_so_and_mlflow_is_silent(tmp_path: Path) -> None:
    (tmp_path / "leadscore.yaml").write_text(CONFIG)
    code = (
        "import sys; from pathlib import Path; from features.domain import RegistryError\n"
        "from features.workspace import Workspace; from models.registry import Registry\n"
        "try: Registry(Workspace.open(Path(sys.argv[1]))).fetch('challenger')\n"
        "except RegistryError as error: print(error.given)\n"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True, cwd=root, timeout=120
    )
    assert "holds no version" in ran.stdout
    assert "INFO" not in ran.stderr


def test_a_damaged_local_copy_is_fetched_again(workspace: Workspace) -> None:
    registry = Registry(workspace, clock=CLOCK)
    folder = registry.fetch("2")
    good = (folder / "trees-0.txt").read_bytes()
    (folder / "trees-0.txt").write_bytes(good[: len(good) // 2])
    assert registry.fetch("2") == folder
    assert (folder / "trees-0.txt").read_bytes() == good


def test_artifacts_changed_in_the_registry_are_not_taken(workspace: Workspace, small: Any, tmp_path: Path) -> None:
    other = write(small, tmp_path / "other", target="not what was registered")
    artifact = next(
        path.parent for path in workspace.artifacts.rglob("card.json") if json.loads(path.read_text())["target"] == "2"
    )
    kept = {path.name: path.read_bytes() for path in artifact.iterdir()}
    try:
        for path in other.iterdir():
            shutil.copy(path, artifact / path.name)
        with pytest.raises(BundleError, match="not the bundle that was registered"):
            Registry(workspace, clock=CLOCK).promote("2")
        (artifact / "model.pkl").write_bytes(b"cos\nsystem\n")
        with pytest.raises(BundleError, match="format forbidden"):
            Registry(workspace, clock=CLOCK).promote("2")
    finally:
        (artifact / "model.pkl").unlink(missing_ok=True)
        for name, data in kept.items():
            (artifact / name).write_bytes(data)
    assert champion_version(workspace) is None
    assert not (workspace.var / "bundles" / "2").exists()


def test_a_damaged_copy_stays_while_there_is_nothing_to_put_in_its_place(workspace: Workspace) -> None:
    Registry(workspace, clock=CLOCK).promote("1")
    card = workspace.champion / "card.json"
    card.write_bytes(card.read_bytes() + b" ")
    away = Registry(workspace, f"http://127.0.0.1:{closed_port()}", clock=CLOCK, timeout_seconds=1)
    with pytest.raises(RegistryError):
        away.fetch("1")
    assert card.exists()


def test_a_copy_of_another_databases_version_of_the_same_number_is_not_taken(workspace: Workspace) -> None:
    registry = Registry(workspace, clock=CLOCK)
    shutil.copytree(registry.fetch("1"), workspace.var / "bundles" / "2")
    assert json.loads((registry.fetch("2") / "card.json").read_text())["target"] == "2"


def test_promoting_what_serves_does_not_make_it_its_own_predecessor(workspace: Workspace) -> None:
    registry = Registry(workspace, clock=CLOCK)
    for version in ("1", "2", "2"):
        registry.promote(version)
    assert registry.rollback() == "1"


def test_what_this_machine_refuses_leaves_the_alias_where_it_is(workspace: Workspace) -> None:
    registry = Registry(workspace, clock=CLOCK)
    registry.promote("1")
    kept = (workspace.var / "cutoffs.json").read_bytes()
    (workspace.var / "cutoffs.json").write_text("{")
    with pytest.raises(WorkspaceError):
        registry.promote("2")
    assert registry.version_of("champion") == "1"
    (workspace.var / "cutoffs.json").write_bytes(kept)
    workspace.champion.unlink()
    workspace.champion.mkdir()
    with pytest.raises(WorkspaceError):
        registry.promote("2")
    assert registry.version_of("champion") == "1"


def move_alias(registry: Registry, workspace: Workspace, version: str) -> None:
    """Move the alias as MLflow's own page does, with nobody of ours knowing."""
    from mlflow import MlflowClient

    MlflowClient(workspace.tracking_uri).set_registered_model_alias(registry.name, "champion", version)


def follow(registry: Registry) -> str | None:
    alias = registry.alias()
    assert alias is not None
    return registry.follow(alias)


def test_an_alias_moved_in_the_registry_is_followed_and_audited(workspace: Workspace) -> None:
    registry = Registry(workspace, clock=CLOCK)
    registry.promote("1", by="ann")
    assert follow(registry) is None
    move_alias(registry, workspace, "2")
    assert follow(registry) == "2"
    assert champion_version(workspace) == "2"
    assert follow(registry) is None
    told = [(entry["action"], entry["version"], entry["previous"]) for entry in read_audit(workspace)]
    assert told == [("promote", "1", None), ("follow", "2", "1")]
    assert registry.rollback() == "1"
    assert follow(registry) is None
    assert champion_version(workspace) == "1"


def test_a_rollback_while_the_registry_was_away_is_not_undone_by_its_alias(workspace: Workspace) -> None:
    registry = Registry(workspace, clock=CLOCK)
    registry.promote("1")
    registry.promote("2")
    away = Registry(workspace, f"http://127.0.0.1:{closed_port()}", clock=CLOCK, timeout_seconds=1)
    for is_noted in (True, False):
        if not is_noted:
            registry.promote("2")
            (workspace.var / "champion_alias.json").unlink()
        with pytest.raises(RegistryError, match="Version 1 serves again"):
            away.rollback()
        assert follow(registry) is None
        assert champion_version(workspace) == "1"


def test_an_alias_moved_to_a_broken_version_leaves_the_old_one_serving(workspace: Workspace) -> None:
    registry = Registry(workspace, clock=CLOCK)
    registry.promote("1")
    artifact = next(
        path for path in workspace.artifacts.rglob("card.json") if json.loads(path.read_text())["target"] == "2"
    )
    kept = artifact.read_bytes()
    try:
        artifact.write_bytes(kept[: len(kept) // 2])
        move_alias(registry, workspace, "2")
        with pytest.raises(BundleError):
            follow(registry)
        assert champion_version(workspace) == "1"
    finally:
        artifact.write_bytes(kept)
    assert follow(registry) == "2"


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
