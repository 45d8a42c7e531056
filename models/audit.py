"""The log of decisions: who did what to the serving model and the cutoffs, one JSON line each, only ever appended."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from features.workspace import Workspace

FILE_NAME = "audit.jsonl"


def append_audit(workspace: Workspace, entry: Mapping[str, Any]) -> None:
    """Append one line to var/audit.jsonl and wait until the disk has it.

    Parameters
    ----------
    workspace : Workspace
        Whose log.
    entry : Mapping[str, Any]
        Plain data with ``at`` and ``action``; no names of leads.
    """
    line = json.dumps(dict(entry), ensure_ascii=False, allow_nan=False, sort_keys=True) + "\n"
    path = workspace.var / FILE_NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+", buffering=0) as file:
        # A crash may have left half a line; the new one must not become part of it.
        whole = file.seek(0, os.SEEK_END) == 0 or (file.seek(-1, os.SEEK_END) >= 0 and file.read(1) == b"\n")
        # One write of a whole line in append mode, so that two processes do not mix theirs.
        file.write((line if whole else "\n" + line).encode("utf-8"))
        os.fsync(file.fileno())


def read_audit(workspace: Workspace) -> list[dict[str, Any]]:
    """Return all entries, the oldest first; a last line cut off by a crash is left out."""
    try:
        lines = (workspace.var / FILE_NAME).read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return []
    entries = []
    for line in lines:
        try:
            entries.append(json.loads(line))
        except ValueError:
            continue
    return entries
