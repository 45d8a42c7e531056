from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from features.schema import Schema
from serving.store import Store, StoreTooNewError
from serving.store.columns import metadata
from serving.store.database import connect, store_url
from serving.store.migrating import _scripts, migrate, newest_revision, revision_of

REVISIONS = [script.revision for script in reversed(list(_scripts().walk_revisions()))]


def test_migrations_build_the_tables_that_the_code_works_with(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        tables = inspect(connection)
        for name in metadata.tables:
            # Index and foreign keys too, by name: compare_metadata does not look at deletion rules.
            rules = {key["options"].get("ondelete") for key in tables.get_foreign_keys(name)}
            wanted = {key.ondelete for key in metadata.tables[name].foreign_keys}
            assert rules == wanted, name


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_store_of_every_older_revision_is_brought_up_with_its_rows(address: Any, revision: str) -> None:
    engine = connect(store_url(address))
    migrate(engine, revision)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO leads (lead_id, first_seen_at, search_text) VALUES ('L1', 0, 'l1')"))
    engine.dispose()
    with Store.open(address, Schema()) as store, store.read() as tx:
        assert tx.leads.get("L1") is not None
        assert revision_of(tx.connection) == newest_revision()


def test_a_store_of_a_newer_leadscore_is_refused_and_left_alone(address: Any) -> None:
    Store.open(address, Schema()).close()
    engine = connect(store_url(address))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreTooNewError, match="9999"):
        Store.open(address, Schema())
    with engine.connect() as connection:
        assert revision_of(connection) == "9999"
    engine.dispose()


def _open(address: str | Path) -> str:
    with Store.open(address, Schema()) as store, store.read() as tx:
        return str(revision_of(tx.connection))


def test_workers_that_start_together_migrate_once(address: Any) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(_open, [address] * 4)) == {newest_revision()}


def test_processes_that_start_together_migrate_once(address: Any) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as processes:
        assert set(processes.map(_open, [address] * 3)) == {newest_revision()}


def test_a_migration_that_fails_leaves_the_store_as_it_was(address: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("halfway")

    with monkeypatch.context() as patch:
        patch.setattr(op, "create_index", fail)
        with pytest.raises(RuntimeError, match="halfway"):
            Store.open(address, Schema())
    engine = connect(store_url(address))
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    engine.dispose()
    Store.open(address, Schema()).close()
