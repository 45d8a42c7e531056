"""Calibration by quarter, source and age of the leads: observed over expected, flagged only where beyond chance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalog import Catalog, FeatureKind
from features.domain import Group, Text
from features.lead_source import names_a_source
from models.evidence.interval import Interval
from training.dataset import Side
from training.exact_rates import exact_p_value, holm, observed_over_expected

Floats = NDArray[np.float64]

LEVEL = 0.05
"""Chance of flagging any part where all are calibrated."""

MOST_SOURCES = 12
FEWEST_LEADS = 20
"""Parts with fewer leads are told together; so are the sources beyond the largest twelve."""

OTHERS, UNKNOWN = "others", "unknown"


@dataclass(frozen=True, slots=True)
class Part:
    """Calibration of a part of the leads.

    Parameters
    ----------
    name : str
        A quarter such as ``2026 Q1``, a source, or the age of the leads in days such as ``7 d``.
    leads, observed, expected : float
        Leads, those that reached the target, and the sum of their probabilities.
    ratio : Interval
        Observed over expected.
    p_value : float
        Of the exact test that it is 1.
    off : bool
        Whether it is not 1 beyond chance, with one chance of error over all parts.
    """

    name: str
    leads: float
    observed: float
    expected: float
    ratio: Interval
    p_value: float
    off: bool

    def to_mapping(self) -> dict[str, Any]:
        """Return the part as plain data."""
        return {
            "name": self.name, "leads": self.leads, "observed": self.observed, "expected": self.expected,
            "observed_to_expected": self.ratio.value, "low": self.ratio.low, "high": self.ratio.high,
            "p_value": self.p_value, "off": self.off,
        }  # fmt: skip


def called(name: str) -> Text:
    """Return what people call a part.

    Examples
    --------
    >>> called("2026 Q1").de, called("7 d").en
    ('Q1 2026', 'after 7 days')
    """
    if re.fullmatch(r"\d+ d", name):
        days = name.removesuffix(" d")
        return Text("at creation", "beim Eingang") if days == "0" else Text(f"after {days} days", f"nach {days} Tagen")
    if re.fullmatch(r"\d{4} Q\d", name):
        return Text(name, " ".join(reversed(name.split())))
    return {OTHERS: Text(OTHERS, "übrige"), UNKNOWN: Text(UNKNOWN, "unbekannt")}.get(name, Text.same(name))


def source_of(side: Side, catalog: Catalog) -> tuple[str | None, bool]:
    """Return the feature that tells where leads come from, and whether its name says so.

    A category whose name speaks of a source or channel, whichever group it counts to; else the one of at most twelve
    values, of those that say who the lead is, that is known of most leads. Of equals, the one whose values are spread
    most evenly.

    Parameters
    ----------
    side : Side
        The rows with their features.
    catalog : Catalog
        The features.
    """
    candidates = [
        feature.name
        for feature in catalog.features
        if feature.kind is FeatureKind.CATEGORY
        and feature.name in side.features.columns
        and (feature.group is Group.FIT or names_a_source(feature.name))
    ]
    ranked = []
    for name in candidates:
        values = side.features[name].drop_nulls()
        shares = values.value_counts()["count"].to_numpy() / max(values.len(), 1)
        named = names_a_source(name)
        if shares.size < 2 or (not named and shares.size > MOST_SOURCES):
            continue
        spread = float(-np.sum(shares * np.log(shares)))
        ranked.append((named, round(values.len() / side.features.height, 1), spread, name))
    if not ranked:
        return None, False
    named, _, _, name = max(ranked)
    return name, named


def quarters(side: Side) -> pl.Series | None:
    """Return the quarter in which each row's lead came in, or None without times."""
    created = side.examples["created_at"]
    if created.null_count():
        return None
    year, quarter = created.dt.year().cast(pl.String), created.dt.quarter().cast(pl.String)
    return (year + " Q" + quarter).alias("quarter")


def ages(side: Side) -> pl.Series | None:
    """Return the age of each row's lead in whole days, or None where all rows are of one age or without times."""
    age = (side.examples["as_of"] - side.examples["created_at"]).dt.total_days()
    if age.null_count() or age.n_unique() < 2:
        return None
    return (age.cast(pl.String) + " d").alias("age")


def parts_of(
    where: Mapping[str, pl.Series | None],
    probability: Floats,
    label: Floats,
    weight: Floats,
    effect: float,
    *,
    whole: frozenset[str] = frozenset(),
) -> dict[str, tuple[Part, ...]]:
    """Return calibration by each of several partitions, flagged together.

    Parameters
    ----------
    where : mapping from name to pl.Series of length n, or None
        The part of each row; null is unknown.
    probability, label, weight : arrays of shape (n,)
        In (0, 1); 0 or 1; summing to 1 per lead.
    effect : float
        Design effect.
    whole : frozenset of str
        Partitions in each part of which a lead has one row, which then counts as the whole lead.
    """
    found = {
        name: []
        if part is None
        else _sums(part, probability, label, np.ones_like(weight) if name in whole else weight, kind=name)
        for name, part in where.items()
    }
    tested = [(name, *sums) for name, rows in found.items() for sums in rows]
    p_values = [exact_p_value(k, e, n, effect) for _, _, n, k, e in tested]
    parts: dict[str, tuple[Part, ...]] = dict.fromkeys(where, ())
    for (name, label_of, n, k, e), p_value, off in zip(tested, p_values, holm(p_values, LEVEL), strict=True):
        parts[name] += (Part(label_of, n, k, e, observed_over_expected(k, e, n, effect), p_value, off),)
    return parts


def _sums(
    part: pl.Series, probability: Floats, label: Floats, weight: Floats, *, kind: str
) -> list[tuple[str, float, float, float]]:
    """Return name, leads, observed and expected of each part: in order of time or age, else the largest first."""
    in_time = kind in {"quarters", "ages"}
    frame = pl.DataFrame(
        {"part": part.cast(pl.String).fill_null(UNKNOWN), "n": weight, "k": weight * label, "e": weight * probability}
    )
    sums = frame.group_by("part").agg(pl.all().sum())
    if kind == "ages":
        sums = sums.sort(pl.col("part").str.strip_suffix(" d").cast(pl.Int64))
    else:
        sums = sums.sort("part") if in_time else sums.sort(["n", "part"], descending=[True, False])
    small = pl.col("n") < FEWEST_LEADS
    if not in_time:
        small = small | (pl.int_range(pl.len()) >= MOST_SOURCES)
    sums = sums.with_columns(small.alias("small"))
    rows = [(str(r["part"]), r["n"], r["k"], r["e"]) for r in sums.filter(~pl.col("small")).to_dicts()]
    rest = sums.filter("small")
    if rest.height and not in_time:
        rows.append((OTHERS, float(rest["n"].sum()), float(rest["k"].sum()), float(rest["e"].sum())))
    return rows
