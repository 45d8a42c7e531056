"""What one column alone tells of the outcome: out of sample, by its values and by its being filled."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from scipy import stats

_FOLDS = 5
_SMOOTHING = 20.0
_BINS = 20
_LEAST_LEVEL = 20
_SHOWN = 3
_SEED = 20240229

BEYOND_CHANCE = 1e-6
"""Below this probability something is not put down to chance."""


@dataclass(frozen=True, slots=True)
class Alone:
    """One column against the outcome.

    Parameters
    ----------
    auc : float
        Area under the ROC curve of the column's own smoothed target rates, out of sample (5 folds), in [0, 1];
        the chance that it ranks a converted lead above another.
    filled_positive, filled_negative : float
        Share of cells filled among leads that reached the target and among the others.
    rate_filled, rate_missing : float or None
        Target rate among leads with and without a value; None where there are none.
    one_class_chance : float
        How probable it is that so few of the rarer class are among the filled (or among the missing) cells if being
        filled meant nothing.
    one_class_ratio : float
        How far the rarer class is thinned out there: its rate over its overall rate, the smaller of both sides.
    changes : float
        Share of consecutive rows whose value differs; near 0 the column is a clock and not about one lead.
    examples : tuple of (str, int, float)
        Levels with the most extreme rates: value, rows, target rate.
    """

    auc: float
    filled_positive: float
    filled_negative: float
    rate_filled: float | None
    rate_missing: float | None
    one_class_chance: float
    one_class_ratio: float
    changes: float
    examples: tuple[tuple[str, int, float], ...]


def measure(values: pl.Series, positive: np.ndarray) -> Alone:
    """Return what a typed column tells of the outcome.

    Parameters
    ----------
    values : pl.Series, shape (n,)
        Float64, Datetime or String; null is missing.
    positive : np.ndarray of bool, shape (n,)
        Whether each lead reached the target; both classes occur.
    """
    codes, labels = _codes(values)
    filled = values.is_not_null().to_numpy()
    reached, others = positive.sum(), (~positive).sum()
    chance, ratio = _one_class(filled, positive)
    return Alone(
        auc=_out_of_sample_auc(codes, positive),
        filled_positive=float((filled & positive).sum() / reached),
        filled_negative=float((filled & ~positive).sum() / others),
        rate_filled=float(positive[filled].mean()) if filled.any() else None,
        rate_missing=float(positive[~filled].mean()) if not filled.all() else None,
        one_class_chance=chance,
        one_class_ratio=ratio,
        changes=float((codes[1:] != codes[:-1]).mean()) if len(codes) > 1 else 0.0,
        examples=_examples(codes, labels, positive),
    )


def _codes(values: pl.Series) -> tuple[np.ndarray, list[str]]:
    """Return one code per row (0 = missing) and what each code stands for."""
    if values.dtype == pl.String:
        levels = values.drop_nulls().unique().sort().to_list()
        table = pl.DataFrame(
            {"level": levels, "code": range(1, len(levels) + 1)}, schema={"level": pl.String, "code": pl.Int64}
        )
        joined = pl.DataFrame({"level": values}).join(table, on="level", how="left", maintain_order="left")
        return joined["code"].fill_null(0).to_numpy(), ["(empty)", *levels]
    numbers = values.to_physical().cast(pl.Float64).to_numpy()
    missing = np.isnan(numbers)
    if missing.all():
        return np.zeros(len(numbers), dtype=np.int64), ["(empty)"]
    known = np.unique(numbers[~missing])
    edges = np.unique(np.quantile(numbers[~missing], np.linspace(0, 1, _BINS + 1)[1:-1], method="lower"))
    # A value so frequent that it is an edge (0, or 999 for "never") gets a bin of its own.
    below = known[np.maximum(np.searchsorted(known, edges) - 1, 0)]
    edges = np.unique(np.concatenate([edges, below]))
    codes = np.where(missing, 0, 1 + np.searchsorted(edges, np.nan_to_num(numbers), side="left"))
    if values.dtype != pl.Float64:
        return codes, ["(empty)"] + [""] * (len(edges) + 1)
    bounds = ["", *[f"{edge:g}" for edge in edges], ""]
    names = [f"up to {high}" if high else f"above {low}" for low, high in pairwise(bounds)]
    return codes, ["(empty)", *names]


def _out_of_sample_auc(codes: np.ndarray, positive: np.ndarray) -> float:
    fold = np.random.default_rng(_SEED).integers(0, _FOLDS, len(codes))
    size, prior = int(codes.max()) + 1, positive.mean()
    n = np.bincount(codes, minlength=size).astype(float)
    k = np.bincount(codes, weights=positive, minlength=size)
    rates = np.empty(len(codes))
    for this in range(_FOLDS):
        held = fold == this
        rest = n - np.bincount(codes[held], minlength=size)
        hits = k - np.bincount(codes[held], weights=positive[held], minlength=size)
        rates[held] = ((hits + _SMOOTHING * prior) / (rest + _SMOOTHING))[codes[held]]
    ranks = stats.rankdata(rates)
    reached, others = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - reached * (reached + 1) / 2) / (reached * others))


def _one_class(filled: np.ndarray, positive: np.ndarray) -> tuple[float, float]:
    found = [(1.0, 1.0)]
    for side in (filled, ~filled):
        n = int(side.sum())
        for kind in (positive, ~positive):
            share, seen = float(kind.mean()), int((side & kind).sum())
            if 0 < n < len(side) and share > 0:
                found.append((float(stats.binom.cdf(seen, n, share)), seen / n / share))
    beyond_chance = [pair for pair in found if pair[0] < BEYOND_CHANCE]
    return min(beyond_chance, key=lambda pair: pair[1]) if beyond_chance else min(found)


def _examples(codes: np.ndarray, labels: list[str], positive: np.ndarray) -> tuple[tuple[str, int, float], ...]:
    n = np.bincount(codes, minlength=len(labels))
    k = np.bincount(codes, weights=positive, minlength=len(labels))
    large = [code for code in np.flatnonzero(n >= _LEAST_LEVEL) if labels[code]]
    prior = float(positive.mean())
    # Standard errors away from the overall rate: size and purity both count.
    large.sort(key=lambda code: -abs(k[code] - n[code] * prior) / np.sqrt(n[code]))
    return tuple((labels[code], int(n[code]), float(k[code] / n[code])) for code in large[:_SHOWN])
