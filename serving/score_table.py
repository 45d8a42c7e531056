"""Scores as a table for people and spreadsheets: the columns, a row, and a file written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from features.domain import OTHER, InputError, Score
from features.history.formula_cells import marked_in

REASONS = 4
COLUMNS: Mapping[str, type[pl.DataType]] = {
    "lead_id": pl.String,
    "probability": pl.Float64,
    "score": pl.Int64,
    "stage": pl.String,
    "grade": pl.String,
    "engine": pl.String,
    "model_version": pl.String,
    **{f"reason_{place + 1}": pl.String for place in range(REASONS)},
}
"""The columns of the answer, the same whichever engine spoke."""


def row_of(lead_id: str | None, score: Score | None) -> list[object]:
    """Return a lead's row; without a score all but the id is empty."""
    if score is None:
        return [lead_id, *([None] * (len(COLUMNS) - 1))]
    named = [reason for reason in score.reasons if reason.feature != OTHER][:REASONS]
    # The sentence comes first: a cell that began with the sign would read as a formula.
    sentences = [f"{reason.text.en} ({reason.points:+.1f})" for reason in named]
    return [
        lead_id,
        score.probability,
        score.score,
        score.stage.value,
        score.grade,
        score.engine.value,
        score.model.version,
        *sentences,
        *([None] * (REASONS - len(sentences))),
    ]


def writer(out: Path) -> Callable[[pl.DataFrame], None]:
    """Return what writes a table to ``out``, CSV or Parquet by its ending; refused before any work is done.

    Raises
    ------
    InputError
        If the ending is another one, or the place cannot be written.
    """
    kind = out.suffix.lower()
    if kind not in {".csv", ".parquet"}:
        raise InputError(f"--out is {out}.", "a file name ending in .csv or .parquet.", "Name the file so.")

    draft = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft.touch()
        draft.unlink()
    except OSError as error:
        raise InputError(
            f"--out is {out}, which cannot be written ({error.strerror or error}).",
            "a place that may be written.",
            "Name another file, or correct the permissions.",
        ) from None

    def write(frame: pl.DataFrame) -> None:
        try:
            if kind == ".csv":
                marked_in(frame).write_csv(draft)
            else:
                frame.write_parquet(draft)
            draft.replace(out)
        finally:
            draft.unlink(missing_ok=True)

    return write
