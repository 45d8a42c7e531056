"""A watch on probabilities after training: whether what becomes of leads is still what was said of them.

A bet against the probabilities: each matured lead multiplies a capital by how much likelier its outcome is if the odds
are tilted than as they were told. While the probabilities are true the capital is a supermartingale, so that it ever
reaches ``1 / ALPHA`` with a probability of at most ``ALPHA``, however often one looks (Ville 1939; Howard et al. 2021).
The tilts are of the level and of the slope; small ones are not bet on, because no level is exact for ever and what is
not worth a recalibration is not worth an alarm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from models.odds import logit_of

Floats = NDArray[np.float64]

ALPHA = 0.05
"""Chance of an alarm, ever, while the probabilities are true."""

LEVELS = (-0.8, -0.4, -0.2, 0.0, 0.2, 0.4, 0.8)
SLOPES = (-0.5, 0.0, 0.5)
"""Shifts of the log-odds, and changes of their slope about the mean, that are bet on."""

FARTHEST = 3.0
"""Distance from the mean, in log-odds, beyond which a changed slope tilts no further."""


@dataclass(frozen=True, slots=True)
class LevelWatch:
    """What the bet says.

    Parameters
    ----------
    leads, observed, expected : float
        Matured leads since training, those that reached the target, and the sum of their probabilities.
    capital : float
        Largest that the bet ever had; 1 at the start.
    alarm_after : float or None
        Number of leads after which it reached ``1 / ALPHA``; None while it has not.
    """

    leads: float
    observed: float
    expected: float
    capital: float
    alarm_after: float | None

    @classmethod
    def of(
        cls, probability: Floats, label: Floats, weight: Floats, batch: NDArray[np.int64], center: float
    ) -> LevelWatch:
        """Return the bet on matured rows.

        Parameters
        ----------
        probability, label : arrays of shape (n,)
            Told and seen, of rows of leads that nothing was learned from.
        weight : array of shape (n,)
            Sums to 1 per lead, or per company within a batch: a product of powers that sum to 1 stays a fair bet
            whatever rows have in common (Hoelder's inequality).
        batch : array of int, shape (n,)
            When each row matured, e.g. as a week; the capital is looked at after each.
        center : float
            Log-odds about which slopes turn: their mean over the reference.
        """
        if probability.size == 0:
            return cls(0.0, 0.0, 0.0, 1.0, None)
        margin = logit_of(probability)
        steps = np.array([_growth(margin, label, level, slope, center) for level in LEVELS for slope in SLOPES])
        codes, place = np.unique(batch, return_inverse=True)
        growth = np.zeros((len(steps), codes.size))
        np.add.at(growth.T, place, (steps * weight).T)
        capital = _course(growth)
        reached = np.flatnonzero(capital >= -np.log(ALPHA))
        leads = np.cumsum(np.bincount(place, weights=weight))
        return cls(
            leads=float(weight.sum()),
            observed=float(weight @ label),
            expected=float(weight @ probability),
            capital=float(np.exp(min(max(0.0, float(capital.max())), 700.0))),
            alarm_after=float(leads[reached[0]]) if reached.size else None,
        )

    @property
    def alarm(self) -> bool:
        """Whether the probabilities are off, beyond chance and by more than a little."""
        return self.alarm_after is not None

    def to_mapping(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {name: getattr(self, name) for name in self.__slots__} | {"alarm": self.alarm}


def _course(growth: Floats) -> Floats:
    """Return the log of the capital after each batch, of which a part is staked on every tilt at every batch.

    What has not been staked yet is kept as cash, so that a change late in the stream is bet on with fresh money: a
    bet from the first batch on alone would have lost most of it by then. The parts ``(k + 1)^-1/2 - (k + 2)^-1/2`` sum
    to 1 however long the stream gets.

    Parameters
    ----------
    growth : array of shape (tilts, batches)
        Log of what each batch multiplies a stake by.
    """
    tilts, batches = growth.shape
    kept = np.arange(1, batches + 2) ** -0.5
    stakes = np.log(-np.diff(kept)) - np.log(tilts)
    staked = np.full(tilts, -np.inf)
    course = np.empty(batches)
    for batch in range(batches):
        staked = np.logaddexp(staked, stakes[batch]) + growth[:, batch]
        course[batch] = np.logaddexp(logsumexp(staked), np.log(kept[batch + 1]))
    return course


def _growth(margin: Floats, label: Floats, level: float, slope: float, center: float) -> Floats:
    """Return the log of how much likelier each outcome is under the tilted odds."""
    # Held near the mean, so that no single lead of a far-out probability wins the whole bet.
    tilted = margin + level + slope * np.clip(margin - center, -FARTHEST, FARTHEST)
    return np.asarray(
        label * (tilted - margin) - np.logaddexp(0.0, tilted) + np.logaddexp(0.0, margin), dtype=np.float64
    )
