"""Where the registry's alias ``champion`` was last seen, so that its moves are followed and nothing else.

A rollback while the registry is away leaves the alias where it was. Whoever compared the alias with what serves would
undo that rollback; whoever follows only moves does not.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from features.workspace import Workspace, write_json

FILE_NAME = "champion_alias.json"
_LOCK = "champion.lock"


@dataclass(frozen=True, slots=True)
class ChampionAlias:
    """What the alias names.

    Parameters
    ----------
    version : str
        The version.
    manifest_sha256 : str or None
        Of its bundle as it was registered: another database counts versions from 1 again.
    """

    version: str
    manifest_sha256: str | None


def seen_alias(workspace: Workspace) -> ChampionAlias | None:
    """Return where the alias was last seen, None where it was not or the note cannot be read."""
    try:
        noted = json.loads(_note(workspace).read_text(encoding="utf-8"))
        return ChampionAlias(str(noted["version"]), noted["manifest_sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        # Without a note the alias counts as moved, and what it names is what serves.
        return None


def note_alias(workspace: Workspace, alias: ChampionAlias) -> None:
    """Keep where the alias was seen."""
    write_json(_note(workspace), asdict(alias))


def noted_at(workspace: Workspace) -> int:
    """Return when the alias was last noted, in nanoseconds of the file system's clock; 0 before."""
    try:
        return _note(workspace).stat().st_mtime_ns
    except OSError:
        return 0


@contextmanager
def champion_lock(workspace: Workspace) -> Iterator[None]:
    """Move alias and link together: whoever else would move them waits."""
    workspace.var.mkdir(parents=True, exist_ok=True)
    with (workspace.var / _LOCK).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _note(workspace: Workspace) -> Path:
    return workspace.var / FILE_NAME
