"""The record of a run in MLflow: plan, data fingerprint, metrics, plots, bundle and model card."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.workspace import Workspace

_CHATTY = ("alembic", "mlflow")
_LONGEST_PARAM = 500


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run leaves in MLflow.

    Parameters
    ----------
    experiment : str
        The workspace's name.
    name : str
        What people call the run by: when it was trained, and what it became.
    parameters : Mapping[str, Any]
        The plan and the fingerprint, by flat names.
    metrics : Mapping[str, float]
        Finite figures by flat names.
    tags : Mapping[str, str]
        Sentences: the rung, the verdict.
    bundle : Path
        Logged as ``bundle``.
    plots : Path
        Logged as ``plots``.
    card : str
        The model card as Markdown, logged as ``card.md``.
    """

    experiment: str
    name: str
    parameters: Mapping[str, Any]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    bundle: Path
    plots: Path
    card: str


def record_run(workspace: Workspace, record: RunRecord, tracking_uri: str | None = None) -> str:
    """Write the record and return the run's id.

    Parameters
    ----------
    workspace : Workspace
        Its own SQLite database is used, with artifacts in ``var/artifacts``, unless ``tracking_uri`` names a server.
    record : RunRecord
        What to write.
    tracking_uri : str or None
        Of an MLflow server.
    """
    workspace.artifacts.mkdir(parents=True, exist_ok=True)
    with quiet():
        from mlflow.entities import Metric, Param, RunTag
        from mlflow.tracking import MlflowClient

        client = MlflowClient(tracking_uri=tracking_uri or workspace.tracking_uri)
        own = tracking_uri is None or tracking_uri == workspace.tracking_uri
        experiment = client.get_experiment_by_name(record.experiment)
        experiment_id = (
            client.create_experiment(record.experiment, workspace.artifacts.as_uri() if own else None)
            if experiment is None
            else experiment.experiment_id
        )
        run = client.create_run(experiment_id, run_name=record.name)
        run_id: str = run.info.run_id
        try:
            moment = run.info.start_time
            client.log_batch(
                run_id,
                metrics=[Metric(name, value, moment, 0) for name, value in record.metrics.items()],
                params=[Param(name, str(value)[:_LONGEST_PARAM]) for name, value in record.parameters.items()],
                tags=[RunTag(name, text) for name, text in record.tags.items()],
            )
            client.log_artifacts(run_id, str(record.bundle), "bundle")
            client.log_artifacts(run_id, str(record.plots), "plots")
            client.log_text(run_id, record.card, "card.md")
        except BaseException:
            client.set_terminated(run_id, "FAILED")
            raise
        client.set_terminated(run_id)
    return run_id


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep MLflow's and Alembic's chatter about their database, and their deprecations, off the terminal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Its import sets its own level, so that ours has to come after.
        import mlflow.tracking  # noqa: F401 - imported for that effect

        loggers = [logging.getLogger(name) for name in _CHATTY]
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
