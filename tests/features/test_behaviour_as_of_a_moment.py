"""What features see of a lead's events at a moment, and what they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.builder import FeatureBuilder
from features.catalog import Catalog
from features.domain import Event, Lead
from features.schema import ColumnType, EventKind, Property, Schema, Use

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
SCHEMA = Schema(
    event_kinds=(EventKind("page_view"), EventKind("call"), EventKind("won", Use.OUTCOME)),
    properties=(Property("amount", ColumnType.NUMBER), Property("channel", ColumnType.CATEGORY)),
)
BUILDER = FeatureBuilder(Catalog.from_schema(SCHEMA))
LEAD = Lead("L", NOW - timedelta(days=100))


def ago(kind: str = "page_view", **spans: float) -> Event:
    return Event("L", NOW - timedelta(**spans), kind)


def row(*events: Event, lead: Lead = LEAD, as_of: datetime = NOW) -> dict[str, float | str | None]:
    return BUILDER.row(lead, events, as_of)


def test_a_window_holds_its_end_and_not_its_beginning() -> None:
    counts = row(ago(days=0), ago(days=7), ago(days=7, microseconds=-1))

    assert counts["page_view_count_7d"] == 2
    assert counts["page_view_count_30d"] == 3


@given(st.integers(1, 10**12))
def test_events_after_as_of_are_not_read(microseconds: int) -> None:
    later = Event("L", NOW + timedelta(microseconds=microseconds), "page_view", {"amount": 5.0, "channel": "ads"})

    assert row(ago(days=3), later) == row(ago(days=3))


def test_outcomes_are_invisible_to_every_feature() -> None:
    assert row(ago(days=3), ago("won", days=1)) == row(ago(days=3))


def test_a_kind_that_the_schema_never_saw_counts_under_other_and_in_the_totals() -> None:
    seen = row(ago("brand_new", days=1), ago("call", days=2))

    assert seen["other_events_count_7d"] == 1
    assert seen["activity_count_7d"] == 2
    assert seen["last_touch_kind"] == "brand_new"


def test_kinds_beyond_the_most_frequent_count_under_other() -> None:
    schema = Schema(event_kinds=tuple(EventKind(f"k{number:02}") for number in range(40)))
    builder = FeatureBuilder(Catalog.from_schema(schema))

    seen = builder.row(LEAD, [Event("L", NOW, "k24"), Event("L", NOW, "k25"), Event("L", NOW, "k39")], NOW)

    assert seen["k24_count_total"] == 1
    assert "k25_count_total" not in seen
    assert seen["other_events_count_total"] == 2


def test_a_link_scanner_counts_no_more_than_an_eager_reader() -> None:
    scanner = [ago(minutes=minute) for minute in range(500)]
    reader = [ago(minutes=minute) for minute in range(20)]

    seen, eager = row(*scanner), row(*reader)

    assert seen["page_view_count_1d"] == 20
    assert seen["activity_count_1d"] == 20
    assert seen["page_view_decayed_14d"] <= eager["page_view_decayed_14d"]


def test_the_cap_is_for_each_kind_and_each_utc_day() -> None:
    midnight = NOW.replace(hour=0)
    around = [
        Event("L", midnight + timedelta(minutes=m), kind) for m in range(-25, 25) for kind in ("call", "page_view")
    ]

    seen = row(*around)

    assert seen["call_count_total"] == seen["page_view_count_total"] == 40


def test_recency_is_exact_to_the_microsecond_and_missing_where_nothing_happened() -> None:
    seen = row(ago(days=2, microseconds=1), ago(days=9))

    assert seen["page_view_days_since_last"] == (2 * 86_400_000_000 + 1) / 86_400_000_000
    assert seen["call_days_since_last"] is None


@given(st.floats(0, 300))
def test_a_decayed_event_halves_with_every_half_life(days: float) -> None:
    seen = row(ago(days=days))

    for half_life in (3, 14, 60):
        assert seen[f"activity_decayed_{half_life}d"] == pytest.approx(2 ** (-days / half_life), rel=1e-6)


@given(st.lists(st.floats(0, 200), max_size=30), st.floats(0, 60))
def test_decayed_sums_never_rise_without_new_events(ages: list[float], later: float) -> None:
    events = [ago(days=age) for age in ages]

    before, after = row(*events), row(*events, as_of=NOW + timedelta(days=later))

    for name in ("activity_decayed_3d", "activity_decayed_14d", "activity_decayed_60d", "page_view_decayed_14d"):
        assert after[name] <= before[name]


def test_a_session_ends_after_more_than_half_an_hour_of_silence() -> None:
    seen = row(ago(minutes=0), ago(minutes=30), ago(minutes=60, seconds=1), ago(days=20))

    assert seen["sessions_7d"] == 2
    assert seen["sessions_30d"] == 3


def test_active_days_are_distinct_utc_days_inside_the_window() -> None:
    # Noon is the window's beginning: of that day only the afternoon is inside.
    seen = row(ago(days=7, hours=1), ago(days=6, hours=23), ago(days=6, hours=22), ago(days=1), ago(days=1, minutes=5))

    assert seen["active_days_7d"] == 2
    assert seen["active_days_30d"] == 2


def test_velocity_compares_last_week_with_a_week_of_the_three_before() -> None:
    assert row()["activity_velocity"] == 0
    assert row(*(ago(days=day) for day in range(7)))["activity_velocity"] == pytest.approx(log(8))
    assert row(*(ago(days=day + 0.5) for day in range(28)))["activity_velocity"] == pytest.approx(0)


def test_touches_at_the_same_moment_are_told_apart_by_content_and_not_by_arrival() -> None:
    events = [Event("L", NOW, kind, {"channel": channel}) for kind in ("page_view", "call") for channel in ("b", "a")]

    forward, backward = row(*events), row(*reversed(events))

    assert forward == backward
    assert (forward["first_touch_kind"], forward["last_touch_kind"]) == ("call", "page_view")
    assert (forward["channel_first"], forward["channel_last"]) == ("a", "b")


def test_properties_are_summed_averaged_and_the_last_one_kept() -> None:
    events = [
        Event("L", NOW - timedelta(days=3), "call", {"amount": 2.0, "channel": "ads"}),
        Event("L", NOW - timedelta(days=2), "call", {"amount": 6.0}),
        Event("L", NOW - timedelta(days=1), "call", {"channel": "mail"}),
    ]

    seen = row(*events)

    assert [seen[f"amount_{statistic}"] for statistic in ("sum", "mean", "last")] == [8, 4, 6]
    assert (seen["channel_first"], seen["channel_last"]) == ("ads", "mail")
    assert (row()["amount_sum"], row()["amount_mean"], row()["amount_last"]) == (0, None, None)


def test_a_lead_is_as_old_as_its_creation_and_the_first_touch_may_come_before() -> None:
    seen = row(ago(days=103))

    assert seen["lead_age_days"] == 100
    assert seen["first_touch_delay_days"] == -3


def test_a_moment_is_needed_where_the_history_has_times() -> None:
    with pytest.raises(ValueError, match="as_of is None"):
        BUILDER.row(LEAD, [], None)


def test_without_times_there_is_no_behaviour_and_no_age() -> None:
    schema = Schema(event_kinds=SCHEMA.event_kinds, properties=SCHEMA.properties, timed=False)

    assert Catalog.from_schema(schema).features == ()
