"""Features of all visible events together: how much, how lately, how steadily, how it began."""

from __future__ import annotations

from collections.abc import Iterator

from features.catalog import tally as quantities
from features.catalog.activity_wording import (
    ActiveDaysInWords,
    ActivityCountInWords,
    AgeInWords,
    DecayedActivityInWords,
    DelayInWords,
    LastActivityInWords,
    TouchInWords,
    VelocityInWords,
    lately,
)
from features.catalog.definitions import Category, DaysBetween, Definition, Quantity, Velocity
from features.catalog.event_features import KNOWN_WHEN
from features.catalog.feature import Concept, Feature, FeatureKind, Wording
from features.catalog.names import Names
from features.catalog.tally import ACTIVITY_WINDOW_DAYS, ALL, AS_OF, CREATED_AT, HALF_LIFE_DAYS, WINDOW_DAYS
from features.domain import Group, Text

_EVENTS = (("event", "events"), ("Ereignis", "Ereignisse"))
_SESSIONS = (("session", "sessions"), ("Sitzung", "Sitzungen"))
_NONE = "missing: no event was seen"
_ZERO = "0: no event was seen"


def activity_features(names: Names) -> Iterator[tuple[Concept, list[Feature]]]:
    """Yield the concepts of all activity together, with their features."""
    activity = Concept(
        names.take("activity"),
        Group.ENGAGEMENT,
        Text("Activity overall", "Aktivität insgesamt"),
        Text("activity overall", "Aktivität insgesamt"),
    )
    yield activity, [*_amounts(activity, names), *_rhythm(activity, names)]
    first = Concept(
        names.take("first_touch"),
        Group.ENGAGEMENT,
        Text("First activity", "Erste Aktivität"),
        Text("first activity", "erste Aktivität"),
    )
    yield first, _first_touch(first, names)
    last = Concept(
        names.take("last_touch"),
        Group.ENGAGEMENT,
        Text("Last activity", "Letzte Aktivität"),
        Text("last activity", "letzte Aktivität"),
    )
    kind = TouchInWords("Last activity", "Letzte Aktivität")
    yield (
        last,
        [_feature(names, last, "last_touch_kind", last.label, "", None, _NONE, Category(quantities.LAST_KIND), kind)],
    )
    age = Concept(
        names.take("lead_age"),
        Group.ENGAGEMENT,
        Text("Age of the lead", "Alter des Leads"),
        Text("age of the lead", "Alter des Leads"),
    )
    yield age, [
        Feature(
            names.take("lead_age_days"), age.key, age.group, FeatureKind.NUMBER, age.label, "days", 0.0, None,
            ("created_at",), "when the lead was created", "missing: created later, or no one knows when",
            DaysBetween(CREATED_AT, AS_OF), AgeInWords(),
        )
    ]  # fmt: skip


def _amounts(concept: Concept, names: Names) -> Iterator[Feature]:
    for days in (*WINDOW_DAYS, None):
        name, label = _windowed("Events", "Ereignisse", days)
        definition, wording = Quantity(quantities.count(ALL, days)), ActivityCountInWords(*_EVENTS, days)
        yield _feature(names, concept, f"activity_count_{name}", label, "events", 0.0, _ZERO, definition, wording)
    for half_life in HALF_LIFE_DAYS:
        yield _feature(
            names, concept, f"activity_decayed_{half_life}d",
            Text(
                f"Events of the {lately(half_life).en}, the newest counting most",
                f"Ereignisse der {lately(half_life).de}, die neuesten zählen am meisten",
            ),
            "events", 0.0, _ZERO, Quantity(quantities.decayed(ALL, half_life)), DecayedActivityInWords(half_life),
        )  # fmt: skip


def _rhythm(concept: Concept, names: Names) -> Iterator[Feature]:
    for days in ACTIVITY_WINDOW_DAYS:
        name, label = _windowed("Sessions", "Sitzungen", days)
        definition, wording = Quantity(quantities.sessions(days)), ActivityCountInWords(*_SESSIONS, days)
        yield _feature(names, concept, f"sessions_{name}", label, "sessions", 0.0, _ZERO, definition, wording)
    for days in ACTIVITY_WINDOW_DAYS:
        name, label = _windowed("Active days", "Aktive Tage", days)
        definition = Quantity(quantities.active_days(days))
        yield _feature(
            names, concept, f"active_days_{name}", label, "days", 0.0, _ZERO, definition, ActiveDaysInWords(days)
        )
    yield _feature(
        names, concept, "days_since_last_activity",
        Text("Days since the last activity", "Tage seit der letzten Aktivität"), "days", 0.0, _NONE,
        DaysBetween(quantities.last_time(ALL), AS_OF), LastActivityInWords(),
    )  # fmt: skip
    yield _feature(
        names, concept, "activity_velocity", Text("Pace of activity", "Tempo der Aktivität"),
        "log ratio", None, "0: an even pace", Velocity(), VelocityInWords(),
    )  # fmt: skip


def _first_touch(concept: Concept, names: Names) -> list[Feature]:
    return [
        _feature(
            names, concept, "first_touch_kind", concept.label, "", None, _NONE,
            Category(quantities.FIRST_KIND), TouchInWords("First activity", "Erste Aktivität"),
        ),
        _feature(
            names, concept, "first_touch_delay_days",
            Text("Days from creation to the first activity", "Tage von der Anlage bis zur ersten Aktivität"),
            "days", None, _NONE, DaysBetween(CREATED_AT, quantities.FIRST_TIME), DelayInWords(),
        ),
    ]  # fmt: skip


def _windowed(english: str, german: str, days: int | None) -> tuple[str, Text]:
    if days is None:
        return "total", Text(english, german)
    return f"{days}d", Text(f"{english} in {days} d", f"{german} in {days} T")


def _feature(
    names: Names,
    concept: Concept,
    name: str,
    label: Text,
    unit: str,
    low: float | None,
    missing: str,
    definition: Definition,
    wording: Wording,
) -> Feature:
    return Feature(
        name=names.take(name),
        concept=concept.key,
        group=concept.group,
        kind=FeatureKind.CATEGORY if isinstance(definition, Category) else FeatureKind.NUMBER,
        label=label,
        unit=unit,
        low=low,
        high=None,
        sources=("all kinds",),
        known_when=KNOWN_WHEN,
        missing=missing,
        definition=definition,
        wording=wording,
    )
