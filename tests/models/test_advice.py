"""What would qualify a lead, what to ask it next, and how much is known of it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from features.catalog.actions import Action, event_actions, field_action
from features.domain import BundleError, Event, Lead, Score
from features.schema import Column, ColumnType, Role, Schema
from features.snapshots import snapshots
from features.vocabulary.doable import invitation
from features.vocabulary.field_questions import field_question
from features.what_if import Read, WhatIf
from models.advice import Case, Pipeline
from models.answers import LEAST_LEADS, Answers
from models.coverage import Coverage
from models.profiles import Profiles
from models.qualify import MARGIN_POINTS

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)
AS_OF = datetime(2025, 8, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def advised(small: Any) -> list[tuple[tuple[Any, ...], Score]]:
    scorer = small.scorer()
    cases = snapshots(small.catalog.schema, small.leads, small.events, small.moments[1500:1900])
    return [(case, scorer.score(*case, scored_at=NOW)) for case in cases]


def applied(case: tuple[Any, ...], steps: Any) -> tuple[Lead, list[Event], datetime]:
    """Return the lead after the steps, done without the product's own code."""
    lead, events, as_of = case
    attributes, done = dict(lead.attributes), list(events)
    for step in steps:
        change = step["change"]
        if "event" in change:
            done.append(Event(lead.lead_id, as_of, change["event"]))
        else:
            assert attributes.get(change["field"]) is None
            attributes[change["field"]] = change["value"]
    return dataclasses.replace(lead, attributes=attributes), done, as_of


def test_every_suggestion_scored_again_is_over_the_cutoff_and_tells_its_points(small: Any, advised: Any) -> None:
    scorer = small.scorer()
    suggested = [(case, score) for case, score in advised if score.what_would_qualify]
    assert len(suggested) > 30
    for case, score in suggested:
        goal = (50 if score.score < 50 else 75) + MARGIN_POINTS
        again = scorer.score(*applied(case, score.what_would_qualify), scored_at=NOW)
        assert again.points >= goal
        assert again.score == score.what_would_qualify[-1]["score"]
        gained = sum(step["points"] for step in score.what_would_qualify)
        assert again.points - score.points == pytest.approx(gained, abs=1e-5)


def test_a_step_is_an_observation_in_both_languages_and_names_what_differs(advised: Any) -> None:
    seen = [step for _, score in advised for step in score.what_would_qualify]
    for step in seen:
        assert set(step) == {"feature", "change", "points", "score", "text"}
        assert "usually" in step["text"]["en"]
        assert "meist" in step["text"]["de"]
    assert {"event", "times"} in [set(step["change"]) for step in seen]
    assert {"field", "value"} in [set(step["change"]) for step in seen]


def test_two_steps_come_only_where_no_single_one_does(small: Any, advised: Any) -> None:
    pairs = [(case, score) for case, score in advised if len(score.what_would_qualify) == 2]
    assert pairs
    scorer = small.scorer()
    for case, score in pairs:
        goal = (50 if score.score < 50 else 75) + MARGIN_POINTS
        for step in score.what_would_qualify:
            alone = scorer.score(*applied(case, [step]), scored_at=NOW)
            row = scorer.builder.row(*applied(case, [step]))
            usual = small.background.profiles.is_usual(small.encoder.vector(row)[None, :])[0]
            assert alone.points < goal or not usual


def test_nothing_is_suggested_above_both_cutoffs_or_away_from_what_was_seen(small: Any, advised: Any) -> None:
    assert all(not score.what_would_qualify for _, score in advised if score.score >= 75)
    for case, score in advised:
        if score.what_would_qualify:
            row = small.scorer().builder.row(*applied(case, score.what_would_qualify))
            assert small.background.profiles.is_usual(small.encoder.vector(row)[None, :])[0]
    strange = dataclasses.replace(small.background.profiles, limit=0.0)
    scorer = small.scorer(background=dataclasses.replace(small.background, profiles=strange))
    assert all(not scorer.score(*case, scored_at=NOW).what_would_qualify for case, _ in advised[:50])


