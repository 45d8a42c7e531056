"""A new calibration and new cutoffs on fresh outcomes, the trees untouched.

Levels move faster than reasons: a new price, a weaker market. The calibration is three numbers and needs tens of
outcomes where trees need hundreds, so it can follow. It is fitted on the older of the leads that the model never
learned from and judged, with its cutoffs, on the newer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.builder import FeatureBuilder
from features.domain import Clock, RegistryError
from features.history.source import StoreReader, read_history
from features.workspace import Workspace
from models.audit import append_audit
from models.bundle import load_bundle
from models.bundle.assemble import Bundle
from models.bundle.recalibrated import write_recalibrated
from models.calibration import Calibration
from models.card import ModelCard
from models.champion import bundle_folder, champion_version
from models.cutoffs import Cutoffs
from models.evidence import ModelEvidence
from models.evidence.interval import Interval
from models.grades import Grades
from models.reasons import Explainer
from models.registry import Registry
from models.scale import Scale
from training.calibration.reliability import Reliability, assess
from training.certification import best_moments, certify_holdout, preregister_holdout
from training.dataset import Side
from training.evaluate import Evaluation, evaluate
from training.evidence.gather import evidence_of
from training.evidence.reasons import overall_reasons
from training.fingerprint import fingerprint
from training.fresh import fresh_leads
from training.gates import draws_for, shared_confidence
from training.handover import under_its_version, unused_folder
from training.judgement import volumes_at
from training.paired import Paired, compare_pair
from training.plan import TrainingPlan
from training.progress import Progress
from training.reasons.table import ReasonTable
from training.recalibration.result import AFTER, BEFORE, RecalibrationResult
from training.recalibration.sides import RecalibrationSides, positives, recalibration_sides
from training.tracking import RunRecord, quiet, record_or_say

Floats = NDArray[np.float64]


def recalibrate(
    workspace: Workspace,
    *,
    clock: Clock,
    progress: Progress,
    by: str = "leadscore",
    tracking_uri: str | None = None,
    store: StoreReader | None = None,
) -> RecalibrationResult:
    """Give the champion a new calibration and new cutoffs, as a version of its own.

    Parameters
    ----------
    workspace : Workspace
        The company's folder.
    clock : Clock
        Tells the present.
    progress : Progress
        Told of the stages.
    by : str
        Who asked, for the audit log.
    tracking_uri : str or None
        Of an MLflow server; None takes the workspace's own database.
    store : StoreReader, optional
        How the service's store is read, for a workspace that says ``history: store``.

    Raises
    ------
    RegistryError
        If no model serves, or MLflow does not answer.
    TooFewLeadsError
        If no lead is one that the model never learned from.
    """
    config = workspace.config()
    plan = TrainingPlan.from_mapping(config.training)
    parent = _serving(workspace)
    request = _Request(workspace, clock, by, parent, tracking_uri, clock.now())
    bundle = load_bundle(bundle_folder(workspace, parent))

    progress.stage("Reading the history")
    history = read_history(config, clock=clock, store=store)
    progress.stage("Finding fresh leads")
    learned = {f"version {parent}": bundle.card.learned}
    fresh = fresh_leads(history, config, plan, learned, FeatureBuilder(bundle.catalog))
    sides = recalibration_sides(fresh, seed=plan.seed)
    if sides.missing is not None:
        request.audit(None, "nothing fitted")
        return RecalibrationResult(parent, None, promoted=False, sentences=(sides.sentence, sides.missing))

    registered = preregister_holdout(
        workspace, sides.judge, verb="recalibrate", split="the newer of the fresh leads",
        data=fingerprint(config, history), at=request.now, by=by,
    )  # fmt: skip
    progress.stage("Calibrating")
    calibration = _fitted(bundle, sides.fit)
    progress.stage("Judging on the newer leads")
    judged = _judged(bundle, calibration, sides.judge, workspace, plan)
    before, after = (judged.reliability[name].observed_to_expected for name in (BEFORE, AFTER))
    promote, why = may_serve(judged.paired, before, after, plan)

    progress.stage("Recording and handing over")
    sentences = (sides.sentence, *why, *(() if registered.sentence is None else (registered.sentence,)))
    card = _card(request, bundle.card, sides, judged, sentences, history.observed_until)
    run_id, version, warning = _hand_over(request, calibration, judged, card, sides.judge.features, promote=promote)
    return RecalibrationResult(
        parent=parent, version=version, promoted=promote and version is not None, sentences=sentences,
        calibration=calibration, warnings=() if warning is None else (warning,),
        cutoffs=judged.cutoffs, evaluations=judged.evaluations, reliability=judged.reliability,
        paired=judged.paired, run_id=run_id,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Request:
    """Who asked for what, where and when."""

    workspace: Workspace
    clock: Clock
    by: str
    parent: str
    tracking_uri: str | None
    now: datetime

    def audit(self, version: str | None, decision: str) -> None:
        entry = {"at": self.now.isoformat(), "action": "recalibrate", "by": self.by, "parent": self.parent}
        append_audit(self.workspace, entry | {"version": version, "decision": decision})


def _serving(workspace: Workspace) -> str:
    version = champion_version(workspace)
    if version is None:
        raise RegistryError(
            "No model serves in this workspace.", "a champion.", "Run leadscore train, or promote a version, first."
        )
    return version


def _margins(bundle: Bundle, side: Side) -> Floats:
    return np.asarray(bundle.model.margin(bundle.encoder.matrix(side.features)), dtype=np.float64)


def _fitted(bundle: Bundle, side: Side) -> Calibration:
    return Calibration.fit(_margins(bundle, side), side.label, side.weight, positives=positives(side))


@dataclass(frozen=True, slots=True)
class _Judged:
    """Old and new calibration on the newer leads."""

    evaluations: Mapping[str, Evaluation]
    reliability: Mapping[str, Reliability]
    paired: Paired
    cutoffs: Cutoffs
    grades: Grades
    evidence: ModelEvidence


def _judged(bundle: Bundle, calibration: Calibration, side: Side, workspace: Workspace, plan: TrainingPlan) -> _Judged:
    margin = _margins(bundle, side)
    told = {BEFORE: bundle.calibration.probability(margin), AFTER: calibration.probability(margin)}
    cutoffs = certify_holdout(side, told[AFTER], workspace.sla())
    best = best_moments(side.examples["lead_id"], told[AFTER])
    paired = compare_pair(
        told[AFTER], told[BEFORE], BEFORE, side.held_out(),
        volumes_at(told[AFTER][best], cutoffs.mql.probability, cutoffs.sql.probability),
        confidence=shared_confidence(plan), draws=draws_for(plan), seed=plan.seed,
    )  # fmt: skip
    matrix = bundle.encoder.matrix(side.features[best])
    explainer = Explainer(bundle.catalog, [column.name for column in bundle.encoder.columns], bundle.background.groups)
    shares = explainer.take_apart(margin[best], bundle.model.contributions(matrix))
    evaluations = {name: evaluate(p, side.label, side.lead, side.weight) for name, p in told.items()}
    reliability = {name: assess(side, p, bundle.catalog, seed=plan.seed) for name, p in told.items()}
    table = ReasonTable.of_shares(
        bundle.catalog, bundle.encoder, calibration,
        Scale.from_cutoffs(cutoffs.mql.probability, cutoffs.sql.probability), bundle.background.groups, shares, matrix,
    )  # fmt: skip
    evidence = evidence_of(
        side, told, evaluations, [paired], shared_confidence(plan), reliability[AFTER],
        overall_reasons(table, side.features[best]), workspace.sla().calendar.time_zone,
    )  # fmt: skip
    grades = Grades.fit(*explainer.sub_scores(shares, calibration))
    return _Judged(evaluations, reliability, paired, cutoffs, grades, evidence)


def may_serve(paired: Paired, old: Interval, new: Interval, plan: TrainingPlan) -> tuple[bool, tuple[str, ...]]:
    """Return whether a new calibration may serve, and why.

    Either its log-loss is lower beyond chance, or the level of what serves is off beyond chance and the new one is
    not worse: a wrong level breaks the agreement's promises even where it costs little log-loss.

    Parameters
    ----------
    paired : Paired
        The new calibration against the one that serves, on leads that neither was fitted on.
    old, new : Interval
        Observed over expected of both there.
    plan : TrainingPlan
        Of the gate's confidence.
    """
    gain, confidence = paired.gain, 100 * shared_confidence(plan)
    loss = (
        f"Log-loss is {abs(gain.value):.4f} {'lower' if gain.value >= 0 else 'higher'} than with the calibration that "
        f"serves; at {confidence:.4g} % confidence by {gain.low:+.4f} at least"
    )
    level = (
        f"Of the newer leads, {old.value:.2f} times as many reached the target as the calibration that serves says "
        f"({old.low:.2f} to {old.high:.2f}), {new.value:.2f} times as many as the new one says "
        f"({new.low:.2f} to {new.high:.2f})."
    )
    if gain.low > 0:
        return True, (f"{loss}: better beyond chance.", level)
    off = not old.low <= 1.0 <= old.high
    if off and gain.value >= 0 and abs(np.log(new.value)) < abs(np.log(old.value)):
        return True, (f"{loss}.", level, "The level of what serves is off beyond chance, and the new one is nearer.")
    return False, (f"{loss}: not better beyond chance.", level, "What serves now stays; the new version is kept.")


def _card(
    request: _Request,
    card: ModelCard,
    sides: RecalibrationSides,
    judged: _Judged,
    sentences: tuple[str, ...],
    observed_until: datetime | None,
) -> ModelCard:
    figures = {name: value for name, value in _metrics(judged).items() if name.startswith((f"{AFTER}.", "cutoffs."))}
    fitted_on = sides.fit.examples.select("lead_id", "created_at")
    return dataclasses.replace(
        card,
        data={**card.data, "parent_version": request.parent, "recalibrated_at": request.now.isoformat()},
        metrics={**card.metrics, **figures},
        choices=(*card.choices, f"Recalibrated from version {request.parent}.", *sentences),
        learned=card.learned.and_also(fitted_on, observed_until),
    )


def _metrics(judged: _Judged) -> dict[str, float]:
    flat: dict[str, float] = {}
    for name, one in judged.evaluations.items():
        flat |= one.metrics(name) | judged.reliability[name].metrics(name)
    flat |= judged.paired.metrics()
    flat |= {f"cutoffs.{stage}": getattr(judged.cutoffs, stage).probability for stage in ("mql", "sql")}
    return {name: value for name, value in flat.items() if np.isfinite(value)}


def _hand_over(
    request: _Request,
    calibration: Calibration,
    judged: _Judged,
    card: ModelCard,
    golden: pl.DataFrame,
    *,
    promote: bool,
) -> tuple[str | None, str | None, str | None]:
    """Write the bundle, record the run, register the version and, where it passed, make it the champion.

    Returns
    -------
    tuple of str or None
        Run, version and warning: where MLflow does not take the run, the bundle is kept and nothing is promoted.
    """
    workspace, parent = request.workspace, request.parent
    folder = write_recalibrated(
        unused_folder(workspace, request.now), bundle_folder(workspace, parent), calibration=calibration,
        cutoffs=judged.cutoffs, grades=judged.grades, card=card, golden=golden,
        evidence=judged.evidence,
    )  # fmt: skip
    record = RunRecord(
        experiment=card.name,
        name=f"{request.now:%Y-%m-%d %H:%M:%S} recalibrate",
        kind="recalibrate",
        parameters={"parent_version": parent, **calibration.to_mapping()},
        metrics=_metrics(judged),
        tags={"parent_version": parent, "decision": "promoted" if promote else "not_promoted"},
        folders={"bundle": folder},
        texts={"card.md": card.to_markdown()},
    )
    run_id, warning = record_or_say(workspace, record, request.tracking_uri)
    if run_id is None:
        request.audit(None, "not recorded")
        return None, None, f"{warning} The bundle is kept in {folder}; nothing was promoted."
    with quiet():
        registry = Registry(workspace, request.tracking_uri, clock=request.clock)
        version = registry.register(folder, run_id, lineage={"parent_version": parent, "made_by": "recalibrate"})
        under_its_version(workspace, folder, version)
        request.audit(version, "promoted" if promote else "not promoted")
        if promote:
            registry.promote(version, by=request.by)
    return run_id, version, None
