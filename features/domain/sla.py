"""The service level agreement between marketing and sales, as read from sla.yaml."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from features.domain.errors import ConfigError
from features.domain.persona import Persona

_DURATION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s+(business\s+)?(hour|day)s?\s*$")
_LARGEST_WHOLE = 1_000_000
_HOURS = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES = (*_DAYS, "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

CLAUSES = (
    "mql.min_conversion_rate",
    "mql.max_missed_customers",
    "mql.contact_within",
    "sql.min_conversion_rate",
    "sql.min_acceptance_rate",
    "sql.max_per_week",
    "sql.contact_within",
)
"""Every clause that the agreement may hold, by its name in ``priority``."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A promised time span, e.g. ``4 business hours``."""

    amount: float
    unit: str
    business: bool

    @classmethod
    def parse(cls, text: object, where: str) -> Duration:
        """Return the duration written in ``text``.

        Raises
        ------
        ConfigError
            If the text is not a number followed by (business) hours or days.
        """
        match = _DURATION.match(text) if isinstance(text, str) else None
        if match is None:
            raise ConfigError(
                f"{where} is {text!r}.",
                "a time span such as '4 business hours' or '2 business days'.",
                f"Correct {where} in sla.yaml.",
            )
        return cls(amount=float(match[1]), unit=match[3], business=match[2] is not None)

    def __str__(self) -> str:
        """Return the span as it is written in sla.yaml."""
        plural = "" if self.amount == 1 else "s"
        return f"{self.amount:g} {'business ' if self.business else ''}{self.unit}{plural}"


@dataclass(frozen=True, slots=True)
class MqlClauses:
    """What marketing promises of a Marketing Qualified Lead; None where nothing was agreed."""

    min_conversion_rate: float | None = None
    max_missed_customers: float | None = None
    contact_within: Duration | None = None


@dataclass(frozen=True, slots=True)
class SqlClauses:
    """What is promised of a Sales Qualified Lead; None or empty where nothing was agreed."""

    min_conversion_rate: float | None = None
    min_acceptance_rate: float | None = None
    max_per_week: int | None = None
    contact_within: Duration | None = None
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """When sales works, for business-hours clocks."""

    time_zone: str = "Europe/Berlin"
    days: str = "mon-fri"
    hours: str = "09:00-17:00"
    holidays: str | None = None


@dataclass(frozen=True, slots=True)
class Sla:
    """The agreement; every clause is optional.

    Parameters
    ----------
    version : int
        Raised whenever people sign a change.
    valid_from : datetime.date or None
        First day on which it holds.
    agreed_by : Mapping[str, str]
        Who signed, by department.
    confidence : float
        Of the certificate, over all its clauses, in (0, 1).
    mql, sql : MqlClauses, SqlClauses
        The clauses.
    priority : tuple of str
        Clause names, the most important first, for agreements that cannot all hold.
    hysteresis : float
        Points below a stage's entry at which it is left.
    certificate_days : int
        Days that a certificate is valid.
    calendar : Calendar
        When sales works.
    personas : tuple of Persona
        Named groups of leads.
    """

    version: int = 1
    valid_from: dt.date | None = None
    agreed_by: Mapping[str, str] = field(default_factory=dict)
    confidence: float = 0.95
    mql: MqlClauses = field(default_factory=MqlClauses)
    sql: SqlClauses = field(default_factory=SqlClauses)
    priority: tuple[str, ...] = ()
    hysteresis: float = 5.0
    certificate_days: int = 90
    calendar: Calendar = field(default_factory=Calendar)
    personas: tuple[Persona, ...] = ()

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Sla:
        """Return the agreement written as in sla.yaml.

        Parameters
        ----------
        mapping : Mapping[str, Any]
            The parsed file; every key is optional.

        Returns
        -------
        Sla
            The checked agreement.

        Raises
        ------
        ConfigError
            If a key is unknown or a value is outside its range; the message names the key.
        """
        if not isinstance(mapping, Mapping):
            raise ConfigError(f"sla.yaml holds {type(mapping).__name__}.", "a mapping of clauses.", "See docs/sla.md.")
        known = {
            "version", "valid_from", "agreed_by", "confidence", "mql", "sql", "priority", "hysteresis",
            "certificate_days", "calendar", "personas",
        }  # fmt: skip
        _refuse_unknown(mapping, known, "sla.yaml")
        mql = _section(mapping, "mql", {"min_conversion_rate", "max_missed_customers", "contact_within"})
        sql = _section(
            mapping,
            "sql",
            {"min_conversion_rate", "min_acceptance_rate", "max_per_week", "contact_within", "requires"},
        )
        calendar = _section(mapping, "calendar", {"time_zone", "days", "hours", "holidays"})
        agreed_by = _section(mapping, "agreed_by", None)
        return cls(
            version=_whole(mapping, "version", 1, 1),
            valid_from=_date(mapping.get("valid_from")),
            agreed_by={str(k): str(v) for k, v in agreed_by.items()},
            confidence=_number(mapping, "confidence", 0.95, lambda x: 0.5 <= x < 1, "from 0.5 to below 1"),
            mql=MqlClauses(
                min_conversion_rate=_rate(mql, "mql.min_conversion_rate"),
                max_missed_customers=_rate(mql, "mql.max_missed_customers"),
                contact_within=_span(mql, "mql.contact_within"),
            ),
            sql=SqlClauses(
                min_conversion_rate=_rate(sql, "sql.min_conversion_rate"),
                min_acceptance_rate=_rate(sql, "sql.min_acceptance_rate"),
                max_per_week=None if sql.get("max_per_week") is None else _whole(sql, "max_per_week", 1, 1),
                contact_within=_span(sql, "sql.contact_within"),
                requires=_names(sql.get("requires", ()), "sql.requires"),
            ),
            priority=_priority(mapping.get("priority", ())),
            hysteresis=_number(mapping, "hysteresis", 5.0, lambda x: 0 <= x <= 50, "from 0 to 50 points"),
            certificate_days=_whole(mapping, "certificate_days", 90, 1),
            calendar=_calendar(calendar),
            personas=tuple(Persona.from_mapping(p) for p in _list(mapping.get("personas", ()), "personas")),
        )

    def to_mapping(self) -> dict[str, Any]:
        """Return the agreement as plain data, every entry named: what :meth:`from_mapping` reads again."""
        return {
            "version": self.version,
            "valid_from": None if self.valid_from is None else self.valid_from.isoformat(),
            "agreed_by": dict(self.agreed_by),
            "confidence": self.confidence,
            "mql": _clauses(self.mql),
            "sql": _clauses(self.sql),
            "priority": list(self.priority),
            "hysteresis": self.hysteresis,
            "certificate_days": self.certificate_days,
            "calendar": dataclasses.asdict(self.calendar),
            "personas": [{"name": persona.name, "match": dict(persona.match)} for persona in self.personas],
        }


