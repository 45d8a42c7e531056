from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.domain import (
    OTHER,
    Engine,
    Group,
    InputError,
    Lead,
    ModelReference,
    Reason,
    Score,
    SlaReference,
    Stage,
    Text,
)
from serving.store import Store
from serving.store.score_changes import BASE, LEAST_POINTS, reasons_changed
from serving.store.scores import NewScore
from serving.store.standings import standings_of

MARCH = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def reason(feature: str, points: float, value: str | None = None) -> Reason:
    group = None if feature == OTHER else Group.ENGAGEMENT
    return Reason(feature, group, value, points, Text(f"{feature} is {value}", f"{feature} ist {value}"))


def scored(lead_id: str = "L1", base: float = 40.0, as_of: datetime = MARCH, **points: float) -> Score:
    total = base + sum(points.values())
    score = int(max(0, min(100, total)))
    return Score(
        lead_id=lead_id, probability=0.123456789012345, score=score, points=total,
        stage=Stage.SQL if score >= 75 else Stage.MQL if score >= 50 else Stage.LEAD, grade="A2", engine=Engine.MODEL,
        degraded=False, degraded_reason=None, fit_points=1 / 3, engagement_points=-0.1, base_points=base,
        reasons=tuple(reason(name, value, f"{value}") for name, value in points.items()),
        model=ModelReference("acme", "7", MARCH), sla=SlaReference(3, 0.11, None, "certified"), as_of=as_of,
        scored_at=as_of + timedelta(seconds=1), coverage=0.86, persona="Marketing", ask_next={"field": "employees"},
        what_would_qualify=({"feature": "demo", "points": 12.5},), blocked_by=("consent",), warnings=("late",),
    )  # fmt: skip


@pytest.fixture
def known(store: Store) -> Store:
    with store.begin() as tx:
        for lead_id in ("L1", "L2"):
            tx.leads.put(Lead(lead_id, None, {"city": "Bonn"}))
    return store


def test_a_score_comes_back_as_it_was_answered(known: Store) -> None:
    score = scored(pages=12.3, mail=-4.0)
    with known.begin() as tx:
        kept = tx.scores.keep(score, cause="events")
    with known.read() as tx:
        latest = tx.scores.latest("L1")
        assert latest is not None
        assert latest.score == score
        assert latest.score.to_mapping() == score.to_mapping()
        assert (latest.score_id, latest.cause) == (kept.score_id, "events")
        assert tx.scores.latest("L2") is None


def test_a_score_of_an_unknown_lead_is_refused(known: Store) -> None:
    with pytest.raises(InputError, match="Put the lead first"), known.begin() as tx:
        tx.scores.keep(scored("nobody"), cause="events")


def test_the_history_tells_what_changed_since_the_score_before(known: Store, clock: Any) -> None:
    for points in ({"pages": 5.0}, {"pages": 5.0, "demo": 20.0}, {"pages": 1.0, "demo": 20.0}):
        clock.move(hours=1)
        with known.begin() as tx:
            tx.scores.keep(scored(as_of=clock.now(), **points), cause="events")
    with known.read() as tx:
        newest, middle, first = tx.scores.history("L1")
        assert [one.score.points for one in (newest, middle, first)] == [61.0, 65.0, 45.0]
        assert [(change.feature, change.points) for change in newest.changes] == [("pages", -4.0)]
        assert [(change.feature, change.before, change.after) for change in middle.changes] == [("demo", 0.0, 20.0)]
        assert first.changes == ()
        page = tx.scores.history("L1", limit=1)
        assert page[0].changes == newest.changes
        assert tx.scores.history("L1", before=page[0].score_id) == [middle, first]


names = st.sampled_from(["pages", "demo", "mail", "size", OTHER])
parts = st.dictionaries(names, st.floats(-60, 60), max_size=5)


@given(before=parts, after=parts, bases=st.tuples(st.floats(0, 60), st.floats(0, 60)))
def test_the_changes_add_up_to_the_difference(
    before: dict[str, float], after: dict[str, float], bases: tuple[float, float]
) -> None:
    old, new = scored(base=bases[0], **before), scored(base=bases[1], **after)
    changes = reasons_changed(old, new)
    assert sum(change.points for change in changes) == pytest.approx(new.points - old.points, abs=1e-6)
    assert all(abs(change.points) >= LEAST_POINTS for change in changes if change.feature != OTHER)
    assert len({change.feature for change in changes}) == len(changes)


def test_another_base_is_a_change_of_its_own() -> None:
    (change,) = reasons_changed(scored(base=40.0), scored(base=43.0))
    assert (change.feature, change.points) == (BASE, 3.0)


