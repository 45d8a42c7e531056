"""When a model's answer is a score, the words for why rules answer instead, and the check before a model serves."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from features.domain import BundleError, Engine, Event, Lead, LeadscoreError, Score
from features.schema import ColumnType, Schema
from models.scoring import Scorer

MODEL_OUTPUT = "model-output"
MODEL_ERROR = "model-error"
INSUFFICIENT_DATA = "insufficient-data"
_SUM_TOLERANCE = 1e-6
_INVENTED_AT = datetime(2026, 1, 15, 12, tzinfo=UTC)


def is_sound(score: Score) -> bool:
    """Return whether a model's answer is a score: finite, in range, and its reasons add up to 1e-6."""
    figures = (score.points, score.base_points, score.fit_points, score.engagement_points, score.coverage)
    shares = [reason.points for reason in score.reasons]
    if not all(math.isfinite(figure) for figure in (*figures, *shares)):
        return False
    if score.engine is Engine.MODEL and (score.probability is None or not 0.0 <= score.probability <= 1.0):
        return False
    difference = score.points - score.base_points - math.fsum(shares)
    return 0 <= score.score <= 100 and abs(difference) <= _SUM_TOLERANCE * max(1.0, abs(score.points))


def check_itself(scorer: Scorer, schema: Schema) -> None:
    """Let a model score two invented leads, from attributes to sentences, before it scores a real one.

    The bundle's golden rows hold the numbers from features on; this holds the way from a lead to a score in points.

    Parameters
    ----------
    scorer : Scorer
        Not serving yet.
    schema : Schema
        What the model's columns mean.

    Raises
    ------
    BundleError
        If it fails, or an answer is no score whose reasons add up.
    """
    for lead, events in _invented(schema):
        try:
            score = scorer.score(lead, events, _INVENTED_AT if schema.timed else None, scored_at=_INVENTED_AT)
        except LeadscoreError as error:
            raise _unsound(error.given) from None
        except Exception as error:
            raise _unsound(type(error).__name__) from error
        if not is_sound(score):
            raise _unsound("an answer that is no score whose reasons add up")


def _invented(schema: Schema) -> list[tuple[Lead, list[Event]]]:
    """Return a lead of whom nothing is known, and one who did everything once."""
    created_at = _INVENTED_AT - timedelta(days=3) if schema.timed else None
    attributes = {column.name: 1.0 for column in schema.used_columns if column.type is ColumnType.NUMBER}
    events = [
        Event("self-check", _INVENTED_AT - timedelta(hours=hours), kind)
        for hours, kind in enumerate(schema.engagement_kinds, start=1)
    ]
    return [
        (Lead("self-check", created_at), []),
        (Lead("self-check", created_at, attributes), events if schema.timed else []),
    ]


def _unsound(what: str) -> BundleError:
    return BundleError(
        f"The self-check ended in {what}.", "scores whose reasons add up.", "Train again, or promote another version."
    )
