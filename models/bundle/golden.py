"""Golden rows: a few leads' features with the very answers that the model gave when it was written."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from models.additive import AdditiveModel
from models.bundle.assemble import Bundle
from models.bundle.contents import GOLDEN, damaged
from models.calibration import Calibration

COUNT = 20
TOLERANCE = 1e-9


def golden_rows(frame: pl.DataFrame, encoder: Any, model: AdditiveModel, calibration: Calibration) -> str:
    """Return golden.jsonl: up to 20 rows spread evenly over a features frame, with margin, probability and shares.

    Parameters
    ----------
    frame : DataFrame
        Features, at least one row; real or invented leads, without anything that names a person.
    encoder : Encoder
        Of the model.
    model : AdditiveModel
        Gives margin and contributions.
    calibration : Calibration
        Gives the probability.
    """
    if frame.is_empty():
        raise ValueError("golden rows need at least one row of features")
    places = np.unique(np.linspace(0, frame.height - 1, COUNT).round().astype(int))
    names = [column.name for column in encoder.columns]
    lines = []
    for row in frame[places].select(names).iter_rows(named=True):
        plain = {name: _plain(value) for name, value in row.items()}
        answer = _answer(plain, encoder, model, calibration)
        lines.append(json.dumps({"features": plain, **answer}, ensure_ascii=False, allow_nan=False, sort_keys=True))
    return "\n".join(lines) + "\n"


def _plain(value: float | str | None) -> float | str | None:
    """Return a feature as JSON can hold it: NaN is missing, and an overflown sum the largest number there is."""
    if not isinstance(value, float):
        return value
    return None if math.isnan(value) else max(-sys.float_info.max, min(sys.float_info.max, value))


def check_golden(texts: Mapping[str, str], bundle: Bundle) -> int:
    """Return how many golden rows were checked; each must come out as it was written, to 1e-9.

    Raises
    ------
    BundleError
        If there is none, or an answer differs.
    """
    # Only "\n" ends a row: a text in it may hold other line ends (U+0085, U+2028), which JSON need not escape.
    lines = texts[GOLDEN].removesuffix("\n").split("\n")
    if lines == [""]:
        raise damaged("No golden rows.", "answers that the model must give.")
    for number, line in enumerate(lines, start=1):
        try:
            stored = json.loads(line)
            answer = _answer(stored["features"], bundle.encoder, bundle.model, bundle.calibration)
            same = _same(answer, stored)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise damaged(f"Golden row {number} with {error}.", "features and their answer.") from None
        if not same:
            raise damaged(f"Golden row {number} came out differently.", f"the stored answer to {TOLERANCE:g}.")
    return len(lines)


def _answer(
    row: Mapping[str, float | str | None], encoder: Any, model: AdditiveModel, calibration: Calibration
) -> dict[str, Any]:
    matrix = encoder.vector(row)[None, :]
    margin = model.margin(matrix)
    return {
        "margin": float(margin[0]),
        "probability": float(calibration.probability(margin)[0]),
        "contributions": [float(share) for share in model.contributions(matrix)[0]],
    }


def _same(answer: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
    found = [answer["margin"], answer["probability"], *answer["contributions"]]
    wanted = [stored["margin"], stored["probability"], *stored["contributions"]]
    return len(found) == len(wanted) and all(
        # Written so that NaN, which is close to nothing, is a difference.
        math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        for one, other in zip(found, wanted, strict=True)
    )
