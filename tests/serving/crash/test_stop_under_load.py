"""Row 34: a service that is told to stop under load answers what it has accepted, and stops.

A caller that keeps its connection open may send a request at the very moment at which the service closes the idle
connection: the caller sees the connection end, and the service never saw the request. Which of the two an unanswered
request was, not accepted or accepted and lost, is told by the store.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from serving.store import Store
from serving.store.leads import leads

MOST_SECONDS = 30


@pytest.mark.parametrize("workers", [1, 2])
def test_row_34_no_accepted_call_is_lost_and_the_service_stops_within_its_time(
    workspace: Any, services: Any, ledger: Any, caller_of: Any, workers: int
) -> None:
    process, address = services.start_command(workers)
    services.wait(address)
    lock, now = threading.Lock(), datetime.now(UTC).isoformat()
    callers = [caller_of(address, f"c{one}", ledger, lock, now) for one in range(8)]
    for one in callers:
        one.start()
    while ledger.acknowledged < 40:
        time.sleep(0.02)
    children = services.workers(process)
    began = time.monotonic()
    os.kill(process, signal.SIGTERM)
    for one in callers:
        one.join()
    assert services.exit_code(process, MOST_SECONDS) == 0
    assert time.monotonic() - began <= MOST_SECONDS
    assert not any(services.is_there(one) for one in children)
    # Every answer was a good one, and each caller went on until its connection ended.
    assert ledger.refused == []
    assert len(ledger.open) == len(callers)
    with Store.open(services.file, workspace.config().schema) as store, store.read() as tx:
        here = set(tx.connection.execute(select(leads.c.lead_id)).scalars())
        done = {one.key for one in ledger.open if remembered(tx, one.key)}
    # What was not answered was not accepted: the request is not remembered, and its lead is not there.
    assert done == set()
    new = {one.lead_ids[0] for one in ledger.open if one.method == "PUT" and one.lead_ids[0] not in ledger.employees}
    assert not new & here


def remembered(tx: Any, key: str) -> bool:
    from serving.store.idempotency import idempotency_keys

    return tx.connection.execute(select(idempotency_keys).where(idempotency_keys.c.key == key)).first() is not None
