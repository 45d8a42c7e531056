"""When a model's answer is a score, and the words for why rules answer instead."""

from __future__ import annotations

import math

from features.domain import Engine, Score

MODEL_OUTPUT = "model-output"
MODEL_ERROR = "model-error"
INSUFFICIENT_DATA = "insufficient-data"
_SUM_TOLERANCE = 1e-6


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
