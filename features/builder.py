"""The only road to features, for training (many leads at many moments) and serving (one lead in a request)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TypeAlias

import polars as pl

from features.catalog import Catalog, FeatureKind
from features.catalog.tally import Tally, TallyPlan
from features.catalog.tally_after import TallyAfter
from features.catalog.tally_in_bulk import PAIRS_PER_BATCH, tallies
from features.catalog.tally_of_one import LeadAt, LeadTally
from features.domain import Event, Lead

Row: TypeAlias = dict[str, float | str | None]
Value: TypeAlias = Callable[[Tally], float | str | None]


class FeatureBuilder:
    """Computes a catalog's features as of a moment.

    Parameters
    ----------
    catalog : Catalog
        What to compute.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._plan = TallyPlan.from_schema(catalog.schema)
        self._lead_tally = LeadTally(self._plan)
        self._values: list[tuple[str, Value]] = [
            (feature.name, feature.definition.value) for feature in catalog.features
        ]
        self.tally_after = TallyAfter(self._plan, self._lead_tally)

    def frame(
        self,
        leads: pl.DataFrame,
        events: pl.LazyFrame | None,
        moments: pl.DataFrame,
        *,
        pairs_per_batch: int = PAIRS_PER_BATCH,
    ) -> pl.DataFrame:
        """Return the features of many leads at many moments.

        Parameters
        ----------
        leads, events, moments : frames
            As docs/architecture.md describes them; ``events`` may be None. Events after a moment, and versions of
            attributes that were not known yet, are not read.
        pairs_per_batch : int
            Pairs of a moment and an event that are worked on at a time: bounds memory, never changes a value.

        Returns
        -------
        DataFrame
            One row per moment in the order of ``moments``, one column per feature: Float64 or String, null missing.

        Raises
        ------
        ValueError
            If a moment has no ``as_of`` although the schema has times.
        """
        expressions = [feature.definition.expression().alias(feature.name) for feature in self._catalog.features]
        batches = [
            tally.select(expressions)
            for tally in tallies(self._plan, leads, events, moments, pairs_per_batch=pairs_per_batch)
        ]
        return pl.concat(batches) if batches else self._empty()

    def row(self, lead: Lead, events: Sequence[Event], as_of: datetime | None) -> Row:
        """Return the features of one lead by name, the same as :meth:`frame` gives.

        Parameters
        ----------
        lead : Lead
            In the version known at ``as_of``.
        events : sequence of Event
            The lead's events in any order; those after ``as_of`` are not read.
        as_of : datetime or None
            The moment of knowledge; None in an untimed schema only.

        Raises
        ------
        ValueError
            If ``as_of`` is None although the schema has times.
        """
        return self.row_of(self.tallied(lead, events, as_of))

    def tallied(self, lead: Lead, events: Sequence[Event], as_of: datetime | None) -> LeadAt:
        """Return what :meth:`row_of` reads, for whoever asks what would change; as of :meth:`row`."""
        return self._lead_tally.at(lead, events, as_of)

    def row_of(self, at: LeadAt) -> Row:
        """Return the features of one lead that is tallied already."""
        tally = at.tally
        return {name: value(tally) for name, value in self._values}

    def readers(self, quantities: Collection[str]) -> list[tuple[str, Value]]:
        """Return the features that read any of these quantities of the tally, with how they are computed."""
        return [
            (feature.name, feature.definition.value)
            for feature in self._catalog.features
            if not set(feature.definition.expression().meta.root_names()).isdisjoint(quantities)
        ]

    def _empty(self) -> pl.DataFrame:
        dtypes = {FeatureKind.NUMBER: pl.Float64, FeatureKind.CATEGORY: pl.String}
        return pl.DataFrame(schema={feature.name: dtypes[feature.kind] for feature in self._catalog.features})
