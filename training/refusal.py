"""What stays of a training run that taught nothing: the reason, in the workspace's reports."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from features.domain import NotTrainedError
from features.workspace import Workspace
from models.champion import champion_version
from training.reporting import ReportFolder


def keep_refusal(workspace: Workspace, error: NotTrainedError, now: datetime) -> Path:
    """Write why nothing was trained to ``var/reports/not-trained-<moment>`` and return the folder.

    Parameters
    ----------
    workspace : Workspace
        The company's; its champion stays as it is, and is named.
    error : NotTrainedError
        What was given, expected and what to do.
    now : datetime
        The present.
    """
    report = ReportFolder.make(workspace, "not-trained", now)
    report.write(
        {
            "code": error.code, "at": now.isoformat(), "given": error.given, "expected": error.expected,
            "remedy": error.remedy, "champion": champion_version(workspace),
        }
    )  # fmt: skip
    return report.folder
