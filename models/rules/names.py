"""The names that rules may use: the company's columns, event kinds and properties."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

from features.domain import ConfigError
from features.schema import Column, ColumnType, Property, Role, Schema, Use
from models.rules.entries import near
from models.rules.facts import Fact, fact_columns

_Named = TypeVar("_Named", Column, Property)


class KnownNames:
    """What a company's leadscore.yaml knows; without one every name is taken at its word.

    Parameters
    ----------
    schema : Schema or None
        The company's columns and events.
    """

    def __init__(self, schema: Schema | None) -> None:
        self._schema = schema

    def column(self, name: str, where: str) -> Column | None:
        """Return the column that a rule names; None where nothing is known of it.

        Raises
        ------
        ConfigError
            If there is none of this name, or it was left out of scoring.
        """
        return None if self._schema is None else _pick(self._schema.columns, name, "column", where)

    def column_of_type(self, kind: ColumnType, where: str, fact: str) -> str:
        """Return the one column of a type, for rules that do not name it.

        Raises
        ------
        ConfigError
            If there is none or more than one.
        """
        used = () if self._schema is None else self._schema.used_columns
        found = [column.name for column in used if column.type is kind]
        if len(found) != 1:
            raise ConfigError(
                f"{where} in rules.yaml asks for {fact} without naming the attribute, and {len(found)} columns have "
                f"the type {kind.value}.",
                "one such column, or attribute: followed by its name.",
                f"Add attribute to the condition, or set type: {kind.value} in leadscore.yaml.",
            )
        return found[0]

    def fact_columns(self) -> dict[Fact, str]:
        """Return the column that each derived fact is read from, where there is exactly one of its type."""
        return {} if self._schema is None else fact_columns(self._schema)

    def event(self, name: str, where: str) -> None:
        """Check an event kind.

        Raises
        ------
        ConfigError
            If the history has no such kind, or it tells an outcome and may not be read.
        """
        if self._schema is None:
            return
        kinds = {kind.name: kind for kind in self._schema.event_kinds}
        found = kinds.get(name)
        if found is None:
            raise _unknown(where, "event", name, kinds)
        if found.use is not Use.ENGAGEMENT:
            raise _left_out(where, "event", name, found.why)

    def event_property(self, name: str, where: str) -> Property | None:
        """Return an event property; None where nothing is known of it.

        Raises
        ------
        ConfigError
            If there is none of this name, or it was left out of scoring.
        """
        return None if self._schema is None else _pick(self._schema.properties, name, "property", where)


def _pick(known: Sequence[_Named], name: str, what: str, where: str) -> _Named:
    by_name = {one.name: one for one in known}
    found = by_name.get(name)
    if found is None:
        raise _unknown(where, what, name, by_name)
    if found.role is Role.LEFT_OUT:
        raise _left_out(where, what, name, found.why)
    return found


def _unknown(where: str, what: str, name: str, known: Collection[str]) -> ConfigError:
    some = sorted(known)[:12]
    return ConfigError(
        f"{where} in rules.yaml names the {what} {name!r}, which leadscore.yaml does not know.{near(name, known)}",
        f"one of {', '.join(some)}{' …' if len(known) > len(some) else ''}." if known else f"a {what} of the history.",
        f"Correct the name, or add the {what} to leadscore.yaml.",
    )


def _left_out(where: str, what: str, name: str, why: str) -> ConfigError:
    because = f" ({why})" if why else ""
    return ConfigError(
        f"{where} in rules.yaml names the {what} {name!r}, which leadscore.yaml leaves out of scoring{because}.",
        f"a {what} that scores may read.",
        "Take the rule out, or change the role in leadscore.yaml if you are sure that it is known in time.",
    )
