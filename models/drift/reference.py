"""What the leads were like on which a model was judged, kept in its bundle: what drift is measured from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.domain import BundleError
from models.calibration import Calibration
from models.drift.bins import Bins

Floats = NDArray[np.float64]

FORMAT = 1
SCORE = "score"
_QUANTILES = 401


@dataclass(frozen=True)
class Reference:
    """The leads held out at training, one row each, at one age.

    Parameters
    ----------
    leads : int
        How many.
    effect : float
        Design effect: how many leads count as one, because they are of one company.
    age_days : float or None
        Age at which each lead was looked at; None where leads have no times.
    features : tuple of Bins
        Of the features that the model reads.
    score : Bins
        Of the margin, in log-odds before calibration, so that a recalibration changes nothing.
    margins : array of shape (401,)
        Quantiles of the margin.
    weeks : tuple of (int, ...)
        Calendar weeks held out, in order: leads, and of those the ones above the margins of the proposed MQL and SQL
        cutoffs. How much weeks differ beyond chance says how wide a control band has to be.
    """

    leads: int
    effect: float
    age_days: float | None
    features: tuple[Bins, ...]
    score: Bins
    margins: Floats
    weeks: tuple[tuple[int, int, int], ...] = ()

    @classmethod
    def of(
        cls,
        frame: pl.DataFrame,
        names: tuple[str, ...],
        margin: Floats,
        company: NDArray[np.int64],
        *,
        age_days: float | None,
        week: NDArray[np.int64] | None,
        cutoff_margins: tuple[float, float],
    ) -> Reference:
        """Return the reference of some leads.

        Parameters
        ----------
        frame : pl.DataFrame
            Features, one row per lead.
        names : tuple of str
            Those that the model reads.
        margin : array of shape (n,)
            The model's log-odds before calibration.
        company : array of int, shape (n,)
            Codes.
        age_days : float or None
            Age of the leads at their row.
        week : array of int, shape (n,), or None
            Calendar week in which each lead came in.
        cutoff_margins : tuple of float
            Margins of the proposed MQL and SQL cutoffs.
        """
        return cls(
            leads=frame.height,
            effect=company_effect(company),
            age_days=age_days,
            features=tuple(Bins.of(name, frame[name]) for name in names),
            score=Bins.of(SCORE, pl.Series(SCORE, margin)),
            margins=np.quantile(margin, np.linspace(0.0, 1.0, _QUANTILES)),
            weeks=() if week is None else _weeks(week, margin, cutoff_margins),
        )

    def share_above(self, probability: float, calibration: Calibration) -> float:
        """Return the share of these leads at or above a cutoff."""
        return float(np.mean(calibration.probability(self.margins) >= probability))

    def center(self, calibration: Calibration) -> float:
        """Return the mean calibrated log-odds."""
        return float(np.mean(calibration.logit(self.margins)))

    def spread_of_weeks(self, stage: int) -> float:
        """Return how many times the chance variance the weekly shares above a cutoff had (1 MQL, 2 SQL); at least 1."""
        counts = np.array([week for week in self.weeks if week[0] > 0], dtype=np.float64)
        if len(counts) < 4:
            return 1.0
        share = counts[:, stage].sum() / counts[:, 0].sum()
        if not 0 < share < 1:
            return 1.0
        chance = counts[:, 0] * share * (1 - share)
        pearson = float(np.sum((counts[:, stage] - counts[:, 0] * share) ** 2 / chance))
        return max(1.0, pearson / (len(counts) - 1))

    def to_mapping(self) -> dict[str, Any]:
        """Return the reference as plain data, for the bundle."""
        return {
            "format": FORMAT,
            "leads": self.leads,
            "effect": self.effect,
            "age_days": self.age_days,
            "features": [bins.to_mapping() for bins in self.features],
            "score": self.score.to_mapping(),
            "margins": self.margins.tolist(),
            "weeks": [list(week) for week in self.weeks],
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Reference:
        """Return the reference stored by :meth:`to_mapping`.

        Raises
        ------
        BundleError
            If a part is of another form.
        """
        try:
            if mapping["format"] != FORMAT:
                raise ValueError(f"format {mapping['format']!r}")
            margins = np.array([float(margin) for margin in mapping["margins"]])
            effect, age = float(mapping["effect"]), mapping["age_days"]
            if margins.size != _QUANTILES or not np.isfinite(margins).all() or (np.diff(margins) < 0).any():
                raise ValueError("quantiles that do not rise")
            if not (math.isfinite(effect) and effect >= 1):
                raise ValueError(f"a design effect of {effect}")
            return cls(
                leads=int(mapping["leads"]),
                effect=effect,
                age_days=None if age is None else float(age),
                features=tuple(Bins.from_mapping(bins) for bins in mapping["features"]),
                score=Bins.from_mapping(mapping["score"]),
                margins=margins,
                weeks=tuple((int(n), int(mql), int(sql)) for n, mql, sql in mapping["weeks"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BundleError(
                f"A stored reference with {error}.",
                f"format {FORMAT} with bins of features and score.",
                "Fetch the bundle again or promote another version.",
            ) from None


def company_effect(company: NDArray[np.int64]) -> float:
    """Return how many leads count as one where those of a company were all alike (Kish 1965), at least 1."""
    sizes = np.bincount(np.unique(company, return_inverse=True)[1])
    return float(np.sum(sizes**2) / np.sum(sizes)) if sizes.size else 1.0


def _weeks(week: NDArray[np.int64], margin: Floats, cutoffs: tuple[float, float]) -> tuple[tuple[int, int, int], ...]:
    codes, place = np.unique(week, return_inverse=True)
    counted = [np.bincount(place, minlength=codes.size)]
    counted += [np.bincount(place, weights=margin >= cutoff, minlength=codes.size) for cutoff in cutoffs]
    return tuple((int(n), int(mql), int(sql)) for n, mql, sql in zip(*counted, strict=True))
