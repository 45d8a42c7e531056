"""How a gain spreads: by calendar quarter, and by how the leads came to be fresh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.evidence.interval import Interval
from training.bootstrap import Resampler
from training.dataset import Side
from training.fresh import FreshLeads
from training.paired import losses_of
from training.plan import TrainingPlan

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stretch:
    """The gain on some of the leads.

    Parameters
    ----------
    name : str
        ``2026 Q1``, ``held out at training`` or ``matured after training``.
    rival : str
        Against whom.
    leads, positives : int
        How many.
    gain : Interval
        Log-loss gained (nats per lead) with its two-sided 95 % interval; the interval is not finite below two
        companies.
    """

    name: str
    rival: str
    leads: int
    positives: int
    gain: Interval

    def to_mapping(self) -> dict[str, Any]:
        """Return the stretch as plain data."""
        return {
            "name": self.name, "rival": self.rival, "leads": self.leads, "positives": self.positives,
            "log_loss_gained": self.gain.value, "interval": [self.gain.low, self.gain.high],
        }  # fmt: skip


def by_quarter(side: Side, new: Floats, rivals: Mapping[str, Floats], plan: TrainingPlan) -> Iterator[Stretch]:
    """Yield the gain in each calendar quarter (UTC) in which leads came in; nothing where leads have no times.

    Parameters
    ----------
    side : Side
        The rows.
    new : array of shape (n,)
        Probabilities of the one that is judged.
    rivals : mapping from name to array of shape (n,)
        Of the others.
    plan : TrainingPlan
        Draws and seed.
    """
    created = side.examples["created_at"]
    if created.null_count():
        return
    quarters = created.dt.year() * 10 + created.dt.quarter()
    for quarter in quarters.unique().sort():
        name = f"{quarter // 10} Q{quarter % 10}"
        yield from _on(side, (quarters == quarter).to_numpy(), name, new, rivals, plan)


def by_kind(fresh: FreshLeads, new: Floats, rivals: Mapping[str, Floats], plan: TrainingPlan) -> Iterator[Stretch]:
    """Yield the gain on leads held out at training, and on those that matured after, where there are both."""
    if fresh.new.all() or not fresh.new.any():
        return
    for rows, name in ((~fresh.new, "held out at training"), (fresh.new, "matured after training")):
        yield from _on(fresh.side, rows, name, new, rivals, plan)


def _on(
    side: Side, rows: NDArray[np.bool_], name: str, new: Floats, rivals: Mapping[str, Floats], plan: TrainingPlan
) -> Iterator[Stretch]:
    held_out = side.held_out().take(rows)
    label, weight = held_out.label, held_out.weight
    resampler = Resampler.of(held_out.company, held_out.week)
    for rival, old in rivals.items():
        gain = losses_of(old[rows], label) - losses_of(new[rows], label)
        mean = float(np.average(gain, weights=weight))
        low = high = mean
        if resampler.companies > 1:
            sums = resampler.sums(np.column_stack([weight * gain, weight]), plan.gate_draws, plan.seed)
            low, high = np.quantile(sums[:, 0] / sums[:, 1], [0.025, 0.975])
        leads = int(np.unique(held_out.lead).size)
        yield Stretch(name, rival, leads, held_out.positive_leads, Interval(mean, float(low), float(high)))
