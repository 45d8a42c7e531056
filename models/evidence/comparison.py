"""The model beside the rules, the champion and others: figures of each, and what the model gains over each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.evidence.interval import Interval, finite, number

MODEL, RULES, BASE_RATE, CHAMPION, SCORECARD = (
    "model", "calibrated rules", "base rate", "champion", "logistic scorecard",
)  # fmt: skip
"""Scorers that evidence names; others are told by their own name."""


@dataclass(frozen=True, slots=True)
class ScorerFigures:
    """One scorer on the leads held out.

    Parameters
    ----------
    scorer : str
        ``model``, or a rival.
    log_loss, brier : float
        Price of wrong probabilities, in nats and in squared probability.
    auc : Interval
        Area under the ROC curve with its 95 % interval over companies.
    average_precision, lift_10, slope : float
        Mean precision, lift of the top tenth, and calibration slope.
    constant : bool
        Whether it says the same of every lead, so that it orders nothing.
    """

    scorer: str
    log_loss: float
    brier: float
    auc: Interval
    average_precision: float
    lift_10: float
    slope: float
    constant: bool

    def to_mapping(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        plain = ("log_loss", "brier", "average_precision", "lift_10", "slope")
        return {name: finite(getattr(self, name)) for name in plain} | {
            "scorer": self.scorer, "auc": self.auc.to_list(), "constant": self.constant,
        }  # fmt: skip

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> ScorerFigures:
        """Return the figures stored by :meth:`to_mapping`."""
        plain = ("log_loss", "brier", "average_precision", "lift_10", "slope")
        return cls(
            scorer=str(mapping["scorer"]), auc=Interval.from_list(mapping["auc"]), constant=bool(mapping["constant"]),
            **{name: number(mapping[name]) for name in plain},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gain:
    """What the model gains over a rival on the same leads.

    Parameters
    ----------
    rival : str
        The other.
    log_loss : Interval
        Log-loss gained, nats per lead; each end holds with ``confidence``.
    auc : Interval
        Area gained, with its 95 % interval (DeLong).
    confidence : float
        One-sided, of each end of ``log_loss``.
    leads, positives : int
        Compared on.
    """

    rival: str
    log_loss: Interval
    auc: Interval
    confidence: float
    leads: int
    positives: int

    def to_mapping(self) -> dict[str, Any]:
        """Return the gain as plain data."""
        return {
            "rival": self.rival, "log_loss": self.log_loss.to_list(), "auc": self.auc.to_list(),
            "confidence": self.confidence, "leads": self.leads, "positives": self.positives,
        }  # fmt: skip

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Gain:
        """Return the gain stored by :meth:`to_mapping`."""
        return cls(
            str(mapping["rival"]), Interval.from_list(mapping["log_loss"]), Interval.from_list(mapping["auc"]),
            number(mapping["confidence"]), int(mapping["leads"]), int(mapping["positives"]),
        )  # fmt: skip
