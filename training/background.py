"""The background of a fitted scorer: what its training rows were like, for reasons, questions and suggestions."""

from __future__ import annotations

import polars as pl

from features.catalog import Catalog
from features.history.port import History
from models.background import Background
from training.dataset import Side
from training.fit import FittedScorer


def background_of(catalog: Catalog, fitted: FittedScorer, learn: Side, history: History, seed: int) -> Background:
    """Return the background of the rows that a scorer learned from.

    Parameters
    ----------
    catalog : Catalog
        The features.
    fitted : FittedScorer
        The scorer.
    learn : Side
        Its rows.
    history : History
        For what these leads answered; each lead's last version counts, because a field is filled late more often than
        it is changed.
    seed : int
        Of the reference rows that are drawn.
    """
    ids = learn.examples.select(pl.col("lead_id").unique())
    leads = history.leads().join(ids, on="lead_id", how="semi").sort("order").unique("lead_id", keep="last")
    matrix = fitted.encoder.matrix(learn.features)
    return Background.fit(catalog, fitted.encoder, fitted.model, matrix, learn.lead, leads.sort("lead_id"), seed=seed)
