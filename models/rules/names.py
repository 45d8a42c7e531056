"""The names that rules may use: the company's columns, event kinds and properties."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

from features.domain import ConfigError, Text
from features.schema import Column, ColumnType, Property, Role, Schema, Use
from models.rules.entries import near
from models.rules.facts import Fact, fact_columns

_Named = TypeVar("_Named", Column, Property)
_GERMAN = {"column": "das Merkmal", "event": "das Ereignis", "property": "das Merkmal eines Ereignisses"}


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
    listed = f"{', '.join(some)}{' …' if len(known) > len(some) else ''}"
    offer, german = near(name, known), _GERMAN[what]
    return ConfigError(
        Text(
            f"{where} in rules.yaml names the {what} {name!r}, which leadscore.yaml does not know.{offer.en}",
            f"{where} in rules.yaml nennt {german} {name!r}; leadscore.yaml kennt das nicht.{offer.de}",
        ),
        Text(f"one of {listed}.", f"{german}, zum Beispiel {listed}.")
        if known
        else Text(f"a {what} of the history.", f"{german} der Historie."),
        Text(
            f"Correct the name, or add the {what} to leadscore.yaml.",
            "Den Namen berichtigen, oder ihn in leadscore.yaml ergänzen.",
        ),
    )


def _left_out(where: str, what: str, name: str, why: str) -> ConfigError:
    because, german = f" ({why})" if why else "", _GERMAN[what]
    return ConfigError(
        Text(
            f"{where} in rules.yaml names the {what} {name!r}, which leadscore.yaml leaves out of scoring{because}.",
            f"{where} in rules.yaml nennt {german} {name!r}; leadscore.yaml lässt das beim Bewerten aus{because}.",
        ),
        Text(f"a {what} that scores may read.", f"{german}, das Scores lesen dürfen."),
        Text(
            "Take the rule out, or change the role in leadscore.yaml if you are sure that it is known in time.",
            "Die Regel entfernen, oder die Rolle in leadscore.yaml ändern, wenn der Wert sicher rechtzeitig bekannt "
            "ist.",
        ),
    )
