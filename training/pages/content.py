"""What stands on a page: sections of sentences, facts, tables and charts, as plain data in both languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from features.domain import Text

Language = Literal["en", "de"]


class Tone(StrEnum):
    """How a fact is meant, for its colour; the words say it too."""

    PLAIN = "plain"
    GOOD = "good"
    DOUBT = "doubt"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure that is read at a glance: what it is, the figure, and what it means or how sure it is."""

    label: Text
    value: Text
    note: Text
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a heading; the first column names the row.

    Parameters
    ----------
    caption, help : Text
        What the table shows, and how it is read.
    head : tuple of Text
        Names of the columns.
    rows : tuple of tuple of Text
        Cells, as many as there are columns.
    marked : frozenset of int
        Rows that stand out, e.g. the agreed cutoffs.
    wordy : bool
        Whether the cells are sentences rather than figures.
    """

    caption: Text
    help: Text
    head: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    marked: frozenset[int] = frozenset()
    wordy: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with its words.

    Parameters
    ----------
    caption, help : Text
        What the picture shows, and how it is read.
    alt : Text
        What it says, for those who cannot see it.
    draw : callable
        From a language to an SVG element.
    on_paper : bool
        Whether it brings colours of its own, made for white.
    wide : bool
        Whether it needs the page's whole width, and is moved sideways where there is less.
    """

    caption: Text
    help: Text
    alt: Text
    draw: Callable[[Language], str]
    on_paper: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page.

    Parameters
    ----------
    key : str
        Its anchor.
    title : Text
        Its heading.
    sentences : tuple of Text
        What it says, the most important first.
    facts : tuple of Fact
        Figures to be read at a glance.
    charts : tuple of Chart
        Pictures.
    tables : tuple of Table
        Figures in rows.
    points : tuple of Text
        A list below all of it.
    log : tuple of str
        The run's own sentences, which are English only; the German page says how many there are and where.
    """

    key: str
    title: Text
    sentences: tuple[Text, ...] = ()
    facts: tuple[Fact, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    points: tuple[Text, ...] = ()
    log: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page: its headings, and its sections in reading order, the first as the summary."""

    title: Text
    subtitle: Text
    sections: tuple[Section, ...]
