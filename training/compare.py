"""One version against others and the rules, on leads that none of them learned from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from features.config import Config
from features.domain import Clock, InputError, RegistryError
from features.history.source import StoreReader, read_history
from features.workspace import Workspace
from models.registry import CHALLENGER, CHAMPION
from training.contenders import RULES_NAME, Contender, load_contender
from training.fair import Fair, cutoffs_of, fair_ground
from training.figures import Figures, flat_figures, measure
from training.fresh import examples_of
from training.gates import Verdict, decide
from training.judgement import volumes_at
from training.plan import TrainingPlan
from training.progress import Progress
from training.reporting import ReportFolder
from training.stretches import Stretch, by_kind, by_quarter
from training.tracking import RunRecord, record_or_say


@dataclass(frozen=True, slots=True)
class CompareResult:
    """A finished comparison.

    Parameters
    ----------
    new : str
        Who is judged.
    versions : mapping from name to str
        Versions by the names in the tables.
    figures : mapping from name to Figures
        Of everybody, on the same leads.
    verdict : Verdict
        What the gate says of the one that is judged, against each of the others.
    stretches : tuple of Stretch
        The gains by quarter, and by how the leads came to be fresh.
    sentences : tuple of str
        Which leads, and what the reader should know.
    warnings : tuple of str
        What went wrong without stopping the comparison.
    report : Path
        The folder of the report.
    run_id : str or None
        Of MLflow.
    """

    new: str
    versions: Mapping[str, str]
    figures: Mapping[str, Figures]
    verdict: Verdict
    stretches: tuple[Stretch, ...]
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    report: Path
    run_id: str | None = None

    def to_mapping(self) -> dict[str, Any]:
        """Return the comparison as one JSON object."""
        return {
            "new": self.new, "versions": dict(self.versions), "verdict": self.verdict.to_mapping(),
            "figures": {name: one.to_mapping() for name, one in self.figures.items()},
            "stretches": [one.to_mapping() for one in self.stretches], "sentences": list(self.sentences),
            "warnings": list(self.warnings), "report": str(self.report), "run_id": self.run_id,
        }  # fmt: skip


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
    result = _judged(workspace, plan, contenders, fair, absent, ReportFolder.make(workspace, "compare", now))
    progress.stage("Recording")
    ReportFolder(result.report).draw(fair.said, fair.side, result.new)
    ReportFolder(result.report).write(result.to_mapping())
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
    report: ReportFolder,
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
        report=report.folder,
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
