"""What ``leadscore monitor`` found last: its result stays in the workspace, and is read there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from features.catalog import Catalog
from features.domain import LeadscoreError, Text
from features.workspace import Workspace
from models.champion import bundle_folder

_RESULT = "result.json"
_NEWEST = 3
"""Folders that are tried: the newest may be one that is just being written."""


@dataclass(frozen=True, slots=True)
class DriftFinding:
    """The answer to one question: its name, ``fine``, ``alarm`` or ``unknown``, and a sentence."""

    name: str
    standing: str
    sentence: Text


@dataclass(frozen=True, slots=True)
class Shift:
    """How far one feature moved.

    Parameters
    ----------
    label : Text
        What people call it.
    index, by_chance : float
        Population stability index (PSI), and what chance alone rarely exceeds.
    """

    label: Text
    index: float
    by_chance: float

    @property
    def beyond(self) -> bool:
        """Whether it moved further than chance."""
        return self.index > self.by_chance


@dataclass(frozen=True, slots=True)
class DriftReport:
    """A monitoring run.

    Parameters
    ----------
    at : datetime
        When.
    version : str
        Of the model it is about.
    findings : tuple of DriftFinding
        In the order in which they were looked at.
    shifts : tuple of Shift
        The largest first; empty where leads could not be compared.
    """

    at: datetime
    version: str
    findings: tuple[DriftFinding, ...]
    shifts: tuple[Shift, ...]


def last_drift_report(workspace: Workspace) -> DriftReport | None:
    """Return the newest monitoring run that can be read, None where there is none."""
    for folder in sorted(workspace.reports.glob("monitor-*"), reverse=True)[:_NEWEST]:
        try:
            return _report(workspace, json.loads((folder / _RESULT).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return None


def _report(workspace: Workspace, stored: Mapping[str, Any]) -> DriftReport:
    labels = _labels(bundle_folder(workspace, str(stored["version"])))
    findings = stored["findings"]
    shifts = [one for finding in findings for one in finding["figures"].get("shifts", ())]
    told = [Shift(labels(str(one["name"])), float(one["index"]), float(one["by_chance"])) for one in shifts]
    return DriftReport(
        at=datetime.fromisoformat(stored["at"]),
        version=str(stored["version"]),
        findings=tuple(DriftFinding(str(one["name"]), str(one["standing"]), _sentence(one)) for one in findings),
        shifts=tuple(sorted(told, key=lambda one: -one.index)),
    )


def _sentence(finding: Mapping[str, Any]) -> Text:
    # Runs of before there were both languages said it in English alone.
    return Text(str(finding["sentence"]), str(finding.get("sentence_de", finding["sentence"])))


def _labels(folder: Path) -> Any:
    try:
        catalog = Catalog.from_mapping(json.loads((folder / "catalog.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, LeadscoreError):
        return Text.same
    known = {feature.name: feature.label for feature in catalog.features}
    return lambda name: known.get(name, Text.same(name))
