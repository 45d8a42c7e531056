"""Processes that write together and processes that are killed: what was acknowledged is there, and nothing is half."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from sqlalchemy import text

from features.schema import Column, ColumnType, Schema
from serving.store import Store

SCHEMA = Schema(columns=(Column("number", ColumnType.NUMBER),))

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


@pytest.mark.parametrize("seed", range(int(os.environ.get("CRASHES", "3"))))  # noqa: TID251 - how often, on demand
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
