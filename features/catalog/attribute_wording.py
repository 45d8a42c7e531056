"""How attributes of leads and properties of events are said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from features.catalog.feature import Row, Seen
from features.catalog.numbers_in_words import number, span
from features.domain import Text
from features.vocabulary.job_titles import SENIORITY

_NO_NOTE = Text("", "")
YES_OR_NO = {
    word: Text(english, german)
    for english, german, words in (("yes", "ja", "true True yes Yes YES"), ("no", "nein", "false False no No NO"))
    for word in words.split()
}
"""A company's own answers that a sentence says in its own language."""


_QUESTION = re.compile(
    r"(what|which|who|how|when|where|why|do|does|did|is|are|have|was|wie|welche[rsn]?|wer|wo|wann|warum)\s.*\s|.*\?$",
    re.I,
)
"""A form's question as a column's name: "What is your current occupation"."""

_MACHINE_ID = re.compile(r"[0-9a-f]{16,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_ID_KEPT = 8


def _not_known(name: Text) -> Seen:
    if _QUESTION.match(name.en) or _QUESTION.match(name.de):
        return Seen(None, Text(f"{name.en}: not known", f"{name.de}: nicht bekannt"))
    return Seen(None, Text(f"{name.en} is not known", f"{name.de} ist nicht bekannt"))


def _readable(value: str) -> str:
    """Return a text as a sentence says it: of a machine's long id, enough to tell it from others."""
    return f"{value[:_ID_KEPT]}…" if _MACHINE_ID.fullmatch(value) else " ".join(value.split())


@dataclass(frozen=True, slots=True)
class NumberInWords:
    """A number under a column's name, e.g. "Employees: 250"."""

    called: Text
    note: Text = _NO_NOTE

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return name and number."""
        name = self.called
        if value is None:
            return _not_known(name)
        amount = number(float(value))
        return Seen(amount.en, Text(f"{name.en}{self.note.en}: {amount.en}", f"{name.de}{self.note.de}: {amount.de}"))


@dataclass(frozen=True, slots=True)
class CategoryInWords:
    """A text under a column's name, e.g. "Industry: retail".

    Parameters
    ----------
    called : Text
        What the column is called.
    note : Text
        What the text is of it, with its leading blank, e.g. " shows function".
    names : Mapping[str, Text] or None
        What the texts are called, where they are our own words.
    """

    called: Text
    note: Text = _NO_NOTE
    names: Mapping[str, Text] | None = None

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return name and text."""
        name = self.called
        if value is None:
            return _not_known(name)
        named = (self.names or YES_OR_NO).get(str(value))
        shown = named or Text.same(_readable(str(value)))
        return Seen(
            str(value) if named is None else named.en,
            Text(f"{name.en}{self.note.en}: {shown.en}", f"{name.de}{self.note.de}: {shown.de}"),
        )


@dataclass(frozen=True, slots=True)
class SeniorityInWords:
    """A job title's level, e.g. "Job title shows seniority: director"."""

    called: Text

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return the level's name."""
        name = self.called
        if value is None:
            return _not_known(name)
        level = SENIORITY[min(max(round(float(value)), 1), len(SENIORITY)) - 1]
        return Seen(
            level.en, Text(f"{name.en} shows seniority: {level.en}", f"{name.de} zeigt Hierarchiestufe: {level.de}")
        )


@dataclass(frozen=True, slots=True)
class AgoInWords:
    """A date as its age, e.g. "Founded: 12 years ago"."""

    called: Text

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return name and age."""
        name = self.called
        if value is None:
            return _not_known(name)
        ago = span(float(value))
        return Seen(f"{ago.en} ago", Text(f"{name.en}: {ago.en} ago", f"{name.de}: vor {ago.de}"))


@dataclass(frozen=True, slots=True)
class PresentInWords:
    """Whether a website is given."""

    called: Text

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return "Website is given" or that it is not known."""
        name = self.called
        if not value:
            return _not_known(name)
        return Seen("given", Text(f"{name.en} is given", f"{name.de} ist angegeben"))


@dataclass(frozen=True, slots=True)
class CompletenessInWords:
    """The share of attributes that are filled."""

    count: int

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return how many of how many."""
        filled = round(float(value or 0.0) * self.count)
        return Seen(
            f"{filled} of {self.count}",
            Text(f"{filled} of {self.count} attributes are known", f"{filled} von {self.count} Angaben sind bekannt"),
        )
