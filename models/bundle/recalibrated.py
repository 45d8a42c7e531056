"""A bundle with a new calibration: everything that the calibration does not touch stays the same, byte for byte."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from models.additive import json_text
from models.bundle.assemble import assemble
from models.bundle.contents import CALIBRATION, CARD, CUTOFFS, EVIDENCE, GOLDEN, GRADES, read_listed
from models.bundle.golden import golden_rows
from models.bundle.writing import write_texts
from models.calibration import Calibration
from models.card import ModelCard
from models.cutoffs import Cutoffs
from models.evidence import ModelEvidence
from models.grades import Grades


def write_recalibrated(
    folder: Path,
    parent: Path,
    *,
    calibration: Calibration,
    cutoffs: Cutoffs,
    grades: Grades,
    card: ModelCard,
    golden: pl.DataFrame,
    evidence: ModelEvidence,
) -> Path:
    """Write a bundle that scores with the parent's trees and scorecard, under another calibration.

    Parameters
    ----------
    folder : Path
        Where to; it must not exist yet.
    parent : Path
        The bundle whose files are taken over, verified already (``models.bundle.verify``).
    calibration, cutoffs, grades, card
        What changes.
    golden : DataFrame
        A features frame, of which up to 20 rows are kept with the answers they must give now.
    evidence : ModelEvidence
        What was measured under the new calibration.

    Raises
    ------
    BundleError
        If the parent is damaged.
    WorkspaceError
        If the folder exists or cannot be written.
    """
    texts = read_listed(parent)
    taken = assemble(texts)
    changed = {
        CALIBRATION: json_text(calibration.to_mapping()),
        CUTOFFS: json_text(cutoffs.to_mapping()),
        GRADES: json_text(grades.to_mapping()),
        CARD: json_text(card.to_mapping()),
        GOLDEN: golden_rows(golden, taken.encoder, taken.model, calibration),
        EVIDENCE: evidence.to_text(),
    }
    return write_texts(folder, texts | changed)
