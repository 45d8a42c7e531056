"""The record of a run in MLflow: parameters, metrics under the same names for all runs, and artefacts."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.workspace import Workspace

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

KIND = "leadscore.kind"
"""Tag of a run: the verb that made it."""

_LOG = logging.getLogger(__name__)
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
        What people call the run by: when it was made, and what came of it.
    kind : str
        The verb that made it: ``train``, ``evaluate``, ``compare`` or ``backtest``; a tag, to filter by.
    parameters : Mapping[str, Any]
        The plan and the fingerprint, by flat names.
    metrics : mapping from name to float or sequence of float
        Finite figures by flat names, the same names in all kinds of runs; a sequence is logged by steps.
    tags : Mapping[str, str]
        Sentences: the rung, the verdict.
    folders : Mapping[str, Path]
        Folders of artefacts, by the name they are logged under, e.g. ``bundle`` and ``plots``.
    texts : Mapping[str, str]
        Texts by file name, e.g. the model card as ``card.md``.
    """

    experiment: str
    name: str
    kind: str
    parameters: Mapping[str, Any]
    metrics: Mapping[str, float | Sequence[float]]
    tags: Mapping[str, str]
    folders: Mapping[str, Path]
    texts: Mapping[str, str]


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

        client, experiment_id = _experiment(workspace, record.experiment, tracking_uri)
        run = client.create_run(experiment_id, run_name=record.name)
        run_id: str = run.info.run_id
        try:
            moment = run.info.start_time
            client.log_batch(
                run_id,
                metrics=[
                    Metric(name, value, moment, step)
                    for name, values in record.metrics.items()
                    for step, value in enumerate([values] if isinstance(values, float | int) else values)
                ],
                params=[Param(name, str(value)[:_LONGEST_PARAM]) for name, value in record.parameters.items()],
                tags=[RunTag(KIND, record.kind), *(RunTag(name, text) for name, text in record.tags.items())],
            )
            for name, folder in record.folders.items():
                client.log_artifacts(run_id, str(folder), name)
            for name, text in record.texts.items():
                client.log_text(run_id, text, name)
        except BaseException:
            client.set_terminated(run_id, "FAILED")
            raise
        client.set_terminated(run_id)
    return run_id


def add_to_run(
    workspace: Workspace, run_id: str, folder: Path, name: str, tracking_uri: str | None = None
) -> str | None:
    """Add a folder to the artefacts of a finished run; return a warning where MLflow could not take it.

    Parameters
    ----------
    workspace : Workspace
        Its own database is used unless ``tracking_uri`` names a server.
    run_id : str
        Of the run.
    folder : Path
        What to add.
    name : str
        That the folder is logged under.
    tracking_uri : str or None
        Of an MLflow server.
    """
    try:
        with quiet():
            from mlflow.tracking import MlflowClient

            MlflowClient(tracking_uri=tracking_uri or workspace.tracking_uri).log_artifacts(run_id, str(folder), name)
    # MLflow raises whatever its database, its server and its file system raise, with no class in common.
    except Exception as error:  # noqa: BLE001 - an edge: logged and told to the user
        _LOG.warning("the report could not be added to the run", extra={"run": run_id}, exc_info=True)
        return f"MLflow could not take the report ({' '.join(str(error).split())[:200]}); it is in {folder}."
    return None


def record_or_say(
    workspace: Workspace, record: RunRecord, tracking_uri: str | None = None
) -> tuple[str | None, str | None]:
    """Return the run's id, or None with a warning: a result in hand must not be lost because MLflow is away."""
    try:
        return record_run(workspace, record, tracking_uri), None
    # MLflow raises whatever its database, its server and its file system raise, with no class in common.
    except Exception as error:  # noqa: BLE001 - an edge: logged and told to the user
        _LOG.warning("the run could not be recorded", extra={"kind": record.kind}, exc_info=True)
        first = " ".join(str(error).split())[:200]
        return None, f"MLflow could not take the run ({first}); the result is in var/reports."


def _experiment(workspace: Workspace, name: str, tracking_uri: str | None) -> tuple[MlflowClient, str]:
    """Return a client and the experiment's id; of two first runs at once, one makes it and both get it."""
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    own = tracking_uri is None or tracking_uri == workspace.tracking_uri
    # The first client of a database also makes its tables, which SQLite does not take from two processes at once.
    with _one_at_a_time(workspace) if own else contextlib.nullcontext():
        client = MlflowClient(tracking_uri=tracking_uri or workspace.tracking_uri)
        experiment = client.get_experiment_by_name(name)
        if experiment is not None:
            return client, str(experiment.experiment_id)
        try:
            return client, str(client.create_experiment(name, workspace.artifacts.as_uri() if own else None))
        except MlflowException:
            # A server has no lock of ours: another run may have made it since we looked.
            experiment = client.get_experiment_by_name(name)
            if experiment is None:
                raise
            return client, str(experiment.experiment_id)


@contextlib.contextmanager
def _one_at_a_time(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace's lock on its MLflow database; it goes with the process, also if that is killed."""
    workspace.var.mkdir(parents=True, exist_ok=True)
    with (workspace.var / ".mlflow.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


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
