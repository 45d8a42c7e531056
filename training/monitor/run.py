"""``monitor``: what changed since the champion was judged, as findings, a report and a run in MLflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.builder import FeatureBuilder
from features.config import Config
from features.domain import Clock, NotTrainedError, Text, TooFewLeadsError
from features.history.port import History
from features.history.source import StoreReader
from features.workspace import Workspace
from models.agreement import Agreement
from models.bundle.assemble import Bundle
from models.odds import logit_of
from models.registry import CHAMPION
from training.dataset import Side
from training.fresh import fresh_leads
from training.measuring.contenders import Contender, load_contender
from training.monitor.certificate import Since, check_certificate
from training.monitor.findings import Finding, Standing, unknown
from training.monitor.leads_drift import check_features, check_schema, check_volume, estimate_without_labels
from training.monitor.outcomes_drift import check_level
from training.monitor.page import keep_page
from training.monitor.recent import recent_leads
from training.other_files import OtherFiles
from training.plan import TrainingPlan
from training.progress import Progress
from training.reporting import ReportFolder
from training.tracking import RunRecord, record_or_say

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MonitorResult:
    """What monitoring found.

    Parameters
    ----------
    version : str
        The champion.
    at : datetime
        When.
    findings : tuple of Finding
        One per question.
    report : Path
        Folder with the page, pictures and the result as JSON.
    warnings : tuple of str
        What went wrong without stopping.
    run_id : str or None
        Of MLflow.
    """

    version: str
    at: datetime
    findings: tuple[Finding, ...]
    report: Path
    warnings: tuple[str, ...] = ()
    run_id: str | None = None

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """Findings that ask for somebody."""
        return tuple(finding for finding in self.findings if finding.standing is Standing.ALARM)

    def to_mapping(self) -> dict[str, Any]:
        """Return the result as one JSON object."""
        return {
            "version": self.version,
            "at": self.at.isoformat(),
            "alarms": [finding.name for finding in self.alarms],
            "findings": [finding.to_mapping() for finding in self.findings],
            "report": str(self.report),
            "warnings": list(self.warnings),
            "run_id": self.run_id,
        }


def monitor(
    workspace: Workspace,
    files: OtherFiles,
    *,
    clock: Clock,
    progress: Progress,
    tracking_uri: str | None = None,
    store: StoreReader | None = None,
) -> MonitorResult:
    """Tell what changed since the champion was judged.

    Parameters
    ----------
    workspace : Workspace
        The company's folder.
    files : OtherFiles
        Where newer leads, events and outcomes are; without any, the workspace's history as it stands.
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
    RegistryError
        If no model serves.
    HistoryError
        If a file cannot be read.
    """
    config, now = workspace.config(), clock.now()
    progress.stage("Loading the champion")
    contender = load_contender(workspace, CHAMPION, tracking_uri)
    progress.stage("Reading the history")
    history = files.history(config, clock=clock, store=store, need_outcomes=False)
    progress.stage("Comparing leads and outcomes")
    findings = _findings(workspace, config, contender, history, now)
    progress.stage("Recording")
    report = ReportFolder.make(workspace, "monitor", now)
    result = MonitorResult(contender.version, now, findings, report.folder, history.warnings)
    keep_page(report.folder, config.name, result.version, now, findings)
    report.write(result.to_mapping())
    run_id, warning = record_or_say(workspace, _record(config, result), tracking_uri)
    warnings = (*result.warnings, *([] if warning is None else [warning]))
    return MonitorResult(result.version, now, findings, report.folder, warnings, run_id)


def _findings(
    workspace: Workspace, config: Config, contender: Contender, history: History, now: datetime
) -> tuple[Finding, ...]:
    bundle, agreement = contender.bundle, Agreement.read(workspace)
    schema = check_schema(bundle, history.leads())
    if schema.figures["absent"]:
        # Nothing that reads leads can be computed without the columns that the model was trained on.
        return (schema, check_certificate(workspace, bundle, contender.version, agreement, None, now))
    side = _matured(config, contender, history)
    probability = np.zeros(0) if side is None else _probability(contender, side)
    return (
        schema,
        *_of_leads(config, contender, history, agreement),
        check_level(side, probability, _center(bundle, probability)),
        check_certificate(
            workspace, bundle, contender.version, agreement, _since(config, history, side, probability), now
        ),
    )


def _of_leads(config: Config, contender: Contender, history: History, agreement: Agreement) -> tuple[Finding, ...]:
    """Return what recent leads say before anything has become of them."""
    bundle = contender.bundle
    if bundle.reference is None or not bundle.card.learned.is_known:
        absent = Text(
            "This version does not tell what its leads were like; train again to have it measured.",
            "Diese Version sagt nicht, wie ihre Leads waren; trainieren Sie erneut, damit es gemessen wird.",
        )
        return tuple(unknown(name, absent) for name in ("features", "score", "volume", "estimate"))
    recent = recent_leads(history, config, bundle, bundle.card.learned, bundle.reference.age_days)
    return (
        *check_features(bundle.reference, recent),
        check_volume(bundle.reference, recent, agreement, bundle.calibration),
        estimate_without_labels(bundle.reference, recent, agreement, bundle.calibration),
    )


def _since(config: Config, history: History, side: Side | None, probability: Floats) -> Since | None:
    if side is None or history.observed_until is None or side.examples["as_of"].null_count():
        return None
    mature_until = history.observed_until - timedelta(days=config.target.horizon_days)
    return Since(side, probability, mature_until, TrainingPlan.from_mapping(config.training).moments_days[-1])


def _center(bundle: Bundle, probability: Floats) -> float:
    if bundle.reference is not None:
        return bundle.reference.center(bundle.calibration)
    return float(np.mean(logit_of(probability))) if probability.size else 0.0


def _matured(config: Config, contender: Contender, history: History) -> Side | None:
    """Return the mature rows of leads whose outcome became known after training, or None."""
    if history.outcomes().is_empty():
        return None
    plan = TrainingPlan.from_mapping(config.training)
    learned = {f"version {contender.version}": contender.bundle.card.learned}
    try:
        side = fresh_leads(history, config, plan, learned, FeatureBuilder(contender.bundle.catalog)).only_new()
    except (TooFewLeadsError, NotTrainedError):
        return None
    mature = np.flatnonzero(side.mature)
    return side.take(mature) if mature.size else None


def _probability(contender: Contender, side: Side) -> Floats:
    bundle = contender.bundle
    return bundle.calibration.probability(bundle.model.margin(bundle.encoder.matrix(side.features)))


def _record(config: Config, result: MonitorResult) -> RunRecord:
    standing = {finding.name: finding.standing.value for finding in result.findings}
    return RunRecord(
        experiment=config.name,
        name=f"{result.at:%Y-%m-%d %H:%M:%S} monitor",
        kind="monitor",
        parameters={"version": result.version},
        metrics=_metrics(result.findings),
        tags={"alarms": ", ".join(finding.name for finding in result.alarms) or "none", **standing},
        folders={"report": result.report},
        texts={},
    )


def _metrics(findings: tuple[Finding, ...]) -> Mapping[str, float]:
    flat: dict[str, float] = {"monitor.alarms": float(sum(f.standing is Standing.ALARM for f in findings))}
    for finding in findings:
        for name, value in finding.figures.items():
            if isinstance(value, int | float) and np.isfinite(value):
                flat[f"monitor.{finding.name}.{name}"] = float(value)
        for one in finding.figures.get("shifts", ()):
            flat[f"monitor.index.{one['name']}"] = float(one["index"])
    return flat
