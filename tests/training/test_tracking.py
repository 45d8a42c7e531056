from __future__ import annotations

import multiprocessing
from pathlib import Path

from features.workspace import Workspace
from training.tracking import KIND, RunRecord, quiet, record_run


def record(name: str) -> RunRecord:
    return RunRecord(
        experiment="acme", name=name, kind="compare", parameters={"seed": 1},
        metrics={"model.log_loss": 0.3, "champion.log_loss": [0.4, 0.5]}, tags={"decision": "undecided"},
        folders={}, texts={"report.md": "text"},
    )  # fmt: skip


def record_at(root: Path, name: str, start: object) -> None:
    start.wait()  # type: ignore[attr-defined]  # a Barrier
    record_run(Workspace(root), record(name))


def test_first_runs_at_once_are_all_recorded_in_one_experiment(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(3)
    processes = [context.Process(target=record_at, args=(tmp_path, f"run {n}", start)) for n in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=120)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    with quiet():
        from mlflow.tracking import MlflowClient

        client = MlflowClient(Workspace(tmp_path).tracking_uri)
        experiment = client.get_experiment_by_name("acme")
        runs = client.search_runs([experiment.experiment_id])
    assert sorted(run.info.run_name for run in runs) == ["run 0", "run 1", "run 2"]
    assert {run.data.tags[KIND] for run in runs} == {"compare"}


def test_a_figure_over_time_is_logged_by_steps(tmp_path: Path) -> None:
    run_id = record_run(Workspace(tmp_path), record("one"))
    with quiet():
        from mlflow.tracking import MlflowClient

        client = MlflowClient(Workspace(tmp_path).tracking_uri)
        steps = client.get_metric_history(run_id, "champion.log_loss")
        texts = [file.path for file in client.list_artifacts(run_id)]
    assert [(one.step, one.value) for one in steps] == [(0, 0.4), (1, 0.5)]
    assert texts == ["report.md"]
