"""Charts as plain data in both languages: what the browser draws, and the table of the same figures beside it.

console.js draws them with Chart.js in the page's colours; without a script, on paper and for screen readers the table
stands for the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from features.domain import Text, say
from serving.console.language import Language, said

_MANY_ROWS = 7

TOLD_ROWS = 12
"""Of a table in short."""

Point = TypeVar("Point")


class Kind(StrEnum):
    """How a series is drawn."""

    LINE = "line"
    BAR = "bar"
    POINTS = "points"
    BAND_LOW = "band-low"
    """The lower edge of a band; the upper edge follows it and the space between is filled."""

    BAND_HIGH = "band-high"
    DOTS = "dots"
    """Small points, for many of them."""


class Unit(StrEnum):
    """What the figures of an axis are."""

    NUMBER = "number"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Series:
    """Figures under one name, one for each place on the horizontal axis; None leaves a gap.

    Parameters
    ----------
    name : Text
        As the legend and the table's column say it.
    values : sequence of float or None
        The figures.
    kind : Kind
        How they are drawn.
    color : str
        ``one`` to ``four``, ``up``, ``down`` or ``muted``: a colour of the style sheet.
    dashed : bool
        Whether the line is broken, e.g. for what would be perfect.
    legend : Text or None
        What the legend says, where a table's column needs another name, e.g. of a band, which is two series.
    at : sequence of float or None
        Places of its own on the horizontal axis, as many as values; None for those of the chart.
    """

    name: Text
    values: Sequence[float | None]
    kind: Kind = Kind.LINE
    color: str = "one"
    dashed: bool = False
    at: Sequence[float] | None = None
    legend: Text | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: its name, what its figures are, its ends where they are fixed, names in place of 0, 1, 2, 3."""

    name: Text
    unit: Unit = Unit.NUMBER
    low: float | None = None
    high: float | None = None
    names: Sequence[Text] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A table that says in short what a picture shows, where its own figures are too many to read."""

    head: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    wordy: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the chart at a place of the horizontal axis, e.g. a cutoff."""

    at: float
    name: Text


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with its words.

    Parameters
    ----------
    key : str
        Its anchor, unique on the page.
    caption, help : Text
        What it shows, and how it is read.
    alt : Text
        What it says, in one sentence, for those who cannot see it.
    places : sequence of float or Text
        The places on the horizontal axis: numbers on a scale, or names side by side.
    across, up : Axis
        The horizontal and the vertical axis.
    series : sequence of Series
        What is drawn.
    marks : sequence of Mark
        Lines across it; for number scales.
    stacked : bool
        Whether bars stand on each other.
    told : Told or None
        The table beside it; None for its own figures.
    lying : bool
        Whether bars lie, with their names to the left.
    """

    key: str
    caption: Text
    help: Text
    alt: Text
    places: Sequence[float | Text]
    across: Axis
    up: Axis
    series: Sequence[Series]
    marks: Sequence[Mark] = ()
    stacked: bool = False
    told: Told | None = None
    lying: bool = False

    @property
    def is_tall(self) -> bool:
        """Whether its rows need more room than pictures usually have."""
        return max(len(self.up.names), len(self.places) if self.lying else 0) > _MANY_ROWS

    @property
    def head(self) -> tuple[Text, ...]:
        """The names of the table's columns."""
        if self.told is not None:
            return self.told.head
        return (self.across.name, *(one.name for one in self.series))

    @property
    def rows(self) -> Sequence[tuple[Text, ...]]:
        """The same figures as the table's rows."""
        if self.told is not None:
            return self.told.rows
        return [
            (_place(place, self.across.unit), *(_figure(one.values[at], self.up.unit) for one in self.series))
            for at, place in enumerate(self.places)
        ]


def drawing(chart: Chart, language: Language) -> dict[str, Any]:
    """Return a chart as console.js takes it, in one language."""
    return {
        "language": language,
        "places": [said(one, language) if isinstance(one, Text) else one for one in chart.places],
        "named": any(isinstance(one, Text) for one in chart.places),
        "across": _axis(chart.across, language),
        "up": _axis(chart.up, language),
        "stacked": chart.stacked,
        "lying": chart.lying,
        "series": [
            {
                "name": said(one.legend or one.name, language), "values": list(one.values), "kind": one.kind.value,
                "color": one.color, "dashed": one.dashed, "at": None if one.at is None else list(one.at),
            }
            for one in chart.series
        ],
        "marks": [{"at": one.at, "name": said(one.name, language)} for one in chart.marks],
    }  # fmt: skip


def _axis(axis: Axis, language: Language) -> dict[str, Any]:
    return {
        "name": said(axis.name, language), "unit": axis.unit.value, "low": axis.low, "high": axis.high,
        "names": [said(one, language) for one in axis.names],
    }  # fmt: skip


def _place(place: float | Text, unit: Unit) -> Text:
    return place if isinstance(place, Text) else _figure(place, unit)


def _figure(value: float | None, unit: Unit) -> Text:
    if value is None:
        return say.NOTHING
    if unit is Unit.PERCENT:
        return say.percent(value)
    return say.whole(value) if float(value).is_integer() else say.number(value)


def some(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return at most ``TOLD_ROWS`` points, evenly from the first to the last, for a table in short."""
    last, rows = len(points) - 1, min(TOLD_ROWS, len(points))
    places = {round(at * last / max(rows - 1, 1)) for at in range(rows)}
    return tuple(points[place] for place in sorted(places))
