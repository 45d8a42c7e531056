from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from features.domain import FixedClock, NotTrainedError
from features.history.files import FileHistory
from features.schema import ColumnType
from features.workspace import Workspace
from models.agreement import Agreement
from models.audit import read_audit
from models.bundle import load_bundle, load_scorer
from models.bundle.contents import EVIDENCE
from models.bundle.evidence import read_evidence
from models.evidence.at_cutoff import at_cutoff
from training.certification import preregister_holdout
from training.intake.infer import initialise
from training.progress import SilentProgress
from training.result import TrainingResult
from training.rivals import champion_rival
from training.run import train
from training.simulation import simulate
from training.tracking import quiet

CLOCK = FixedClock(datetime(2026, 7, 1, tzinfo=UTC))
PLAN = "\ntraining: {gate_draws: 200, moments_days: [0, 7, 30], gate_min_positives: 40}\n"


def company(folder: Path, leads: int = 2500) -> Workspace:
    history = folder / "history"
    simulate(history, leads=leads, months=24, seed=5)
    files = {name: history / f"{name}.csv" for name in ("leads", "events", "outcomes")}
    initialise(folder / "acme", target=None, clock=CLOCK, **files)
    workspace = Workspace.open(folder / "acme")
    with workspace.config_file.open("a", encoding="utf-8") as file:
        file.write(PLAN)
    return workspace


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, TrainingResult]:
    workspace = company(tmp_path_factory.mktemp("company"))
    return workspace, train(workspace, clock=CLOCK, progress=SilentProgress())


def test_a_run_leaves_a_version_whose_bundle_loads(trained: tuple[Workspace, TrainingResult]) -> None:
    workspace, result = trained
    assert result.version == "1"
    assert result.run_id is not None
    assert not result.warnings
    scorer = load_scorer(result.bundle, Agreement.read(workspace))
    assert scorer.reference.trained_at == CLOCK.moment


def test_the_bundle_keeps_what_the_run_measured(trained: tuple[Workspace, TrainingResult]) -> None:
    workspace, result = trained
    evidence = read_evidence(result.bundle)
    assert evidence is not None
    assert {one.scorer for one in evidence.scorers} == set(result.evaluations)
    assert evidence.model.log_loss == result.evaluations["model"].log_loss
    assert evidence.model.auc.low < result.evaluations["model"].auc < evidence.model.auc.high
    assert evidence.ranking_of().lift_at(0.1) == pytest.approx(result.evaluations["model"].lift_10)
    gains = {one.paired.rival: one.paired.gain for one in result.verdict.comparisons}
    assert {one.rival: one.log_loss.low for one in evidence.gains} == {name: one.low for name, one in gains.items()}
    held_out = evidence.held_out
    assert held_out.whole
    assert held_out.leads.count == result.cutoffs.leads
    clause = next(one for one in result.cutoffs.mql.clauses if one.name == "mql.min_conversion_rate")
    at = at_cutoff(held_out.leads, result.cutoffs.mql.probability, held_out.weeks)
    assert (at.leads, at.converted, at.rate.value) == (clause.n, clause.k, clause.estimate)
    assert held_out.arrived is not None
    assert len(held_out.arrived) == held_out.leads.count
    text = (result.bundle / EVIDENCE).read_text()
    people = pl.read_csv(workspace.root.parent / "history" / "leads.csv", infer_schema_length=0)
    named = [column for column in ("lead_id", "email", "name", "company") if column in people.columns]
    assert "lead_id" in named
    assert not [one for column in named for one in people[column].drop_nulls().unique() if f'"{one}"' in text]
    assert len(text) < 1_000_000


def test_the_model_beats_the_base_rate_on_leads_it_never_saw(trained: tuple[Workspace, TrainingResult]) -> None:
    figures = trained[1].evaluations["model"]
    assert figures.auc > 0.6
    assert figures.brier_skill > 0


def test_the_card_says_how_far_reasons_agree_with_a_second_definition(
    trained: tuple[Workspace, TrainingResult],
) -> None:
    card = load_bundle(trained[1].bundle).card
    assert 0.5 < card.metrics["reasons.first_agreement"] <= 1.0
    assert any("interventional" in choice for choice in card.choices)


def test_the_run_in_mlflow_has_all_figures_of_the_card_and_what_was_fitted(
    trained: tuple[Workspace, TrainingResult],
) -> None:
    workspace, result = trained
    bundle = load_bundle(result.bundle)
    assert result.run_id is not None
    with quiet():
        from mlflow.tracking import MlflowClient

        run = MlflowClient(workspace.tracking_uri).get_run(result.run_id)
    assert run.data.metrics == pytest.approx(bundle.card.metrics)
    assert run.data.params["rung"] == result.rung
    assert float(run.data.params["calibration.a"]) == pytest.approx(bundle.calibration.a)
    assert run.data.tags["certificate.mql"] == result.cutoffs.mql.state.value


def test_only_a_promoted_model_serves(trained: tuple[Workspace, TrainingResult]) -> None:
    workspace, result = trained
    assert workspace.champion.exists() is result.promoted
    assert result.promoted is result.verdict.promoted
    assert (workspace.var / "rules_calibration.json").exists()


