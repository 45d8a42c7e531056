"""From features to a matrix of floats, with everything that must be learnt from the training rows alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from features.catalog import Catalog, FeatureKind
from features.domain import ConfigError

FORMAT = 1

MIN_LEVEL_COUNT = 10
"""Rows below which a level is rare: at a rate of one half, 10 rows leave log-odds a standard error of 0.6."""

MIN_LEVEL_SHARE = 0.001
"""Share below which a level is rare in large tables, where one lead stands for several rows."""

MAX_LEVELS = 64
"""Levels of one category at most: LightGBM's many-against-many splits search through all of them."""

CLIP_QUANTILES = (0.005, 0.995)
"""Between which a number counts as usual; a linear part holds what lies outside at these ends."""

LARGEST = 1e100
"""Where numbers are held: differences and squares of what is larger overflow."""

NORMAL_IQR = 1.3489795003921634
"""Interquartile range of the standard normal, so that the scale of normal data is their standard deviation."""


@dataclass(frozen=True, slots=True)
class EncodedColumn:
    """One column of the matrix.

    The matrix holds numbers as they are, within plus and minus ``LARGEST``; ``center`` to ``high`` say how a linear
    part may scale them.

    Parameters
    ----------
    name : str
        The feature's name.
    kind : FeatureKind
        Number or category.
    levels : tuple of str
        A category's levels, the most frequent first; level ``levels[i]`` has code ``i + 1``.
    center, scale : float
        Median, and interquartile range over that of the standard normal (else the standard deviation, else 1).
    low, high : float
        Quantiles 0.5 % and 99.5 %.
    direction : int
        The catalog's: 1 where a larger number can only speak for a lead, -1 against it, 0 where that is open.
    """

    name: str
    kind: FeatureKind
    levels: tuple[str, ...] = ()
    center: float = 0.0
    scale: float = 1.0
    low: float = 0.0
    high: float = 0.0
    direction: int = 0

    def to_mapping(self) -> dict[str, Any]:
        """Return the column as plain data."""
        common: dict[str, Any] = {"name": self.name, "kind": self.kind.value}
        if self.kind is FeatureKind.CATEGORY:
            return common | {"levels": list(self.levels)}
        if self.direction:
            common["direction"] = self.direction
        return common | {"center": self.center, "scale": self.scale, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Encoder:
    """Turns features into floats the same way for a table and for one row.

    Parameters
    ----------
    columns : tuple of EncodedColumn
        The matrix's columns, in the catalog's order.
    dropped : Mapping[str, str]
        Features that the training rows gave no use for, with the reason.
    """

    columns: tuple[EncodedColumn, ...]
    dropped: Mapping[str, str] = field(default_factory=dict)
    _names: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _codes: tuple[tuple[int, str, Mapping[str, float]], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare the look-ups of levels."""
        codes = tuple(
            (place, c.name, {level: float(code) for code, level in enumerate(c.levels, start=1)})
            for place, c in enumerate(self.columns)
            if _is_category(c)
        )
        object.__setattr__(self, "_names", tuple(c.name for c in self.columns))
        object.__setattr__(self, "_codes", codes)

    @classmethod
    def fit(
        cls,
        catalog: Catalog,
        frame: pl.DataFrame,
        *,
        min_level_count: int | None = None,
        max_levels: int = MAX_LEVELS,
    ) -> Encoder:
        """Return the encoder of the training rows.

        Parameters
        ----------
        catalog : Catalog
            The features.
        frame : DataFrame
            Features of the training rows, one column per feature.
        min_level_count : int or None
            Rows from which a level of a category has a code of its own; None takes 10, or a thousandth of the rows
            where that is more.
        max_levels : int
            Levels of one category at most, the most frequent ones.

        Returns
        -------
        Encoder
            Without features that do not vary, and without exact copies of an earlier one.
        """
        least = min_level_count
        if least is None:
            least = max(MIN_LEVEL_COUNT, math.ceil(MIN_LEVEL_SHARE * frame.height))
        columns: list[EncodedColumn] = []
        dropped: dict[str, str] = {}
        seen: dict[bytes, str] = {}
        for feature in catalog.features:
            values = frame[feature.name]
            is_category = feature.kind is FeatureKind.CATEGORY
            column = _category(values, least, max_levels) if is_category else _number(values, feature.direction)
            encoded = _encoded(values, column)
            reason = _without_use(values, encoded)
            # Equal digests are equal columns; only like is compared with like, because a code is not a number.
            key = feature.kind.value.encode() + sha256(encoded.tobytes()).digest()
            if reason is None and key in seen:
                reason = f"the same as {seen[key]} in every training row"
            if reason is not None:
                dropped[feature.name] = reason
                continue
            seen[key] = feature.name
            columns.append(column)
        return cls(tuple(columns), dropped)

    def matrix(self, frame: pl.DataFrame) -> npt.NDArray[np.float64]:
        """Return the rows as floats.

        Parameters
        ----------
        frame : DataFrame
            One column per feature, in any order.

        Returns
        -------
        ndarray of float64, shape (rows, columns)
            NaN is missing; in a category 0 is a rare or unseen level and 1, 2, ... are its levels.
        """
        matrix = np.empty((frame.height, len(self.columns)), dtype=np.float64)
        for place, column in enumerate(self.columns):
            matrix[:, place] = _encoded(frame[column.name], column)
        return matrix

    def vector(self, row: Mapping[str, float | str | None]) -> npt.NDArray[np.float64]:
        """Return one row as floats, shape (columns,), bit by bit as :meth:`matrix` gives it."""
        values = [row[name] for name in self._names]
        for place, name, codes in self._codes:
            value = row[name]
            values[place] = None if value is None else codes.get(str(value), 0.0)
        # None becomes NaN. Codes are far within the bounds, so that all may be held to them at once.
        vector = np.array(values, dtype=np.float64)
        # Two plain ufuncs: np.clip takes three times as long for so few numbers.
        np.maximum(vector, -LARGEST, out=vector)
        return np.minimum(vector, LARGEST, out=vector)

    def to_mapping(self) -> dict[str, Any]:
        """Return the encoder as plain data, for the bundle."""
        columns = [column.to_mapping() for column in self.columns]
        return {"format": FORMAT, "columns": columns, "dropped": dict(self.dropped)}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Encoder:
        """Return the encoder stored by :meth:`to_mapping`.

        Raises
        ------
        ConfigError
            If it is of another format, or not an encoder.
        """
        try:
            if mapping["format"] != FORMAT:
                raise ValueError(f"format {mapping['format']!r}")
            return cls(tuple(_column(entry) for entry in mapping["columns"]), dict(mapping["dropped"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(
                f"A stored encoder with {error}.", f"format {FORMAT}.", "Train again with this version."
            ) from None


def _is_category(column: EncodedColumn) -> bool:
    return column.kind is FeatureKind.CATEGORY


def _column(entry: Mapping[str, Any]) -> EncodedColumn:
    kind = FeatureKind(entry["kind"])
    if kind is FeatureKind.CATEGORY:
        return EncodedColumn(str(entry["name"]), kind, tuple(str(level) for level in entry["levels"]))
    center, scale, low, high = (float(entry[key]) for key in ("center", "scale", "low", "high"))
    if not all(map(math.isfinite, (center, scale, low, high))) or scale <= 0 or low > high:
        raise ValueError(f"numbers out of range in column {entry['name']!r}")
    direction = entry.get("direction", 0)
    if direction not in {-1, 0, 1}:
        raise ValueError(f"direction {direction!r} in column {entry['name']!r}")
    return EncodedColumn(str(entry["name"]), kind, (), center, scale, low, high, int(direction))


def _category(values: pl.Series, least: int, most: int) -> EncodedColumn:
    counts = values.drop_nulls().value_counts(name="rows")
    frequent = counts.filter(pl.col("rows") >= least).sort(["rows", values.name], descending=[True, False])
    return EncodedColumn(values.name, FeatureKind.CATEGORY, tuple(frequent[values.name].head(most)))


def _number(values: pl.Series, direction: int) -> EncodedColumn:
    known = values.drop_nulls().drop_nans().clip(-LARGEST, LARGEST).to_numpy()
    if not len(known):
        return EncodedColumn(values.name, FeatureKind.NUMBER, direction=direction)
    low, quarter, center, three_quarters, high = np.quantile(
        known, [CLIP_QUANTILES[0], 0.25, 0.5, 0.75, CLIP_QUANTILES[1]]
    )
    scale = (three_quarters - quarter) / NORMAL_IQR
    if not scale > 0:
        # Most counts are 0 for most leads: their quartiles coincide although they vary.
        scale = float(np.std(np.clip(known, low, high))) or float(np.std(known))
    return EncodedColumn(
        values.name, FeatureKind.NUMBER, (), float(center), float(scale) if scale > 0 else 1.0, float(low), float(high),
        direction,
    )  # fmt: skip


def _encoded(values: pl.Series, column: EncodedColumn) -> npt.NDArray[np.float64]:
    if not _is_category(column):
        return values.cast(pl.Float64).clip(-LARGEST, LARGEST).fill_null(math.nan).to_numpy()
    if not column.levels:
        return np.where(values.is_null().to_numpy(), math.nan, 0.0)
    codes = pl.Series(range(1, len(column.levels) + 1), dtype=pl.Float64)
    coded = values.replace_strict(pl.Series(column.levels), codes, default=0.0, return_dtype=pl.Float64)
    return np.where(values.is_null().to_numpy(), math.nan, coded.to_numpy())


def _without_use(values: pl.Series, encoded: npt.NDArray[np.float64]) -> str | None:
    missing = np.isnan(encoded)
    if missing.all():
        return "never filled in the training rows"
    known = encoded[~missing]
    if missing.any() or (known != known[0]).any():
        return None
    if values.n_unique() > 1:
        return "every level is too rare in the training rows"
    return f"always {values[0]} in the training rows"
