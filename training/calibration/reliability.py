"""Whether probabilities can be taken at their word, and where not: on held-out leads, by quarter and by source."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from features.catalog import Catalog
from features.domain import Text
from models.evidence.interval import Interval
from training.calibration.curve import (
    Curve,
    Decomposition,
    decompose_brier,
    decompose_log_loss,
    reliability_curve,
)
from training.calibration.line import calibration_line, spiegelhalter
from training.calibration.parts import Part, ages, called, parts_of, quarters, source_of
from training.calibration.venn_abers import FROM_POSITIVES, venn_abers
from training.dataset import Side
from training.evaluate import EDGE, calibration_error
from training.exact_rates import design_effect, observed_over_expected

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

CHANCE_DRAWS = 200
_CHANCE_ROWS = 4_000_000
WIDTH_POINTS = 25


@dataclass(frozen=True, slots=True)
class Chance:
    """A figure that is above zero even for true probabilities, beside what chance alone gives it.

    Parameters
    ----------
    value : float
        As measured.
    expected, high : float
        Mean and 95 % quantile where every outcome is drawn with its probability.
    """

    value: float
    expected: float
    high: float

    @property
    def beyond(self) -> bool:
        """Whether chance alone would rarely give as much."""
        return self.value > self.high


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """How far one more lead could move its own probability, at some probabilities (Venn-Abers).

    Parameters
    ----------
    probability, low, high : array of shape (points,)
        The model's, and the two between which it would lie.
    typical : float
        Median width over the leads.
    """

    probability: Floats
    low: Floats
    high: Floats
    typical: float

    def to_mapping(self) -> dict[str, Any]:
        """Return it as plain data."""
        arrays = {name: getattr(self, name).tolist() for name in ("probability", "low", "high")}
        return {**arrays, "typical_width": self.typical}


@dataclass(frozen=True, slots=True)
class Reliability:
    """What became of leads, against what was said of them.

    Parameters
    ----------
    leads, positives : float
        Leads, and their weight that reached the target.
    effect : float
        Design effect: by how much rows of one company weaken the evidence.
    curve : Curve
        With a band that holds the whole true curve with 95 %.
    brier, log_loss : Decomposition
        Split into miscalibration, discrimination and uncertainty.
    miscalibration, calibration_error : Chance
        The Brier score's miscalibration, and the expected calibration error over groups of equal mass; both are
        biased upwards, so they are told beside chance alone.
    observed_to_expected, slope, intercept : Interval
        1, 1 and 0 are perfect.
    spiegelhalter, spiegelhalter_p : float
        z of Spiegelhalter's test and its two-sided p-value.
    uncertainty : Uncertainty or None
        From 300 positives on.
    quarters, sources, ages : tuple of Part
        Observed over expected in each; empty where there are none.
    source : str or None
        The attribute that tells the source.
    source_label : Text or None
        What people call it.
    source_is_named : bool
        Whether its name says so; else it is the category that tells most leads apart.
    """

    leads: float
    positives: float
    effect: float
    curve: Curve
    brier: Decomposition
    log_loss: Decomposition
    miscalibration: Chance
    calibration_error: Chance
    observed_to_expected: Interval
    slope: Interval
    intercept: Interval
    spiegelhalter: float
    spiegelhalter_p: float
    uncertainty: Uncertainty | None = None
    quarters: tuple[Part, ...] = ()
    sources: tuple[Part, ...] = ()
    ages: tuple[Part, ...] = ()
    source: str | None = None
    source_is_named: bool = False
    source_label: Text | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts, flagged together."""
        return (*self.quarters, *self.sources, *self.ages)

    @property
    def level_is_off(self) -> bool:
        """Whether more or fewer leads reached the target than the probabilities say, beyond chance."""
        return not self.observed_to_expected.low <= 1.0 <= self.observed_to_expected.high

    def to_mapping(self) -> dict[str, Any]:
        """Return everything as plain data."""
        plain = ("leads", "positives", "effect", "spiegelhalter", "spiegelhalter_p", "source", "source_is_named")
        figures = ("brier", "log_loss", "observed_to_expected", "slope", "intercept")
        chances = ("miscalibration", "calibration_error")
        return {
            **{name: getattr(self, name) for name in plain},
            **{name: asdict(getattr(self, name)) for name in figures},
            **{name: asdict(getattr(self, name)) | {"beyond": getattr(self, name).beyond} for name in chances},
            "curve": self.curve.to_mapping(),
            "uncertainty": None if self.uncertainty is None else self.uncertainty.to_mapping(),
            "quarters": [part.to_mapping() for part in self.quarters],
            "sources": [part.to_mapping() for part in self.sources],
            "ages": [part.to_mapping() for part in self.ages],
        }

    def metrics(self, prefix: str) -> dict[str, float]:
        """Return the figures by flat names, for MLflow."""
        flat = {
            f"{name}_{end}": getattr(getattr(self, name), end)
            for name in ("observed_to_expected", "slope", "intercept")
            for end in ("low", "high")
        }
        for name in ("miscalibration", "calibration_error"):
            one = getattr(self, name)
            flat |= {f"{name}_by_chance": one.expected, f"{name}_by_chance_95": one.high}
        flat |= {
            "miscalibration": self.brier.miscalibration,
            "discrimination": self.brier.discrimination,
            "uncertainty": self.brier.uncertainty,
            "log_loss_miscalibration": self.log_loss.miscalibration,
            "log_loss_discrimination": self.log_loss.discrimination,
            "spiegelhalter_p": self.spiegelhalter_p,
            "design_effect": self.effect,
            "quarters_off": float(sum(part.off for part in self.quarters)),
            "sources_off": float(sum(part.off for part in self.sources)),
            "ages_off": float(sum(part.off for part in self.ages)),
        }
        if self.uncertainty is not None:
            flat["probability_width"] = self.uncertainty.typical
        return {f"{prefix}.{name}": float(value) for name, value in flat.items()}

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a reader should know, the level first."""
        ratio = self.observed_to_expected
        level = (
            f"{ratio.value:.2f} times as many leads reached the target as the probabilities say "
            f"(95 % interval {ratio.low:.2f} to {ratio.high:.2f}): "
            f"{'beyond chance.' if self.level_is_off else 'compatible with true probabilities.'}"
        )
        odd = [f"{called(part.name).en} ({part.ratio.value:.2f})" for part in self.parts if part.off]
        return (level, f"Beyond chance in {', '.join(odd)}.") if odd else (level,)


def assess(side: Side, probability: Floats, catalog: Catalog, *, seed: int) -> Reliability:
    """Return how far probabilities can be taken at their word on rows that nothing was learned from.

    Parameters
    ----------
    side : Side
        The rows; those whose horizon was not observed whole are left out.
    probability : array of shape (n,)
        In [0, 1].
    catalog : Catalog
        Tells which features are categories, for the source.
    seed : int
        Of the draws.
    """
    if not side.mature.all():
        probability, side = probability[side.mature], side.take(np.flatnonzero(side.mature))
    overall = reliability(probability, side.label, side.weight, side.lead, side.company, seed=seed)
    source, named = source_of(side, catalog)
    where = {
        "quarters": quarters(side), "sources": None if source is None else side.features[source], "ages": ages(side),
    }  # fmt: skip
    parts = parts_of(
        where, np.clip(probability, EDGE, 1 - EDGE), side.label, side.weight, overall.effect, whole=frozenset({"ages"})
    )
    plain = {name: getattr(overall, name) for name in Reliability.__slots__}
    label = None if source is None else catalog.feature(source).label
    return Reliability(**(plain | {**parts, "source": source, "source_is_named": named, "source_label": label}))


def reliability(
    probability: Floats, label: Floats, weight: Floats, lead: Codes, company: Codes, *, seed: int
) -> Reliability:
    """Return the figures over all rows, without quarters and sources.

    Parameters
    ----------
    probability, label, weight : arrays of shape (n,)
        In [0, 1]; 0 or 1, both present; summing to 1 per lead.
    lead, company : arrays of int, shape (n,)
        Codes; a lead of no known company is its own.
    seed : int
        Of the draws.
    """
    probability = np.clip(probability, EDGE, 1 - EDGE)
    line = calibration_line(probability, label, weight, company)
    rate = line.rate(probability)
    effect = design_effect(label - rate, rate * (1 - rate), weight, company)
    found, expected, total = float(weight @ label), float(weight @ probability), float(weight.sum())
    curve = reliability_curve(probability, label, weight, effect)
    brier = decompose_brier(probability, label, weight)
    error = calibration_error(probability, label, weight)
    by_chance = _by_chance(probability, weight, lead, seed)
    z = spiegelhalter(probability, label, weight, company)
    enough = min(found, total - found) / effect >= FROM_POSITIVES
    return Reliability(
        leads=total,
        positives=found,
        effect=effect,
        curve=curve,
        brier=brier,
        log_loss=decompose_log_loss(probability, label, weight),
        miscalibration=_chance(brier.miscalibration, by_chance[:, 0], effect),
        calibration_error=_chance(error, by_chance[:, 1], np.sqrt(effect)),
        observed_to_expected=observed_over_expected(found, expected, total, effect),
        slope=line.slope,
        intercept=line.intercept,
        spiegelhalter=z,
        spiegelhalter_p=float(2 * norm.sf(abs(z))),
        uncertainty=_uncertainty(probability, label, weight) if enough else None,
    )


def _uncertainty(probability: Floats, label: Floats, weight: Floats) -> Uncertainty:
    points = np.unique(np.quantile(probability, np.linspace(0.01, 0.99, WIDTH_POINTS)))
    low, high = venn_abers(probability, label, weight, points)
    widths = np.interp(probability, points, high - low)
    return Uncertainty(points, low, high, float(np.median(widths)))


def _by_chance(probability: Floats, weight: Floats, lead: Codes, seed: int) -> Floats:
    """Return miscalibration and calibration error where the probabilities are true, shape (draws, 2).

    A lead's rows share one draw, because what becomes of a lead decides all of its rows.
    """
    generator = np.random.default_rng(seed)
    place = np.unique(lead, return_inverse=True)[1]
    draws = int(np.clip(_CHANCE_ROWS // probability.size, 20, CHANCE_DRAWS))
    answers = np.empty((draws, 2))
    for draw in range(draws):
        label = (generator.random(int(place.max()) + 1)[place] < probability).astype(np.float64)
        answers[draw] = (
            decompose_brier(probability, label, weight).miscalibration,
            calibration_error(probability, label, weight),
        )
    return answers


def _chance(value: float, draws: Floats, inflation: float) -> Chance:
    # Resembling colleagues make squares larger by the design effect and distances by its root.
    return Chance(value, float(draws.mean() * inflation), float(np.quantile(draws, 0.95) * inflation))
