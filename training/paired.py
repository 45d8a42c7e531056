"""One scorer against another on the same leads: who predicts better, and who finds more customers at equal volume.

Every figure is a paired difference, new minus old, with bounds from drawing whole companies again within calendar
weeks (STATISTICS section 4). Two checks that decide nothing stand beside: DeLong's test of the areas under the ROC
curves, and a permutation that swaps old and new within companies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from scipy.stats import norm

from training.bootstrap import Resampler
from training.discrimination import Area, area_gained
from training.evaluate import EDGE, halves, top_part
from training.held_out import HeldOut
from training.recipe.losses import log_losses

Floats = NDArray[np.float64]

POWER = 0.8
"""Chance of telling a true gain, for which the positives still needed are computed."""

FEWEST_HANDED_OVER = 30
"""Leads handed over whose acceptance must be known, by either scorer, for a bound to mean anything."""

_SWAPS = 2_000
_CELLS = 4_000_000


class Finding(StrEnum):
    """What a paired difference shows."""

    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "undecided"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Difference:
    """A paired difference, new minus old, above 0 where the new scorer is better.

    Parameters
    ----------
    value : float
        The point estimate.
    low, high : float
        One-sided bounds, each at the comparison's confidence.
    error : float
        Standard deviation over the bootstrap samples.
    """

    value: float
    low: float
    high: float
    error: float

    @property
    def finding(self) -> Finding:
        """What it shows at the confidence of its bounds."""
        if self.low > 0:
            return Finding.BETTER
        if self.high < 0:
            return Finding.WORSE
        return Finding.SAME if self.value == 0 and self.error == 0 else Finding.UNDECIDED

    def positives_needed(self, positives: int, margin: float, confidence: float) -> int | None:
        """Return with how many positives ``value`` above ``-margin`` would be told with a power of 80 %.

        Parameters
        ----------
        positives : int
            Positive leads behind this difference; its error shrinks with their square root.
        margin : float
            How far below 0 is still good enough; 0 asks for better.
        confidence : float
            One-sided.

        Returns
        -------
        int or None
            None where the difference as seen is not good enough, so that more of the same would not help.
        """
        distance = self.value + margin
        if distance <= 0:
            return None
        reach = (norm.ppf(confidence) + norm.ppf(POWER)) * self.error / distance
        return int(np.ceil(positives * reach**2))

    def to_mapping(self) -> dict[str, float]:
        """Return the figures as plain data."""
        return {"value": self.value, "low": self.low, "high": self.high, "error": self.error}


@dataclass(frozen=True, slots=True)
class Paired:
    """A new scorer against an old one.

    Parameters
    ----------
    rival : str
        The old one, e.g. ``calibrated rules``.
    leads, positives : int
        Compared on.
    gain : Difference
        Log-loss gained, nats per lead.
    halves : tuple of float
        The gain in the older and the newer half; empty without an order.
    volumes : tuple of float
        Shares of the leads handed over at which the next two are compared: as MQL and as SQL.
    customers : Difference
        Share of later customers among the leads handed over as MQL.
    accepted : Difference or None
        Share that sales accepts among the leads handed over as SQL, where it is known; None where of too few.
    area : Area
        ROC-AUC gained (DeLong's test; decides nothing).
    swap_p : float
        One-sided p-value of the permutation within companies (decides nothing).
    note : str or None
        Which leads were compared, where not all.
    """

    rival: str
    leads: int
    positives: int
    gain: Difference
    halves: tuple[float, ...]
    volumes: tuple[float, float]
    customers: Difference
    accepted: Difference | None
    area: Area
    swap_p: float
    note: str | None = None

    def to_mapping(self) -> dict[str, Any]:
        """Return the comparison as plain data."""
        return {
            "rival": self.rival, "leads": self.leads, "positives": self.positives,
            "log_loss_gained": self.gain.to_mapping(), "finding": self.gain.finding.value, "halves": list(self.halves),
            "volumes": {"mql": self.volumes[0], "sql": self.volumes[1]},
            "customers_at_equal_volume": self.customers.to_mapping(),
            "accepted_at_equal_volume": None if self.accepted is None else self.accepted.to_mapping(),
            "auc_gained": {"value": self.area.value, "interval": list(self.area.interval), "p": self.area.better},
            "permutation_p": self.swap_p, "note": self.note,
        }  # fmt: skip

    def metrics(self) -> dict[str, float]:
        """Return the figures by flat names, the same for every run that compares, for MLflow."""
        rival = self.rival.replace(" ", "_")
        flat = {
            "log_loss_gained": self.gain.value, "lower_bound": self.gain.low, "upper_bound": self.gain.high,
            "customers": self.customers.value, "customers_lower_bound": self.customers.low,
            "auc_gained": self.area.value, "permutation_p": self.swap_p, "positives": float(self.positives),
        }  # fmt: skip
        if self.accepted is not None:
            flat |= {"accepted": self.accepted.value, "accepted_lower_bound": self.accepted.low}
        return {f"gate.{name}_on_{rival}": value for name, value in flat.items()}


def compare_pair(
    new: Floats,
    old: Floats,
    rival: str,
    held_out: HeldOut,
    volumes: tuple[float, float],
    *,
    confidence: float,
    draws: int,
    seed: int,
    note: str | None = None,
) -> Paired:
    """Return how a new scorer does against an old one on the same rows.

    Parameters
    ----------
    new, old : arrays of shape (n,)
        Probabilities.
    rival : str
        Name of the old one.
    held_out : HeldOut
        Rows that neither learned from, both classes present.
    volumes : tuple of float
        Shares of the leads handed over as MQL and as SQL, in (0, 1].
    confidence : float
        One-sided, of every bound.
    draws, seed : int
        Of the bootstrap and the permutation.
    note : str, optional
        Which rows these are, where not all.
    """
    label, weight = held_out.label, held_out.weight
    gain = losses_of(old, label) - losses_of(new, label)
    customers = _customers(new, held_out, volumes[0]) - _customers(old, held_out, volumes[0])
    known, columns = _accepted(new, old, held_out, volumes[1])
    # One resampling for all figures, so that they belong to the same samples.
    everything = np.column_stack([weight * gain, weight, customers, *columns])
    resampler = Resampler.of(held_out.company, held_out.week)
    sums, whole = resampler.sums(everything, draws, seed), everything.sum(axis=0)
    return Paired(
        rival=rival,
        leads=int(np.unique(held_out.lead).size),
        positives=held_out.positive_leads,
        gain=_difference(whole[0] / whole[1], sums[:, 0] / sums[:, 1], confidence),
        halves=_halves(gain, held_out),
        volumes=volumes,
        customers=_difference(whole[2] / whole[1], sums[:, 2] / sums[:, 1], confidence),
        accepted=_difference(_rates(whole[None, 3:])[0], _rates(sums[:, 3:]), confidence) if known else None,
        area=area_gained(new, old, label, weight, held_out.company),
        swap_p=_swapped(resampler.totals((weight * gain)[:, None])[:, 0], seed),
        note=note,
    )


def _difference(value: float, drawn: Floats, confidence: float) -> Difference:
    drawn = drawn[np.isfinite(drawn)]
    low, high = np.quantile(drawn, [1 - confidence, confidence])
    return Difference(float(value), float(low), float(high), float(drawn.std()))


def _halves(gain: Floats, held_out: HeldOut) -> tuple[float, ...]:
    if held_out.order is None:
        return ()
    return tuple(float(np.average(gain[half], weights=held_out.weight[half])) for half in halves(held_out.order))


def losses_of(probability: Floats, label: Floats) -> Floats:
    """Return the log-loss of each row in nats; probabilities are held off 0 and 1."""
    return log_losses(logit(np.clip(probability, EDGE, 1 - EDGE)), label)


def handed_over(probability: Floats, held_out: HeldOut, volume: float) -> tuple[NDArray[np.intp], Floats]:
    """Return each lead's row with the highest probability, and how much of it, 0 to 1, is among the top ``volume``."""
    best = held_out.best_rows(probability)
    return best, top_part(probability[best], np.ones(best.size), volume)


def _customers(probability: Floats, held_out: HeldOut, volume: float) -> Floats:
    """Return each row's part in the rate of later customers among the leads handed over; the mean is the rate.

    Who is handed over depends on the other leads too: with more good leads in a sample the cutoff rises. To first
    order, a lead counts by how its label differs from the rate at the cutoff (the influence function), which a
    calibrated probability tells without any label.
    """
    best, part = handed_over(probability, held_out, volume)
    cutoff = float(probability[best][part > 0].min())
    value = np.zeros(held_out.label.size)
    value[best] = (held_out.label[best] - cutoff) * part / volume + cutoff
    return value


def _accepted(new: Floats, old: Floats, held_out: HeldOut, volume: float) -> tuple[bool, Sequence[Floats]]:
    """Return whether enough is known, and per row and scorer the accepted and the known among those handed over."""
    size = held_out.label.size
    columns: list[Floats] = []
    enough = held_out.accepted is not None
    for probability in (new, old):
        hits, known = np.zeros(size), np.zeros(size)
        if held_out.accepted is not None:
            best, part = handed_over(probability, held_out, volume)
            answers = held_out.accepted[best]
            told = np.isfinite(answers)
            hits[best] = np.where(told, answers, 0.0) * part
            known[best] = told * part
        columns += [hits, known]
        enough = enough and float(known.sum()) >= FEWEST_HANDED_OVER
    return enough, columns


def _rates(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[:, 0] / sums[:, 1] - sums[:, 2] / sums[:, 3], dtype=np.float64)


def _swapped(totals: Floats, seed: int) -> float:
    """Return the share of random swaps of old and new within companies that gain at least as much."""
    generator = np.random.default_rng([seed, 1])
    seen, beyond = float(totals.sum()), 0
    chunk = max(1, _CELLS // totals.size)
    for start in range(0, _SWAPS, chunk):
        rows = min(chunk, _SWAPS - start)
        signs = generator.integers(0, 2, size=(rows, totals.size), dtype=np.int8) * 2.0 - 1.0
        beyond += int((signs @ totals >= seen).sum())
    return (1 + beyond) / (1 + _SWAPS)
