"""Stretches of the time held out, and how a model fared in each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.domain import Text
from features.domain.say import month, quarter
from models.evidence.interval import Interval
from models.evidence.stability import Period
from training.discrimination import area
from training.evaluate import EDGE
from training.exact_rates import exact_bounds

Floats = NDArray[np.float64]

FEWEST_IN_PERIOD = 20
MONTHS_UP_TO = timedelta(days=400)
PARTS_IN_ORDER = 5


def periods_of(created: pl.Series, order: NDArray[np.int64] | None) -> tuple[pl.Series, Mapping[str, Text]] | None:
    """Return each row's period by a key that sorts by age, and the keys' names; None without any order.

    Periods are months, or quarters where there are many, or parts of the order where leads have no times.
    """
    if not created.null_count():
        first, last = created.min(), created.max()
        short = isinstance(first, datetime) and isinstance(last, datetime) and last - first <= MONTHS_UP_TO
        every = "1mo" if short else "1q"
        begins = created.dt.truncate(every)
        keys = begins.dt.strftime("%Y-%m")
        names = dict(zip(keys, begins, strict=True))
        return keys, {key: month(begin) if short else quarter(begin) for key, begin in names.items()}
    if order is None:
        return None
    ranks = np.unique(order, return_inverse=True)[1]
    parts = np.minimum(ranks * PARTS_IN_ORDER // (ranks.max() + 1), PARTS_IN_ORDER - 1) + 1
    return pl.Series(parts).cast(pl.String), {
        str(n): Text(f"part {n}", f"Teil {n}") for n in range(1, PARTS_IN_ORDER + 1)
    }


def periods(
    keys: pl.Series,
    names: Mapping[str, Text],
    probability: Floats,
    label: Floats,
    weight: Floats,
    company: NDArray[np.int64],
    effect: float,
) -> tuple[Period, ...]:
    """Return the figures of each period, the oldest first; periods of a handful of leads are left out.

    Parameters
    ----------
    keys : pl.Series
        Each row's period.
    names : mapping from key to Text
        What the periods are called.
    probability, label, weight, company : arrays of shape (n,)
        As in :class:`training.dataset.Side`.
    effect : float
        Design effect: by how much rows of one company weaken the evidence.
    """
    chance = np.clip(probability, EDGE, 1 - EDGE)
    loss = -(label * np.log(chance) + (1 - label) * np.log1p(-chance))
    told = []
    for key in sorted(set(keys)):
        rows = (keys == key).to_numpy()
        leads, positives = float(weight[rows].sum()), float(weight[rows] @ label[rows])
        if leads < FEWEST_IN_PERIOD:
            continue
        both = np.unique(label[rows]).size == 2
        told.append(
            Period(
                name=names[key],
                leads=leads,
                positives=positives,
                rate=_share(positives / effect, leads / effect),
                mean_probability=float(np.average(chance[rows], weights=weight[rows])),
                log_loss=float(np.average(loss[rows], weights=weight[rows])),
                auc=_area(chance[rows], label[rows], weight[rows], company[rows]) if both else None,
            )
        )
    return tuple(told)


def _share(k: float, n: float) -> Interval:
    low, high = exact_bounds(np.array(k), np.array(n), 0.025)
    return Interval(k / n, float(low), float(high))


def _area(probability: Floats, label: Floats, weight: Floats, company: NDArray[np.int64]) -> Interval:
    found = area(probability, label, weight, company)
    return Interval(found.value, *found.interval).within_unit()
