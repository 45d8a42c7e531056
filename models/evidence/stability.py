"""How a model fared in stretches of the time held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.domain import Text
from models.evidence.interval import Interval, number


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time among the leads held out.

    Parameters
    ----------
    name : Text
        A month, a quarter, or the number of a part where leads have an order and no times.
    leads, positives : float
        Leads, and those that reached the target (each lead weighs 1).
    rate : Interval
        Share that reached the target.
    mean_probability, log_loss : float
        Of the model.
    auc : Interval or None
        None where one class is missing.
    """

    name: Text
    leads: float
    positives: float
    rate: Interval
    mean_probability: float
    log_loss: float
    auc: Interval | None

    @property
    def off(self) -> bool:
        """Whether the mean probability lies outside the interval of what became of the leads."""
        return not self.rate.low <= self.mean_probability <= self.rate.high

    def to_mapping(self) -> dict[str, Any]:
        """Return the period as plain data."""
        return {
            "name": self.name.to_mapping(), "leads": self.leads, "positives": self.positives,
            "rate": self.rate.to_list(), "mean_probability": self.mean_probability, "log_loss": self.log_loss,
            "auc": None if self.auc is None else self.auc.to_list(),
        }  # fmt: skip

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Period:
        """Return the period stored by :meth:`to_mapping`."""
        return cls(
            name=Text.from_mapping(mapping["name"]),
            leads=number(mapping["leads"]),
            positives=number(mapping["positives"]),
            rate=Interval.from_list(mapping["rate"]),
            mean_probability=number(mapping["mean_probability"]),
            log_loss=number(mapping["log_loss"]),
            auc=None if mapping["auc"] is None else Interval.from_list(mapping["auc"]),
        )
