"""How features follow from a tally: each definition once as a polars expression and once in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import Protocol

import polars as pl

from features.catalog import tally as names
from features.catalog.tally import ALL, DAY, Tally


class Definition(Protocol):
    """How a feature is computed."""

    def expression(self) -> pl.Expr:
        """Return the feature over a frame of tallies, as Float64 or String."""
        ...

    def value(self, tally: Tally) -> float | str | None:
        """Return the feature of one tally."""
        ...


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it stands in the tally."""

    name: str

    def expression(self) -> pl.Expr:
        """Return the quantity as a float."""
        return pl.col(self.name).cast(pl.Float64)

    def value(self, tally: Tally) -> float | None:
        """Return the quantity as a float."""
        quantity = tally[self.name]
        return None if quantity is None else float(quantity)


@dataclass(frozen=True, slots=True)
class Category:
    """A text as it stands in the tally."""

    name: str

    def expression(self) -> pl.Expr:
        """Return the text."""
        return pl.col(self.name).cast(pl.String)

    def value(self, tally: Tally) -> str | None:
        """Return the text."""
        quantity = tally[self.name]
        return None if quantity is None else str(quantity)


@dataclass(frozen=True, slots=True)
class DaysBetween:
    """Days from one moment of the tally to another; missing if either is.

    Examples
    --------
    >>> DaysBetween("created_at", "as_of").value({"created_at": 0, "as_of": DAY * 3 // 2})
    1.5
    """

    earlier: str
    later: str

    def expression(self) -> pl.Expr:
        """Return the difference of whole microseconds, divided once."""
        # By a literal polars multiplies with the reciprocal, which differs in the last bit from a division.
        return (pl.col(self.later) - pl.col(self.earlier)) / pl.col(names.DAY_LENGTH)

    def value(self, tally: Tally) -> float | None:
        """Return the difference of whole microseconds, divided once."""
        earlier, later = tally[self.earlier], tally[self.later]
        if not isinstance(earlier, int) or not isinstance(later, int):
            return None
        return (later - earlier) / DAY


@dataclass(frozen=True, slots=True)
class Velocity:
    """Natural log of last week's events over the weekly mean of the three weeks before, one added to both.

    The added one keeps silence finite and a single event from looking like a rush: 0 is an even pace.
    """

    def expression(self) -> pl.Expr:
        """Return the log ratio."""
        week, month = (pl.col(names.count(ALL, days)).cast(pl.Float64) for days in (7, 28))
        return (3.0 * (week + 1.0) / (month - week + 3.0)).log()

    def value(self, tally: Tally) -> float:
        """Return the log ratio."""
        week, month = (float(tally[names.count(ALL, days)] or 0) for days in (7, 28))
        return log(3.0 * (week + 1.0) / (month - week + 3.0))


@dataclass(frozen=True, slots=True)
class Mean:
    """Mean of a number property over the counted events that carry it; missing where none does."""

    prop: str

    def expression(self) -> pl.Expr:
        """Return sum over count."""
        filled = pl.col(names.of_property(self.prop, "filled"))
        return pl.when(filled > 0).then(pl.col(names.of_property(self.prop, "sum")) / filled)

    def value(self, tally: Tally) -> float | None:
        """Return sum over count."""
        total, filled = (tally[names.of_property(self.prop, name)] for name in ("sum", "filled"))
        return float(total) / int(filled) if total is not None and filled else None


@dataclass(frozen=True, slots=True)
class Read:
    """A text of the tally as a vocabulary reads it, e.g. a job title as seniority; missing stays missing."""

    name: str
    reading: Callable[[str], float | str | None]
    number: bool = False

    def expression(self) -> pl.Expr:
        """Return the reading; each distinct text is read once."""
        dtype = pl.Float64() if self.number else pl.String()

        def read(texts: pl.Series) -> pl.Series:
            distinct = texts.unique().drop_nulls()
            readings = pl.Series([self.reading(text) for text in distinct], dtype=dtype)
            return texts.replace_strict(distinct, readings, default=None, return_dtype=dtype)

        return pl.col(self.name).map_batches(read, return_dtype=dtype)

    def value(self, tally: Tally) -> float | str | None:
        """Return the reading."""
        text = tally[self.name]
        return None if text is None else self.reading(str(text))


@dataclass(frozen=True, slots=True)
class ReadPair:
    """Two texts read together, e.g. an e-mail address beside the company's website; missing without the first."""

    name: str
    beside: str
    reading: Callable[[str, str | None], str | None]

    def expression(self) -> pl.Expr:
        """Return the reading of every pair."""

        def read(pairs: pl.Series) -> pl.Series:
            frame = pairs.struct.unnest()
            texts = zip(frame[self.name], frame[self.beside], strict=True)
            return pl.Series(
                [None if text is None else self.reading(text, other) for text, other in texts], dtype=pl.String
            )

        return pl.struct(self.name, self.beside).map_batches(read, return_dtype=pl.String())

    def value(self, tally: Tally) -> str | None:
        """Return the reading of the pair."""
        text, beside = tally[self.name], tally[self.beside]
        return None if text is None else self.reading(str(text), None if beside is None else str(beside))


@dataclass(frozen=True, slots=True)
class Filled:
    """Share of attributes that are filled, in [0, 1]; of a single one, whether it is."""

    names: tuple[str, ...]

    def expression(self) -> pl.Expr:
        """Return the share."""
        return pl.mean_horizontal(pl.col(name).is_not_null().cast(pl.Float64) for name in self.names)

    def value(self, tally: Tally) -> float:
        """Return the share."""
        return sum(tally[name] is not None for name in self.names) / len(self.names)
