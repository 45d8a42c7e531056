from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from features.domain import Clock
from features.schema import Column, ColumnType, EventKind, Property, Schema
from serving.store import Store

SCHEMA = Schema(
    columns=(
        Column("employees", ColumnType.NUMBER),
        Column("city", ColumnType.CATEGORY),
        Column("email", ColumnType.EMAIL),
        Column("since", ColumnType.DATE),
    ),
    event_kinds=(EventKind("page_view"), EventKind("demo_request")),
    properties=(Property("page", ColumnType.CATEGORY), Property("seconds", ColumnType.NUMBER)),
)


@pytest.fixture
def store(migrated: str | Path, clock: Clock) -> Iterator[Store]:
    with Store.open(migrated, SCHEMA, clock) as opened:
        yield opened


@pytest.fixture
def reopen(migrated: str | Path, clock: Clock) -> Callable[[], Store]:
    """Open the same database again, as another worker would."""
    return lambda: Store.open(migrated, SCHEMA, clock)