def test_a_lead_is_not_invited_to_what_it_did_this_month(advised: Any) -> None:
    for (_, events, _), score in advised:
        invited = {step["change"].get("event") for step in score.what_would_qualify}
        assert not invited & {event.event for event in events}


def test_the_switch_leaves_all_else_as_it_is(small: Any, advised: Any) -> None:
    plain = small.scorer(advise=False)
    for case, score in advised[:20]:
        assert plain.score(*case, scored_at=NOW) == dataclasses.replace(score, what_would_qualify=(), ask_next=None)


def test_many_leads_at_once_get_what_each_gets_alone(small: Any, advised: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.scorer.TOGETHER", 150)
    together = small.scorer().score_each([case for case, _ in advised], scored_at=NOW)
    assert sum(bool(score.what_would_qualify) for score in together) > 20
    for score, (_, alone) in zip(together, advised, strict=True):
        # Sums over many columns at once may differ in the last digit.
        assert (score.fit_points, score.engagement_points) == pytest.approx(
            (alone.fit_points, alone.engagement_points), abs=1e-9
        )
        assert dataclasses.replace(
            score, fit_points=alone.fit_points, engagement_points=alone.engagement_points
        ) == alone  # fmt: skip


def test_what_is_known_is_never_changed(small: Any) -> None:
    scorer = small.scorer()
    pipeline = Pipeline(WhatIf(scorer.builder, scorer.encoder), scorer.model, scorer.calibration, scorer.scale)
    lead = Lead("L", AS_OF, {"industry": "health"})
    at = scorer.builder.tallied(lead, (), AS_OF)
    read = Read(at, scorer.encoder.vector(scorer.builder.row_of(at)))
    with pytest.raises(ValueError, match="changes what is known"):
        pipeline.after(Case(lead, (), AS_OF, read), read, field_action(small.catalog, "industry", "software"))


def test_the_question_is_the_one_whose_usual_answers_move_most(small: Any, advised: Any) -> None:
    scorer = small.scorer()
    asked = 0
    for (lead, events, as_of), score in advised[:150]:
        if score.blocked_by:
            continue
        moves = {
            name: sum(
                share * abs(
                    scorer.score(
                        dataclasses.replace(lead, attributes={**lead.attributes, name: value}), events, as_of,
                        scored_at=NOW,
                    ).points - score.points
                )
                for value, share in answers
            )
            for name, answers in small.background.answers.of.items()
            if lead.attributes.get(name) is None
        }  # fmt: skip
        if score.ask_next is None:
            assert all(move < 0.5 for move in moves.values())
            continue
        asked += 1
        best = max(moves, key=lambda name: moves[name])
        assert score.ask_next["field"] == best
        assert score.ask_next["points"] == pytest.approx(moves[best], abs=1e-5)
    assert asked > 20


def test_what_holds_a_lead_back_is_asked_first(advised: Any) -> None:
    blocked = [score for _, score in advised if score.blocked_by]
    assert blocked
    assert all(score.ask_next is not None and score.ask_next["field"] in score.blocked_by for score in blocked)


def test_coverage_weighs_what_is_known_by_how_much_it_counts(small: Any) -> None:
    names = [column.name for column in small.encoder.columns]
    coverage = Coverage(small.catalog, names, {"industry": 3.0, "employees": 1.0})
    whole = {**dict.fromkeys(names), "industry": "retail", "employees": 5.0}
    assert coverage.of_row(whole) == 1.0
    assert coverage.of_row({**whole, "employees": None}) == 0.75
    assert coverage.of_row({**whole, "industry": None}) == 0.25
    weighted = Coverage(small.catalog, names, small.background.importance)
    assert weighted.of_frame(small.frame[:50]) == [weighted.of_row(row) for row in small.frame[:50].to_dicts()]
    assert Coverage(small.catalog, [], {}).of_frame(small.frame[:2]) == [1.0, 1.0]


def test_a_website_that_is_not_given_is_not_known() -> None:
    from features.catalog import Catalog

    columns = (Column("website", ColumnType.WEBSITE), Column("size", ColumnType.NUMBER))
    catalog = Catalog.from_schema(Schema(columns, timed=False))
    coverage = Coverage(catalog, ["website_present", "size"], {})
    frame = pl.DataFrame({"website_present": [0.0, 1.0], "size": [None, None]}, schema_overrides={"size": pl.Float64})
    assert coverage.of_frame(frame) == [0.0, 0.5]
    assert [coverage.of_row(row) for row in frame.to_dicts()] == [0.0, 0.5]


def test_a_thin_lead_is_warned_of(small: Any) -> None:
    scorer = small.scorer()
    scorer._coverage = Coverage(small.catalog, ["industry", "employees"], {})
    score = scorer.score(Lead("L", AS_OF, {}), [], AS_OF, scored_at=NOW)
    assert score.coverage == 0.0
    assert score.warnings == ("0% of what the model reads is known of this lead",)
    known = scorer.score(Lead("L", AS_OF, {"industry": "retail"}), [], AS_OF, scored_at=NOW)
    assert known.warnings == ()


def test_answers_that_few_leads_share_are_not_kept() -> None:
    schema = Schema(
        (
            Column("title", ColumnType.JOB_TITLE), Column("size", ColumnType.NUMBER), Column("email", ColumnType.EMAIL),
            Column("visits", ColumnType.NUMBER, Role.ENGAGEMENT),
        )
    )  # fmt: skip
    titles = ["Chief of the only bureau"] * (LEAST_LEADS - 1) + ["CEO"] * 30 + ["CTO"] * 10
    n = len(titles)
    leads = pl.DataFrame(
        {
            "attribute.title": titles, "attribute.size": [1.0] * 25 + [100.0] * (n - 25), "attribute.visits": [1.0] * n,
            "attribute.email": ["a@b.example"] * n,
        }
    )  # fmt: skip
    assert Answers.fit(schema, leads).of == {
        "title": (("CEO", 0.75), ("CTO", 0.25)),
        "size": ((1.0, pytest.approx(0.6)), (100.0, pytest.approx(0.4))),
    }


def test_damaged_answers_are_refused() -> None:
    for damage in ({"size": [[float("nan"), 1.0]]}, {"size": [[1.0, 0.5]]}, {"size": [[True, 1.0]]}, {"size": 3}):
        with pytest.raises(BundleError):
            Answers.from_mapping(damage)


def test_profiles_know_strangers_from_leads_like_those_learned_from(small: Any) -> None:
    profiles = small.background.profiles
    held_out = small.encoder.matrix(small.frame[1500:])
    assert 0.90 < profiles.is_usual(held_out).mean() < 0.99
    rng = np.random.default_rng(0)
    mixed = np.column_stack([rng.permutation(column) for column in held_out.T])
    assert profiles.is_usual(mixed).mean() < 0.7
    assert not profiles.is_usual(np.full((1, held_out.shape[1]), 1e9))[0]
    again = Profiles.from_mapping(profiles.to_mapping(), held_out.shape[1])
    assert (again.distance(held_out[:20]) == profiles.distance(held_out[:20])).all()


def test_actions_follow_from_the_schema(small: Any) -> None:
    assert event_actions(small.catalog) == (
        Action("demo_request", invitation("demo_request"), event="demo_request"),
    )  # fmt: skip
    untimed = dataclasses.replace(small.catalog.schema, timed=False)
    assert event_actions(type(small.catalog).from_schema(untimed)) == ()


def test_questions_are_asked_in_both_languages() -> None:
    assert field_question("NumberOfEmployees").en == "How many people work at the company?"
    assert field_question("shoe_size").to_mapping() == {"en": "Ask for: shoe size", "de": "Erfragen: shoe size"}
