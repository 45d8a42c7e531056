"""What a lead could truthfully do next, or tell: derived from a schema's event kinds and columns."""

from __future__ import annotations

from dataclasses import dataclass

from features.catalog.catalog import Catalog
from features.catalog.numbers_in_words import number
from features.domain import Text, Value
from features.schema import ColumnType
from features.vocabulary.countries import NAMES as COUNTRIES
from features.vocabulary.countries import country
from features.vocabulary.doable import invitation


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a lead could do, or tell of itself.

    Parameters
    ----------
    concept : str
        The concept that it moves first of all.
    text : Text
        As an invitation, without full stop.
    event : str or None
        The kind of event to come.
    column : str or None
        The attribute to be told; only ever one that is missing, for what is known of a lead does not change.
    value : float, str or None
        The answer to it.
    """

    concept: str
    text: Text
    event: str | None = None
    column: str | None = None
    value: float | str | None = None

    @property
    def change(self) -> dict[str, Value]:
        """What differs afterwards, for programs: an event and how often, or a field with its value."""
        return (
            {"event": self.event, "times": 1} if self.event is not None else {"field": self.column, "value": self.value}
        )


def event_actions(catalog: Catalog) -> tuple[Action, ...]:
    """Return the events that a lead can be invited to, of the kinds with features of their own.

    Parameters
    ----------
    catalog : Catalog
        The most frequent kinds come first.
    """
    concept_of = {f.sources[0]: f.concept for f in catalog.features if f.name == f"{f.concept}_days_since_last"}
    found = []
    for kind in catalog.schema.engagement_kinds if catalog.schema.timed else ():
        text = invitation(kind)
        if text is not None and kind in concept_of:
            found.append(Action(concept_of[kind], text, event=kind))
    return tuple(found)


def field_action(catalog: Catalog, column: str, value: float | str) -> Action:
    """Return the action of telling a field, with this answer.

    Examples
    --------
    >>> from features.schema import Column, Schema
    >>> catalog = Catalog.from_schema(Schema(columns=(Column("employees", ColumnType.NUMBER),), timed=False))
    >>> field_action(catalog, "employees", 2500.0).text.de
    'Mitarbeiterzahl bekannt (2.500)'
    """
    told = next(c for c in catalog.schema.columns if c.name == column)
    concept = next(f.concept for f in catalog.features if f.sources == (column,))
    said, name = _said(value, told.type), told.called
    return Action(concept, Text(f"{name.en} known ({said.en})", f"{name.de} bekannt ({said.de})"), None, column, value)


def _said(value: float | str, kind: ColumnType) -> Text:
    if isinstance(value, float):
        return number(value)
    if kind is ColumnType.COUNTRY:
        return COUNTRIES.get(country(value), Text.same(value))
    return Text.same(value)
