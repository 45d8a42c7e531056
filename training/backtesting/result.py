"""What a backtest found, as an object and as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.backtesting.fold import Fold
from training.gates import Decision
from training.paired import Paired


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """A finished backtest.

    Parameters
    ----------
    folds : tuple of Fold
        In order of time, also those that could not be trained.
    pooled : Paired or None
        The model against the rules on the leads of all stretches together; None where too few were tested.
    decision : Decision
        ``promoted`` where the gain holds over time, as the gate would say of all stretches together.
    reasons : tuple of str
        In sentences.
    warnings : tuple of str
        What went wrong without stopping.
    report : Path
        The folder of the report.
    run_id : str or None
        Of MLflow.
    """

    folds: tuple[Fold, ...]
    pooled: Paired | None
    decision: Decision
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    report: Path
    run_id: str | None = None

    @property
    def holds(self) -> bool:
        """Whether the gain over the rules holds over time."""
        return self.decision is Decision.PROMOTED

    def to_mapping(self) -> dict[str, Any]:
        """Return the backtest as one JSON object."""
        return {
            "holds": self.holds, "decision": "holds" if self.holds else self.decision.value,
            "reasons": list(self.reasons), "folds": [fold.to_mapping() for fold in self.folds],
            "pooled": None if self.pooled is None else self.pooled.to_mapping(), "warnings": list(self.warnings),
            "report": str(self.report), "run_id": self.run_id,
        }  # fmt: skip
