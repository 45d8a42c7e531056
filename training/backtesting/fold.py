"""The figures of one stretch of a backtest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.evidence.interval import Interval
from training.bootstrap import cluster_means
from training.dataset import Dataset
from training.evaluate import evaluate
from training.held_out import HeldOut
from training.measuring.promises import Promise
from training.paired import losses_of
from training.plan import TrainingPlan
from training.rivals import RulesRival

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fold:
    """One stretch: what was learned before, how it did, and whether its cutoffs held later.

    Parameters
    ----------
    number : int
        From 1.
    since, until : object
        Creation of the first and last lead of the stretch; None without times.
    why_not : str or None
        Why nothing was trained; the figures are then empty.
    rung : str
        What the ladder chose.
    learned, learned_positives, leads, positives : int
        Leads learned from, of these positive, and the same of the stretch.
    model, rules : mapping from str to float
        ``log_loss``, ``auc`` and ``brier``.
    gain : Interval or None
        Log-loss gained over the rules (nats per lead) with its two-sided 95 % interval.
    certified : str or None
        State of the cutoffs that the stretch certifies.
    note : str or None
        What the reader should know of the rules, e.g. that too few outcomes calibrate them.
    later : tuple of Promise
        What these cutoffs did on as many leads that came in when they would have served; empty where there are none.
    """

    number: int
    since: object
    until: object
    why_not: str | None = None
    rung: str = ""
    learned: int = 0
    learned_positives: int = 0
    leads: int = 0
    positives: int = 0
    model: Mapping[str, float] = field(default_factory=dict)
    rules: Mapping[str, float] = field(default_factory=dict)
    gain: Interval | None = None
    certified: str | None = None
    note: str | None = None
    later: tuple[Promise, ...] = ()

    def to_mapping(self) -> dict[str, Any]:
        """Return the stretch as plain data."""
        return {
            "number": self.number, "since": _text(self.since), "until": _text(self.until), "why_not": self.why_not,
            "rung": self.rung, "learned": self.learned, "learned_positives": self.learned_positives,
            "leads": self.leads, "positives": self.positives, "model": dict(self.model), "rules": dict(self.rules),
            "log_loss_gained": None if self.gain is None else self.gain.value,
            "interval": None if self.gain is None else [self.gain.low, self.gain.high],
            "certified": self.certified, "note": self.note,
            "later": [promise.to_mapping() for promise in self.later],
        }  # fmt: skip


def figures_of(
    number: int, data: Dataset, rung: str, model: Floats, rules: RulesRival, held_out: HeldOut, plan: TrainingPlan
) -> Fold:
    """Return the figures of a trained fold.

    Parameters
    ----------
    number : int
        Of the fold.
    data : Dataset
        Its past and its stretch.
    rung : str
        What was chosen.
    model : array of shape (n,)
        The model's probabilities on the stretch.
    rules : RulesRival
        The rules on the stretch.
    held_out : HeldOut
        The stretch.
    plan : TrainingPlan
        Draws and seed.
    """
    gained = losses_of(rules.probability, held_out.label) - losses_of(model, held_out.label)
    drawn = cluster_means(gained, held_out.weight, held_out.company, plan.gate_draws, plan.seed, held_out.week)
    low, high = np.quantile(drawn, [0.025, 0.975])
    learn, created = data.learn.examples, data.holdout.examples["created_at"]
    return Fold(
        number=number,
        since=created.min(),
        until=created.max(),
        rung=rung,
        learned=learn["lead_id"].n_unique(),
        learned_positives=learn.filter(pl.col("label") == 1)["lead_id"].n_unique(),
        leads=data.holdout.examples["lead_id"].n_unique(),
        positives=held_out.positive_leads,
        model=_three(model, held_out),
        rules=_three(rules.probability, held_out),
        note=rules.sentence,
        gain=Interval(float(np.average(gained, weights=held_out.weight)), float(low), float(high)),
    )


def _three(probability: Floats, held_out: HeldOut) -> dict[str, float]:
    found = evaluate(probability, held_out.label, held_out.lead, held_out.weight)
    return {"log_loss": found.log_loss, "auc": found.auc, "brier": found.brier}


def _text(moment: object) -> str | None:
    return None if moment is None else str(moment)
