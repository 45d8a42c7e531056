"""Which rows belong together: what one transaction wrote is all there, or none of it, however the writer ended.

All rows of a transaction carry its moment, so that a row whose companions are missing shows: an event without the score
that was made with it, a score without its message, an effect without the remembered answer, an erasure that nobody is
told of.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

import pytest
from sqlalchemy import ColumnElement, Table, func, select, text, true

from features.domain import Stage
from features.domain.consent import PROFILING, Word
from features.workspace import Workspace
from serving.calls.stage_steps import SalesWords
from serving.store import Transaction
from serving.store.audit import audit_log
from serving.store.consents import consents
from serving.store.erasure import erasures
from serving.store.events import events
from serving.store.handovers import handovers
from serving.store.idempotency import idempotency_keys, idempotency_leads
from serving.store.leads import lead_versions, leads
from serving.store.outbox import LEAD_ERASED, deliveries, messages
from serving.store.outcomes import outcomes
from serving.store.pseudonyms import pseudonym, pseudonyms
from serving.store.rescoring import rescoring
from serving.store.scores import scores
from serving.store.stages import stage_changes
from serving.store.standings import standings

RULES = """\
version: 2
base_points: 10
rules:
  - id: mid_size
    text: {en: "Company of 50 to 1,000 people", de: "Firma mit 50 bis 1.000 Leuten"}
    group: fit
    when: {attribute: employees, from: 50, below: 1000}
    points: 25
  - id: demo_request
    text: {en: "Asked for a demo", de: "Hat um eine Vorführung gebeten"}
    group: engagement
    when: {event: demo_request, within_days: 30}
    points: 25
  - id: page_view
    text: {en: "Viewed a page", de: "Hat eine Seite angesehen"}
    group: engagement
    when: {event: page_view, within_days: 30}
    points: 20
