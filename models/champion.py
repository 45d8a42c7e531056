"""The champion on this machine: a link to the bundle that serves, moved in one step, needing no registry."""

from __future__ import annotations

import os
from pathlib import Path

from features.domain import Text, WorkspaceError
from features.workspace import Workspace


def bundle_folder(workspace: Workspace, version: str) -> Path:
    """Return where a version's verified bundle is kept (``var/bundles/<version>``)."""
    return workspace.var / "bundles" / version


def champion_version(workspace: Workspace) -> str | None:
    """Return the version that serves, or None."""
    return workspace.champion.resolve().name if workspace.champion.is_dir() else None


def require_link(workspace: Workspace) -> None:
    """Refuse a champion that is not the link that leadscore keeps.

    Raises
    ------
    WorkspaceError
        If ``var/champion`` is a folder somebody copied there.
    """
    link = workspace.champion
    if link.exists() and not link.is_symlink():
        raise WorkspaceError(
            Text(f"{link} is a folder.", f"{link} ist ein Ordner."),
            Text("a link to a bundle in var/bundles.", "ein Verweis auf eine Version in var/bundles."),
            Text("Move the folder away and promote again.", "Verschieben Sie den Ordner, und geben Sie neu frei."),
        )


def point_champion(workspace: Workspace, version: str) -> None:
    """Make a version's verified bundle the champion: a reader finds the old one or the new one, never neither.

    Raises
    ------
    WorkspaceError
        If ``var/champion`` is a folder somebody copied there rather than the link that leadscore keeps.
    """
    require_link(workspace)
    link = workspace.champion
    draft = link.with_name(f".{link.name}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    # Relative, so that a workspace can be moved or mounted elsewhere.
    draft.symlink_to(Path("bundles") / version, target_is_directory=True)
    draft.replace(link)
