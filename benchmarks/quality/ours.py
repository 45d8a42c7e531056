"""Our whole road on a flat table: schema, feature builder, encoder, fit, calibration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from features.builder import FeatureBuilder
from features.catalog import Catalog
from features.encoding import Encoder
from features.schema import Column, ColumnType, Schema
from training.fit import fit_scorer
from training.plan import TrainingPlan
from training.progress import SilentProgress

MOMENT = pl.Datetime("us", "UTC")

Floats = NDArray[np.float64]


def leads_frame(table: pd.DataFrame) -> pl.DataFrame:
    """Return a flat table as the leads frame of an untimed history."""
    columns = {f"attribute.{name}": _values(column) for name, column in table.items()}
    count = len(table)
    return pl.DataFrame(columns).with_columns(
        pl.Series("lead_id", [f"row {row}" for row in range(count)]),
        pl.lit(None, MOMENT).alias("created_at"),
        pl.lit(None, MOMENT).alias("known_at"),
        pl.Series("order", np.arange(count)),
    )


def _values(column: pd.Series) -> pl.Series:
    if pd.api.types.is_numeric_dtype(column):
        return pl.Series(column.to_numpy(dtype=np.float64)).fill_nan(None)
    return pl.Series([value if isinstance(value, str) else None for value in column], dtype=pl.String)


def features_of(builder: FeatureBuilder, table: pd.DataFrame) -> pl.DataFrame:
    """Return the features of a flat table's rows."""
    leads = leads_frame(table)
    return builder.frame(leads, None, leads.select("lead_id", pl.lit(None, MOMENT).alias("as_of")))


def fit_ours(table: pd.DataFrame, label: NDArray[Any], seed: int, *, ordered: bool) -> Callable[[pd.DataFrame], Floats]:
    """Return our scorer's prediction; with ``ordered``, the rows are in order of time."""
    types = {True: ColumnType.NUMBER, False: ColumnType.CATEGORY}
    columns = tuple(Column(str(n), types[pd.api.types.is_numeric_dtype(c)]) for n, c in table.items())
    catalog = Catalog.from_schema(Schema(columns=columns, timed=False))
    builder = FeatureBuilder(catalog)
    frame = features_of(builder, table)
    encoder = Encoder.fit(catalog, frame)
    rows = np.arange(len(table), dtype=np.int64)
    fitted = fit_scorer(
        encoder, encoder.matrix(frame), np.asarray(label, dtype=np.float64), np.ones(len(table)),
        rows if ordered else None, rows, TrainingPlan(seed=seed), SilentProgress(),
    )  # fmt: skip
    for sentence in fitted.choices:
        print(f"    {sentence}")

    def predict(other: pd.DataFrame) -> Floats:
        margin = fitted.model.margin(fitted.encoder.matrix(features_of(builder, other)))
        return np.asarray(fitted.calibration.probability(margin), dtype=np.float64)

    return predict
