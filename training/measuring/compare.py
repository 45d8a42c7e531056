"""One version against others and the rules, on leads that none of them learned from."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from features.config import Config
from features.domain import Clock, InputError, RegistryError
from features.history.source import StoreReader, read_history
from features.workspace import Workspace
from models.registry import CHALLENGER, CHAMPION
from training.fresh import examples_of
from training.gates import decide
from training.judgement import volumes_at
from training.measuring.contenders import RULES_NAME, Contender, load_contender
from training.measuring.fair import Fair, cutoffs_of, fair_ground
from training.measuring.figures import flat_figures, measure
from training.measuring.pages import comparison_page
from training.measuring.results import CompareResult
from training.measuring.stretches import by_kind, by_quarter
from training.plan import TrainingPlan
from training.progress import Progress
from training.reporting import ReportFolder
from training.tracking import RunRecord, record_or_say


def compare(
    workspace: Workspace,
    named: Sequence[str],
    *,
    clock: Clock,
    progress: Progress,
    tracking_uri: str | None = None,
    store: StoreReader | None = None,
) -> CompareResult:
    """Compare versions and the rules on leads that none of them learned from.

    Nothing is promoted; the verdict says what the gate would.

    Parameters
    ----------
    workspace : Workspace
        The company's.
    named : sequence of str
        ``champion``, ``challenger``, versions or ``rules``; the last but ``rules`` is judged against each of the
        others. Empty: the challenger against the champion and the rules, or the champion against the rules.
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
    InputError
        If only the rules are named.
    RegistryError, BundleError
        If a version is not there or damaged.
    TooFewLeadsError
        If there are no leads that none learned from, or all of one outcome.
    """
    config, now = workspace.config(), clock.now()
    plan = TrainingPlan.from_mapping(config.training)
    progress.stage("Loading the versions")
    contenders, absent = _contenders(workspace, named, tracking_uri)
    progress.stage("Reading the history")
    history = read_history(config, clock=clock, store=store)
    examples = examples_of(history, config, plan)
    progress.stage("Scoring leads that none learned from")
    fair = fair_ground(workspace, config, plan, history, examples, contenders, now)
    progress.stage("Comparing")
    report = ReportFolder.make(workspace, "compare", now)
    result = _judged(workspace, plan, contenders, fair, absent, report.folder)
    progress.stage("Recording")
    report.show(comparison_page(config.name, now, result, fair))
    report.write(result.to_mapping())
    name = f"{now:%Y-%m-%d %H:%M:%S} compare"
    run_id, warning = record_or_say(workspace, _record(config, plan, name, result), tracking_uri)
    warnings = (*history.warnings, *([] if warning is None else [warning]))
    return dataclasses.replace(result, warnings=warnings, run_id=run_id)


def _contenders(
    workspace: Workspace, named: Sequence[str], tracking_uri: str | None
) -> tuple[list[Contender], tuple[str, ...]]:
    """Return the versions, each once, and what is to be said of one that is not there."""
    wanted = [name for name in named if name != RULES_NAME]
    if named and not wanted:
        raise InputError(
            "Only the rules are named.", "at least one version to compare with them.", "Name another with --model."
        )
    absent: tuple[str, ...] = ()
    if wanted:
        found = [load_contender(workspace, name, tracking_uri) for name in wanted]
    else:
        found = [load_contender(workspace, CHAMPION, tracking_uri)] if workspace.champion.is_dir() else []
        try:
            found.append(load_contender(workspace, CHALLENGER, tracking_uri))
        except RegistryError as error:
            # Whoever just promoted has no challenger: the champion is then compared with the rules alone.
            if not found:
                raise
            absent = (f"The champion is compared with the rules alone. {error.given}",)
    once = {one.version: one for one in reversed(found)}
    return [one for one in found if once[one.version] is one], absent


def _judged(
    workspace: Workspace,
    plan: TrainingPlan,
    contenders: Sequence[Contender],
    fair: Fair,
    absent: tuple[str, ...],
    report: Path,
) -> CompareResult:
    new, held_out = contenders[-1], fair.side.held_out()
    probability = fair.said[new.name]
    rivals = {name: one for name, one in fair.said.items() if name != new.name}
    highest = probability[held_out.best_rows(probability)]
    volumes = volumes_at(highest, *cutoffs_of(workspace, new))
    stretches = (*by_quarter(fair.side, probability, rivals, plan), *by_kind(fair.fresh, probability, rivals, plan))
    told = (*absent, fair.fresh.sentence, fair.rules.sentence)
    return CompareResult(
        new=new.name,
        versions={one.name: one.version for one in contenders},
        figures={
            name: measure(one, held_out, draws=plan.gate_draws, seed=plan.seed) for name, one in fair.said.items()
        },
        verdict=decide(probability, rivals, held_out, volumes, plan),
        stretches=stretches,
        sentences=tuple(sentence for sentence in told if sentence is not None),
        warnings=(),
        report=report,
    )


def _record(config: Config, plan: TrainingPlan, name: str, result: CompareResult) -> RunRecord:
    metrics = flat_figures(result.figures, model=result.new)
    for comparison in result.verdict.comparisons:
        metrics |= comparison.paired.metrics()
    return RunRecord(
        experiment=config.name,
        name=name,
        kind="compare",
        parameters={**plan.to_mapping(), **{f"version_of_{who}": what for who, what in result.versions.items()}},
        metrics={name: value for name, value in metrics.items() if np.isfinite(value)},
        tags={"decision": result.verdict.decision.value, "reasons": "\n".join(result.verdict.reasons)},
        folders={"report": result.report},
        texts={},
    )
