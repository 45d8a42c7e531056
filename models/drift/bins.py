"""A distribution kept as counts in a few bins, against which later leads are held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NUMBER_BINS = 10
MOST_LEVELS = 15
"""Values of a category that are told apart; the rest stand together, as values never seen before do."""


@dataclass(frozen=True)
class Bins:
    """Bins of one feature with what fell into them: those of its values, then of rare or new ones, then of missing.

    Parameters
    ----------
    name : str
        The feature, or ``score``.
    edges : tuple of float
        Of a number, rising; bin ``i`` holds values above ``edges[i - 1]`` and up to ``edges[i]``.
    levels : tuple of str, or None
        Of a category; None for a number.
    counts : tuple of float
        Leads of the reference in each bin.
    """

    name: str
    edges: tuple[float, ...]
    levels: tuple[str, ...] | None
    counts: tuple[float, ...]

    @classmethod
    def of(cls, name: str, values: pl.Series) -> Bins:
        """Return the bins of a column, by deciles or by its most frequent values.

        Parameters
        ----------
        name : str
            The feature.
        values : pl.Series
            One value per lead: numbers or text; null and NaN are missing.
        """
        if values.dtype == pl.String:
            frequent = (
                values.drop_nulls().value_counts(sort=False).sort(["count", values.name], descending=[True, False])
            )
            levels = tuple(str(value) for value in frequent[values.name][:MOST_LEVELS])
            empty = cls(name, (), levels, ())
        else:
            numbers = values.cast(pl.Float64).fill_nan(None).drop_nulls().to_numpy()
            empty = cls(name, _edges(numbers), None, ())
        return cls(name, empty.edges, empty.levels, tuple(float(count) for count in empty.count(values)))

    def count(self, values: pl.Series) -> Floats:
        """Return how many of these values fall into each bin."""
        if self.levels is not None:
            place_of = {level: place for place, level in enumerate(self.levels)}
            rare = len(self.levels)
            places = [rare + 1 if value is None else place_of.get(value, rare) for value in values.cast(pl.String)]
            return np.bincount(places, minlength=rare + 2).astype(np.float64)
        numbers = values.cast(pl.Float64).fill_null(np.nan).to_numpy()
        known = numbers[~np.isnan(numbers)]
        counts = np.bincount(np.searchsorted(self.edges, known, side="left"), minlength=len(self.edges) + 1)
        return np.append(counts, numbers.size - known.size).astype(np.float64)

    @property
    def missing(self) -> float:
        """Share of missing values in the reference."""
        total = sum(self.counts)
        return self.counts[-1] / total if total else 0.0

    def to_mapping(self) -> dict[str, Any]:
        """Return the bins as plain data."""
        levels = None if self.levels is None else list(self.levels)
        return {"name": self.name, "edges": list(self.edges), "levels": levels, "counts": list(self.counts)}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Bins:
        """Return the bins stored by :meth:`to_mapping`.

        Raises
        ------
        KeyError, TypeError, ValueError
            If they are of another form.
        """
        levels = mapping["levels"]
        bins = cls(
            name=str(mapping["name"]),
            edges=tuple(float(edge) for edge in mapping["edges"]),
            levels=None if levels is None else tuple(str(level) for level in levels),
            counts=tuple(float(count) for count in mapping["counts"]),
        )
        wanted = (len(bins.edges) if bins.levels is None else len(bins.levels)) + 2
        if len(bins.counts) != wanted or not np.isfinite([*bins.counts, *bins.edges]).all():
            raise ValueError(f"{len(bins.counts)} bins of {bins.name}")
        if min(bins.counts) < 0 or list(bins.edges) != sorted(set(bins.edges)):
            raise ValueError(f"the bins of {bins.name}")
        return bins


def _edges(numbers: Floats) -> tuple[float, ...]:
    """Return the deciles without the ends; few different values each get a bin of their own."""
    if numbers.size == 0:
        return ()
    different = np.unique(numbers)
    if different.size <= NUMBER_BINS:
        return tuple(float(edge) for edge in different[:-1])
    inner = np.quantile(numbers, np.linspace(0, 1, NUMBER_BINS + 1)[1:-1], method="inverted_cdf")
    return tuple(float(edge) for edge in np.unique(inner))
