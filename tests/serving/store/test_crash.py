"""Processes that write together and processes that are killed: what was acknowledged is there, and nothing is half."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from features.schema import Column, ColumnType, Schema
from serving.store import Store
from serving.store.database import connect, store_url
from serving.store.migrating import newest_revision, revision_of

SCHEMA = Schema(columns=(Column("number", ColumnType.NUMBER),))
CRASHES = int(os.environ.get("CRASHES", "3"))  # noqa: TID251 - how often, on demand

# Each transaction writes a lead, its event and its outcome, and is told on standard output once it is kept.
_WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path

from features.domain import Event, Lead, Outcome
from features.schema import Column, ColumnType, Schema
from serving.store import Store
from serving.store.events import NewEvent

named, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
schema = Schema(columns=(Column("number", ColumnType.NUMBER),))
store = Store.open(named if "://" in named else Path(named), schema)
for number in range(count):
    lead_id = f"{name}-{number}"
    with store.begin() as tx:
        tx.leads.put(Lead(lead_id, None, {"number": float(number)}))
        tx.events.append([NewEvent(Event(lead_id, datetime(2026, 1, 1, tzinfo=UTC), "page_view"), "e")])
        tx.outcomes.record(Outcome(lead_id, None, "won"))
    print(lead_id, flush=True)
"""


def writer(address: Any, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(address), name, str(count)], stdout=subprocess.PIPE, text=True
    )


def whole(store: Store) -> set[str]:
    """Return the leads that are stored, after making sure that each has its event and its outcome."""
    with store.read() as tx:
        ids = [
            set(tx.connection.execute(text(f"SELECT lead_id FROM {table}")).scalars())  # noqa: S608 - our names
            for table in ("leads", "lead_versions", "events", "outcomes")
        ]
        if store.engine.dialect.name == "sqlite":
            assert tx.connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
            assert tx.connection.execute(text("PRAGMA foreign_key_check")).all() == []
    assert all(one == ids[0] for one in ids)
    return ids[0]


def test_two_processes_that_write_lose_nothing(address: Any) -> None:
    writers = [writer(address, name, 40) for name in ("a", "b")]
    told = [line for one in writers for line in one.communicate(timeout=120)[0].split()]
    assert [one.returncode for one in writers] == [0, 0]
    with Store.open(address, SCHEMA) as store:
        assert whole(store) == set(told)
    assert len(told) == 80


@pytest.mark.parametrize("seed", range(CRASHES))
def test_a_writer_that_is_killed_loses_nothing_that_it_acknowledged(address: Any, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - when to kill, nothing secret
    one = writer(address, "a", 100_000)
    assert one.stdout is not None
    told = [one.stdout.readline().strip() for _ in range(chance.randrange(1, 60))]
    # Somewhere within the next transaction.
    time.sleep(chance.random() * 0.01)
    one.send_signal(signal.SIGKILL)
    told += [line.strip() for line in one.stdout.readlines() if line.endswith("\n")]
    one.wait(30)
    one.stdout.close()
    with Store.open(address, SCHEMA) as store:
        kept = whole(store)
        assert set(told) <= kept
        # One more may have been kept without the word coming through.
        assert len(kept) - len(told) <= 1
        with store.begin() as tx:
            tx.leads.assign("a-0", "ann")


def test_a_process_killed_within_its_transaction_leaves_nothing_of_it(address: Any) -> None:
    code = _WRITER.replace("tx.outcomes.record", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)  #")
    done = subprocess.run([sys.executable, "-c", code, str(address), "a", "1"], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    with Store.open(address, SCHEMA) as store:
        assert whole(store) == set()


_OPENER = """
import sys
from pathlib import Path
from features.schema import Schema
from serving.store import Store
named = sys.argv[1]
print("ready", flush=True)
Store.open(named if "://" in named else Path(named), Schema()).close()
print("done", flush=True)
"""


@pytest.mark.parametrize("seed", range(CRASHES))
def test_a_migration_that_is_killed_is_done_by_the_next_start(address: Any, seed: int) -> None:
    one = subprocess.Popen([sys.executable, "-c", _OPENER, str(address)], stdout=subprocess.PIPE, text=True)
    assert one.stdout is not None
    assert one.stdout.readline() == "ready\n"
    time.sleep(random.Random(seed).random() * 0.2)  # noqa: S311 - when to kill, nothing secret
    one.send_signal(signal.SIGKILL)
    one.wait(30)
    one.stdout.close()
    engine = connect(store_url(address))
    with engine.connect() as connection:
        # Whole or not at all: the tables of one revision, or none.
        revision, tables = revision_of(connection), inspect(connection).get_table_names()
    engine.dispose()
    assert revision == (newest_revision() if tables else None)
    with Store.open(address, SCHEMA) as store:
        assert whole(store) == set()


_IMPORTER = """
import sys
from pathlib import Path
from features.config import config_from_mapping
from serving.store import Store, importing
class Silent:
    def stage(self, name, steps=None): pass
    def step(self, detail=""): print("step", flush=True)
named, folder = sys.argv[1], Path(sys.argv[2])
importing.BATCH = 25
config = config_from_mapping(
    {
        "name": "acme",
        "leads": {"file": "leads.csv", "lead_id": "lead_id", "created_at": "created_at"},
        "events": {"file": "events.csv"},
        "target": {"outcome": "won"},
    },
    folder,
)
with Store.open(named if "://" in named else Path(named), config.schema) as store:
    done = importing.import_files(store, config, Silent())
    print(done.stored["leads"] + done.present["leads"], done.stored["events"] + done.present["events"], flush=True)
"""


@pytest.mark.parametrize("seed", range(CRASHES))
def test_an_import_that_is_killed_is_finished_by_the_next(address: Any, tmp_path: Path, seed: int) -> None:
    leads = [f"L{number},2026-01-05" for number in range(300)]
    views = [f"L{number % 300},2026-01-{number % 28 + 1:02d},page_view" for number in range(1200)]
    for name, header, rows in (
        ("leads", "lead_id,created_at", leads),
        ("events", "lead_id,occurred_at,event", views),
    ):
        (tmp_path / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    command = [sys.executable, "-c", _IMPORTER, str(address), str(tmp_path)]
    one = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert one.stdout is not None
    chance = random.Random(seed)  # noqa: S311 - when to kill, nothing secret
    for _ in range(chance.randrange(1, 50)):
        one.stdout.readline()
    time.sleep(chance.random() * 0.005)
    one.send_signal(signal.SIGKILL)
    one.wait(30)
    one.stdout.close()
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert again.stdout.splitlines()[-1] == "300 1200"
    with Store.open(address, SCHEMA) as store, store.read() as tx:
        counts = [
            tx.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 - our names
            for table in ("leads", "lead_versions", "events")
        ]
    assert counts == [300, 300, 1200]
