"""Stored attributes and properties as the schema reads them now; what it cannot read (any more) counts as missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from features.domain import InputError, Value
from features.schema import Column, Property, Schema, canonical_value


def read_attributes(stored: Mapping[str, object], schema: Schema) -> dict[str, Value]:
    """Return a lead's attributes, those left out that the schema does not know."""
    return _read(stored, schema.columns, schema)


def read_properties(stored: Mapping[str, object], schema: Schema) -> dict[str, Value]:
    """Return an event's properties, those left out that the schema does not know."""
    return _read(stored, schema.properties, schema)


def _read(stored: Mapping[str, object], known: Iterable[Column | Property], schema: Schema) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for one in known:
        if one.name not in stored:
            continue
        try:
            value = canonical_value(stored[one.name], one.type, schema.missing_values, one.name)
        except InputError:
            continue
        if value is not None:
            values[one.name] = value
    return values
