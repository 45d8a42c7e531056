from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from features.domain import FixedClock, RegistryError
from features.workspace import Workspace
from models.agreement import Agreement
from models.audit import read_audit
from models.bundle import load_bundle
from models.bundle.evidence import read_evidence
from models.registry import Registry
from serving.cli import main
from training.dataset import Side
from training.fresh import FreshLeads
from training.intake.infer import initialise
from training.progress import SilentProgress
from training.recalibration.recalibrate import recalibrate
from training.recalibration.result import RecalibrationResult
from training.recalibration.sides import recalibration_sides
from training.run import train
from training.simulation import simulate

THEN, NOW = datetime(2025, 10, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
PLAN = "\ntraining: {gate_draws: 200, moments_days: [0, 14], gate_min_positives: 20}\n"
NAMES = {"leads": "created_at", "events": "occurred_at", "outcomes": "occurred_at"}


def written(source: Path, folder: Path, *, until: datetime, won_share: float = 1.0) -> dict[str, Path]:
    """Write a history as it stood at a moment, of whose later winners a share only won."""
    files = {}
    folder.mkdir(exist_ok=True)
    for name, moment in NAMES.items():
        rows = pl.read_csv(source / f"{name}.csv", infer_schema_length=0)
        at = pl.col(moment).str.to_datetime(time_zone="UTC", time_unit="us")
        rows = rows.filter(at <= until)
        if name == "outcomes":
            lost = np.random.default_rng(1).random(rows.height) >= won_share
            later = (at > THEN) & (pl.col("outcome") == "won") & pl.Series(lost)
            rows = rows.with_columns(pl.when(later).then(pl.lit("lost")).otherwise(pl.col("outcome")).alias("outcome"))
        files[name] = folder / f"{name}.csv"
        rows.write_csv(files[name])
    return files


@dataclass
class Recalibrated:
    workspace: Workspace
    result: RecalibrationResult
    cutoffs_before: dict[str, object]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("company")
    simulate(folder / "all", leads=6000, months=24, seed=5)
    files = written(folder / "all", folder / "history", until=THEN)
    clock = FixedClock(THEN)
    initialise(folder / "acme", target=None, clock=clock, **files)
    workspace = Workspace.open(folder / "acme")
    with workspace.config_file.open("a", encoding="utf-8") as file:
        file.write(PLAN)
    version = train(workspace, clock=clock, progress=SilentProgress()).version
    Registry(workspace, clock=clock).promote(str(version), by="a test")
    return workspace


@pytest.fixture(scope="module")
def recalibrated(company: Workspace) -> Recalibrated:
    before = Agreement.read(company).to_mapping()
    written(company.root.parent / "all", company.root.parent / "history", until=NOW, won_share=0.4)
    result = recalibrate(company, clock=FixedClock(NOW), progress=SilentProgress(), by="anna")
    return Recalibrated(company, result, before)


def test_a_level_that_moved_is_followed_and_the_new_version_serves(recalibrated: Recalibrated) -> None:
    result = recalibrated.result
    before, after = (result.reliability[name].observed_to_expected for name in ("champion", "model"))
    assert result.promoted, result.sentences
    assert before.high < 1
    assert abs(np.log(after.value)) < abs(np.log(before.value))
    assert result.evaluations["model"].log_loss < result.evaluations["champion"].log_loss
    assert recalibrated.workspace.champion.resolve().name == result.version


def test_the_trees_and_all_that_reads_leads_are_the_same_bytes(recalibrated: Recalibrated) -> None:
    bundles = recalibrated.workspace.var / "bundles"
    old, new = (bundles / str(v) for v in (recalibrated.result.parent, recalibrated.result.version))
    changed = {path.name for path in new.iterdir() if path.read_bytes() != (old / path.name).read_bytes()}
    judged = {"cutoffs.json", "grades.json", "card.json", "golden.jsonl", "evidence.json"}
    assert changed <= {"calibration.json", "MANIFEST.json", *judged}
    assert "calibration.json" in changed
    assert {path.name for path in new.iterdir()} == {path.name for path in old.iterdir()}
    assert any(path.name.startswith(("trees-", "scorecard")) for path in new.iterdir())


def test_the_new_version_brings_evidence_of_its_own_on_the_leads_that_judged_it(recalibrated: Recalibrated) -> None:
    result = recalibrated.result
    evidence = read_evidence(recalibrated.workspace.var / "bundles" / str(result.version))
    assert evidence is not None
    assert evidence.model.log_loss == result.evaluations["model"].log_loss
    assert [one.scorer for one in evidence.scorers] == ["model", "champion"]
    assert [(one.rival, one.log_loss.value) for one in evidence.gains] == [("champion", result.paired.gain.value)]
    assert evidence.calibration.ratio == result.reliability["model"].observed_to_expected
    assert evidence.held_out.leads.count == result.cutoffs.leads
    assert evidence.reasons


def test_the_cutoffs_in_force_hold_and_are_marked_uncertified(recalibrated: Recalibrated) -> None:
    in_force = Agreement.read(recalibrated.workspace)
    assert (in_force.mql, in_force.sql) == (recalibrated.cutoffs_before["mql"], recalibrated.cutoffs_before["sql"])
    assert in_force.for_model(str(recalibrated.result.version)).state == "uncertified"


def test_the_version_tells_its_parent_and_the_run_both_calibrations(recalibrated: Recalibrated) -> None:
    import mlflow

    workspace, result = recalibrated.workspace, recalibrated.result
    client = mlflow.MlflowClient(workspace.tracking_uri, workspace.tracking_uri)
    tags = client.get_model_version(Registry(workspace).name, str(result.version)).tags
    assert (tags["parent_version"], tags["made_by"]) == (result.parent, "recalibrate")
    metrics = client.get_run(str(result.run_id)).data.metrics
    assert metrics["model.log_loss"] < metrics["champion.log_loss"]
    assert metrics["champion.observed_to_expected_high"] < 1
    asked = [entry for entry in read_audit(workspace) if entry["action"] == "recalibrate"]
    assert (asked[0]["by"], asked[0]["parent"], asked[0]["decision"]) == ("anna", result.parent, "promoted")


def test_what_the_new_certificate_rests_on_was_written_down_before(recalibrated: Recalibrated) -> None:
    rows = read_audit(recalibrated.workspace)
    registered = next(row for row in rows if row["action"] == "preregister" and row["verb"] == "recalibrate")
    decided = next(row for row in rows if row["action"] == "recalibrate")
    assert rows.index(registered) < rows.index(decided)
    assert registered["by"] == "anna"
    assert recalibrated.result.cutoffs is not None
    assert registered["leads"]["leads"] == recalibrated.result.cutoffs.leads


def test_leads_of_the_new_calibration_are_learned_from_and_those_of_its_certificate_are_not(
    recalibrated: Recalibrated,
) -> None:
    bundles = recalibrated.workspace.var / "bundles"
    parent = load_bundle(bundles / recalibrated.result.parent).card.learned
    child = load_bundle(bundles / str(recalibrated.result.version)).card.learned
    assert parent.learned_until is not None
    assert child.learned_until is not None
    assert child.learned_until > parent.learned_until
    assert child.known_until == NOW or child.known_until > parent.known_until


def test_the_result_is_one_json_object(recalibrated: Recalibrated) -> None:
    told = json.loads(json.dumps(recalibrated.result.to_mapping(), allow_nan=False))
    assert told["comparison"]["log_loss_gained"]["value"] > 0
    assert told["reliability"]["model"]["curve"]["probability"]


def test_few_fresh_outcomes_fit_nothing_and_say_what_is_missing(recalibrated: Recalibrated) -> None:
    workspace = recalibrated.workspace
    written(workspace.root.parent / "all", workspace.root.parent / "history", until=NOW, won_share=0.01)
    served = workspace.champion.resolve().name
    result = recalibrate(workspace, clock=FixedClock(NOW), progress=SilentProgress())
    assert result.version is None
    assert not result.promoted
    assert "30 are needed to fit a calibration" in result.sentences[-1]
    assert workspace.champion.resolve().name == served
    assert read_audit(workspace)[-1]["decision"] == "nothing fitted"


def test_the_verb_says_by_its_exit_code_that_nothing_serves_anew(recalibrated: Recalibrated) -> None:
    workspace = recalibrated.workspace
    written(workspace.root.parent / "all", workspace.root.parent / "history", until=NOW, won_share=0.01)
    answer = CliRunner().invoke(main, ["recalibrate", str(workspace.root), "--json"])
    assert answer.exit_code == 3
    assert json.loads(answer.stdout)["version"] is None
    told = CliRunner().invoke(main, ["recalibrate", str(workspace.root)])
    assert "Nothing was fitted" in told.stdout


def test_an_unreachable_mlflow_keeps_the_bundle_and_what_serves(recalibrated: Recalibrated, tmp_path: Path) -> None:
    workspace = recalibrated.workspace
    written(workspace.root.parent / "all", workspace.root.parent / "history", until=NOW, won_share=1.0)
    Registry(workspace).promote(recalibrated.result.parent)
    (tmp_path / "in the way").write_text("a file where MLflow needs a folder")
    uri = f"sqlite:///{tmp_path}/in the way/mlflow.db"
    result = recalibrate(workspace, clock=FixedClock(NOW), progress=SilentProgress(), tracking_uri=uri)
    assert (result.version, result.promoted) == (None, False)
    assert "is kept" in result.warnings[0]
    assert workspace.champion.resolve().name == recalibrated.result.parent


def rows(count: int, *, ordered: bool) -> Side:
    rng = np.random.default_rng(4)
    company = rng.integers(0, 2 * count, count)
    examples = pl.DataFrame({"lead_id": [str(i) for i in range(count)]})
    label = (rng.random(count) < 0.3).astype(float)
    order = np.arange(count) if ordered else None
    codes, everything = np.arange(count), np.ones(count, dtype=bool)
    return Side(examples, examples, label, np.ones(count), codes, company, order, everything, np.ones(count))


@pytest.mark.parametrize("ordered", [True, False])
def test_no_lead_or_company_is_fitted_on_and_judged_on(ordered: bool) -> None:
    side = rows(900, ordered=ordered)
    sides = recalibration_sides(FreshLeads(side, np.zeros(900, dtype=bool)), seed=1)
    assert not set(sides.fit.company) & set(sides.judge.company)
    assert sides.missing is None
    if ordered:
        assert max(sides.fit.order) < min(sides.judge.order)


def test_leads_that_matured_after_training_are_preferred_where_they_are_enough() -> None:
    side = rows(1800, ordered=True)
    many = recalibration_sides(FreshLeads(side, np.arange(1800) >= 600), seed=1)
    few = recalibration_sides(FreshLeads(side, np.arange(1800) >= 1750), seed=1)
    assert min(many.fit.order) >= 600
    assert "matured after" in many.sentence
    assert min(few.fit.order) < 600
    assert "never learned from" in few.sentence


def test_without_a_champion_there_is_nothing_to_recalibrate(company: Workspace, tmp_path: Path) -> None:
    empty = tmp_path / "leadscore.yaml"
    empty.write_bytes(company.config_file.read_bytes())
    with pytest.raises(RegistryError, match="No model serves"):
        recalibrate(Workspace(tmp_path), clock=FixedClock(NOW), progress=SilentProgress())
