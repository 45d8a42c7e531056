"""Columns of texts as canonical values: what ``features.schema.canonical_value`` does, for a whole column at once."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from features.domain import InputError
from features.history.times import MOMENT, read_dates
from features.schema import ColumnType, canonical_value

_THOUSANDS_AND_POINT = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"
_THOUSANDS_AND_COMMA = r"^[+-]?\d{1,3}(\.\d{3})+(,\d+)?$"
_COMMA = r"^[+-]?\d*,\d*([eE][+-]?\d+)?$"


def read_values(
    texts: pl.Series,
    kind: ColumnType,
    missing: Collection[str],
    *,
    decimal: str = ".",
    time_format: str | None = None,
) -> tuple[pl.Series, pl.Series]:
    """Return a column's canonical values and which texts could not be read.

    Parameters
    ----------
    texts : pl.Series of String, shape (n,)
        Trimmed texts; null where empty.
    kind : ColumnType
        How to read them.
    missing : collection of str
        Texts that mean "no value".
    decimal : str
        ``.`` or ``,``, as the file writes numbers; thousands may be set apart by the other one.
    time_format : str or None
        The file's own form of dates, beside ISO 8601.

    Returns
    -------
    tuple of (pl.Series, pl.Series of Boolean)
        Float64, Datetime or String by ``kind``, null where missing or unreadable; True where unreadable.
    """
    texts = present(texts, missing)
    if kind is ColumnType.NUMBER:
        values = _numbers(texts, decimal)
    elif kind is ColumnType.DATE:
        values = read_dates(texts, time_format).cast(MOMENT)
    else:
        return _texts(texts), pl.repeat(False, len(texts), eager=True)
    return values, texts.is_not_null() & values.is_null()


def present(texts: pl.Series, missing: Collection[str]) -> pl.Series:
    """Return the texts with null in place of those that mean "no value"."""
    absent = texts.is_in(list(missing)).fill_null(False) if missing else None
    return texts if absent is None or not absent.any() else texts.set(absent, None)


def _texts(texts: pl.Series) -> pl.Series:
    booleans = texts.is_in(["True", "False", "TRUE", "FALSE"]).fill_null(False)
    return texts.zip_with(~booleans, texts.str.to_lowercase()) if booleans.any() else texts


def _numbers(texts: pl.Series, decimal: str) -> pl.Series:
    values = _finite(texts)
    grouped = _THOUSANDS_AND_COMMA if decimal == "," else _THOUSANDS_AND_POINT
    # "1.234" is a number to every reader; only the file's decimal mark says that it is a thousand.
    ours = texts.str.contains(grouped).fill_null(False)
    if decimal == ",":
        ours |= texts.str.contains(_COMMA).fill_null(False)
        plain = texts.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    else:
        plain = texts.str.replace_all(",", "", literal=True)
    if ours.any():
        values = _finite(plain).zip_with(ours, values)
    rest = texts.set((values.is_not_null() | ours).fill_null(False), None)
    return values if rest.null_count() == len(rest) else _one_by_one(rest, values)


def _finite(texts: pl.Series) -> pl.Series:
    numbers = texts.cast(pl.Float64, strict=False)
    return numbers.set((~numbers.is_finite()).fill_null(False), None)


def _one_by_one(rest: pl.Series, values: pl.Series) -> pl.Series:
    """Read what polars does not know, e.g. ``1_000``, as one request's value is read."""
    found: dict[str, float] = {}
    for text in rest.drop_nulls().unique():
        try:
            number = canonical_value(text, ColumnType.NUMBER, (), "a cell")
        except InputError:
            continue
        if isinstance(number, float):
            found[text] = number
    if not found:
        return values
    return values.zip_with(
        values.is_not_null(),
        rest.replace_strict(list(found), list(found.values()), default=None, return_dtype=pl.Float64),
    )
