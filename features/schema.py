"""What each column of a company's history means, and the one way a raw value becomes a canonical one.

Files, the service and the store all pass through :class:`Schema`, so that ``" Berlin "`` in a CSV cell and
``"Berlin"`` in a request are the same value to every feature.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from features.domain import ConfigError, Group, InputError, Text, Value
from features.vocabulary.column_names import column_name


class Role(StrEnum):
    """What a column is for."""

    FIT = "fit"
    ENGAGEMENT = "engagement"
    LEFT_OUT = "left_out"


class ColumnType(StrEnum):
    """How a column's values are read."""

    NUMBER = "number"
    CATEGORY = "category"
    DATE = "date"
    EMAIL = "email"
    WEBSITE = "website"
    JOB_TITLE = "job_title"
    COUNTRY = "country"
    FREE_TEXT = "free_text"
    IDENTIFIER = "identifier"
    CONSTANT = "constant"


class Use(StrEnum):
    """What an event kind is for."""

    ENGAGEMENT = "engagement"
    OUTCOME = "outcome"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Column:
    """One attribute of a lead.

    Parameters
    ----------
    name : str
        As it stands in the file's header and in a request.
    type : ColumnType
        How its values are read.
    role : Role
        Fit, engagement, or left out of the features.
    why : str
        Why it has this role, in a sentence; written to leadscore.yaml as evidence.
    label : Text or None
        What people call it; None: what the usual columns of a CRM are called, else its name.
    """

    name: str
    type: ColumnType
    role: Role = Role.FIT
    why: str = ""
    label: Text | None = None

    @property
    def called(self) -> Text:
        """What people call it, in both languages."""
        return self.label or column_name(self.name)

    @property
    def group(self) -> Group:
        """The feature group that the column belongs to."""
        return Group.ENGAGEMENT if self.role is Role.ENGAGEMENT else Group.FIT


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind of event and what it is for."""

    name: str
    use: Use = Use.ENGAGEMENT
    why: str = ""


@dataclass(frozen=True, slots=True)
class Property:
    """One property of events that carries a category or a number; ``label`` as of a column."""

    name: str
    type: ColumnType
    role: Role = Role.ENGAGEMENT
    why: str = ""
    label: Text | None = None

    @property
    def called(self) -> Text:
        """What people call it, in both languages."""
        return self.label or column_name(self.name)


@dataclass(frozen=True, slots=True)
class Schema:
    """The meaning of a history.

    Parameters
    ----------
    columns : tuple of Column
        Attributes of leads, in the file's order (ids, times and the target are not among them).
    event_kinds : tuple of EventKind
        Kinds seen; kinds that turn up later count under ``other`` events.
    properties : tuple of Property
        Properties of events.
    missing_values : frozenset of str
        Texts that mean "no value", compared after trimming; the empty text always does.
    timed : bool
        Whether leads have a creation time. Without one, each row is its own moment.
    """

    columns: tuple[Column, ...] = ()
    event_kinds: tuple[EventKind, ...] = ()
    properties: tuple[Property, ...] = ()
    missing_values: frozenset[str] = field(default_factory=frozenset)
    timed: bool = True

    @property
    def used_columns(self) -> tuple[Column, ...]:
        """The columns that features may read."""
        return tuple(column for column in self.columns if column.role is not Role.LEFT_OUT)

    @property
    def used_properties(self) -> tuple[Property, ...]:
        """The event properties that features may read."""
        return tuple(prop for prop in self.properties if prop.role is not Role.LEFT_OUT)

    @property
    def engagement_kinds(self) -> tuple[str, ...]:
        """The event kinds with features of their own, in order of frequency."""
        return tuple(kind.name for kind in self.event_kinds if kind.use is Use.ENGAGEMENT)

    @property
    def silent_kinds(self) -> frozenset[str]:
        """The event kinds that no feature may read: outcomes and kinds left out."""
        return frozenset(kind.name for kind in self.event_kinds if kind.use is not Use.ENGAGEMENT)

    def canonical_attributes(self, raw: Mapping[str, Any]) -> tuple[dict[str, Value], list[str]]:
        """Return canonical attribute values and warnings about unknown names.

        Parameters
        ----------
        raw : Mapping[str, Any]
            Values as JSON or a file gave them, by column name.

        Returns
        -------
        tuple of (dict, list of str)
            Values by column name, missing ones left out; one warning for each unknown name.

        Raises
        ------
        InputError
            If a value cannot be read as its column's type.
        """
        return self._canonical(raw, {column.name: column.type for column in self.columns}, "attribute")

    def canonical_properties(self, raw: Mapping[str, Any]) -> tuple[dict[str, Value], list[str]]:
        """Return canonical event property values and warnings about unknown names (see above)."""
        return self._canonical(raw, {prop.name: prop.type for prop in self.properties}, "property")

    def _canonical(
        self, raw: Mapping[str, Any], types: Mapping[str, ColumnType], what: str
    ) -> tuple[dict[str, Value], list[str]]:
        values: dict[str, Value] = {}
        warnings = []
        for name, given in raw.items():
            kind = types.get(name)
            if kind is None:
                warnings.append(f"unknown {what} {name!r} was not used")
                continue
            value = canonical_value(given, kind, self.missing_values, f"{what} {name!r}")
            if value is not None:
                values[name] = value
        return values, warnings

    def to_mapping(self) -> dict[str, Any]:
        """Return the schema as plain data, for the bundle."""
        return {
            "timed": self.timed,
            "missing_values": sorted(self.missing_values),
            "columns": [_stored(column) for column in self.columns],
            "event_kinds": [{"name": k.name, "use": k.use.value} for k in self.event_kinds],
            "properties": [_stored(prop) for prop in self.properties],
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Schema:
        """Return the schema stored by :meth:`to_mapping`.

        Raises
        ------
        ConfigError
            If an entry is missing or not one of the known words.
        """
        try:
            return cls(
                columns=tuple(
                    Column(c["name"], ColumnType(c["type"]), Role(c["role"]), label=_label(c))
                    for c in mapping["columns"]
                ),
                event_kinds=tuple(EventKind(k["name"], Use(k["use"])) for k in mapping["event_kinds"]),
                properties=tuple(
                    Property(p["name"], ColumnType(p["type"]), Role(p["role"]), label=_label(p))
                    for p in mapping["properties"]
                ),
                missing_values=frozenset(mapping["missing_values"]),
                timed=bool(mapping["timed"]),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise ConfigError(
                f"A stored schema with {error}.", "the form that leadscore writes.", "Train again."
            ) from None


def _stored(one: Column | Property) -> dict[str, Any]:
    label = {} if one.label is None else {"label": {"en": one.label.en, "de": one.label.de}}
    return {"name": one.name, "type": one.type.value, "role": one.role.value, **label}


def _label(entry: Mapping[str, Any]) -> Text | None:
    return Text(str(entry["label"]["en"]), str(entry["label"]["de"])) if "label" in entry else None


def canonical_value(given: Any, kind: ColumnType, missing: Iterable[str], where: str) -> Value:
    """Return one value as features see it, or None where it is missing.

    Numbers become ``float``, dates moments in UTC, everything else trimmed text (booleans ``true``/``false``).

    Parameters
    ----------
    given : Any
        A JSON value, a cell's text, or a date.
    kind : ColumnType
        How to read it.
    missing : iterable of str
        Texts that mean "no value".
    where : str
        What to call the value in an error.

    Raises
    ------
    InputError
        If the value cannot be read as ``kind``.

    Examples
    --------
    >>> canonical_value(" Berlin ", ColumnType.CATEGORY, {"unknown"}, "city")
    'Berlin'
    >>> canonical_value("unknown", ColumnType.CATEGORY, {"unknown"}, "city") is None
    True
    >>> canonical_value("12", ColumnType.NUMBER, set(), "employees")
    12.0
    """
    if isinstance(given, str):
        given = given.strip()
        if not given or given in missing:
            return None
    if given is None or (isinstance(given, float) and math.isnan(given)):
        return None
    if kind is ColumnType.NUMBER:
        return _number(given, where)
    if kind is ColumnType.DATE:
        return _moment(given, where)
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    if isinstance(given, list | tuple | dict):
        raise InputError(f"{where} is a {type(given).__name__}.", "one text or number.", "Send a single value.")
    try:
        text = str(given)
    except ValueError:
        # Python refuses to write whole numbers of thousands of digits.
        raise InputError(f"{where} is a number of thousands of digits.", "one text or number.", "Send text.") from None
    # CSV writes True and JSON true for the same thing; every other text keeps its case.
    return text.lower() if text in {"True", "False", "TRUE", "FALSE"} else text


def _number(given: Any, where: str) -> float:
    try:
        number = float(given)
    except (TypeError, ValueError, OverflowError):
        raise InputError(
            f"{where} is {_short(given)}.", "a number.", "Send a number, or null where it is not known."
        ) from None
    if not math.isfinite(number):
        raise InputError(f"{where} is {given!r}.", "a finite number.", "Send null where it is not known.")
    return number


def _short(given: Any) -> str:
    try:
        return repr(given)[:100]
    except ValueError:
        return "a number of thousands of digits"


def _moment(given: Any, where: str) -> datetime:
    if isinstance(given, date) and not isinstance(given, datetime):
        given = datetime(given.year, given.month, given.day, tzinfo=UTC)
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given)
        except ValueError:
            raise InputError(
                f"{where} is {given!r}.", "a date or moment in ISO 8601, e.g. 2026-01-31.", "Send it in that form."
            ) from None
    if not isinstance(given, datetime):
        raise InputError(f"{where} is {given!r}.", "a date or moment in ISO 8601.", "Send it as text.")
    # A bare date carries no zone; its age in days does not need one.
    try:
        return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
    except OverflowError:
        raise InputError(
            f"{where} is {given.isoformat()}.", "a moment within the years 1 to 9999 in UTC.", "Correct the moment."
        ) from None
