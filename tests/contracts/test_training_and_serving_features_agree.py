"""Every feature has one value: the bulk evaluator's (training) and the one-lead evaluator's (serving) agree."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.builder import FeatureBuilder
from features.catalog import Catalog
from features.domain import Event, Lead, Value
from features.schema import Column, ColumnType, EventKind, Property, Role, Schema, Use
from features.snapshots import snapshots

TOLERANCE = 1e-12
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = pl.Datetime("us", "UTC")

SCHEMA = Schema(
    columns=(
        Column("employees", ColumnType.NUMBER),
        Column("Industry", ColumnType.CATEGORY),
        Column("job_title", ColumnType.JOB_TITLE),
        Column("email", ColumnType.EMAIL),
        Column("website", ColumnType.WEBSITE),
        Column("country", ColumnType.COUNTRY),
        Column("customer_since", ColumnType.DATE),
        Column("visits", ColumnType.NUMBER, Role.ENGAGEMENT),
        Column("notes", ColumnType.FREE_TEXT),
        Column("page_view", ColumnType.CATEGORY),
        Column("hindsight", ColumnType.CATEGORY, Role.LEFT_OUT),
    ),
    event_kinds=(
        EventKind("page_view"),
        EventKind("email_open"),
        EventKind("A_ACCEPTED"),
        EventKind("won", Use.OUTCOME),
        EventKind("import", Use.LEFT_OUT),
        *(EventKind(f"rare {number}") for number in range(30)),
    ),
    properties=(
        Property("amount", ColumnType.NUMBER),
        Property("channel", ColumnType.CATEGORY),
        Property("note", ColumnType.FREE_TEXT),
    ),
)
KINDS = ("page_view", "email_open", "A_ACCEPTED", "won", "import", "rare 3", "rare 28", "never seen", "Ärger")
VALUES: dict[str, st.SearchStrategy[Value]] = {
    "employees": st.floats(-1e9, 1e9),
    "Industry": st.sampled_from(["retail", "Handel", "é"]),
    "job_title": st.one_of(st.sampled_from(["CEO", "Leiter Einkauf", "Werkstudentin"]), st.text(max_size=20)),
    "email": st.one_of(st.sampled_from(["a@gmx.de", "a@acme.com", "a@tu-x.de", "a@"]), st.text(max_size=20)),
    "website": st.sampled_from(["https://www.acme.com/", "acme.com", "?"]),
    "country": st.sampled_from(["Deutschland", "DE", "Österreich", "Atlantis"]),
    "customer_since": st.datetimes(
        START.replace(tzinfo=None) - timedelta(days=900),
        START.replace(tzinfo=None) + timedelta(days=200),
        timezones=st.just(UTC),
    ),
    "visits": st.floats(0, 1e4),
    "notes": st.text(max_size=5),
    "page_view": st.sampled_from(["a", "b"]),
    "hindsight": st.just("x"),
}
# Whole days and hours meet the windows' edges and each other; odd microseconds lie just beside them.
OFFSETS = st.one_of(
    st.builds(lambda days: timedelta(days=days), st.sampled_from([0, 1, 6, 7, 28, 30, 60, 83, 90, 95])),
    st.builds(lambda hours: timedelta(hours=hours), st.integers(-48, 24 * 100)),
    st.builds(
        lambda days, odd: timedelta(days=days, microseconds=odd), st.integers(-2, 100), st.sampled_from([-1, 1, 37])
    ),
    st.builds(lambda minutes: timedelta(days=3, minutes=minutes), st.integers(0, 200)),
    st.just(timedelta(days=3)),
)
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "amount": st.floats(-1e6, 1e6),
        "channel": st.sampled_from(["ads", "Straße", "zz"]),
        "note": st.text(max_size=3),
    },
)
EVENTS = st.lists(
    st.builds(
        lambda offset, kind, properties: Event("L", START + offset, kind, properties),
        OFFSETS,
        st.sampled_from(KINDS),
        PROPERTIES,
    ),
    max_size=60,
)
VERSIONS = st.lists(
    st.tuples(st.one_of(st.none(), OFFSETS), st.fixed_dictionaries({}, optional=VALUES)), min_size=0, max_size=4
)


def leads_frame(schema: Schema, versions: list[Lead]) -> pl.DataFrame:
    dtypes = {ColumnType.NUMBER: pl.Float64(), ColumnType.DATE: MOMENT}
    data: dict[str, pl.Series] = {
        "lead_id": pl.Series([v.lead_id for v in versions], dtype=pl.String),
        "created_at": pl.Series([v.created_at for v in versions], dtype=MOMENT),
        "known_at": pl.Series([v.known_at for v in versions], dtype=MOMENT),
        "order": pl.Series(range(len(versions)), dtype=pl.Int64),
    }
    for column in schema.columns:
        dtype = dtypes.get(column.type, pl.String())
        values = [v.attributes.get(column.name) for v in versions]
        data[f"attribute.{column.name}"] = pl.Series(values, dtype=dtype, strict=True)
    return pl.DataFrame(data)


def events_frame(schema: Schema, events: list[Event]) -> pl.LazyFrame:
    data: dict[str, pl.Series] = {
        "lead_id": pl.Series([e.lead_id for e in events], dtype=pl.String),
        "occurred_at": pl.Series([e.occurred_at for e in events], dtype=MOMENT),
        "event": pl.Series([e.event for e in events], dtype=pl.String),
    }
    for prop in schema.properties:
        dtype = pl.Float64() if prop.type is ColumnType.NUMBER else pl.String()
        data[f"property.{prop.name}"] = pl.Series([e.properties.get(prop.name) for e in events], dtype=dtype)
    return pl.DataFrame(data).lazy()


def same(first: float | str | None, second: float | str | None) -> bool:
    if isinstance(first, float) and isinstance(second, float):
        return math.isclose(first, second, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return type(first) is type(second) and first == second


def differences(bulk: dict[str, float | str | None], one: dict[str, float | str | None]) -> dict[str, object]:
    assert list(bulk) == list(one)
    return {name: (bulk[name], one[name]) for name in bulk if not same(bulk[name], one[name])}


@settings(max_examples=80, deadline=None)
@given(
    events=EVENTS,
    versions=VERSIONS,
    moments=st.lists(OFFSETS, min_size=1, max_size=3),
    edges=st.lists(
        st.tuples(st.integers(0, 59), st.sampled_from([0, 1, 7, 28, 30, 90]), st.sampled_from([-1, 0, 1])), max_size=3
    ),
    seed=st.integers(0, 99),
)
def test_both_evaluators_agree_on_every_feature_at_every_moment(
    events: list[Event],
    versions: list[tuple[timedelta | None, dict[str, Value]]],
    moments: list[timedelta],
    edges: list[tuple[int, int, int]],
    seed: int,
) -> None:
    builder = FeatureBuilder(Catalog.from_schema(SCHEMA))
    known = [Lead("L", START, given, None if since is None else START + since) for since, given in versions]
    neighbour = [Event("M", e.occurred_at + timedelta(minutes=7), e.event, e.properties) for e in events[::2]]
    arrived = [*events, *neighbour]
    random.Random(seed).shuffle(arrived)  # noqa: S311  # an order of arrival, no secret
    leads, frame = leads_frame(SCHEMA, known), events_frame(SCHEMA, arrived)
    as_ofs = [START + moment for moment in moments]
    for place, days, odd in edges if events else ():
        # Just before, at and just after the moment at which an event leaves a window.
        event = events[place % len(events)]
        as_ofs.append(event.occurred_at + timedelta(days=days, microseconds=odd))
    asked = pl.DataFrame({"lead_id": ["L"] * len(as_ofs), "as_of": pl.Series(as_ofs, dtype=MOMENT)})

    bulk = builder.frame(leads, frame, asked)
    in_small_batches = builder.frame(leads, frame, asked, pairs_per_batch=1)

    assert bulk.equals(in_small_batches, null_equal=True)
    own = [event for event in arrived if event.lead_id == "L"]
    for row, (lead, seen, as_of) in zip(
        bulk.iter_rows(named=True), snapshots(SCHEMA, leads, frame, asked), strict=True
    ):
        assert as_of is not None
        assert all(event.occurred_at <= as_of for event in seen)
        assert differences(row, builder.row(lead, seen, as_of)) == {}
        # All events in their order of arrival, those after as_of among them.
        assert differences(row, builder.row(lead, own, as_of)) == {}


@given(given=st.lists(st.fixed_dictionaries({}, optional=VALUES), min_size=1, max_size=5))
@settings(max_examples=50, deadline=None)
def test_both_evaluators_agree_without_any_times(given: list[dict[str, Value]]) -> None:
    schema = Schema(columns=SCHEMA.columns, timed=False)
    builder = FeatureBuilder(Catalog.from_schema(schema))
    leads = [Lead(f"row {number}", None, attributes) for number, attributes in enumerate(given)]
    moments = pl.DataFrame(
        {"lead_id": [lead.lead_id for lead in leads], "as_of": pl.Series([None] * len(leads), dtype=MOMENT)}
    )

    bulk = builder.frame(leads_frame(schema, leads), None, moments)

    for row, lead in zip(bulk.iter_rows(named=True), leads, strict=True):
        assert differences(row, builder.row(lead, [], None)) == {}


@given(
    amounts=st.lists(st.one_of(st.none(), st.integers(-3, 3)), min_size=25, max_size=70),
    kinds=st.lists(st.sampled_from(KINDS[:2]), min_size=70, max_size=70),
    minutes=st.lists(st.sampled_from([0, 1, 29, 60, 61]), min_size=70, max_size=70),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_both_evaluators_agree_on_which_events_of_a_crowded_day_count(
    amounts: list[int | None], kinds: list[str], minutes: list[int], seed: int
) -> None:
    builder = FeatureBuilder(Catalog.from_schema(SCHEMA))
    events = [
        Event("L", START + timedelta(minutes=minute), kind, {} if amount is None else {"amount": amount / 7})
        for amount, kind, minute in zip(amounts, kinds, minutes, strict=False)
    ]
    random.Random(seed).shuffle(events)  # noqa: S311  # an order of arrival, no secret
    as_of = START + timedelta(minutes=60)
    moments = pl.DataFrame({"lead_id": ["L"], "as_of": pl.Series([as_of], dtype=MOMENT)})

    bulk = builder.frame(leads_frame(SCHEMA, []), events_frame(SCHEMA, events), moments).row(0, named=True)

    assert differences(bulk, builder.row(Lead("L"), events, as_of)) == {}
    assert all(float(bulk[f"{kind}_count_total"]) <= 20 for kind in ("page_view_2", "email_open"))


def test_the_agreement_is_not_about_nothing() -> None:
    builder = FeatureBuilder(Catalog.from_schema(SCHEMA))
    events = [Event("L", START + timedelta(hours=h), "page_view", {"amount": 0.1, "channel": "ads"}) for h in range(40)]
    lead = Lead("L", START, {"employees": 3.0, "job_title": "CEO", "email": "a@gmx.de", "country": "DE"})

    row = builder.row(lead, events, START + timedelta(days=2))

    # The column page_view keeps the name; the event kind of the same name takes the next one.
    assert row["page_view_2_count_total"] == pytest.approx(36)  # 20 of the first day's 24, and 16 of the second
    assert row["amount_sum"] == pytest.approx(3.6)
    assert row["job_title_seniority"] == 8.0
