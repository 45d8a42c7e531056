"""Personas: named groups of leads that content is written for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.domain.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Persona:
    """A named group of leads, matched on attributes.

    Parameters
    ----------
    name : str
        What marketing calls the group.
    match : Mapping[str, str]
        Condition by attribute: a text to equal (case ignored), or a range ``"50-1000"`` for numbers.
    """

    name: str
    match: Mapping[str, str]

    @classmethod
    def from_mapping(cls, mapping: object) -> Persona:
        """Return the persona written as ``{"name": ..., "match": {attribute: condition}}``.

        Raises
        ------
        ConfigError
            If the name or the conditions are missing or of another shape.
        """
        if not isinstance(mapping, Mapping) or not mapping.get("name") or not isinstance(mapping.get("match"), Mapping):
            raise ConfigError(
                f"The persona {mapping!r} in sla.yaml.",
                "a name and a match, e.g. {name: Marketing lead, match: {job_function: marketing}}.",
                "Give it both, or take it out.",
            )
        return cls(name=str(mapping["name"]), match={str(k): str(v) for k, v in mapping["match"].items()})

    def matches(self, values: Mapping[str, Any]) -> bool:
        """Return whether every condition holds for these values; a missing value never matches."""
        return all(_holds(values.get(attribute), condition) for attribute, condition in self.match.items())


def _holds(value: object, condition: str) -> bool:
    if value is None:
        return False
    if isinstance(value, int | float):
        low, dash, high = condition.partition("-")
        try:
            return float(low) <= value <= float(high) if dash else value == float(condition)
        except ValueError:
            return False
    return str(value).strip().casefold() == condition.strip().casefold()
