"""What looks at the stores of killed services notices a transaction that was torn apart, whichever row is missing."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import Executable, delete, func, select, true

from serving.calls.stage_steps import SalesWords
from serving.store import Store, Transaction
from serving.store.audit import audit_end, audit_log
from serving.store.columns import metadata
from serving.store.database import connect, store_url
from serving.store.outbox import messages
from serving.store.scores import scores
from serving.store.stages import stage_changes

ALONE = {
    "store_facts", "audit_log", "audit_end", "subscriptions", "leases", "renewals", "sla_versions",
    "cutoff_proposals", "signatures", "api_keys", "users", "sessions", "sign_in_links", "sign_in_tries", "saved_views",
    "rule_versions", "inbound", "inbound_newest", "mailboxes", "aliases", "rescoring",
}  # fmt: skip
"""Tables of which a lead's transaction writes nothing here."""

MANY = [f"M{number}" for number in range(26)]


def fill(address: str) -> None:
    """Let something happen of each kind, with the key that makes it happen once."""
    with httpx.Client(base_url=address, timeout=60) as client:

        def send(method: str, path: str, body: Any = None) -> None:
            answer = client.request(method, path, json=body, headers={"idempotency-key": uuid.uuid4().hex})
            assert answer.is_success, answer.text

        hook = {"url": "http://127.0.0.1:9/hook", "kinds": ["lead.scored", "lead.stage_changed", "lead.erased"]}
        assert client.post("/v1/webhooks", json=hook).is_success
        for lead_id in ("hot", "turned-down", "won", "objecting", "leaving", *MANY):
            send("PUT", f"/v1/leads/{lead_id}", {"employees": 60})
        for lead_id in ("hot", "turned-down"):
            did = [{"lead_id": lead_id, "event": one, "event_id": one} for one in ("page_view", "demo_request")]
            send("POST", "/v1/events", {"events": [{**one, "occurred_at": now_of(client)} for one in did]})
        send("POST", "/v1/leads/turned-down/outcomes", {"outcome": "rejected", "reason": "other"})
        send("POST", "/v1/leads/won/outcomes", {"outcome": "won"})
        send("POST", "/v1/leads/objecting/consents", {"purpose": "profiling", "word": "objected"})
        send("POST", "/v1/leads/hot/consents", {"purpose": "marketing_mail", "word": "objected"})
        send("DELETE", "/v1/leads/leaving")
        views = [{"lead_id": one, "event": "page_view", "event_id": "v", "occurred_at": now_of(client)} for one in MANY]
        send("POST", "/v1/events", {"events": views})


def now_of(client: httpx.Client) -> str:
    return str(client.get("/v1/leads/hot").json()["score"]["as_of"])


@pytest.fixture
def filled(workspace: Any, services: Any) -> Any:
    """Return the file of a store in which something happened of each kind, and nothing waits."""
    process, address = services.start()
    services.wait(address)
    fill(address)
    with Store.open(services.file, workspace.config().schema) as store:
        while True:
            with store.read() as tx:
                if not tx.rescoring.depth():
                    break
    services.kill(process)
    return services.file


class Torn:
    """A store from which rows are taken one at a time, and put back."""

    def __init__(self, workspace: Any, file: Any, rows_of: Any) -> None:
        config = workspace.config()
        self._schema = config.schema
        self._words = SalesWords(config.acceptance, config.target.outcome)
        self._rows_of = rows_of
        self._engine = connect(store_url(file))
        self.connection = self._engine.connect()
        # A row alone is taken, not what hangs on it.
        self.connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
        self._whole = self.connection.begin()

    def faults(self, *tears: Executable) -> list[str]:
        """Return what is noticed after some statements, which are undone."""
        with self.connection.begin_nested() as part:
            for tear in tears:
                self.connection.execute(tear)
            found: list[str] = self._rows_of(
                Transaction(self.connection, self._schema, datetime.now(UTC)), self._words
            ).faults()
            part.rollback()
        return found

    def close(self) -> None:
        self._whole.rollback()
        self.connection.close()
        self._engine.dispose()


@pytest.fixture
def torn(workspace: Any, filled: Any, rows_of: Any) -> Iterator[Torn]:
    made = Torn(workspace, filled, rows_of)
    yield made
    made.close()


def test_whichever_row_of_a_transaction_is_missing_it_is_noticed(torn: Torn) -> None:
    assert torn.faults() == []
    tried, unnoticed = 0, []
    for name in sorted(set(metadata.tables) - ALONE):
        table = metadata.tables[name]
        keys = list(table.primary_key.columns)
        # Of a request about somebody who was erased nothing is left but its key.
        there = table.c.erased == 0 if "erased" in table.c else true()
        for row in torn.connection.execute(select(*keys).where(there)).all():
            tried += 1
            if not torn.faults(delete(table).where(*(key == value for key, value in zip(keys, row, strict=True)))):
                unnoticed.append((name, *row))
    assert tried > 200
    assert unnoticed == []


def test_a_score_and_all_that_goes_with_it_are_missed_where_the_event_it_was_made_of_is_there(torn: Torn) -> None:
    for lead_id, cause in (("hot", "events"), ("M3", "events"), ("M4", "lead")):
        found = select(func.max(scores.c.id)).where(scores.c.lead_id == lead_id, scores.c.cause == cause)
        number = torn.connection.execute(found).scalar_one()
        at = torn.connection.execute(select(scores.c.as_of).where(scores.c.id == number)).scalar_one()
        faults = torn.faults(
            delete(scores).where(scores.c.id == number),
            delete(messages).where(messages.c.lead_id == lead_id, messages.c.created_at == at),
            delete(stage_changes).where(stage_changes.c.lead_id == lead_id, stage_changes.c.at == at),
        )
        assert any(
            one.endswith(f"of {lead_id} without {'its' if cause == 'events' else 'their'} score") for one in faults
        )


def test_an_audit_log_that_ends_before_what_was_done_is_noticed(torn: Torn) -> None:
    rows = torn.connection.execute(select(audit_log).order_by(audit_log.c.number.desc())).all()
    assert [row.action for row in rows[:2]] == ["lead.erased", "consent.objected"]
    for last in (1, 2):
        faults = torn.faults(
            delete(audit_log).where(audit_log.c.number > rows[last].number),
            audit_end.update().values(number=rows[last].number, seal=rows[last].seal),
        )
        assert "an erasure without its row in the audit log" in faults
        assert ("a person's word without its row in the audit log" in faults) == (last == 2)
        assert "the audit log is broken" not in faults