"""
"""By these leads come into every stage."""


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    (workspace.root / "rules.yaml").write_text(RULES, encoding="utf-8")
    return workspace


class Rows:
    """The rows of a store, and what is wrong with them.

    Parameters
    ----------
    tx : Transaction
        In which they are read.
    words : SalesWords
        What outcomes mean.
    since : datetime, optional
        Rows of transactions from then on are looked at one by one; by default all.
    """

    def __init__(self, tx: Transaction, words: SalesWords, since: datetime | None = None) -> None:
        self._tx = tx
        self._words = words
        self._since = since

    def faults(self) -> list[str]:
        """Return every row that misses another one."""
        looks: tuple[Callable[[], Iterator[str]], ...] = (
            self._file, self._inputs, self._scores, self._standings, self._unprofiled, self._stages, self._handovers,
            self._answers, self._effects, self._audit, self._erased, self._messages,
        )  # fmt: skip
        return [fault for look in looks for fault in look()]

    def _all(self, table: Table, *conditions: ColumnElement[bool]) -> list[Any]:
        return list(self._tx.connection.execute(select(table).where(*conditions)).all())

    def _new(self, table: Table, moment: str, *conditions: ColumnElement[bool]) -> list[Any]:
        from_then_on = true() if self._since is None else table.c[moment] >= self._since
        return self._all(table, from_then_on, *conditions)

    @cached_property
    def _lacking(self) -> set[str]:
        """Leads that may not be profiled."""
        said = self._tx.consents.all_last_words(PROFILING)
        return {lead_id for lead_id, word in said.items() if word is not Word.GIVEN}

    @cached_property
    def _known_since(self) -> dict[str, datetime]:
        """Since when something is known of each lead."""
        first = func.min(lead_versions.c.recorded_at, type_=lead_versions.c.recorded_at.type)
        query = select(lead_versions.c.lead_id, first).group_by(lead_versions.c.lead_id)
        return {row[0]: row[1] for row in self._tx.connection.execute(query)}

    @cached_property
    def _scored(self) -> set[tuple[str, datetime]]:
        rows = self._tx.connection.execute(select(scores.c.lead_id, scores.c.as_of))
        return {(row.lead_id, row.as_of) for row in rows}

    @cached_property
    def _remembered(self) -> dict[datetime, list[Any]]:
        """Remembered requests by the moment of their transaction."""
        found = defaultdict(list)
        for row in self._new(idempotency_keys, "began_at"):
            found[row.began_at].append(row)
        return found

    @cached_property
    def _erasures_logged(self) -> list[Any]:
        return self._new(audit_log, "at", audit_log.c.action == LEAD_ERASED)

    def _file(self) -> Iterator[str]:
        if self._tx.connection.execute(text("PRAGMA integrity_check")).scalar_one() != "ok":
            yield "the file is damaged"
        if self._tx.connection.execute(text("PRAGMA foreign_key_check")).all():
            yield "a row hangs on one that is gone"

    def _inputs(self) -> Iterator[str]:
        """What is known of a lead and what it did has the score that was made of it."""
        for row in self._new(lead_versions, "recorded_at"):
            if row.lead_id not in self._lacking and (row.lead_id, row.recorded_at) not in self._scored:
                yield f"attributes of {row.lead_id} without their score"
        latest: dict[str, datetime] = {}
        for lead_id, as_of in self._scored:
            latest[lead_id] = max(as_of, latest.get(lead_id, as_of))
        waiting = {row.lead_id for row in self._all(rescoring)}
        for row in self._new(events, "received_at"):
            known_since = self._known_since.get(row.lead_id)
            if known_since is None or known_since > row.received_at or row.lead_id in self._lacking:
                continue
            if (row.lead_id, row.received_at) in self._scored:
                continue
            may_wait = any(one.erased or (one.answer or {}).get("queued") for one in self._remembered[row.received_at])
            is_late = latest.get(row.lead_id, row.received_at) > row.received_at
            if not may_wait or not (row.lead_id in waiting or is_late):
                yield f"event {row.event_id} of {row.lead_id} without its score"

    def _scores(self) -> Iterator[str]:
        """Every score has its message, and every message its score."""
        kept = Counter((row.lead_id, row.as_of) for row in self._new(scores, "as_of"))
        told = Counter(
            # A lead of the queue is scored as of the moment that it was read at, and kept and told a moment later.
            (row.lead_id, datetime.fromisoformat(row.payload["score"]["as_of"]))
            for row in self._new(messages, "created_at", messages.c.kind == "lead.scored")
            if row.payload["score"] is not None
        )
        yield from (f"a score of {lead_id} without its message" for lead_id, _ in kept - told)
        yield from (f"a message about {lead_id} without its score" for lead_id, _ in told - kept)

    def _standings(self) -> Iterator[str]:
        """A lead stands at its newest score, in the stage of its last step, where sales said so in that one."""
        query = select(scores.c.lead_id, func.max(scores.c.id)).group_by(scores.c.lead_id)
        newest = {row[0]: row[1] for row in self._tx.connection.execute(query)}
        standing = {row.lead_id: row for row in self._all(standings)}
        if {lead_id: row.score_id for lead_id, row in standing.items()} != newest:
            yield "a lead that does not stand at its newest score"
        ordered = select(stage_changes).order_by(stage_changes.c.id)
        last = {row.lead_id: row.stage for row in self._tx.connection.execute(ordered)}
        said = defaultdict(list)
        for row in self._tx.connection.execute(select(outcomes).order_by(outcomes.c.occurred_at, outcomes.c.id)):
            said[row.lead_id].append(row)
        for lead_id, row in standing.items():
            if last.get(lead_id) != row.stage:
                yield f"{lead_id} is in a stage that it has not stepped into"
            word = self._words.said(said[lead_id])
            due = word.closed or (Stage.SQL if word.accepted else None)
            if due is not None and row.stage != due.value:
                yield f"an outcome of {lead_id} without its stage"

    def _unprofiled(self) -> Iterator[str]:
        """Of who may not be profiled nothing is concluded, and whoever learned a score is told so."""
        told = defaultdict(list)
        for row in self._all(messages, messages.c.kind == "lead.scored", messages.c.lead_id.in_(self._lacking)):
            told[row.lead_id].append(row.payload["score"])
        standing = {row.lead_id for row in self._all(standings)}
        for lead_id in self._lacking & self._known_since.keys():
            if lead_id in standing or any(one == lead_id for one, _ in self._scored):
                yield f"{lead_id} is scored against its word"
            if told[lead_id] != [None]:
                yield f"the word of {lead_id} without its message"

    def _stages(self) -> Iterator[str]:
        """Every step is told, and none that was not made."""
        made = Counter((row.lead_id, row.at, row.stage) for row in self._new(stage_changes, "at"))
        told = Counter(
            (row.lead_id, row.created_at, row.payload["stage"])
            for row in self._new(messages, "created_at", messages.c.kind == "lead.stage_changed")
            if row.payload["stage"] is not None
        )
        yield from (f"a step of {lead_id} without its message" for lead_id, _, _ in made - told)
        yield from (f"a message about a step of {lead_id} that was not made" for lead_id, _, _ in told - made)

    def _handovers(self) -> Iterator[str]:
        """An SQL is with sales unless sales took it of its own accord, and every answer of sales is an outcome."""
        answers = {self._words.acceptance.accepted, self._words.acceptance.rejected}
        answered = [row for row in self._all(outcomes) if row.outcome in answers]
        with_sales = defaultdict(list)
        for row in self._all(handovers):
            with_sales[row.lead_id].append(row)
            if row.answered_at is not None and row.answered_at not in {one.recorded_at for one in answered}:
                yield f"an answer on {row.lead_id} without its outcome"
        for row in answered:
            if any(one.answered_at is None and one.handed_over_at < row.recorded_at for one in with_sales[row.lead_id]):
                yield f"an outcome of {row.lead_id} without the answer to its hand-over"
        taken = {row.lead_id for row in answered if row.outcome == self._words.acceptance.accepted}
        for row in self._new(stage_changes, "at", stage_changes.c.stage == Stage.SQL.value):
            held = [
                one
                for one in with_sales[row.lead_id]
                if one.handed_over_at <= row.at and (one.answered_at is None or one.answered_at >= row.at)
            ]
            if row.lead_id not in taken and not held:
                yield f"{row.lead_id} became an SQL and was not handed over"

    def _answers(self) -> Iterator[str]:
        """What a request was answered was done."""
        versions = {(row.lead_id, row.recorded_at) for row in self._new(lead_versions, "recorded_at")}
        seen = {(row.lead_id, row.event_id) for row in self._all(events)}
        said = {(row.lead_id, row.recorded_at) for row in self._new(outcomes, "recorded_at")}
        allowed = {(row.lead_id, row.recorded_at) for row in self._new(consents, "recorded_at")}
        gone = {(row.subject, row.at) for row in self._erasures_logged}
        here, hanging = {row.lead_id for row in self._all(leads)}, defaultdict(set)
        for row in self._all(idempotency_leads):
            hanging[row.key].add(row.lead_id)
        for row in (one for rows in self._remembered.values() for one in rows):
            if row.erased:
                continue
            if row.status is None:
                yield "a request that is neither done nor undone"
                continue
            told, of = row.answer, row.answer.get("lead_id")
            if told.get("changed") and (of, row.began_at) not in versions:
                yield f"an answer on attributes of {of} without them"
            if told.get("recorded") and (of, row.began_at) not in (allowed if "purpose" in told else said):
                yield f"an answer on a word about {of} without it"
            if told.get("was_there") and (pseudonym(self._tx.connection, of), row.began_at) not in gone:
                yield f"an answer on erasing {of}, who was not"
            about = {one["lead_id"] for one in told.get("results", ())} | ({of} if of else set())
            if about & here != hanging[row.key]:
                yield f"an answer about {sorted(about)} that erasing them would not find"
            for one in told.get("results", ()):
                if (one["lead_id"], one["event_id"]) not in seen:
                    yield f"an answer about event {one['event_id']} of {one['lead_id']} without it"

    def _effects(self) -> Iterator[str]:
        """What was done is remembered, so that it is not done again."""
        for table, moment in (
            (lead_versions, "recorded_at"), (events, "received_at"), (outcomes, "recorded_at"),
            (consents, "recorded_at"),
        ):  # fmt: skip
            for row in self._new(table, moment):
                if not self._remembered[getattr(row, moment)]:
                    yield f"a row of {table.name} of {row.lead_id} that no request is remembered for"
        if any(not self._remembered[row.at] for row in self._erasures_logged):
            yield "an erasure that no request is remembered for"

    def _audit(self) -> Iterator[str]:
        """A person's word stands in the audit log, whose seals hold."""
        if not self._tx.audit.verify().is_whole:
            yield "the audit log is broken"
        logged = Counter(
            (row.subject, row.at, row.action)
            for row in self._new(audit_log, "at", audit_log.c.action.startswith("consent."))
        )
        said = self._new(consents, "recorded_at")
        names = pseudonyms(self._tx.connection, {row.lead_id for row in said})
        kept = Counter((names[row.lead_id], row.recorded_at, f"consent.{row.word}") for row in said)
        if kept - logged:
            yield "a person's word without its row in the audit log"

    def _erased(self) -> Iterator[str]:
        """Who was erased is gone from everywhere, in the audit log, and told."""
        gone = {row.pseudonym for row in self._all(erasures)}
        here = set(pseudonyms(self._tx.connection, [row.lead_id for row in self._all(leads)]).values())
        if gone & here:
            yield "an erased lead that is here"
        logged = {(row.subject, row.at) for row in self._erasures_logged}
        for row in self._new(erasures, "erased_at"):
            if (row.pseudonym, row.erased_at) not in logged:
                yield "an erasure without its row in the audit log"
        if any(row.subject not in gone for row in self._erasures_logged):
            yield "an erasure that the store will not remember"
        # Once it is delivered the message is emptied, and still there.
        told = Counter(row.created_at for row in self._new(messages, "created_at", messages.c.kind == LEAD_ERASED))
        was_there = [row.at for row in self._erasures_logged if row.details["was_there"]]
        if Counter(was_there) != told:
            yield "an erasure without its message"

    def _messages(self) -> Iterator[str]:
        """Every message is on its way to somebody, and about nobody who is gone."""
        sent = {row.message_number for row in self._all(deliveries)}
        here = {row.lead_id for row in self._all(leads)}
        # Not the payloads, which are most of the file.
        for row in self._tx.connection.execute(select(messages.c.id, messages.c.kind, messages.c.lead_id)):
            if row.id not in sent:
                yield "a message to nobody"
            if row.kind != LEAD_ERASED and row.lead_id is not None and row.lead_id not in here:
                yield f"a message about {row.lead_id}, who is gone"


@pytest.fixture
def rows_of() -> type[Rows]:
    """Return what looks whether the rows of a store belong together."""
    return Rows
