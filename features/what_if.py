"""A lead as the model would read it if it did or told one thing more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from features.builder import FeatureBuilder, Value
from features.catalog.tally_of_one import LeadAt
from features.domain import Value as Told
from features.encoding import Encoder


@dataclass(frozen=True, slots=True)
class Read:
    """A lead as the model reads it.

    Parameters
    ----------
    at : LeadAt
        The lead, tallied.
    vector : array of shape (p,)
        Its encoded features.
    """

    at: LeadAt
    vector: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Touched:
    """The columns that something can change, and how they are computed."""

    features: list[tuple[str, Value]]
    encoder: Encoder
    places: NDArray[np.intp]

    def after(self, before: Read, at: LeadAt) -> Read:
        vector = before.vector.copy()
        vector[self.places] = self.encoder.vector({name: value(at.tally) for name, value in self.features})
        return Read(at, vector)


class WhatIf:
    """Changes the cells that an event or an answer can change, and no other: the same as encoding the lead anew.

    Parameters
    ----------
    builder : FeatureBuilder
        From a tally to features.
    encoder : Encoder
        From features to columns.
    """

    def __init__(self, builder: FeatureBuilder, encoder: Encoder) -> None:
        self._builder = builder
        self._encoder = encoder
        after = builder.tally_after
        self._by_event = cache(lambda kind: self._touched(after.touched_by_event(kind)))
        self._by_answer = cache(lambda column: self._touched(after.touched_by_answer(column)))

    def after_event(self, before: Read, kind: str) -> Read:
        """Return a lead after an event of this kind, without properties, at its moment."""
        return self._by_event(kind).after(before, self._builder.tally_after.event(before.at, kind))

    def after_answer(self, before: Read, column: str, value: Told) -> Read:
        """Return a lead with this value of an attribute."""
        return self._by_answer(column).after(before, self._builder.tally_after.answer(before.at, column, value))

    def _touched(self, quantities: frozenset[str]) -> _Touched:
        readers = dict(self._builder.readers(quantities))
        places = [place for place, column in enumerate(self._encoder.columns) if column.name in readers]
        columns = tuple(self._encoder.columns[place] for place in places)
        features = [(column.name, readers[column.name]) for column in columns]
        return _Touched(features, Encoder(columns), np.array(places, dtype=np.intp))
