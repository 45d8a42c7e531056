"""What a training run answers: for people in sentences, for programs as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.cutoffs import Cutoffs
from training.acceptance_order import AcceptanceOrder
from training.evaluate import Evaluation
from training.gates import Verdict


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """A finished run.

    Parameters
    ----------
    version : str or None
        In the registry; None where the registry could not be reached.
    bundle : Path
        The trained scorer's folder.
    run_id : str or None
        Of MLflow; None where it could not be reached.
    promoted : bool
        Whether the model serves from now on.
    rung : str
        ``scorecard``, ``trees`` or ``blend``.
    sentences : tuple of str
        How the rows were split, what was chosen and why, in the order of the run.
    verdict : Verdict
        What the gate said, with reasons.
    cutoffs : Cutoffs
        That the model proposes, with what can be certified.
    evaluations : mapping from name to Evaluation
        Of the model and its rivals on the hold-out, every moment of the same weight.
    older_newer : mapping from name to tuple of float
        Log-loss in the older and the newer half of the hold-out; empty without an order.
    counts : Mapping[str, int]
        Leads and rows by what became of them.
    warnings : tuple of str
        What went wrong without stopping the run.
    holdout : str
        How the hold-out was made: ``the newest 25% of the leads`` or ``25% of the leads, by chance``.
    acceptance : AcceptanceOrder or None
        How the model orders the held-out leads by whether sales accepted them; None where too few answers are known.
    report : Path or None
        The report's English page, with the German one beside it; None where it could not be written.
    """

    version: str | None
    bundle: Path
    run_id: str | None
    promoted: bool
    rung: str
    sentences: tuple[str, ...]
    verdict: Verdict
    cutoffs: Cutoffs
    evaluations: Mapping[str, Evaluation]
    older_newer: Mapping[str, tuple[float, ...]]
    counts: Mapping[str, int]
    warnings: tuple[str, ...]
    holdout: str
    acceptance: AcceptanceOrder | None = None
    report: Path | None = None

    def to_mapping(self) -> dict[str, Any]:
        """Return the result as one JSON object."""
        return {
            "version": self.version,
            "bundle": str(self.bundle),
            "run_id": self.run_id,
            "promoted": self.promoted,
            "rung": self.rung,
            "sentences": list(self.sentences),
            "verdict": self.verdict.to_mapping(),
            "cutoffs": self.cutoffs.to_mapping(),
            "evaluations": {name: figures.to_mapping() for name, figures in self.evaluations.items()},
            "log_loss_older_newer": {name: list(parts) for name, parts in self.older_newer.items()},
            "counts": dict(self.counts),
            "warnings": list(self.warnings),
            "holdout": self.holdout,
            "acceptance": None if self.acceptance is None else self.acceptance.to_mapping(),
            "report": None if self.report is None else str(self.report),
        }
