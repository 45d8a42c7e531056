"""A catalog and trees on invented numbers, for truth tests that need no more of a model."""

from __future__ import annotations

from collections.abc import Mapping

import lightgbm
import numpy as np
import polars as pl

from features.catalog import Catalog
from features.encoding import Encoder
from features.schema import Column, ColumnType, Schema
from models.trees import TreeMember


def numbers(columns: Mapping[str, np.ndarray]) -> tuple[Catalog, Encoder, np.ndarray]:
    """Return an untimed history of numbers: its catalog, encoder and matrix."""
    schema = Schema(tuple(Column(name, ColumnType.NUMBER) for name in columns), timed=False)
    catalog = Catalog.from_schema(schema)
    frame = pl.DataFrame(dict(columns)).with_columns(pl.lit(1.0).alias("attributes_filled"))
    encoder = Encoder.fit(catalog, frame)
    return catalog, encoder, encoder.matrix(frame)


def grown(matrix: np.ndarray, y: np.ndarray, rng: np.random.Generator, trees: int = 150) -> TreeMember:
    """Return small trees, drawn anew with each seed as a retraining does."""
    parameters = {
        "objective": "binary", "num_leaves": 8, "learning_rate": 0.08, "min_data_in_leaf": 20, "verbosity": -1,
        "num_threads": 1, "seed": int(rng.integers(1 << 30)), "feature_fraction": 0.5, "bagging_fraction": 0.8,
        "bagging_freq": 1, "lambda_l2": 5.0, "deterministic": True,
    }  # fmt: skip
    return TreeMember(lightgbm.train(parameters, lightgbm.Dataset(matrix, y), trees).model_to_string())
