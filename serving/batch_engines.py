"""Who scores a batch: the model, and the rules wherever it cannot be trusted."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from features.domain import ModelUnavailableError, Score
from models.scoring import Scorer
from serving.soundness import INSUFFICIENT_DATA, MODEL_ERROR, MODEL_OUTPUT, is_sound

_LOG = logging.getLogger("bentoml.leadscore")


@dataclass(frozen=True, slots=True)
class Engines:
    """Who scores a batch.

    Parameters
    ----------
    model : Scorer or None
        The model; None lets the rules answer.
    rules : Scorer
        The agreed rules.
    absence : str or None
        Why there is no model although one was expected; None where rules were asked for.
    """

    model: Scorer | None
    rules: Scorer
    absence: str | None = None

    def score(
        self, leads: pl.DataFrame, events: pl.LazyFrame, moments: pl.DataFrame, *, scored_at: datetime
    ) -> list[Score]:
        """Return one score per moment: the model's where it can be trusted, else the rules'."""
        if self.model is None:
            spoken = self.rules.score_many(leads, events, moments, scored_at=scored_at)
            if self.absence is None:
                return spoken
            return [replace(score, degraded=True, degraded_reason=self.absence) for score in spoken]
        scores, reasons = _by_model(self.model, leads, events, moments, scored_at)
        for position in _empty(leads, events, moments):
            reasons[position] = INSUFFICIENT_DATA
        positions = sorted(reasons)
        answers = self.rules.score_many(leads, events, moments[positions], scored_at=scored_at)
        for place, answer in zip(positions, answers, strict=True):
            scores[place] = _degraded(answer, reasons[place])
        return [scores[place] for place in range(moments.height)]


def _by_model(
    model: Scorer, leads: pl.DataFrame, events: pl.LazyFrame, moments: pl.DataFrame, scored_at: datetime
) -> tuple[dict[int, Score], dict[int, str]]:
    """Return the model's scores by place, and the reason for each place where it cannot be trusted."""
    try:
        scores = model.score_many(leads, events, moments, scored_at=scored_at)
    except ModelUnavailableError:
        _LOG.exception("the model's answer on a batch of %d leads is not a probability", moments.height)
        return {}, dict.fromkeys(range(moments.height), MODEL_OUTPUT)
    except Exception:  # noqa: BLE001 - whatever a model raises, the rules answer
        _LOG.exception("the model failed on a batch of %d leads", moments.height)
        return {}, dict.fromkeys(range(moments.height), MODEL_ERROR)
    return dict(enumerate(scores)), {place: MODEL_OUTPUT for place, score in enumerate(scores) if not is_sound(score)}


def _empty(leads: pl.DataFrame, events: pl.LazyFrame, moments: pl.DataFrame) -> list[int]:
    """Return the places of leads without any attribute and any event at their moment."""
    attributes = [name for name in leads.columns if name.startswith("attribute.")]
    bare = leads.group_by("lead_id").agg(pl.all_horizontal(pl.col(name).is_null().all() for name in attributes))
    bare.columns = ["lead_id", "bare"]
    suspects = moments.with_row_index("place").join(bare, on="lead_id").filter("bare")
    if suspects.is_empty():
        return []
    seen = (
        suspects.lazy()
        .join(events.select("lead_id", "occurred_at"), on="lead_id")
        .filter(pl.col("as_of").is_null() | (pl.col("occurred_at") <= pl.col("as_of")))
        .select("place")
        .unique()
        .collect()
    )
    return suspects.join(seen, on="place", how="anti")["place"].to_list()


def _degraded(score: Score, reason: str) -> Score:
    warnings = (*score.warnings, "insufficient_data") if reason == INSUFFICIENT_DATA else score.warnings
    return replace(score, degraded=True, degraded_reason=reason, warnings=tuple(dict.fromkeys(warnings)))
