"""The versions of leads' attributes, and which of them was known at a moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from features.catalog import tally as names
from features.catalog.tally import TallyPlan
from features.catalog.timeline import Timeline
from features.schema import ColumnType

Integers = npt.NDArray[np.int64]

ALWAYS = int(np.iinfo(np.int64).min)
"""Since when a version is known that says neither when it was known nor when the lead was created."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Attribute values of many leads in the order in which they became known.

    Parameters
    ----------
    timeline : Timeline
        Since when each version was known: ``known_at``, else ``created_at``, else always.
    rows : Series of int64
        Each version's row in the leads frame.
    values : DataFrame
        One row per version, one column per attribute that features read, dates in microseconds.
    created_at : Series of int64
        Each lead's creation in microseconds.
    """

    timeline: Timeline
    rows: pl.Series
    values: pl.DataFrame
    created_at: pl.Series

    @classmethod
    def read(cls, plan: TallyPlan, leads: pl.DataFrame, known: pl.DataFrame) -> Versions:
        """Return the versions of the leads that ``known`` (``lead_id``, ``lead``) numbers from 0."""
        since = pl.coalesce("known_at", "created_at") if plan.timed else pl.lit(None, pl.Datetime("us", "UTC"))
        created = pl.col("created_at") if plan.timed else pl.lit(None, pl.Datetime("us", "UTC"))
        # The sort is stable: of two versions known since the same moment, the later row of the frame holds.
        versions = (
            leads.with_row_index("version_row")
            .join(known, on="lead_id", how="inner", maintain_order="left")
            .with_columns(
                pl.col("lead").cast(pl.Int64),
                since.dt.epoch("us").fill_null(ALWAYS).alias("version_since"),
                created.dt.epoch("us").alias("version_created"),
            )
            .sort("lead", "version_since", maintain_order=True)
        )
        first = versions.group_by("lead").agg(pl.col("version_created").min())
        created_at = known.select(pl.col("lead").cast(pl.Int64)).join(
            first, on="lead", how="left", maintain_order="left"
        )["version_created"]
        timeline = Timeline.from_sorted(
            versions["lead"].to_numpy(), versions["version_since"].to_numpy(), lead_count=known.height
        )
        values = versions.select(_values(name, kind, leads) for name, kind in plan.attributes.items())
        return cls(timeline, versions["version_row"].cast(pl.Int64), values, created_at)

    def known(self, lead: Integers, as_of: Integers | None) -> pl.Series:
        """Return the number of the version known at each moment (the last one without moments), null for none."""
        limit = np.full(len(lead), np.iinfo(np.int64).max) if as_of is None else as_of
        end = self.timeline.end(lead, limit)
        version = pl.Series("version", end - 1)
        return version.set(pl.Series(end == self.timeline.starts[lead]), None)

    def tally(self, plan: TallyPlan, lead: Integers, as_of: Integers | None) -> pl.DataFrame:
        """Return the attribute values known at each moment; a date after it is missing.

        Parameters
        ----------
        plan : TallyPlan
            Which attributes are moments.
        lead : ndarray of int64, shape (n,)
            Numbers of leads.
        as_of : ndarray of int64, shape (n,), or None
            Microseconds; None in an untimed schema.
        """
        version = self.known(lead, as_of)
        row = pl.Series("row", np.arange(len(lead)))
        frame = pl.DataFrame([row, *(column.gather(version) for column in self.values)])
        if as_of is None:
            return frame
        dates = [names.attribute(name) for name, kind in plan.attributes.items() if kind is ColumnType.DATE]
        return frame.with_columns(
            pl.Series(names.AS_OF, as_of),
            self.created_at.gather(lead).alias(names.CREATED_AT),
            pl.Series(names.DAY_LENGTH, np.full(len(lead), names.DAY)),
        ).with_columns(
            pl.when(pl.col(name) <= pl.col(names.AS_OF)).then(pl.col(name)).alias(name)
            for name in (*dates, names.CREATED_AT)
        )


def _values(name: str, kind: ColumnType, leads: pl.DataFrame) -> pl.Expr:
    column = names.attribute(name)
    if kind is ColumnType.DATE:
        given = pl.col(column) if column in leads.columns else pl.lit(None, pl.Datetime("us", "UTC"))
        return given.cast(pl.Datetime("us", "UTC")).dt.epoch("us").alias(column)
    dtype = pl.Float64 if kind is ColumnType.NUMBER else pl.String
    given = pl.col(column) if column in leads.columns else pl.lit(None, dtype)
    values = given.cast(dtype)
    return (values.fill_nan(None) if kind is ColumnType.NUMBER else values).alias(column)
