"""The catalog: every feature declared once, named uniquely, and the same after storing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalog import Catalog
from features.domain import OTHER, ConfigError
from features.schema import Column, ColumnType, EventKind, Property, Schema

NAMES = st.lists(st.one_of(st.text(min_size=1, max_size=12), st.sampled_from(["other", "activity", "a b", "A_B"])),
                 max_size=6, unique=True)  # fmt: skip
TYPES = st.sampled_from(list(ColumnType))


@settings(max_examples=60, deadline=None)
@given(columns=NAMES, kinds=NAMES, properties=NAMES, data=st.data())
def test_any_schema_gives_unique_names_and_declared_concepts(
    columns: list[str], kinds: list[str], properties: list[str], data: st.DataObject
) -> None:
    schema = Schema(
        columns=tuple(Column(name, data.draw(TYPES)) for name in columns),
        event_kinds=tuple(EventKind(name) for name in kinds),
        properties=tuple(Property(name, data.draw(TYPES)) for name in properties),
    )

    catalog = Catalog.from_schema(schema)

    names = [feature.name for feature in catalog.features]
    assert len(set(names)) == len(names)
    assert OTHER not in catalog.concepts
    assert {feature.concept for feature in catalog.features} == set(catalog.concepts)
    assert all(catalog.concepts[feature.concept].group is feature.group for feature in catalog.features)
    assert all(feature.missing and feature.known_when and feature.sources for feature in catalog.features)


def test_a_stored_catalog_is_the_same_catalog() -> None:
    schema = Schema(columns=(Column("size", ColumnType.NUMBER),), event_kinds=(EventKind("call"),))
    catalog = Catalog.from_schema(schema)

    stored = json.loads(json.dumps(catalog.to_mapping()))

    assert Catalog.from_mapping(stored) == catalog


@pytest.mark.parametrize("damaged", [{}, {"format": 99, "schema": {}}, {"format": 1, "schema": {}}])
def test_a_catalog_of_other_definitions_is_refused(damaged: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Catalog.from_mapping(damaged)


def test_the_documented_figures_are_those_of_the_code() -> None:
    from features.catalog import tally

    text = (Path(__file__).parents[2] / "docs" / "features.md").read_text(encoding="utf-8")
    facts = (
        f"over {', '.join(map(str, tally.WINDOW_DAYS))} days",
        f"over {', '.join(map(str, tally.ACTIVITY_WINDOW_DAYS))} days",
        f"half-lives {', '.join(map(str, tally.HALF_LIFE_DAYS))} days",
        f"half-life {tally.KIND_HALF_LIFE_DAYS} days",
        f"at most {tally.DAILY_CAP} events",
        f"the {tally.OWN_KINDS} most frequent kinds",
        f"more than {tally.SESSION_GAP // 60_000_000} minutes",
    )
    assert [fact for fact in facts if fact not in text] == []


def test_every_family_of_features_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "features.md").read_text(encoding="utf-8")
    schema = Schema(
        columns=tuple(Column(f"column_{kind.value}", kind) for kind in ColumnType),
        event_kinds=(EventKind("kind"),),
        properties=(Property("number", ColumnType.NUMBER), Property("text", ColumnType.CATEGORY)),
    )
    for feature in Catalog.from_schema(schema).features:
        family = feature.name
        for own in (*(f"column_{kind.value}" for kind in ColumnType), "other_events", "kind", "number", "text"):
            if family == own or family.startswith(f"{own}_"):
                family = family.replace(own, "*", 1)
                break
        for days in ("90d", "60d", "30d", "14d", "7d", "3d", "1d", "total"):
            family = family.removesuffix(days) + "N" if family.endswith(f"_{days}") else family
        assert f"`{family}`" in text, family
