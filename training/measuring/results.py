"""What an evaluation and a comparison found, as objects and as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.calibration.reliability import Reliability
from training.gates import Verdict
from training.measuring.figures import Figures
from training.measuring.promises import Kept, Promise
from training.measuring.stretches import Stretch


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """A finished evaluation.

    Parameters
    ----------
    name : str
        ``champion``, ``challenger``, ``version 7`` or the rules.
    version : str or None
        In the registry; None for the rules.
    figures : mapping from name to Figures
        Of the one that was asked for, and of the rules beside.
    reliability : Reliability
        Its calibration.
    cutoffs : tuple of float
        MQL and SQL, on which the promises were observed.
    promises : tuple of Promise
        The agreement's measurable clauses, on the leads that matured after training where there are any.
    sentences : tuple of str
        Which leads, and what the reader should know.
    warnings : tuple of str
        What went wrong without stopping.
    report : Path
        The folder of the report.
    run_id : str or None
        Of MLflow.
    """

    name: str
    version: str | None
    figures: Mapping[str, Figures]
    reliability: Reliability
    cutoffs: tuple[float, float]
    promises: tuple[Promise, ...]
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    report: Path
    run_id: str | None = None

    @property
    def broken(self) -> bool:
        """Whether a promise was shown to be broken."""
        return any(promise.state is Kept.BROKEN for promise in self.promises)

    def to_mapping(self) -> dict[str, Any]:
        """Return the evaluation as one JSON object."""
        return {
            "model": self.name, "version": self.version,
            "figures": {name: one.to_mapping() for name, one in self.figures.items()},
            "calibration": self.reliability.to_mapping(),
            "cutoffs": {"mql": self.cutoffs[0], "sql": self.cutoffs[1]},
            "promises": [promise.to_mapping() for promise in self.promises], "sentences": list(self.sentences),
            "warnings": list(self.warnings), "report": str(self.report), "run_id": self.run_id,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class CompareResult:
    """A finished comparison.

    Parameters
    ----------
    new : str
        Who is judged.
    versions : mapping from name to str
        Versions by the names in the tables.
    figures : mapping from name to Figures
        Of everybody, on the same leads.
    verdict : Verdict
        What the gate says of the one that is judged, against each of the others.
    stretches : tuple of Stretch
        The gains by quarter, and by how the leads came to be fresh.
    sentences : tuple of str
        Which leads, and what the reader should know.
    warnings : tuple of str
        What went wrong without stopping the comparison.
    report : Path
        The folder of the report.
    run_id : str or None
        Of MLflow.
    """

    new: str
    versions: Mapping[str, str]
    figures: Mapping[str, Figures]
    verdict: Verdict
    stretches: tuple[Stretch, ...]
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    report: Path
    run_id: str | None = None

    def to_mapping(self) -> dict[str, Any]:
        """Return the comparison as one JSON object."""
        return {
            "new": self.new, "versions": dict(self.versions), "verdict": self.verdict.to_mapping(),
            "figures": {name: one.to_mapping() for name, one in self.figures.items()},
            "stretches": [one.to_mapping() for one in self.stretches], "sentences": list(self.sentences),
            "warnings": list(self.warnings), "report": str(self.report), "run_id": self.run_id,
        }  # fmt: skip
