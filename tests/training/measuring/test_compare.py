from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.domain import FixedClock, InputError, RegistryError
from features.workspace import Workspace
from models.registry import Registry
from training.intake.infer import initialise
from training.measuring.compare import compare
from training.measuring.evaluation import evaluate_model
from training.other_files import OtherFiles
from training.progress import SilentProgress
from training.result import TrainingResult
from training.run import train
from training.simulation import simulate
from training.tracking import quiet

CLOCK = FixedClock(datetime(2026, 7, 1, tzinfo=UTC))
PLAN = (
    "\ntraining: {gate_draws: 200, moments_days: [0, 14], max_trees: 60, crossfit_folds: 2, gate_min_positives: 40}\n"
)
NAMES = ("leads", "events", "outcomes")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, TrainingResult]:
    folder = tmp_path_factory.mktemp("company")
    simulate(folder / "history", leads=4000, months=30, seed=5)
    simulate(folder / "newer", leads=2500, months=24, seed=11)
    initialise(
        folder / "acme", target=None, clock=CLOCK, **{name: folder / "history" / f"{name}.csv" for name in NAMES}
    )
    workspace = Workspace.open(folder / "acme")
    with workspace.config_file.open("a", encoding="utf-8") as file:
        file.write(PLAN)
    result = train(workspace, clock=CLOCK, progress=SilentProgress())
    with quiet():
        Registry(workspace, clock=CLOCK).promote(str(result.version))
    return workspace, result


def test_compare_finds_what_training_found_on_the_same_leads(trained: tuple[Workspace, TrainingResult]) -> None:
    workspace, result = trained
    found = compare(workspace, (), clock=CLOCK, progress=SilentProgress())
    assert found.new == "champion"
    model, rules = found.figures["champion"].points, found.figures["calibrated rules"].points
    assert model.leads == pytest.approx(result.evaluations["model"].leads, abs=5)
    assert model.log_loss == pytest.approx(result.evaluations["model"].log_loss, abs=2e-3)
    assert rules.log_loss == pytest.approx(result.evaluations["calibrated rules"].log_loss, abs=5e-3)
    assert found.figures["champion"].log_loss.low < model.log_loss < found.figures["champion"].log_loss.high
    assert "held out at training" in " ".join(found.sentences)
    quarters = [one for one in found.stretches if "Q" in one.name]
    assert sum(one.leads for one in quarters) == model.leads


def test_the_comparison_is_in_the_reports_and_in_mlflow(trained: tuple[Workspace, TrainingResult]) -> None:
    workspace, result = trained
    found = compare(workspace, ("champion", "rules"), clock=CLOCK, progress=SilentProgress())
    kept = json.loads((found.report / "result.json").read_text())
    assert kept["verdict"]["decision"] == found.verdict.decision.value
    english, german = ((found.report / f"report{stem}.html").read_text("utf-8") for stem in ("", "-de"))
    assert "Against Rules (calibrated)" in english
    assert "Gegen Regeln (kalibriert)" in german
    assert f"{found.verdict.comparisons[0].paired.gain.value:+.4f}".replace("-", "−") in english
    assert english.count("<svg") == 3
    with quiet():
        from mlflow.tracking import MlflowClient

        client = MlflowClient(workspace.tracking_uri)
        here, there = (client.get_run(str(run)).data.metrics for run in (found.run_id, result.run_id))
    shared = {"model.log_loss", "model.auc", "calibrated_rules.log_loss", "gate.log_loss_gained_on_calibrated_rules"}
    assert shared <= here.keys() & there.keys()


def test_who_cannot_be_compared_is_refused(trained: tuple[Workspace, TrainingResult]) -> None:
    workspace, _ = trained
    with pytest.raises(InputError, match="Only the rules"):
        compare(workspace, ("rules",), clock=CLOCK, progress=SilentProgress())
    with pytest.raises(RegistryError):
        compare(workspace, ("99",), clock=CLOCK, progress=SilentProgress())


def test_evaluate_measures_calibration_and_promises(trained: tuple[Workspace, TrainingResult]) -> None:
    workspace, result = trained
    found = evaluate_model(workspace, "champion", OtherFiles(), clock=CLOCK, progress=SilentProgress())
    assert found.version == result.version
    assert found.cutoffs == (result.cutoffs.mql.probability, result.cutoffs.sql.probability)
    assert any("no proof that they hold" in sentence for sentence in found.sentences)
    assert found.promises
    german = (found.report / "report-de.html").read_text("utf-8")
    assert "Wurden die Zusagen gehalten?" in german
    assert german.count("gehalten</span>") + german.count("gebrochen</span>") + german.count(
        "noch nicht zu sagen</span>"
    ) == len(found.promises)
    json.dumps(found.to_mapping(), allow_nan=False)
    rules = evaluate_model(workspace, "rules", OtherFiles(), clock=CLOCK, progress=SilentProgress())
    assert (rules.name, rules.version) == ("calibrated rules", None)


def test_evaluate_reads_other_files(trained: tuple[Workspace, TrainingResult], tmp_path: Path) -> None:
    workspace, _ = trained
    newer = workspace.root.parent / "newer"
    # Other people than those learned from: their ids are not the workspace's.
    for name in NAMES:
        head, *lines = (newer / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        place = head.split(",").index("lead_id")
        assert place == 0
        (tmp_path / f"{name}.csv").write_text("\n".join([head, *(f"X{line}" for line in lines)]), encoding="utf-8")
    files = OtherFiles(*(tmp_path / f"{name}.csv" for name in NAMES))
    found = evaluate_model(workspace, "champion", files, clock=CLOCK, progress=SilentProgress())
    assert "matured after training" in found.sentences[0]
    assert not any("no proof" in sentence for sentence in found.sentences)
