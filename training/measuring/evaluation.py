"""One model, or the rules, on leads that it never learned from: figures, calibration, and whether the cutoffs held."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import polars as pl

from features.config import Config, HistorySource
from features.domain import Clock, HistoryError
from features.history.files import FileHistory
from features.history.source import StoreReader, read_history
from features.workspace import Workspace
from models.registry import CHAMPION
from training.calibration.reliability import assess
from training.fresh import examples_of
from training.gates import too_little
from training.measuring.contenders import RULES_NAME, Contender, load_contender
from training.measuring.fair import Fair, cutoffs_of, fair_ground
from training.measuring.figures import flat_figures, measure
from training.measuring.pages import evaluation_page
from training.measuring.promises import observe_promises
from training.measuring.results import EvaluationResult
from training.other_files import OtherFiles
from training.plan import TrainingPlan
from training.progress import Progress
from training.reporting import ReportFolder
from training.tracking import RunRecord, record_or_say

_NOT_SINCE = (
    "No lead has matured since the training: the promises are observed on the leads that the cutoffs were chosen on, "
    "which is no proof that they hold."
)


def evaluate_model(
    workspace: Workspace,
    named: str,
    files: OtherFiles,
    *,
    clock: Clock,
    progress: Progress,
    tracking_uri: str | None = None,
    store: StoreReader | None = None,
) -> EvaluationResult:
    """Measure one model on mature leads that it never learned from.

    Parameters
    ----------
    workspace : Workspace
        The company's.
    named : str
        ``champion``, ``challenger``, a version, or ``rules`` (on the leads that the champion never learned from).
    files : OtherFiles
        Where other leads are; without any, the workspace's history.
    clock : Clock
        The present.
    progress : Progress
        Told of the stages.
    tracking_uri : str or None
        Of an MLflow server; None takes the workspace's own database.
    store : StoreReader, optional
        How the service's store is read, for a workspace that says ``history: store``.

    Raises
    ------
    RegistryError, BundleError
        If the version is not there or damaged.
    TooFewLeadsError
        If there are no such leads, or all of one outcome.
    HistoryError
        If a file cannot be read.
    """
    config, now = workspace.config(), clock.now()
    plan = TrainingPlan.from_mapping(config.training)
    progress.stage("Loading the version")
    contender = load_contender(workspace, CHAMPION if named == RULES_NAME else named, tracking_uri)
    progress.stage("Reading the history")
    history = files.history(config, clock=clock, store=store)
    taught = None if files.leads is None else _own_leads(config, clock, store)
    progress.stage("Scoring leads that it never learned from")
    fair = fair_ground(
        workspace, config, plan, history, examples_of(history, config, plan), [contender], now, taught=taught
    )
    progress.stage("Measuring")
    report = ReportFolder.make(workspace, "evaluate", now)
    result = _measured(workspace, plan, contender, fair, rules=named == RULES_NAME, report=report.folder)
    progress.stage("Recording")
    report.show(evaluation_page(config.name, now, result, fair))
    report.write(result.to_mapping())
    name = f"{now:%Y-%m-%d %H:%M:%S} evaluate {result.name}"
    run_id, warning = record_or_say(workspace, _record(config, plan, name, result, files), tracking_uri)
    warnings = (*history.warnings, *([] if warning is None else [warning]))
    return dataclasses.replace(result, warnings=warnings, run_id=run_id)


def _own_leads(config: Config, clock: Clock, store: StoreReader | None) -> pl.Series:
    """Return the ids of the workspace's own leads: other files may hold some of them again."""
    if config.history is HistorySource.STORE:
        return read_history(config, clock=clock, store=store).leads()["lead_id"].unique()
    try:
        return FileHistory.read(config, require_outcomes=False, clock=clock).leads()["lead_id"].unique()
    except HistoryError:
        # Its own files may be gone; creation times then tell alone what was learned from.
        return pl.Series([], dtype=pl.String)


def _measured(
    workspace: Workspace, plan: TrainingPlan, contender: Contender, fair: Fair, *, rules: bool, report: Path
) -> EvaluationResult:
    held_out = fair.side.held_out()
    asked = fair.rules.name if rules else contender.name
    shown = [asked] if rules else [asked, fair.rules.name]
    mql, sql = cutoffs_of(workspace, contender)
    reliability = assess(fair.side, fair.said[asked], contender.bundle.catalog, seed=plan.seed)
    short = too_little(held_out, plan)
    few = None if short is None else f"Few outcomes: {held_out.positive_leads} positive leads; the intervals are wide."
    new = fair.fresh.new
    since = None if new.any() else _NOT_SINCE
    observed = np.flatnonzero(new) if new.any() else np.arange(new.size)
    told = (fair.fresh.sentence, since, few, fair.rules.sentence, *reliability.sentences)
    return EvaluationResult(
        name=asked,
        version=None if rules else contender.version,
        figures={name: measure(fair.said[name], held_out, draws=plan.gate_draws, seed=plan.seed) for name in shown},
        reliability=reliability,
        cutoffs=(mql, sql),
        promises=observe_promises(fair.side.take(observed), fair.said[asked][observed], workspace.sla(), mql, sql),
        sentences=tuple(sentence for sentence in told if sentence is not None),
        warnings=(),
        report=report,
    )


def _record(config: Config, plan: TrainingPlan, name: str, result: EvaluationResult, files: OtherFiles) -> RunRecord:
    metrics = flat_figures(result.figures, model=result.name) | result.reliability.metrics("model")
    for promise in result.promises:
        if promise.share is not None:
            metrics |= {
                f"promise.{promise.name}": promise.share, f"promise.{promise.name}_low": promise.interval[0],
                f"promise.{promise.name}_high": promise.interval[1],
            }  # fmt: skip
    return RunRecord(
        experiment=config.name,
        name=name,
        kind="evaluate",
        parameters={
            **plan.to_mapping(), "model": result.name, "version": result.version or "",
            **{f"{table}_file": file.name for table, file in files.given.items()},
        },
        metrics={name: value for name, value in metrics.items() if np.isfinite(value)},
        tags={"promises": "broken" if result.broken else "not broken", "notes": "\n".join(result.sentences)},
        folders={"report": result.report},
        texts={},
    )  # fmt: skip
