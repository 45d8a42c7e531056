"""A table of probabilities and what became of the leads, from whatever scored them, for the cutoffs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features.domain import HistoryError, InputError
from features.history.reading import read_table
from features.history.times import read_times

# As spreadsheets and CRMs write them, in English and German.
_YES = ("1", "1.0", "true", "yes", "y", "t", "ja", "j", "wahr")
_NO = ("0", "0.0", "false", "no", "n", "f", "nein", "falsch")
_MISSING = ("", "na", "nan", "null", "none")


@dataclass(frozen=True, slots=True)
class OutcomeTable:
    """One row per lead.

    Parameters
    ----------
    probability : pl.Series
        Float64; null where missing.
    converted : pl.Series
        Boolean; null where missing.
    arrived_at : pl.Series or None
        Moments in UTC, where the table has them.
    accepted : pl.Series or None
        Boolean, whether sales took the lead on; null where it did not answer. None without the column.
    propensity : pl.Series or None
        Float64, the chance with which the lead was to be handed over, where the table has it.
    """

    probability: pl.Series
    converted: pl.Series
    arrived_at: pl.Series | None
    accepted: pl.Series | None = None
    propensity: pl.Series | None = None


def read_outcome_table(file: Path, time_zone: str) -> OutcomeTable:
    """Return the columns of a CSV or Parquet file that ``certify`` takes.

    ``probability`` and ``converted`` must be there; ``arrived_at``, ``accepted`` and ``propensity`` may.

    Parameters
    ----------
    file : Path
        CSV (also .gz) or Parquet.
    time_zone : str
        IANA zone of times that carry none.

    Raises
    ------
    HistoryError
        If the file cannot be read.
    InputError
        If a column is missing or a value is none of its kind.
    """
    table = read_table(file)
    if table.ragged:
        raise HistoryError(
            f"{file.name} has {len(table.ragged)} rows with another number of cells than the header.",
            "as many cells in every row as in the header.",
            "Correct these rows.",
        )
    for name in ("probability", "converted"):
        if name not in table.columns:
            raise InputError(
                f"{file.name} has the columns {', '.join(table.columns[:20])}.",
                "the columns probability and converted.",
                f"Add or rename the column {name}.",
            )
    texts = {name: table.frame[name].str.strip_chars().fill_null("") for name in table.columns}
    arrived, accepted, propensity = (texts.get(name) for name in ("arrived_at", "accepted", "propensity"))
    return OutcomeTable(
        probability=_numbers(texts["probability"], "probability", table.format.decimal),
        converted=_yes_or_no(texts["converted"], "converted"),
        arrived_at=None if arrived is None else _moments(arrived, time_zone),
        accepted=None if accepted is None else _yes_or_no(accepted, "accepted"),
        propensity=None if propensity is None else _numbers(propensity, "propensity", table.format.decimal),
    )


def _numbers(texts: pl.Series, column: str, decimal: str) -> pl.Series:
    numbers = texts.str.replace(decimal, ".", literal=True).cast(pl.Float64, strict=False)
    _refuse(texts, numbers.is_null(), column, "a number from 0 to 1.")
    return numbers.fill_nan(None)


def _yes_or_no(texts: pl.Series, column: str) -> pl.Series:
    lowered = texts.str.to_lowercase()
    frame = lowered.to_frame("text").select(
        pl.when(pl.col("text").is_in(_YES)).then(True).when(pl.col("text").is_in(_NO)).then(False)
    )
    read = frame.to_series()
    _refuse(texts, read.is_null(), column, "1 or 0, true or false, yes or no.")
    return read


def _moments(texts: pl.Series, time_zone: str) -> pl.Series:
    present = texts.to_frame("text").select(pl.when(pl.col("text") != "").then(pl.col("text"))).to_series()
    moments, reasons = read_times(present, time_zone, None)
    _refuse(texts, reasons.is_not_null(), "arrived_at", "a moment in ISO 8601.")
    return moments


def _refuse(texts: pl.Series, unread: pl.Series, column: str, expected: str) -> None:
    wrong = unread & ~texts.str.to_lowercase().is_in(_MISSING)
    if wrong.any():
        first = int(wrong.arg_max() or 0)
        raise InputError(f"Row {first + 1} has {column} {texts[first]!r}.", expected, f"Correct the column {column}.")
