"""From a judged scorer to files, a run in MLflow, a version in the registry and, past the gate, the champion.

The bundle is written first and stays in ``var/bundles`` whatever happens to MLflow afterwards.
"""

from __future__ import annotations

import itertools
import json
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from features.catalog import Catalog
from features.domain import Clock
from features.workspace import Workspace
from models.background import Background
from models.bundle import write_bundle
from models.bundle.contents import CALIBRATION
from models.card import ModelCard
from models.champion import bundle_folder
from models.drift.reference import Reference
from models.evidence import ModelEvidence
from models.registry import Registry
from training.fingerprint import short
from training.fit import FittedScorer
from training.judgement import Judgement
from training.tracking import RunRecord, quiet, record_run

_LOG = logging.getLogger(__name__)

PASSED = "passed the gate"
"""Why a training run promoted its model, in the audit log and the version's tags."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Where a trained scorer went: folder, run, version, whether it serves, and what went wrong."""

    bundle: Path
    run_id: str | None
    version: str | None
    promoted: bool
    warnings: tuple[str, ...]


def write_trained(
    workspace: Workspace,
    catalog: Catalog,
    fitted: FittedScorer,
    judgement: Judgement,
    card: ModelCard,
    golden: pl.DataFrame,
    background: Background,
    reference: Reference,
    evidence: ModelEvidence,
) -> Path:
    """Write the bundle to ``var/bundles`` under the moment of training and return its folder."""
    folder = unused_folder(workspace, card.trained_at)
    return write_bundle(
        folder,
        catalog=catalog,
        encoder=fitted.encoder,
        model=fitted.model,
        calibration=fitted.calibration,
        cutoffs=judgement.cutoffs,
        grades=judgement.grades,
        card=card,
        golden=golden,
        background=background,
        reference=reference,
        evidence=evidence,
    )


def unused_folder(workspace: Workspace, moment: datetime) -> Path:
    """Return a folder of ``var/bundles`` named by a moment, with a number after it where it exists already."""
    folder = workspace.var / "bundles" / f"{moment:%Y%m%dT%H%M%S}"
    names = (folder if number == 1 else folder.with_name(f"{folder.name}-{number}") for number in itertools.count(1))
    return next(name for name in names if not name.exists())


def hand_over(
    workspace: Workspace,
    bundle: Path,
    card: ModelCard,
    judgement: Judgement,
    clock: Clock,
    tracking_uri: str | None,
) -> HandedOver:
    """Record the run, register the version, and make it the champion if the gate let it pass.

    Where MLflow fails, the bundle stays where it is and the warning says so.
    """
    record = RunRecord(
        experiment=card.name,
        name=f"{card.trained_at:%Y-%m-%d %H:%M:%S} {card.rung}",
        kind="train",
        parameters={
            **card.plan,
            "data_sha256": short(card.data),
            "target": card.target,
            "rung": card.rung,
            **{
                f"calibration.{name}": value
                for name, value in json.loads((bundle / CALIBRATION).read_text(encoding="utf-8")).items()
            },
        },
        metrics=card.metrics,
        tags={
            "rung": card.rung,
            "decision": judgement.verdict.decision.value,
            "choices": "\n".join(card.choices),
            "certificate.mql": judgement.cutoffs.mql.state.value,
            "certificate.sql": judgement.cutoffs.sql.state.value,
        },
        folders={"bundle": bundle},
        texts={"card.md": card.to_markdown()},
    )
    run_id: str | None = None
    version: str | None = None
    promote = judgement.verdict.promoted
    try:
        run_id = record_run(workspace, record, tracking_uri)
        with quiet():
            registry = Registry(workspace, tracking_uri, clock=clock)
            version = registry.register(bundle, run_id)
            bundle = under_its_version(workspace, bundle, version)
            if promote:
                registry.promote(version, why=PASSED)
    # MLflow raises whatever its database, its server and its file system raise; none of it may cost the bundle.
    except Exception as error:  # noqa: BLE001 - an edge: logged and told to the user
        _LOG.warning("the run could not be recorded", extra={"bundle": str(bundle)}, exc_info=True)
        first = " ".join(str(error).split())[:200]
        return HandedOver(bundle, run_id, version, promoted=False, warnings=(_lost(bundle, first),))
    return HandedOver(bundle, run_id, version, promoted=promote, warnings=())


def under_its_version(workspace: Workspace, bundle: Path, version: str) -> Path:
    """Return the bundle's folder, renamed to the version's, so that the registry need not fetch it again."""
    folder = bundle_folder(workspace, version)
    return bundle if folder.exists() else bundle.rename(folder)


def _lost(bundle: Path, why: str) -> str:
    return (
        f"MLflow could not take the run ({why}). Nothing was promoted; the trained bundle is in {bundle} and is kept. "
        "Train again when MLflow answers."
    )