def test_the_result_is_one_json_object_that_says_why(trained: tuple[Workspace, TrainingResult]) -> None:
    told = json.loads(json.dumps(trained[1].to_mapping(), allow_nan=False))
    assert told["verdict"]["reasons"]
    assert told["holdout"] == "the newest 25% of the leads"
    assert any("held out" in sentence for sentence in told["sentences"])
    assert told["counts"]["leads used"] + told["counts"]["leads left out"] == told["counts"]["leads"]


def test_what_is_certified_stands_in_the_audit_log_before_the_gate_looks(
    trained: tuple[Workspace, TrainingResult],
) -> None:
    workspace, result = trained
    rows = read_audit(workspace)
    registered, gate = (next(row for row in rows if row["action"] == action) for action in ("preregister", "gate"))
    assert rows.index(registered) < rows.index(gate)
    assert gate["preregistered"] == registered["digest"]
    sla = workspace.sla()
    assert registered["clauses"]["mql.min_conversion_rate"] == sla.mql.min_conversion_rate
    assert (registered["alpha"], registered["split"]) == (pytest.approx(1.0 - sla.confidence), result.holdout)
    assert registered["leads"]["leads"] == result.cutoffs.leads
    assert registered["leads"]["from"] < registered["leads"]["until"]
    assert set(registered["files"]) == {"leads.csv", "events.csv", "outcomes.csv"}


def test_no_label_of_the_hold_out_is_needed_to_write_it_down(trained: tuple[Workspace, TrainingResult]) -> None:
    class Unread:
        def __getattr__(self, name: str) -> object:
            raise AssertionError(f"{name} of the hold-out was read")

    class Side(Unread):
        examples = pl.DataFrame({"lead_id": ["a", "a", "b"], "as_of": [CLOCK.moment] * 3})
        mature = np.array([True, True, False])

    workspace = trained[0]
    preregister_holdout(workspace, Side(), verb="train", split="some", data={"files": {}}, at=CLOCK.moment)  # type: ignore[arg-type]  # only what may be read
    assert read_audit(workspace)[-1]["leads"]["leads"] == 1


def test_the_run_is_in_mlflow_with_report_and_card(trained: tuple[Workspace, TrainingResult]) -> None:
    workspace, result = trained
    folder = workspace.artifacts / str(result.run_id) / "artifacts"
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert {"card.md", "report.html", "report-de.html"} <= names
    assert {"MANIFEST.json", "golden.jsonl"} <= names


def test_the_same_seed_and_data_give_the_same_bytes(trained: tuple[Workspace, TrainingResult], tmp_path: Path) -> None:
    again = train(company(tmp_path), clock=CLOCK, progress=SilentProgress())
    first, second = ({p.name: p.read_bytes() for p in r.bundle.iterdir()} for r in (trained[1], again))
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_an_unreachable_mlflow_keeps_the_bundle_and_promotes_nothing(
    trained: tuple[Workspace, TrainingResult], tmp_path: Path
) -> None:
    workspace = company(tmp_path)
    (tmp_path / "in the way").write_text("a file where MLflow needs a folder")
    uri = f"sqlite:///{tmp_path}/in the way/mlflow.db"
    result = train(workspace, clock=CLOCK, progress=SilentProgress(), tracking_uri=uri)
    assert not result.promoted
    assert "kept" in result.warnings[-1]
    assert load_scorer(result.bundle, Agreement.read(workspace)) is not None


def test_row_28_too_few_outcomes_are_refused_and_nothing_changes(tmp_path: Path) -> None:
    workspace = company(tmp_path, leads=150)
    with pytest.raises(NotTrainedError):
        train(workspace, clock=CLOCK, progress=SilentProgress())
    assert not workspace.champion.exists()
    (kept,) = workspace.reports.glob("not-trained-*/result.json")
    told = json.loads(kept.read_text())
    assert told["code"] == "not-trained"
    assert told["remedy"]


def test_figures_are_finite(trained: tuple[Workspace, TrainingResult]) -> None:
    for figures in trained[1].evaluations.values():
        assert np.isfinite([figures.log_loss, figures.auc, figures.brier, figures.spiegelhalter]).all()


def test_a_champion_of_another_column_type_is_left_out_with_a_sentence(
    trained: tuple[Workspace, TrainingResult], tmp_path: Path
) -> None:
    workspace = Workspace(tmp_path)
    workspace.var.mkdir()
    workspace.champion.symlink_to(trained[1].bundle, target_is_directory=True)
    config = trained[0].config()
    history = FileHistory.read(config, clock=CLOCK)
    number = next(c.name for c in config.schema.used_columns if c.type is ColumnType.NUMBER)
    leads = history.leads().with_columns(pl.lit("many").alias(f"attribute.{number}"))
    side = SimpleNamespace(moments=leads.select("lead_id", pl.col("created_at").alias("as_of")).head(10))
    read = SimpleNamespace(leads=lambda: leads, events=history.events)
    probability, sentence = champion_rival(workspace, read, SimpleNamespace(holdout=side))  # type: ignore[arg-type]  # the frames suffice
    assert probability is None
    assert sentence is not None
    assert "could not be compared" in sentence
