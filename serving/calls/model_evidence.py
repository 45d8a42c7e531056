"""The evidence of the model that serves, read from its bundle once and kept while it serves."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from features.domain import BundleError
from features.workspace import Workspace
from models.champion import bundle_folder
from serving.champion import Champion

if TYPE_CHECKING:
    from models.evidence import ModelEvidence

_KEPT = 2
"""Bundles whose evidence is kept: the one that serves, and the one before while a new one comes."""


class NoEvidence(StrEnum):
    """Why there is none."""

    NO_MODEL = "no-model"
    OLD_BUNDLE = "old-bundle"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class ServingEvidence:
    """What was measured of the model that serves.

    Parameters
    ----------
    version : str or None
        The model's; None where the rules answer.
    evidence : ModelEvidence or None
        None where there is none.
    lack : NoEvidence or None
        Why there is none.
    """

    version: str | None
    evidence: ModelEvidence | None
    lack: NoEvidence | None = None


def serving_evidence(workspace: Workspace, champion: Champion) -> ServingEvidence:
    """Return the evidence of the model that answers now.

    Parameters
    ----------
    workspace : Workspace
        Where bundles are kept.
    champion : Champion
        Who answers.
    """
    champion.look()
    loaded = champion.loaded
    if loaded is None:
        return ServingEvidence(None, None, NoEvidence.NO_MODEL)
    version = loaded.scorer.reference.version
    try:
        evidence = evidence_in(bundle_folder(workspace, version))
    except BundleError:
        return ServingEvidence(version, None, NoEvidence.DAMAGED)
    return ServingEvidence(version, evidence, None if evidence is not None else NoEvidence.OLD_BUNDLE)


def evidence_in(folder: Path) -> ModelEvidence | None:
    """Return what a bundle's folder holds, None in one of before there was evidence.

    Raises
    ------
    BundleError
        If it is damaged.
    """
    try:
        stamp = (folder / "MANIFEST.json").stat().st_mtime_ns
    except OSError:
        stamp = 0
    return _read(folder, stamp)


@functools.lru_cache(maxsize=_KEPT)
def _read(folder: Path, stamp: int) -> ModelEvidence | None:
    # What models need, numba among it, is loaded only where there is a model.
    from models.bundle.evidence import read_evidence

    return read_evidence(folder)
