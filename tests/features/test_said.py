from __future__ import annotations

from typing import Any

import pytest

from features.catalog import Catalog, said
from features.domain import Text
from features.schema import Column, ColumnType, EventKind, Role, Schema

CATALOG = Catalog.from_schema(
    Schema(
        columns=(Column("industry", ColumnType.CATEGORY), Column("employees", ColumnType.NUMBER, Role.FIT)),
        event_kinds=(EventKind("page_view"),),
    )
)
ROWS: list[dict[str, Any]] = [
    {feature.name: value for feature in CATALOG.features}
    for value in (None, 0.0, 1.0, 2.0, 3.4567, 1e6, "retail", "a|b")
]


def all_said(catalog: Catalog, rows: list[dict[str, Any]]) -> list[tuple[str | None, Text]]:
    return [
        catalog.describe(feature.concept, row, feature.name, raises)
        for row in rows
        for feature in catalog.features
        for raises in (True, False)
        if isinstance(row[feature.name], str) == (feature.kind.value == "category") or row[feature.name] is None
    ]


def test_what_was_said_before_is_said_again_word_for_word() -> None:
    fresh = [answer for row in ROWS for answer in all_said(Catalog.from_schema(CATALOG.schema), [row])]
    remembering = Catalog.from_schema(CATALOG.schema)
    assert all_said(remembering, ROWS) == fresh
    assert all_said(remembering, ROWS[::-1] + ROWS)[-len(fresh) :] == fresh


def test_a_decayed_sum_is_said_by_the_counts_beside_it() -> None:
    decayed = next(f for f in CATALOG.features if "counts" in getattr(type(f.wording), "__slots__", ()))
    counts = [name for name, _ in decayed.wording.counts]  # type: ignore[attr-defined]
    sentences = set()
    for seen in range(len(counts) + 1):
        row = {name: float(place >= seen) for place, name in enumerate(counts)} | {decayed.name: 0.5}
        sentences.add(CATALOG.describe(decayed.concept, row, decayed.name, True))
    assert len(sentences) == len(counts) + 1


def test_memory_of_sentences_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(said, "MOST_SENTENCES", 10)
    catalog = Catalog.from_schema(CATALOG.schema)
    for employees in range(100):
        value, _ = catalog.describe("employees", {"employees": float(employees)}, "employees", True)
        assert value == str(employees)
        assert len(catalog._said._known) <= 10
