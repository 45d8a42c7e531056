"""The versions that are kept here, and which of them serves: what ``leadscore promote`` and ``rollback`` do, too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from features.workspace import Workspace
from models.audit import read_audit
from models.champion import champion_version
from serving.store import Transaction

PROMOTED, ROLLED_BACK = "model.promoted", "model.rolled_back"
MOST_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class Version:
    """A version whose bundle is kept on this machine.

    Parameters
    ----------
    number : str
        In the registry.
    trained_at : datetime or None
        None where its card cannot be read.
    log_loss, auc : float or None
        On the leads that judged it.
    leads : int or None
        How many these were.
    is_recalibrated : bool
        Whether it is another one with a new calibration.
    serves : bool
        Whether it is the champion.
    last : Decision or None
        When it last came to serve, by whom and why.
    """

    number: str
    trained_at: datetime | None
    log_loss: float | None
    auc: float | None
    leads: int | None
    is_recalibrated: bool
    serves: bool
    last: Decision | None


@dataclass(frozen=True, slots=True)
class Decision:
    """That a version came to serve."""

    at: datetime
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions kept here, the newest first, and the one that a rollback would bring back."""

    kept: tuple[Version, ...]
    before: str | None


def versions_of(workspace: Workspace) -> Versions:
    """Return the newest versions kept on this machine; the registry is not asked, so it may be away."""
    champion = champion_version(workspace)
    decided, before = _decisions(workspace, champion)
    folders = [folder for folder in (workspace.var / "bundles").glob("*") if folder.name.isdecimal()]
    newest = sorted(folders, key=lambda folder: int(folder.name), reverse=True)[:MOST_VERSIONS]
    return Versions(tuple(_version(one, one.name == champion, decided.get(one.name)) for one in newest), before)


def promote_version(workspace: Workspace, tracking_uri: str | None, version: str, by: str, why: str) -> str:
    """Make a version the champion, as ``leadscore promote`` does, and return its number.

    Raises
    ------
    RegistryError, BundleError, WorkspaceError
        As of :meth:`models.registry.Registry.promote`; what serves goes on serving.
    """
    # MLflow takes seconds to import; only whoever promotes waits for it.
    from models.registry import Registry

    return Registry(workspace, tracking_uri).promote(version, by=by, why=why)


def roll_back(workspace: Workspace, tracking_uri: str | None, by: str, why: str) -> str:
    """Make the version before the champion serve again, and return its number.

    Raises
    ------
    RegistryError, BundleError, WorkspaceError
        As of :meth:`models.registry.Registry.rollback`.
    """
    from models.registry import Registry

    return Registry(workspace, tracking_uri).rollback(by=by, why=why)


def note_decision(tx: Transaction, action: str, version: str, by: str) -> None:
    """Keep in the sealed audit log who decided; the reason, a person's free text, stands in var/audit.jsonl."""
    tx.audit.append(action, by=by, details={"version": version})


def _version(folder: Path, serves: bool, last: Decision | None) -> Version:
    card = _card(folder)
    metrics = card.get("metrics", {})
    leads = metrics.get("model.leads")
    return Version(
        number=folder.name,
        trained_at=_moment(card.get("trained_at")),
        log_loss=metrics.get("model.log_loss"),
        auc=metrics.get("model.auc"),
        leads=None if leads is None else int(leads),
        is_recalibrated="parent_version" in card.get("data", {}),
        serves=serves,
        last=last,
    )


def _card(folder: Path) -> Mapping[str, Any]:
    try:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return card if isinstance(card, dict) else {}


def _decisions(workspace: Workspace, champion: str | None) -> tuple[dict[str, Decision], str | None]:
    decided, before = {}, None
    for entry in read_audit(workspace):
        at = _moment(entry.get("at"))
        if entry.get("action") not in ("promote", "rollback", "follow") or at is None:
            continue
        version = str(entry.get("version"))
        decided[version] = Decision(at, str(entry.get("by", "")), str(entry.get("why", "")))
        if entry["action"] == "promote" and version == champion != entry.get("previous"):
            before = entry.get("previous")
    return decided, before


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
