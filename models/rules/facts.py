"""What follows from an attribute: the seniority and function of a job title, the kind of an e-mail address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache

from features.domain import Text, Value, say
from features.schema import ColumnType, Schema
from features.vocabulary.email_domains import NAMES, DomainKind, domain_kind
from features.vocabulary.job_titles import FUNCTIONS, SENIORITY, job_function, seniority


class Fact(StrEnum):
    """What of an attribute a rule asks; ``value`` is the attribute itself."""

    VALUE = "value"
    SENIORITY = "seniority"
    FUNCTION = "function"
    EMAIL_KIND = "email_kind"


FACT_COLUMNS: Mapping[Fact, ColumnType] = {
    Fact.SENIORITY: ColumnType.JOB_TITLE,
    Fact.FUNCTION: ColumnType.JOB_TITLE,
    Fact.EMAIL_KIND: ColumnType.EMAIL,
}
"""The type of column that each derived fact is read from."""

_PERSONA_NAMES = {Fact.FUNCTION: "job_function"}


@lru_cache(maxsize=8192)
def _email_kind(address: str) -> str:
    return domain_kind(address)


_DERIVE: Mapping[Fact, Callable[[str], Value]] = {
    Fact.SENIORITY: seniority,
    Fact.FUNCTION: job_function,
    Fact.EMAIL_KIND: _email_kind,
}


def fact_of(fact: Fact, value: Value) -> Value:
    """Return a fact of an attribute's value; a missing value has no facts.

    Examples
    --------
    >>> fact_of(Fact.FUNCTION, "Leiterin Einkauf"), fact_of(Fact.EMAIL_KIND, "a@gmx.de")
    ('purchasing', 'free')
    """
    if fact is Fact.VALUE:
        return value
    return _DERIVE[fact](value) if isinstance(value, str) else None


def fact_columns(schema: Schema) -> dict[Fact, str]:
    """Return the column that each derived fact is read from, where there is exactly one of its type."""
    found = {}
    for fact, kind in FACT_COLUMNS.items():
        columns = [column.name for column in schema.used_columns if column.type is kind]
        if len(columns) == 1:
            found[fact] = columns[0]
    return found


def facts_of(columns: Mapping[Fact, str], values: Mapping[str, Value]) -> dict[str, Value]:
    """Return the derived facts of these attributes, by the names that personas use (``job_function``, ...)."""
    return {_PERSONA_NAMES.get(fact, fact.value): fact_of(fact, values.get(column)) for fact, column in columns.items()}


def known_answers(fact: Fact) -> frozenset[str]:
    """Return the texts that a fact can be; empty for numbers and free values."""
    if fact is Fact.FUNCTION:
        return frozenset(FUNCTIONS)
    if fact is Fact.EMAIL_KIND:
        # Whether the domain is that of the website is not asked of the address alone.
        return frozenset(kind.value for kind in DomainKind if kind is not DomainKind.COMPANY)
    return frozenset()


def fact_in_words(fact: Fact, value: Value) -> Text | None:
    """Return a fact's value as people say it; an e-mail address itself is never repeated."""
    if value is None:
        return None
    if fact is Fact.SENIORITY and isinstance(value, float):
        return SENIORITY[int(value) - 1]
    if fact is Fact.FUNCTION:
        return FUNCTIONS[str(value)]
    if fact is Fact.EMAIL_KIND:
        return NAMES[str(value)]
    if isinstance(value, float):
        return say.short(value)
    text = str(value)
    return None if _email_kind(text) != DomainKind.INVALID else Text.same(text)
