"""Where a training report goes: a folder of ``var/reports``, and the run in MLflow."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from features.workspace import Workspace
from training.pages.write import write_page
from training.report.material import Material
from training.report.page import report_page
from training.reporting import REPORT, ReportFolder
from training.tracking import add_to_run

_LOG = logging.getLogger(__name__)

CARD = "card.md"


@dataclass(frozen=True, slots=True)
class KeptReport:
    """The English page (the German one lies beside it), or None with a warning."""

    page: Path | None
    warnings: tuple[str, ...] = ()


def keep_report(
    workspace: Workspace, material: Material, run_id: str | None, tracking_uri: str | None = None
) -> KeptReport:
    """Write the report and the model card to ``var/reports/train-<moment>`` and add them to the run.

    By now the model may serve already: whatever is wrong with its report must not look like a failed training.

    Parameters
    ----------
    workspace : Workspace
        The company's.
    material : Material
        The finished run.
    run_id : str or None
        Of MLflow; None where it was not reached.
    tracking_uri : str or None
        Of an MLflow server; None takes the workspace's own database.
    """
    try:
        folder = ReportFolder.make(workspace, "train", material.card.trained_at).folder
        page = write_page(folder, REPORT, report_page(material))["en"]
        (folder / CARD).write_text(material.card.to_markdown(), encoding="utf-8")
    except Exception as error:  # noqa: BLE001 - an edge: logged and told to the user
        _LOG.warning("the report could not be written", exc_info=True)
        return KeptReport(None, (f"The report could not be written ({error}); the model and its card are as told.",))
    warning = None if run_id is None else add_to_run(workspace, run_id, folder, REPORT, tracking_uri)
    return KeptReport(page, () if warning is None else (warning,))
