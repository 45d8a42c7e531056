"""What changes if a lead did or told one thing more is what encoding it anew would give, to the bit."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from features.builder import FeatureBuilder
from features.catalog import Catalog, FeatureKind
from features.catalog.tally import DAILY_CAP
from features.domain import Event, Lead
from features.encoding import Encoder
from features.schema import Column, ColumnType, EventKind, Property, Schema, Use
from features.what_if import Read, WhatIf

AS_OF = datetime(2026, 3, 10, 0, 10, tzinfo=UTC)
KINDS = ("page_view", "demo_request", "webinar", "seen_by_nobody", "won")
SCHEMA = Schema(
    columns=(
        Column("industry", ColumnType.CATEGORY),
        Column("employees", ColumnType.NUMBER),
        Column("title", ColumnType.JOB_TITLE),
        Column("email", ColumnType.EMAIL),
        Column("website", ColumnType.WEBSITE),
        Column("renewal", ColumnType.DATE),
    ),
    event_kinds=(*map(EventKind, KINDS[:3]), EventKind("won", Use.OUTCOME)),
    properties=(Property("seconds", ColumnType.NUMBER), Property("page", ColumnType.CATEGORY)),
)
CATALOG = Catalog.from_schema(SCHEMA)
BUILDER = FeatureBuilder(CATALOG)

ages = st.one_of(
    st.sampled_from([0, 1, 10 * 60, 10 * 60 + 1, 1_799, 1_800, 1_801, 86_400, 86_401]), st.integers(0, 100 * 86_400)
)
properties = st.fixed_dictionaries({}, optional={"seconds": st.floats(0, 1e6), "page": st.sampled_from(["/a", "/b"])})
events = st.builds(
    lambda kind, age, own: Event("L", AS_OF - timedelta(seconds=age), kind, own),
    st.sampled_from(KINDS),
    ages,
    properties,
)
many = st.one_of(
    st.lists(events, max_size=12),
    # A day's cap is nearly reached, or is.
    st.tuples(events, st.integers(DAILY_CAP - 2, DAILY_CAP + 1), st.lists(events, max_size=3)).map(
        lambda drawn: [drawn[0]] * drawn[1] + drawn[2]
    ),
)
attributes = st.fixed_dictionaries(
    {},
    optional={
        "industry": st.sampled_from(["health", "retail"]), "employees": st.floats(1, 1e5),
        "email": st.sampled_from(["a@gmail.com", "a@firm.example"]), "website": st.just("firm.example"),
    },
)  # fmt: skip


def encoder() -> Encoder:
    rng = np.random.default_rng(1)
    rows = [
        BUILDER.row(
            Lead("L", AS_OF - timedelta(days=50), {"industry": "health" if n % 2 else "retail", "employees": float(n)}),
            [
                Event("L", AS_OF - timedelta(days=float(age)), KINDS[n % 3], {"seconds": float(age), "page": "/a"})
                for age in rng.uniform(0, 60, n % 7)
            ],
            AS_OF,
        )
        for n in range(80)
    ]
    return Encoder.fit(CATALOG, frame_of(CATALOG, rows), min_level_count=1)


def frame_of(catalog: Catalog, rows: list) -> pl.DataFrame:
    types = {FeatureKind.NUMBER: pl.Float64, FeatureKind.CATEGORY: pl.String}
    return pl.DataFrame(rows, schema={feature.name: types[feature.kind] for feature in catalog.features})


ENCODER = encoder()
WHAT_IF = WhatIf(BUILDER, ENCODER)


def read(lead: Lead, done: list[Event]) -> Read:
    at = BUILDER.tallied(lead, done, AS_OF)
    return Read(at, ENCODER.vector(BUILDER.row_of(at)))


def same(found: Read, expected: Read) -> None:
    assert found.at.tally == expected.at.tally
    assert found.at.seen == expected.at.seen
    np.testing.assert_array_equal(found.vector, expected.vector)


@settings(max_examples=300)
@given(many, attributes, st.lists(st.sampled_from(KINDS), min_size=1, max_size=3))
def test_events_at_the_moment_change_what_reading_all_events_again_would(done, known, kinds):
    lead = Lead("L", AS_OF - timedelta(days=60), known)
    found = read(lead, done)
    for kind in kinds:
        done = [*done, Event("L", AS_OF, kind, {})]
        found = WHAT_IF.after_event(found, kind)
        same(found, read(lead, done))


@given(
    st.lists(events, max_size=4),
    attributes,
    st.sampled_from(
        [
            ("industry", "retail"), ("industry", "new"), ("employees", 250.0), ("title", "Head of Sales"),
            ("email", "b@firm.example"), ("website", "firm.example"), ("renewal", AS_OF - timedelta(days=3)),
            ("renewal", AS_OF + timedelta(days=3)), ("shoe_size", 43.0),
        ]
    ),
)  # fmt: skip
def test_an_answer_changes_what_the_lead_with_this_attribute_would_show(done, known, told):
    lead = Lead("L", AS_OF - timedelta(days=60), known)
    answered = dataclasses.replace(lead, attributes={**known, told[0]: told[1]})
    same(WHAT_IF.after_answer(read(lead, done), *told), read(answered, done))


def test_an_answer_of_an_untimed_lead_too():
    catalog = Catalog.from_schema(dataclasses.replace(SCHEMA, timed=False, event_kinds=(), properties=()))
    builder = FeatureBuilder(catalog)
    rows = [builder.row(Lead("L", None, {"employees": float(n)}), (), None) for n in range(30)]
    fitted = Encoder.fit(catalog, frame_of(catalog, rows), min_level_count=1)
    at = builder.tallied(Lead("L", None, {}), (), None)
    found = WhatIf(builder, fitted).after_answer(Read(at, fitted.vector(builder.row_of(at))), "employees", 7.0)
    np.testing.assert_array_equal(
        found.vector, fitted.vector(builder.row(Lead("L", None, {"employees": 7.0}), (), None))
    )
