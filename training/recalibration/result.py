"""What a recalibration answers: for people in sentences, for programs as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.calibration import Calibration
from models.cutoffs import Cutoffs
from models.evidence.comparison import CHAMPION, MODEL
from training.calibration.reliability import Reliability
from training.evaluate import Evaluation
from training.paired import Paired

BEFORE, AFTER = CHAMPION, MODEL
"""Names of both calibrations in figures, as in every run: what serves, and what may replace it."""


@dataclass(frozen=True, slots=True)
class RecalibrationResult:
    """What came of a recalibration.

    Parameters
    ----------
    parent : str
        The version whose trees and scorecard are kept.
    version : str or None
        The new version; None where nothing was fitted.
    promoted : bool
        Whether it serves from now on.
    sentences : tuple of str
        Which leads were taken, and why it was promoted or not.
    calibration : Calibration or None
        The new one.
    cutoffs : Cutoffs or None
        That it proposes; those in force hold until people sign.
    evaluations : mapping from name to Evaluation
        Of both on the newer leads.
    reliability : mapping from name to Reliability
        Of both on the newer leads.
    paired : Paired or None
        The new against the old.
    run_id : str or None
        Of MLflow; None where it could not be reached.
    warnings : tuple of str
        What went wrong without stopping.
    """

    parent: str
    version: str | None
    promoted: bool
    sentences: tuple[str, ...]
    calibration: Calibration | None = None
    cutoffs: Cutoffs | None = None
    evaluations: Mapping[str, Evaluation] = field(default_factory=dict)
    reliability: Mapping[str, Reliability] = field(default_factory=dict)
    paired: Paired | None = None
    run_id: str | None = None
    warnings: tuple[str, ...] = ()

    def to_mapping(self) -> dict[str, Any]:
        """Return the result as one JSON object."""
        return {
            "parent": self.parent,
            "version": self.version,
            "promoted": self.promoted,
            "sentences": list(self.sentences),
            "calibration": None if self.calibration is None else self.calibration.to_mapping(),
            "cutoffs": None if self.cutoffs is None else self.cutoffs.to_mapping(),
            "evaluations": {name: one.to_mapping() for name, one in self.evaluations.items()},
            "reliability": {name: one.to_mapping() for name, one in self.reliability.items()},
            "comparison": None if self.paired is None else self.paired.to_mapping(),
            "run_id": self.run_id,
            "warnings": list(self.warnings),
        }
