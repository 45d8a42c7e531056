"""What leads usually answer when asked for a field: the distribution of its values among training leads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from features.domain import BundleError
from features.schema import Column, ColumnType, Role, Schema

MOST_ANSWERS = 8
LEAST_LEADS = 10
"""Leads that must share a text before it is kept, so that no text leads to a person."""

_PARTS = 5
_TEXTS = frozenset({ColumnType.CATEGORY, ColumnType.COUNTRY, ColumnType.JOB_TITLE})


@dataclass(frozen=True, slots=True)
class Answers:
    """Usual answers by field, the most usual first.

    Parameters
    ----------
    of : Mapping from str to tuple of (float or str, float)
        Values with their shares, which sum to 1. A number is told by the middles of its five equal parts, its median
        first.
    """

    of: Mapping[str, tuple[tuple[float | str, float], ...]] = field(default_factory=dict)

    @classmethod
    def fit(cls, schema: Schema, leads: pl.DataFrame) -> Answers:
        """Return the answers of these leads.

        Parameters
        ----------
        schema : Schema
            Its fit columns that people can answer in one word: numbers, categories, countries and job titles.
        leads : DataFrame
            One row per training lead, with ``attribute.<name>`` columns.
        """
        found = {}
        for column in schema.used_columns:
            name = f"attribute.{column.name}"
            if not is_askable(column) or name not in leads.columns:
                continue
            known = leads[name].drop_nulls()
            answers = _numbers(known) if column.type is ColumnType.NUMBER else _texts(known)
            if answers:
                found[column.name] = answers
        return cls(found)

    def to_mapping(self) -> dict[str, Any]:
        """Return the answers as plain data."""
        return {name: [list(answer) for answer in answers] for name, answers in self.of.items()}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Answers:
        """Return the answers stored by :meth:`to_mapping`.

        Raises
        ------
        BundleError
            If a value is neither text nor finite number, or shares do not sum to 1.
        """
        try:
            stored = {
                str(name): tuple((_answer(value), float(share)) for value, share in answers)
                for name, answers in mapping.items()
            }
            for name, answers in stored.items():
                shares = [share for _, share in answers]
                if not all(share > 0 for share in shares) or not math.isclose(sum(shares), 1.0, abs_tol=1e-6):
                    raise ValueError(f"shares of {name!r} that do not sum to 1")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BundleError(
                f"Stored answers with {error}.",
                "values with shares that sum to 1, by field.",
                "Fetch the bundle again or promote another version.",
            ) from None
        return cls(stored)


def is_askable(column: Column) -> bool:
    """Return whether people can answer a column in one word, and the answer tells who the lead is."""
    return column.role is Role.FIT and column.type in _TEXTS | {ColumnType.NUMBER}


def _answer(value: object) -> float | str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"the answer {value!r}")
    return float(value)


def _numbers(known: pl.Series) -> tuple[tuple[float | str, float], ...]:
    values = known.drop_nans().to_numpy()
    if len(values) < LEAST_LEADS:
        return ()
    middles = np.quantile(values, (np.arange(_PARTS) + 0.5) / _PARTS, method="inverted_cdf")
    shares: dict[float, float] = {}
    for middle in sorted(middles.tolist(), key=lambda value: abs(value - middles[_PARTS // 2])):
        shares[middle] = shares.get(middle, 0.0) + 1.0 / _PARTS
    return tuple(shares.items())


def _texts(known: pl.Series) -> tuple[tuple[float | str, float], ...]:
    counts = known.value_counts(name="leads").filter(pl.col("leads") >= LEAST_LEADS)
    usual = counts.sort(["leads", known.name], descending=[True, False]).head(MOST_ANSWERS)
    total = int(usual["leads"].sum())
    return tuple((str(text), leads / total) for text, leads in usual.iter_rows())
