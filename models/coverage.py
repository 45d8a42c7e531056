"""How much of what a model reads is known of a lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalog import Catalog
from features.catalog.definitions import Filled

THIN = 0.5
"""Coverage below which a score rests on little."""

_DIGITS = 12
"""Rounded to, so that all that is known is 1 and not a hair beside it."""


class Coverage:
    """Weighs what is known by how much it counts.

    The share is taken over concepts, each weighted by the mean size of its contributions in training, because seven
    windows of one behaviour are one thing to know. A concept is known if any of its features is: a behaviour that was
    not seen is known not to have been, so what is missing are attributes above all.

    Parameters
    ----------
    catalog : Catalog
        Which feature belongs to which concept.
    columns : sequence of str
        Features that the model reads.
    importance : Mapping[str, float]
        Mean size of each feature's contributions; all concepts count alike where it is empty or all are zero.
    """

    def __init__(self, catalog: Catalog, columns: Sequence[str], importance: Mapping[str, float]) -> None:
        features = [catalog.feature(name) for name in columns]
        self._concepts = tuple(dict.fromkeys(feature.concept for feature in features))
        self._features = [
            [
                (feature.name, isinstance(feature.definition, Filled) and len(feature.definition.names) == 1)
                for feature in features
                if feature.concept == concept
            ]
            for concept in self._concepts
        ]
        weights = [sum(importance.get(name, 0.0) for name, _ in own) for own in self._features]
        total = sum(weights)
        self._weights = [w / total for w in weights] if total > 0 else [1.0 / max(len(weights), 1)] * len(weights)

    def of_row(self, row: Mapping[str, float | str | None]) -> float:
        """Return the share for one row of features, in [0, 1]; 1 where the model reads nothing."""
        if not self._concepts:
            return 1.0
        known = sum(
            weight
            for weight, own in zip(self._weights, self._features, strict=True)
            if any(_is_known(row[name], is_mark) for name, is_mark in own)
        )
        return round(known, _DIGITS)

    def of_frame(self, frame: pl.DataFrame) -> list[float]:
        """Return the share for each row of a features frame, the same as :meth:`of_row` gives."""
        total: NDArray[np.float64] = np.zeros(frame.height) if self._concepts else np.ones(frame.height)
        for weight, own in zip(self._weights, self._features, strict=True):
            known = np.zeros(frame.height, dtype=bool)
            for name, is_mark in own:
                given = frame[name].is_not_null()
                known |= ((frame[name] != 0.0).fill_null(value=False) if is_mark else given).to_numpy()
            total += np.where(known, weight, 0.0)
        return [round(float(share), _DIGITS) for share in total]


def _is_known(value: float | str | None, is_mark: bool) -> bool:
    # A mark says whether something is filled: its 0 is what stands where nothing is known.
    return value is not None and (not is_mark or value != 0.0)