def _clauses(clauses: MqlClauses | SqlClauses) -> dict[str, Any]:
    written = {one.name: getattr(clauses, one.name) for one in dataclasses.fields(clauses)}
    return {
        name: str(value) if isinstance(value, Duration) else list(value) if isinstance(value, tuple) else value
        for name, value in written.items()
    }


def _refuse_unknown(mapping: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(str(key) for key in mapping if key not in known)
    if unknown:
        raise ConfigError(
            f"Unknown entry {', '.join(unknown)} in {where}.",
            f"some of {', '.join(sorted(known))}.",
            "Correct the spelling or take the entry out.",
        )


def _section(mapping: Mapping[str, Any], name: str, known: set[str] | None) -> Mapping[str, Any]:
    section = mapping.get(name)
    if section is None:
        return {}
    if not isinstance(section, Mapping):
        raise ConfigError(f"{name} in sla.yaml is {section!r}.", "a group of entries.", "Indent its entries below it.")
    if known is not None:
        _refuse_unknown(section, known, f"the part {name} of sla.yaml")
    return section


def _number(
    mapping: Mapping[str, Any], key: str, default: float, accepts: Callable[[float], bool], range_text: str
) -> float:
    value = mapping.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not accepts(value):
        raise ConfigError(f"{key} in sla.yaml is {value!r}.", f"a number {range_text}.", f"Correct {key}.")
    return float(value)


def _rate(section: Mapping[str, Any], name: str) -> float | None:
    key = name.rpartition(".")[2]
    if section.get(key) is None:
        return None
    return _number(section, key, 0.0, lambda x: 0 < x < 1, "between 0 and 1, e.g. 0.15 for 15 %")


def _whole(mapping: Mapping[str, Any], key: str, default: int, least: int) -> int:
    value = mapping.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= _LARGEST_WHOLE:
        expected = f"a whole number from {least} to {_LARGEST_WHOLE}."
        raise ConfigError(f"{key} in sla.yaml is {value!r}.", expected, f"Correct {key}.")
    return value


def _span(section: Mapping[str, Any], name: str) -> Duration | None:
    value = section.get(name.rpartition(".")[2])
    return None if value is None else Duration.parse(value, name)


def _list(value: object, name: str) -> Sequence[Any]:
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ConfigError(f"{name} in sla.yaml is {value!r}.", "a list.", f"Write {name} as a list, e.g. [a, b].")
    return value


def _names(value: object, name: str) -> tuple[str, ...]:
    return tuple(str(item) for item in _list(value, name))


def _calendar(section: Mapping[str, Any]) -> Calendar:
    written = {key: value for key, value in section.items() if value is not None}
    if isinstance(written.get("days"), list):
        written["days"] = ", ".join(str(day) for day in written["days"])
    calendar = Calendar(**{key: str(value) for key, value in written.items()})
    if not _are_days(calendar.days):
        raise ConfigError(
            f"calendar.days in sla.yaml is {calendar.days!r}.",
            f"days such as mon-fri or [mon, wed], out of {', '.join(_DAYS)}.",
            "Correct days.",
        )
    hours = _HOURS.match(calendar.hours)
    if hours is None or not hours[1] + hours[2] < hours[3] + hours[4] <= "2400":
        raise ConfigError(
            f"calendar.hours in sla.yaml is {calendar.hours!r}.",
            'hours from earlier to later, e.g. "09:00-17:00".',
            "Correct hours, in quotation marks.",
        )
    try:
        ZoneInfo(calendar.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(
            f"calendar.time_zone in sla.yaml is {calendar.time_zone!r}.",
            "an IANA zone, e.g. Europe/Berlin.",
            "Correct time_zone.",
        ) from None
    return calendar


def _are_days(text: str) -> bool:
    parts = [part.strip().casefold() for part in text.split(",")]
    return all(
        1 <= len(ends) <= 2 and all(end.strip() in _DAY_NAMES for end in ends)
        for ends in (part.split("-") for part in parts)
    )


def _priority(value: object) -> tuple[str, ...]:
    names = _names(value, "priority")
    unknown = [name for name in names if name not in CLAUSES]
    if unknown:
        raise ConfigError(
            f"priority in sla.yaml names {', '.join(unknown)}.",
            f"clauses out of {', '.join(CLAUSES)}.",
            "Correct the names.",
        )
    return names


def _date(value: object) -> dt.date | None:
    if value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
        return value
    try:
        return dt.date.fromisoformat(str(value)[:10])
    except ValueError:
        raise ConfigError(
            f"valid_from in sla.yaml is {value!r}.", "a day such as 2026-01-01.", "Correct valid_from."
        ) from None
