"""The figures of one scorer on leads that it never learned from, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.evidence.interval import Interval
from training.bootstrap import Resampler
from training.calibration.line import calibration_line
from training.discrimination import area
from training.evaluate import Evaluation, evaluate, top_part
from training.held_out import HeldOut
from training.judgement import MODEL
from training.paired import losses_of

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figures:
    """Point figures with two-sided 95 % intervals.

    Parameters
    ----------
    points : Evaluation
        All point figures.
    log_loss, brier, lift_10, hits_20 : Interval
        By drawing whole companies again within calendar weeks.
    auc : Interval
        By DeLong's variance over companies.
    slope : Interval
        Of the calibration, by the sandwich over companies.
    """

    points: Evaluation
    log_loss: Interval
    brier: Interval
    lift_10: Interval
    hits_20: Interval
    auc: Interval
    slope: Interval

    def to_mapping(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        intervals = ("log_loss", "brier", "lift_10", "hits_20", "auc", "slope")
        return {**self.points.to_mapping(), "intervals": {name: asdict(getattr(self, name)) for name in intervals}}


def measure(probability: Floats, held_out: HeldOut, *, draws: int, seed: int) -> Figures:
    """Return the figures of probabilities on held-out rows.

    Parameters
    ----------
    probability : array of shape (n,)
        In [0, 1].
    held_out : HeldOut
        The rows; both classes present.
    draws, seed : int
        Of the bootstrap.
    """
    label, weight = held_out.label, held_out.weight
    points = evaluate(probability, label, held_out.lead, weight)
    losses = losses_of(probability, label)
    tops = [top_part(probability, weight, share) for share in (0.1, 0.2)]
    columns = [weight, weight * label, weight * losses, weight * (label - probability) ** 2]
    columns += [weight * label * part for part in tops]
    sums = Resampler.of(held_out.company, held_out.week).sums(np.column_stack(columns), draws, seed)
    mass, hits = sums[:, 0], sums[:, 1]
    curve = area(probability, label, weight, held_out.company)
    low, high = curve.interval
    with np.errstate(invalid="ignore", divide="ignore"):
        found = [sums[:, 4 + place] / hits for place in range(2)]
    return Figures(
        points=points,
        log_loss=_interval(points.log_loss, sums[:, 2] / mass),
        brier=_interval(points.brier, sums[:, 3] / mass),
        lift_10=_interval(points.lift_10, found[0] / 0.1),
        hits_20=_interval(points.hits_20, found[1]),
        auc=Interval(points.auc, max(0.0, low), min(1.0, high)),
        slope=calibration_line(probability, label, weight, held_out.company).slope,
    )


def _interval(value: float, drawn: Floats) -> Interval:
    low, high = np.quantile(drawn[np.isfinite(drawn)], [0.025, 0.975])
    return Interval(value, float(low), float(high))


def flat_figures(figures: Mapping[str, Figures], *, model: str) -> dict[str, float]:
    """Return all figures by the flat names that a training run uses, the judged one under ``model``, for MLflow."""
    flat: dict[str, float] = {}
    for name, one in figures.items():
        flat |= one.points.metrics(MODEL if name == model else name.replace(" ", "_"))
    return flat
