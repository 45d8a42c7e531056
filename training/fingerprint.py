"""What a model was trained on, so that anybody can tell later whether data changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from features.config import Config, HistorySource
from features.history.port import History

_CHUNK = 1 << 20


def fingerprint(config: Config, history: History) -> dict[str, Any]:
    """Return SHA-256 and size of the files (none, where the store was read), counts of the tables and range of times.

    Parameters
    ----------
    config : Config
        Names the files.
    history : History
        What was read from them.
    """
    tables = (config.leads, config.events, config.outcomes) if config.history is HistorySource.FILES else ()
    files = {
        table.file.name: file_fingerprint(table.file) for table in tables if table is not None and table.file.is_file()
    }
    leads, outcomes = history.leads(), history.outcomes()
    created = leads["created_at"]
    kinds = outcomes.group_by("outcome").len().sort("outcome")
    return {
        "history": config.history.value,
        "files": files,
        "leads": leads["lead_id"].n_unique(),
        "lead_versions": leads.height,
        "events": int(history.events().select(pl.len()).collect().item()),
        "outcomes": dict(zip(kinds["outcome"].to_list(), kinds["len"].to_list(), strict=True)),
        "created_from": _text(created.min()),
        "created_until": _text(created.max()),
        "observed_until": _text(history.observed_until),
    }


def short(data: Mapping[str, Any]) -> str:
    """Return sixteen hexadecimal digits that stand for a whole fingerprint."""
    parts = "".join(f"{name}{entry['sha256']}" for name, entry in sorted(data["files"].items()))
    if not parts:
        # The store only grows: what it held is told by how much it held, and until when.
        parts = json.dumps(data, sort_keys=True)
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


def file_fingerprint(path: Path) -> dict[str, Any]:
    """Return ``sha256`` and ``bytes`` of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return {"sha256": digest.hexdigest(), "bytes": path.stat().st_size}


def _text(moment: object) -> str | None:
    return None if moment is None else str(moment)
