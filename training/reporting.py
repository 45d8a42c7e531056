"""A report that stays in the workspace: a folder below ``var/reports`` with the result as JSON and a page to read."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from features.workspace import Workspace, write_json
from training.pages.content import Page
from training.pages.write import write_page

RESULT = "result.json"

REPORT = "report"
"""Of a page's two files, without ending."""


@dataclass(frozen=True, slots=True)
class ReportFolder:
    """A report's place.

    Parameters
    ----------
    folder : Path
        ``var/reports/<kind>-<moment>``.
    """

    folder: Path

    @classmethod
    def make(cls, workspace: Workspace, kind: str, now: datetime) -> ReportFolder:
        """Return a new folder, named by the kind of run and the moment."""
        first = f"{kind}-{now:%Y%m%dT%H%M%S}"
        for number in itertools.count(1):
            folder = workspace.reports / (first if number == 1 else f"{first}-{number}")
            try:
                folder.mkdir(parents=True)
            except FileExistsError:
                continue
            return cls(folder)
        raise AssertionError  # count() does not end

    def show(self, page: Page) -> Path:
        """Write a page in both languages and return the English one."""
        return write_page(self.folder, REPORT, page)["en"]

    def write(self, result: Mapping[str, Any]) -> None:
        """Write the result as one JSON object."""
        write_json(self.folder / RESULT, dict(result))
