from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from features.domain import Engine, InputError, Lead, ModelReference, Score, SlaReference, Stage
from serving.store import Store
from serving.store.worklist import Sort, Wanted

MARCH = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def scored(lead_id: str, points: float, *, grade: str = "B2", persona: str | None = None, minutes: int = 0) -> Score:
    score = int(points)
    return Score(
        lead_id=lead_id, probability=0.1, score=score, points=points,
        stage=Stage.SQL if score >= 75 else Stage.MQL if score >= 50 else Stage.LEAD, grade=grade, engine=Engine.MODEL,
        degraded=False, degraded_reason=None, fit_points=0.0, engagement_points=0.0, base_points=points, reasons=(),
        model=ModelReference("acme", "7", MARCH), sla=SlaReference(3, 0.1, 0.3, "certified"),
        as_of=MARCH + timedelta(minutes=minutes), scored_at=MARCH + timedelta(minutes=minutes), coverage=1.0,
        persona=persona,
    )  # fmt: skip


def add(store: Store, score: Score, owner: str | None = None, **attributes: Any) -> None:
    with store.begin() as tx:
        tx.leads.put(Lead(score.lead_id, None, attributes))
        if owner is not None:
            tx.leads.assign(score.lead_id, owner)
        tx.scores.keep(score, cause="lead")


