"""Which fresh leads a new calibration is fitted on, and which it is judged on: never a lead or company on both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.calibration import PLATT_FROM
from training.dataset import Side
from training.fresh import FreshLeads
from training.moment_weight import leads_of_both_outcomes

FIT_SHARE = 0.5
"""Share of the leads, the older ones, that the calibration is fitted on; the newer ones certify and judge."""

FEWEST_JUDGED = 30
"""Positive leads on the newer part below which nothing can be said of a calibration."""


@dataclass(frozen=True, slots=True)
class RecalibrationSides:
    """The older leads to fit on and the newer ones to judge on.

    Parameters
    ----------
    fit, judge : Side
        Mature rows of leads that the model never learned from.
    sentence : str
        Which leads these are.
    """

    fit: Side
    judge: Side
    sentence: str

    @property
    def missing(self) -> str | None:
        """What is missing to fit and judge a calibration; None where nothing is."""
        fitted, judged = (positives(side) for side in (self.fit, self.judge))
        if fitted >= PLATT_FROM and judged >= FEWEST_JUDGED:
            return None
        return (
            f"Nothing was fitted: {fitted:.0f} of the older fresh leads reached the target and {PLATT_FROM} are "
            f"needed to fit a calibration; {judged:.0f} of the newer did and {FEWEST_JUDGED} are needed to judge it. "
            "Wait until more leads have matured. What serves now stays."
        )


def positives(side: Side) -> float:
    """Return the rarer class in leads: what a calibration is fitted on is limited by it."""
    return float(min(leads_of_both_outcomes(side.label, side.lead)))


def recalibration_sides(fresh: FreshLeads, *, seed: int) -> RecalibrationSides:
    """Return both sides of the fresh leads.

    Only leads whose outcome became known after training are taken where they are enough, because they are what the
    model meets now; else the leads held out at training as well. Without an order in time, halves are drawn.

    Parameters
    ----------
    fresh : FreshLeads
        Mature rows that the model never learned from.
    seed : int
        Of the draw.
    """
    mature = fresh.side.mature
    everything = _halved(fresh.side.take(np.flatnonzero(mature)), seed)
    if (fresh.new & mature).any():
        only_new = _halved(fresh.side.take(np.flatnonzero(fresh.new & mature)), seed)
        if min(positives(only_new[0]), positives(only_new[1])) >= PLATT_FROM:
            return RecalibrationSides(*only_new, _said(*only_new, "matured after the model was trained"))
    return RecalibrationSides(*everything, _said(*everything, "the model never learned from"))


def _said(fit: Side, judge: Side, which: str) -> str:
    older, newer = ("older", "newer") if judge.order is not None else ("one half of the", "other half of the")
    return (
        f"Fitted on the {older} {np.unique(fit.lead).size:,} leads that {which}, judged on the {newer} "
        f"{np.unique(judge.lead).size:,}; colleagues stand on one side."
    )


def _halved(side: Side, seed: int) -> tuple[Side, Side]:
    """Return the older and the newer half of the leads; companies of the newer are left out of the older."""
    newer = _newer(side, seed)
    judged = np.isin(side.company, side.company[newer])
    return side.take(np.flatnonzero(~newer & ~judged)), side.take(np.flatnonzero(newer))


def _newer(side: Side, seed: int) -> NDArray[np.bool_]:
    if side.order is None:
        companies = np.unique(side.company)
        drawn = np.random.default_rng(seed).permutation(companies)[: round(FIT_SHARE * companies.size)]
        return ~np.isin(side.company, drawn)
    ages = np.unique(side.order)
    return np.asarray(side.order > ages[max(0, round(FIT_SHARE * ages.size) - 1)])
