"""The certificate of the cutoffs in force: as it was signed, else as the model that they come from brought it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from features.domain import BundleError
from features.workspace import Workspace
from models.agreement import Agreement
from models.champion import bundle_folder
from models.cutoffs import Cutoffs


def certificate_in_force(
    workspace: Workspace, agreement: Agreement, known: Sequence[Mapping[str, Any]]
) -> Cutoffs | None:
    """Return the certificate, None where nothing was measured at the cutoffs in force.

    Parameters
    ----------
    workspace : Workspace
        Where bundles are kept.
    agreement : Agreement
        In force.
    known : sequence of mapping
        Proposals as the API shows them.
    """
    if not agreement.has_cutoffs:
        return None
    signed: list[Any] = [one["certificate"] for one in known if one["is_in_force"]]
    kept = None if agreement.model_version is None else _of_bundle(workspace, agreement.model_version)
    for stored in (*signed, kept):
        found = _read(stored)
        if found is not None and (found.mql.probability, found.sql.probability) == (agreement.mql, agreement.sql):
            return found
    return None


def _of_bundle(workspace: Workspace, version: str) -> Any:
    try:
        return json.loads((bundle_folder(workspace, version) / "cutoffs.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _read(stored: Any) -> Cutoffs | None:
    if not isinstance(stored, Mapping) or "mql" not in stored:
        return None
    try:
        return Cutoffs.from_mapping(stored)
    except BundleError:
        return None
