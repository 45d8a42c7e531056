"""A workspace with rules, and a store with some leads that they scored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from features.workspace import Workspace
from models.rules.editing import RuleChange
from serving.calls.rules import RuleBook, read_book, restore_rules, revise_rules
from serving.store import Store


class Desk:
    """Changes the rules as a person."""

    def __init__(self, workspace: Workspace, store: Store) -> None:
        self.workspace = workspace
        self.store = store
        self.schema = workspace.config().schema

    @property
    def book(self) -> RuleBook:
        return read_book(self.workspace, self.schema)

    def revise(self, rule_id: str, entry: Any, *, seen: str | None = None, by: str = "Mia") -> RuleBook:
        change = RuleChange(rule_id, entry)
        with self.store.begin() as tx:
            return revise_rules(tx, self.workspace, self.schema, change, seen=seen or self.book.sha256, by=by)

    def restore(self, number: int, by: str = "Mia") -> RuleBook:
        with self.store.begin() as tx:
            return restore_rules(tx, self.workspace, self.schema, number, seen=self.book.sha256, by=by)

    def history(self) -> list[Any]:
        with self.store.read() as tx:
            return tx.rule_versions.history()


@pytest.fixture
def desk(workspace: Workspace, migrated: str | Path, clock: Any) -> Iterator[Desk]:
    with Store.open(migrated, workspace.config().schema, clock) as store:
        yield Desk(workspace, store)
