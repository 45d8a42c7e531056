"""Nothing of a person stays anywhere: in no column of any table, in no byte of the file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import String, cast, event, select

from features.domain import (
    Engine,
    Event,
    Lead,
    ModelReference,
    Outcome,
    Reason,
    Score,
    SlaReference,
    Stage,
    Text,
)
from features.domain.consent import Word
from features.schema import Column, ColumnType, Schema
from serving.store import Store
from serving.store import database as database_module
from serving.store.columns import metadata
from serving.store.consents import Consent
from serving.store.erasure import PERSONAL, erasures
from serving.store.events import NewEvent
from serving.store.inbound import Change
from serving.store.outbox import LEAD_ERASED
from serving.store.retention import Retention, tidy
from serving.store.scores import scores

MARCH = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CANARY = "Zyx-Canary"
PERSON = "Zyx-Canary-42"
TOLD = ("inbound", "inbound_newest")


def score_of(lead_id: str, *, as_of: datetime = MARCH) -> Score:
    said = Text(f"{CANARY} viewed a page", f"{CANARY} sah eine Seite")
    return Score(
        lead_id=lead_id, probability=0.3, score=77, points=77.0, stage=Stage.SQL, grade="A2", engine=Engine.MODEL,
        degraded=False, degraded_reason=None, fit_points=1.0, engagement_points=36.0, base_points=40.0,
        reasons=(Reason("pages", None, CANARY, 37.0, said),), model=ModelReference("acme", "7", None),
        sla=SlaReference(3, 0.1, 0.2, "certified"), as_of=as_of, scored_at=as_of, coverage=1.0,
        persona=f"persona of {CANARY}", ask_next={"field": CANARY}, warnings=(CANARY,), blocked_by=(CANARY,),
    )  # fmt: skip


KEPT = Retention()


def fill(store: Store, lead_id: str) -> None:
    """Let the person turn up in every table that a lead can turn up in."""
    with store.begin() as tx:
        tx.idempotency.begin("crm", f"key of {lead_id}", "hash")
        tx.leads.put(Lead(lead_id, None, {"city": CANARY, "email": f"{CANARY}@acme.de"}))
        tx.leads.put(Lead(lead_id, None, {"city": f"{CANARY} Süd", f"unknown {CANARY}": 1.0}))
        tx.leads.assign(lead_id, f"owner of {CANARY}")
        tx.events.append([NewEvent(Event(lead_id, MARCH, f"met {CANARY}", {"page": CANARY}), CANARY)])
        tx.outcomes.record(Outcome(lead_id, MARCH, "won", CANARY), by=CANARY, outcome_id=CANARY)
        tx.consents.record(lead_id, Consent(CANARY, Word.GIVEN, MARCH, CANARY, {"ip": CANARY}))
        tx.scores.keep(score_of(lead_id), cause=CANARY)
        tx.stages.move(lead_id, Stage.CUSTOMER, why=CANARY, by=CANARY)
        tx.handovers.begin(lead_id, due_at=None, owner=CANARY)
        tx.rescoring.ask([lead_id], CANARY)
        tx.outbox.tell("lead.scored", {"name": CANARY}, lead_id=lead_id)
        change = Change("acme", f"of {lead_id}", lead_id, MARCH, {CANARY: CANARY}, {"name": CANARY})
        tx.inbound.keep(change)
        tx.inbound.newest(change)
        tx.identities.claim(lead_id, f"{CANARY} {lead_id}@acme.de")
        tx.identities.merge(f"{CANARY} alias of {lead_id}", lead_id, source=CANARY)
        tx.idempotency.answer("crm", f"key of {lead_id}", 201, {"name": CANARY}, [lead_id])
        tx.audit.append("lead.exported", by="ann", lead_id=lead_id)


def found(store: Store, words: str) -> list[str]:
    """Return ``table.column`` of every column in which some text holds these words."""
    places = []
    with store.read() as tx:
        for table in metadata.sorted_tables:
            for column in table.columns:
                query = select(cast(column, String)).where(cast(column, String).contains(words, autoescape=True))
                if tx.connection.execute(query.limit(1)).first() is not None:
                    places.append(f"{table.name}.{column.name}")
    return places


@pytest.fixture
def filled(store: Store) -> Store:
    with store.begin() as tx:
        tx.subscriptions.add("https://crm.example/hook", ["lead.scored"], by="ann")
    fill(store, PERSON)
    return store


def test_the_person_is_in_every_personal_table_before(filled: Store) -> None:
    tables = {place.partition(".")[0] for place in found(filled, CANARY)}
    assert tables == {
        *(table.name for table in PERSONAL), "leads", "messages", "idempotency_keys", "idempotency_leads",
        *TOLD,
    }  # fmt: skip


def test_every_table_that_names_a_lead_is_erased_and_exported() -> None:
    named = {table.name for table in metadata.sorted_tables if "lead_id" in table.columns}
    assert named == {*(table.name for table in PERSONAL), "leads", "messages", "idempotency_leads", *TOLD}


def test_nothing_of_the_person_is_left_in_any_column(filled: Store) -> None:
    with filled.begin() as tx:
        # The caller's own name of the request is not ours to fill, but it may hold what the caller pleases.
        assert tx.erasure.erase(PERSON, by="ann").was_there
    assert found(filled, CANARY) == ["idempotency_keys.key"]
    with filled.begin() as tx:
        assert tx.audit.verify().is_whole
        assert [entry.action for entry in tx.audit.about(PERSON)] == ["lead.exported", LEAD_ERASED]
        assert tx.erasure.was_erased(PERSON)
        assert tx.erasure.export(PERSON) is None


def test_other_leads_stay_as_they_are(filled: Store) -> None:
    fill(filled, "L2")
    with filled.read() as tx:
        before = tx.erasure.export("L2")
    with filled.begin() as tx:
        tx.erasure.erase(PERSON, by="ann")
    with filled.read() as tx:
        assert tx.erasure.export("L2") == before


def test_erasing_twice_or_whom_nobody_knows_is_no_fault(filled: Store) -> None:
    with filled.begin() as tx:
        tx.erasure.erase(PERSON, by="ann")
        again = tx.erasure.erase(PERSON, by="ann")
        assert not again.was_there
        assert again.message_id is None


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_no_byte_of_the_person_is_left_in_the_files(
    tmp_path: Path, journal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "journal_mode", lambda: journal)
    file = tmp_path / "store.db"
    schema = Schema(columns=(Column("city", ColumnType.CATEGORY),))
    with Store.open(file, schema) as store:
        assert store.journal == journal
        for number in range(40):
            fill(store, f"{PERSON}-{number}")
        assert CANARY.encode() in b"".join(one.read_bytes() for one in tmp_path.iterdir())
        for number in range(40):
            with store.begin() as tx:
                tx.erasure.erase(f"{PERSON}-{number}", by="ann")
                tx.idempotency.forget("crm", f"key of {PERSON}-{number}")
        store.overwrite_deleted()
        left = {one.name for one in tmp_path.iterdir() if CANARY.lower().encode() in one.read_bytes().lower()}
        assert left == set()


def test_the_export_holds_all_that_is_known_in_plain_words(filled: Store) -> None:
    with filled.read() as tx:
        told = tx.erasure.export(PERSON)
    assert told is not None
    assert told["lead"]["lead_id"] == PERSON
    assert all(told[table.name] for table in PERSONAL)
    assert [one["attributes"]["city"] for one in told["lead_versions"]] == [CANARY, f"{CANARY} Süd"]
    assert told["events"][0]["occurred_at"] == "2026-03-02T09:00:00+00:00"
    assert told["scores"][0]["reasons"][0]["value"] == CANARY


def test_leads_that_a_restored_backup_brings_back_are_found(filled: Store) -> None:
    fill(filled, "L2")
    with filled.begin() as tx:
        assert tx.erasure.log() == []
        tx.erasure.erase(PERSON, by="ann")
        log = tx.erasure.log()
        assert tx.erasure.came_back(log) == []
        assert PERSON not in str(log)
        # A backup knows nothing of what was erased after it.
        tx.connection.execute(erasures.delete())
    fill(filled, PERSON)
    with filled.read() as tx:
        assert tx.erasure.came_back(log) == [PERSON]


def test_looking_for_the_erased_among_many_leads_asks_no_question_for_each(filled: Store) -> None:
    asked: list[str] = []

    def keep(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    with filled.begin() as tx:
        tx.erasure.erase(PERSON, by="ann")
        event.listen(tx.connection, "before_cursor_execute", keep)
        assert tx.erasure.erased_among([PERSON, *(f"L{number}" for number in range(50))]) == {PERSON}
        event.remove(tx.connection, "before_cursor_execute", keep)
    assert len(asked) == 2


def test_the_last_word_on_a_purpose_holds_however_late_it_came(filled: Store) -> None:
    with filled.begin() as tx:
        for word, day in ((Word.GIVEN, 1), (Word.OBJECTED, 3), (Word.WITHDRAWN, 2)):
            tx.consents.record(PERSON, Consent("profiling", word, MARCH + timedelta(days=day), "form", {}))
        assert tx.consents.holds(PERSON, "profiling") is Word.OBJECTED
        assert tx.consents.holds(PERSON, "mail") is None
        assert [one.word for one in tx.consents.of(PERSON)][1:] == [Word.GIVEN, Word.WITHDRAWN, Word.OBJECTED]


def test_what_is_over_is_removed_and_what_stands_stays(filled: Store, clock: Any) -> None:
    with filled.begin() as tx:
        tx.scores.keep(score_of(PERSON, as_of=MARCH + timedelta(hours=1)), cause="events")
        for delivery in tx.outbox.take(9):
            tx.outbox.delivered(delivery, 200)
        tx.outbox.tell("lead.scored", {}, lead_id=PERSON)
    clock.move(seconds=KEPT.messages.total_seconds())
    with filled.begin() as tx:
        removed = tidy(tx.connection, tx.now, KEPT)
        # The message that still waits stays, however old.
        assert removed == {
            "idempotency_keys": 1,
            "sessions": 0,
            "sign_in_links": 0,
            "messages": 1,
            "inbound": 1,
            "scores": 0,
        }
        assert tx.outbox.depth() == 1
    clock.move(seconds=KEPT.scores.total_seconds())
    with filled.begin() as tx:
        assert tidy(tx.connection, tx.now, KEPT)["scores"] == 1
        latest = tx.scores.latest(PERSON)
        assert latest is not None
        assert list(tx.connection.execute(select(scores.c.id)).scalars()) == [latest.score_id]
