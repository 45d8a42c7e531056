"""What is known of a lead: who it is, in a few words, and its attributes one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from features.catalog.attribute_wording import YES_OR_NO
from features.domain import Text, Value
from features.domain.say import number
from features.schema import Column, ColumnType, Schema
from features.vocabulary.countries import NAMES, country
from features.vocabulary.spelling import slug

_GIVEN = frozenset({"first_name", "firstname", "given_name", "forename", "vorname"})
_FAMILY = frozenset({"last_name", "lastname", "family_name", "surname", "nachname"})
_WHOLE = frozenset({"name", "full_name", "fullname", "contact_name", "ansprechpartner"})
_COMPANY = frozenset(
    {"company", "company_name", "firma", "unternehmen", "organisation", "organization", "account_name"}
)
_ASIDE = frozenset({"country", "land", "language", "sprache", "source", "lead_source", "herkunft", "quelle", "channel"})
"""What says little of who somebody is."""

_DESCRIBED = 3
"""Attributes that tell who a lead is."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who a lead is.

    Parameters
    ----------
    name : str
        The person's, else the company's, else the lead's id.
    about : str
        Some of what else is known, and the id where it is not the name.
    """

    name: str
    about: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One attribute: what it is called, and its value."""

    name: Text
    value: Text | datetime


def who_is(lead_id: str, attributes: Mapping[str, Value]) -> Who:
    """Return who a lead is.

    Examples
    --------
    >>> who_is("L1", {"first_name": "Ada", "last_name": "Byron", "consent": "true", "company": "Engines Ltd"})
    Who(name='Ada Byron', about='Engines Ltd · L1')
    >>> who_is("L1", {"job_title": "CEO"})
    Who(name='L1', about='CEO')
    """
    texts = {key: value.strip() for key, value in attributes.items() if isinstance(value, str) and value.strip()}
    named = [key for names in (_GIVEN, _FAMILY) for key in _of(texts, names)] or list(_of(texts, _WHOLE))[:1]
    companies = list(_of(texts, _COMPANY))[:1]
    if not named:
        named, companies = companies, []
    name = " ".join(texts[key] for key in named) or lead_id
    told_elsewhere = {*named, *companies, *_of(texts, _ASIDE)}
    further = [key for key in texts if key not in told_elsewhere and texts[key] not in YES_OR_NO]
    told = [texts[key] for key in (*companies, *further)][:_DESCRIBED]
    return Who(name, " · ".join(told if name == lead_id else [*told, lead_id]))


def facts_of(attributes: Mapping[str, Value], schema: Schema) -> tuple[Fact, ...]:
    """Return what is known of a lead, each under its column's name and in the reader's words."""
    columns = {column.name: column for column in schema.columns}
    return tuple(
        Fact(_called(columns.get(name), name), _told(columns.get(name), value))
        for name, value in attributes.items()
        if value is not None
    )


def _of(texts: Mapping[str, str], names: frozenset[str]) -> Iterator[str]:
    return (key for key in texts if slug(key) in names)


def _called(column: Column | None, name: str) -> Text:
    return Text.same(name) if column is None else column.called


def _told(column: Column | None, value: Value) -> Text | datetime:
    if isinstance(value, float):
        return number(value, 0 if value.is_integer() else 2)
    if isinstance(value, datetime):
        return value
    text = str(value)
    if column is not None and column.type is ColumnType.COUNTRY:
        return NAMES.get(country(text), Text.same(text))
    return YES_OR_NO.get(text, Text.same(text))