@pytest.fixture
def people(store: Store) -> Store:
    add(store, scored("L1", 80.0, grade="A1", persona="Buyer"), owner="ann", city="Köln", email="zoe@acme.de")
    add(store, scored("L2", 55.5, grade="A3", minutes=1), owner="bob", city="Bonn")
    add(store, scored("L3", 55.5, grade="C1", persona="Buyer", minutes=2), city="100% Ulm")
    add(store, scored("L4", 12.0, grade="D4", minutes=3), owner="ann", city="Ulm")
    return store


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (Wanted(), ["L1", "L2", "L3", "L4"]),
        (Wanted(stages=(Stage.MQL, Stage.SQL)), ["L1", "L2", "L3"]),
        (Wanted(grades=("A",)), ["L1", "L2"]),
        (Wanted(grades=("1",)), ["L1", "L3"]),
        (Wanted(grades=("A3", "D")), ["L2", "L4"]),
        (Wanted(min_score=55), ["L1", "L2", "L3"]),
        (Wanted(min_score=56), ["L1"]),
        (Wanted(personas=("Buyer",)), ["L1", "L3"]),
        (Wanted(owners=("ann",)), ["L1", "L4"]),
        (Wanted(search="KÖLN"), ["L1"]),
        (Wanted(search="zoe@"), ["L1"]),
        (Wanted(search="0%"), ["L3"]),
        (Wanted(search="_"), []),
        (Wanted(search="l4"), ["L4"]),
        (Wanted(stages=(Stage.SQL,), owners=("bob",)), []),
    ],
)  # fmt: skip
def test_the_worklist_holds_who_was_asked_for(people: Store, wanted: Wanted, ids: list[str]) -> None:
    with people.read() as tx:
        assert [row.lead_id for row in tx.worklist.page(wanted).rows] == ids
        assert tx.worklist.count(wanted) == len(ids)


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        (Sort.HIGHEST, ["L1", "L2", "L3", "L4"]), (Sort.LOWEST, ["L4", "L2", "L3", "L1"]),
        (Sort.NEWEST, ["L4", "L3", "L2", "L1"]), (Sort.OLDEST, ["L1", "L2", "L3", "L4"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_together_are_the_whole_list_in_its_order(people: Store, sort: Sort, ids: list[str], limit: int) -> None:
    found, cursor = [], None
    with people.read() as tx:
        while True:
            page = tx.worklist.page(Wanted(), sort=sort, cursor=cursor, limit=limit)
            found += [row.lead_id for row in page.rows]
            cursor = page.cursor
            if cursor is None:
                break
    assert found == ids


@pytest.mark.parametrize("search", [None, "a"])
def test_any_choice_of_stages_holds_exactly_those(people: Store, search: str | None) -> None:
    with people.begin() as tx:
        tx.stages.move("L3", Stage.CUSTOMER, why="won")
    stands = {"L1": Stage.SQL, "L2": Stage.MQL, "L3": Stage.CUSTOMER, "L4": Stage.LEAD}
    with people.read() as tx:
        everybody = [row.lead_id for row in tx.worklist.page(Wanted(search=search)).rows]
        for count in range(1, len(Stage) + 1):
            for stages in itertools.combinations(Stage, count):
                wanted = Wanted(stages=stages, search=search)
                found = [row.lead_id for row in tx.worklist.page(wanted).rows]
                assert found == [lead_id for lead_id in everybody if stands[lead_id] in stages]
                assert tx.worklist.count(wanted) == len(found)


@pytest.mark.parametrize("sort", list(Sort))
def test_open_leads_are_read_in_their_order_and_never_sorted(people: Store, sort: Sort) -> None:
    if people.engine.dialect.name != "sqlite":
        pytest.skip("SQLite says by which index it reads")
    asked: list[tuple[str, Any]] = []

    def keep(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    with people.read() as tx:
        event.listen(tx.connection, "before_cursor_execute", keep)
        tx.worklist.page(Wanted(stages=(Stage.LEAD, Stage.MQL, Stage.SQL, Stage.OPPORTUNITY)), sort=sort)
        event.remove(tx.connection, "before_cursor_execute", keep)
        plan = tx.connection.exec_driver_sql("EXPLAIN QUERY PLAN " + asked[0][0], asked[0][1]).all()
    assert not [step for step in plan if "TEMP B-TREE FOR ORDER BY" in str(step)]


def test_a_row_tells_what_a_person_wants_to_see(people: Store, clock: Any) -> None:
    clock.move(days=1)
    with people.begin() as tx:
        tx.scores.keep(scored("L1", 90.25, minutes=9), cause="events")
        row = tx.worklist.page(Wanted(), limit=1).rows[0]
    assert (row.score, row.previous_score, row.points, row.owner) == (90, 80, 90.25, "ann")
    assert row.attributes == {"city": "Köln", "email": "zoe@acme.de"}
    # The stage is the same, so it is as old as before.
    assert row.stage_since == MARCH


def test_attributes_are_those_known_now(people: Store, clock: Any) -> None:
    clock.move(days=1)
    with people.begin() as tx:
        tx.leads.put(Lead("L1", None, {"city": "Kiel"}))
        assert tx.worklist.page(Wanted(search="kiel")).rows[0].attributes == {"city": "Kiel"}
        assert tx.worklist.page(Wanted(search="köln")).rows == ()


@pytest.mark.parametrize("sort", list(Sort))
def test_paging_is_stable_while_leads_come_in_and_go(store: Store, sort: Sort) -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    there = [f"L{number:02d}" for number in range(30)]
    for number, lead_id in enumerate(there):
        add(store, scored(lead_id, float(chance.randrange(40, 44)), minutes=number % 5))
    found, cursor, came = [], None, 0
    while True:
        with store.read() as tx:
            page = tx.worklist.page(Wanted(), sort=sort, cursor=cursor, limit=4)
        found += [row.lead_id for row in page.rows]
        cursor = page.cursor
        if cursor is None:
            break
        for _ in range(3):
            came += 1
            add(store, scored(f"N{chance.random()}", float(chance.randrange(39, 45)), minutes=chance.randrange(-1, 6)))
    assert came > 0
    assert sorted(one for one in found if one.startswith("L")) == there
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("cursor", ["", "%%%", "bm9uc2Vuc2U=", "WyItc2NvcmUiLDFd", "WyItc2NvcmUiLCJ4IiwiTDEiXQ==", "é"])
def test_a_cursor_that_is_none_is_refused(people: Store, cursor: str) -> None:
    with pytest.raises(InputError, match="cursor"), people.read() as tx:
        tx.worklist.page(Wanted(), cursor=cursor)


def test_a_cursor_belongs_to_its_order(people: Store) -> None:
    with people.read() as tx:
        cursor = tx.worklist.page(Wanted(), sort=Sort.HIGHEST, limit=1).cursor
        with pytest.raises(InputError, match="scored_at"):
            tx.worklist.page(Wanted(), sort=Sort.NEWEST, cursor=cursor)


@pytest.mark.parametrize("limit", [0, 501])
def test_a_page_of_another_size_is_refused(people: Store, limit: int) -> None:
    with pytest.raises(InputError, match="500"), people.read() as tx:
        tx.worklist.page(Wanted(), limit=limit)
