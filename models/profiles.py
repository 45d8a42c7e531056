"""Whether a lead looks like those that the model learned from: its distance to the nearest of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.catalog import FeatureKind
from features.domain import BundleError
from features.encoding import EncodedColumn

Floats = NDArray[np.float64]

ROWS = 400
"""Reference rows, one per lead."""

COLUMNS = 20
"""Columns compared: those that count most for the model. On more, everybody is far from everybody."""

NEIGHBOURS = 5
FAR_SPREADS = 3.0
"""Robust standard deviations at which two numbers are as different as two levels of a category."""

WITHIN = 0.95
"""Quantile of the training rows' own distances up to which a profile counts as usual."""

_DIGITS = 6


@dataclass(frozen=True)
class Profiles:
    """Rows of training leads that other profiles are compared with.

    Parameters
    ----------
    places : array of int, shape (q,)
        Columns of the matrix that are compared.
    scale : array of shape (q,)
        Spread of each number; 0 marks a category.
    rows : array of shape (m, q)
        The reference rows; NaN is missing.
    limit : float
        Distance within which a profile counts as usual, from 0 (the same) to 1.
    """

    places: NDArray[np.intp]
    scale: Floats
    rows: Floats
    limit: float

    @classmethod
    def fit(
        cls, columns: Sequence[EncodedColumn], matrix: Floats, importance: Floats, lead: NDArray[np.int64], seed: int
    ) -> Profiles:
        """Return up to ``ROWS`` reference rows and the limit that as many other rows keep to in 95 %.

        Parameters
        ----------
        columns : sequence of EncodedColumn
            Of the matrix.
        matrix : array of shape (n, p)
            Encoded training rows.
        importance : array of shape (p,)
            How much each column counts.
        lead : array of int, shape (n,)
            One row per lead is drawn: a lead's other moments would be nearer than any other lead.
        seed : int
            Of the draw.
        """
        rng = np.random.default_rng(seed)
        shuffled = rng.permutation(len(matrix))
        drawn = shuffled[np.unique(lead[shuffled], return_index=True)[1]]
        drawn = rng.permutation(drawn)[: 2 * ROWS]
        order = np.argsort(-importance, kind="stable")[:COLUMNS]
        places = np.sort(order[importance[order] > 0])
        scale = np.array([columns[i].scale if columns[i].kind is FeatureKind.NUMBER else 0.0 for i in places])
        taken = _shortened(matrix[drawn][:, places])
        half = (len(taken) + 1) // 2
        unlimited = cls(places, scale, taken[:half], math.inf)
        if half == len(taken):
            return unlimited
        apart = unlimited.distance(matrix[drawn[half:]])
        return cls(places, scale, taken[:half], float(np.quantile(apart, WITHIN)))

    def distance(self, matrix: Floats) -> Floats:
        """Return each row's mean distance to its nearest reference rows, from 0 to 1.

        A number counts by its difference in spreads up to ``FAR_SPREADS``, a category by whether its level is the
        same, and known against missing as wholly different (Gower 1971).

        Parameters
        ----------
        matrix : array of shape (n, p)
            Encoded rows, all columns.
        """
        asked = matrix[:, self.places]
        if not self.places.size or not len(self.rows):
            return np.zeros(len(matrix))
        near = min(NEIGHBOURS, len(self.rows))
        result = np.empty(len(asked))
        for place, row in enumerate(asked):
            apart = np.minimum(np.abs(self.rows - row) / self._width, 1.0)
            np.copyto(apart, self._missing != np.isnan(row), where=np.isnan(apart))
            result[place] = np.partition(apart.mean(axis=1), near - 1)[:near].mean()
        return result

    @cached_property
    def _width(self) -> Floats:
        # Codes of two levels differ by one or more, which is as far as it gets.
        return np.where(self.scale > 0, FAR_SPREADS * self.scale, 1.0)

    @cached_property
    def _missing(self) -> NDArray[np.bool_]:
        return np.isnan(self.rows)

    def is_usual(self, matrix: Floats) -> NDArray[np.bool_]:
        """Return which rows are as near to training leads as 95 % of other training leads are."""
        return np.asarray(self.distance(matrix) <= self.limit, dtype=np.bool_)

    def to_mapping(self) -> dict[str, Any]:
        """Return the rows as plain data, missing ones as null."""
        return {
            "places": [int(place) for place in self.places],
            "scale": [float(spread) for spread in self.scale],
            "rows": [[None if math.isnan(value) else value for value in row] for row in self.rows.tolist()],
            "limit": None if math.isinf(self.limit) else self.limit,
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], column_count: int) -> Profiles:
        """Return the rows stored by :meth:`to_mapping`.

        Raises
        ------
        BundleError
            If shapes do not fit each other, a place is no column, or a number is not finite.
        """
        try:
            places = np.array([int(place) for place in mapping["places"]], dtype=np.intp)
            scale = np.array([float(spread) for spread in mapping["scale"]], dtype=np.float64)
            rows = np.array(
                [[math.nan if value is None else float(value) for value in row] for row in mapping["rows"]],
                dtype=np.float64,
            ).reshape(-1, len(places))
            limit = math.inf if mapping["limit"] is None else float(mapping["limit"])
            if scale.shape != places.shape or not (np.isfinite(scale) & (scale >= 0)).all() or np.isinf(rows).any():
                raise ValueError("numbers out of range")
            if places.size and not (places.min() >= 0 and places.max() < column_count):
                raise ValueError("a place that is no column")
            if not limit >= 0:
                raise ValueError(f"limit {limit}")
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise BundleError(
                f"Stored profiles with {error}.",
                "rows of finite numbers or null, one per compared column.",
                "Fetch the bundle again or promote another version.",
            ) from None
        return cls(places, scale, rows, limit)


def _shortened(values: Floats) -> Floats:
    """Return the values with six significant digits: distances need no more, and the file stays small."""
    return np.array([[float(f"{value:.{_DIGITS}g}") for value in row] for row in values.tolist()]).reshape(values.shape)