def test_a_lead_stands_at_the_later_knowledge_whichever_was_written_last(known: Store) -> None:
    later, earlier = scored(as_of=MARCH + timedelta(days=1), pages=40.0), scored(pages=1.0)
    with known.begin() as tx:
        tx.scores.keep(later, cause="events")
        late = tx.scores.keep(earlier, cause="events")
        latest = tx.scores.latest("L1")
        assert latest is not None
        assert latest.score == later
        assert not late.changed_stage
        assert len(tx.scores.history("L1")) == 2
        assert [change.stage for change in tx.stages.of("L1")] == [Stage.SQL]


def test_many_scores_are_kept_as_each_would_be(known: Store, clock: Any) -> None:
    with known.begin() as tx:
        for lead_id in ("L3", "L4"):
            tx.leads.put(Lead(lead_id, None, {"city": "Bonn"}))
        for lead_id in ("L2", "L3"):
            tx.scores.keep(scored(lead_id, pages=1.0), cause="lead")
        tx.scores.keep(scored("L4", as_of=MARCH + timedelta(days=9), pages=40.0), cause="lead")
    later = MARCH + timedelta(days=1)
    new = [
        scored("L4", as_of=later, pages=2.0), scored("L3", as_of=later, pages=40.0),
        scored("L2", as_of=later, pages=2.0), scored("L1", as_of=later, pages=2.0),
    ]  # fmt: skip
    with known.begin() as tx:
        stands = standings_of(tx.connection, ["L1", "L2", "L3", "L4"])
        kept = tx.scores.keep_all([NewScore(one, "model", stands.get(one.lead_id)) for one in new])
    assert [(one.lead_id, one.stage_before, one.stage) for one in kept] == [
        ("L4", Stage.SQL, Stage.SQL), ("L3", Stage.LEAD, Stage.SQL), ("L2", Stage.LEAD, Stage.LEAD),
        ("L1", None, Stage.LEAD),
    ]  # fmt: skip
    with known.read() as tx:
        assert [tx.scores.history(one.lead_id)[0].score for one in new] == new
        assert [record.score_id for one in kept for record in tx.scores.history(one.lead_id)[:1]] == [
            one.score_id for one in kept
        ]
        latest = {one: tx.scores.latest(one) for one in ("L1", "L2", "L3", "L4")}
        assert {name: record and record.score.points for name, record in latest.items()} == {
            "L1": 42.0, "L2": 42.0, "L3": 80.0, "L4": 80.0
        }  # fmt: skip
        assert [[change.stage for change in tx.stages.of(one)] for one in ("L1", "L2", "L3", "L4")] == [
            [Stage.LEAD], [Stage.LEAD], [Stage.LEAD, Stage.SQL], [Stage.SQL]
        ]  # fmt: skip


def test_stages_are_kept_with_why_and_by_whom(known: Store, clock: Any) -> None:
    with known.begin() as tx:
        assert tx.scores.keep(scored(pages=11.0), cause="events").changed_stage
    clock.move(days=1)
    with known.begin() as tx:
        # The use case holds the stage although the score fell.
        held = tx.scores.keep(scored(as_of=clock.now(), pages=8.0), cause="decay", stage=Stage.MQL)
        assert not held.changed_stage
        assert tx.stages.move("L1", Stage.OPPORTUNITY, why="outcome", by="ann")
        assert not tx.stages.move("L1", Stage.OPPORTUNITY, why="outcome")
    with known.read() as tx:
        told = [(one.stage_before, one.stage, one.why, one.changed_by) for one in tx.stages.of("L1")]
        assert told == [
            (None, Stage.MQL, "score", None), (Stage.MQL, Stage.OPPORTUNITY, "outcome", "ann"),
        ]  # fmt: skip
        assert tx.stages.of("L1")[1].at == clock.now()


def test_a_stage_of_a_lead_that_was_never_scored_is_refused(known: Store) -> None:
    with pytest.raises(InputError, match="never scored"), known.begin() as tx:
        tx.stages.move("L2", Stage.CUSTOMER, why="outcome")


def test_rules_without_a_probability_are_kept_too(known: Store) -> None:
    score = dataclasses.replace(
        scored(), probability=None, engine=Engine.RULES, degraded=True, degraded_reason="no-model", as_of=None,
        model=ModelReference("rules", "1", None), persona=None, ask_next=None, reasons=(reason(OTHER, 0.25),),
    )  # fmt: skip
    with known.begin() as tx:
        tx.scores.keep(score, cause="lead")
        latest = tx.scores.latest("L1")
    assert latest is not None
    assert latest.score == score


def test_leads_without_a_score_are_asked_for_the_newest_first_and_no_more_than_fit(store: Store) -> None:
    with store.begin() as tx:
        for day in range(1, 5):
            tx.leads.put(Lead(f"L{day}", datetime(2026, 1, day, tzinfo=UTC), {}))
        tx.leads.open(["nothing known"])
        tx.scores.keep(scored("L4"), cause="lead")
        assert tx.rescoring.ask_for_never_scored("import", most=2) == (2, 1)
        assert [one.lead_id for one in tx.rescoring.take(10)] == ["L3", "L2"]
