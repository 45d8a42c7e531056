from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.domain import FixedClock, InputError
from features.workspace import Workspace
from training.backtesting.backtest import BacktestResult, backtest
from training.backtesting.origins import rolling_origins
from training.examples import Examples
from training.intake.infer import initialise
from training.progress import SilentProgress
from training.simulation import simulate
from training.tracking import quiet

CLOCK = FixedClock(datetime(2026, 7, 1, tzinfo=UTC))
PLAN = (
    "\ntraining: {gate_draws: 200, moments_days: [0, 14], max_trees: 60, crossfit_folds: 2, gate_min_positives: 40}\n"
)


def examples(leads: int, days_apart: float) -> Examples:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    created = [start + timedelta(days=days_apart * row) for row in range(leads)]
    frame = pl.DataFrame(
        {"lead_id": [f"L{row:04}" for row in range(leads)], "created_at": created, "as_of": created,
         "order": list(range(leads)), "label": [row % 3 == 0 for row in range(leads)]}
    ).with_columns(pl.col("label").cast(pl.Int8))  # fmt: skip
    return Examples(frame, {}, timedelta(days=90))


def test_stretches_follow_each_other_and_later_leads_came_when_their_outcomes_were_known() -> None:
    known = examples(1000, 1.0)
    origins = rolling_origins(known, 3)
    assert [origin.rows.size for origin in origins] == [600, 800, 1000]
    assert [round(origin.share * origin.rows.size) for origin in origins] == [200, 200, 200]
    first = origins[0]
    assert first.later.min() == 690
    assert first.later.size == 200
    assert origins[-1].later.size == 0


def test_without_a_horizon_the_next_leads_come_at_once() -> None:
    origins = rolling_origins(dataclasses.replace(examples(1000, 1.0), horizon=None), 3)
    assert origins[0].later.tolist() == list(range(600, 800))


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, BacktestResult]:
    folder = tmp_path_factory.mktemp("company")
    simulate(folder / "history", leads=5000, months=36, seed=5)
    files = {name: folder / "history" / f"{name}.csv" for name in ("leads", "events", "outcomes")}
    initialise(folder / "acme", target=None, clock=CLOCK, **files)
    workspace = Workspace.open(folder / "acme")
    with workspace.config_file.open("a", encoding="utf-8") as file:
        file.write(PLAN)
    return workspace, backtest(workspace, 3, clock=CLOCK, progress=SilentProgress())


def test_every_stretch_is_told_and_the_trained_ones_are_pooled(tested: tuple[Workspace, BacktestResult]) -> None:
    folds = tested[1].folds
    assert [fold.number for fold in folds] == [1, 2, 3]
    trained = [fold for fold in folds if fold.why_not is None]
    assert trained
    pooled = tested[1].pooled
    assert pooled is not None
    assert pooled.leads == sum(fold.leads for fold in trained)
    assert pooled.positives == sum(fold.positives for fold in trained)
    whole = np.average(
        [fold.rules["log_loss"] - fold.model["log_loss"] for fold in trained], weights=[fold.leads for fold in trained]
    )
    assert pooled.gain.value == pytest.approx(float(whole), abs=1e-9)


def test_report_picture_and_run_are_kept(tested: tuple[Workspace, BacktestResult]) -> None:
    workspace, result = tested
    page = (result.report / "report.html").read_text("utf-8")
    for fold in result.folds:
        told = "" if fold.gain is None else f"{fold.gain.value:+.4f}"
        assert (told.replace("-", "−") or fold.why_not) in page
    kept = json.loads((result.report / "result.json").read_text())
    assert kept["folds"] == json.loads(json.dumps(result.to_mapping()))["folds"]
    with quiet():
        from mlflow.tracking import MlflowClient

        run = MlflowClient(workspace.tracking_uri).get_run(str(result.run_id))
    assert run.data.tags["leadscore.kind"] == "backtest"
    assert "model.log_loss" in run.data.metrics
    assert not workspace.champion.exists()


def test_a_history_without_order_is_refused(tmp_path: Path) -> None:
    rows = "\n".join(f"a{row},{row % 7},{'yes' if row % 5 == 0 else 'no'}" for row in range(300))
    (tmp_path / "leads.csv").write_text(f"lead_id,visits,converted\n{rows}\n")
    initialise(
        tmp_path / "acme", leads=tmp_path / "leads.csv", events=None, outcomes=None, target="converted", clock=CLOCK
    )
    workspace = Workspace.open(tmp_path / "acme")
    text = workspace.config_file.read_text()
    if "order: file" in text:
        workspace.config_file.write_text(text.replace("order: file", "order: none"))
    with pytest.raises(InputError, match="which lead is older"):
        backtest(workspace, 3, clock=CLOCK, progress=SilentProgress())


def test_a_history_too_short_for_a_backtest_says_how_long_it_would_have_to_be(tmp_path: Path) -> None:
    simulate(tmp_path / "history", leads=1500, months=5, seed=5, end=CLOCK.moment)
    files = {name: tmp_path / "history" / f"{name}.csv" for name in ("leads", "events", "outcomes")}
    initialise(tmp_path / "acme", target=None, clock=CLOCK, horizon_days=90.0, **files)
    with (tmp_path / "acme" / "leadscore.yaml").open("a", encoding="utf-8") as file:
        file.write(PLAN)
    result = backtest(Workspace.open(tmp_path / "acme"), 2, clock=CLOCK, progress=SilentProgress())
    assert all(fold.why_not is not None for fold in result.folds)
    assert "two horizons" in result.reasons[0]
