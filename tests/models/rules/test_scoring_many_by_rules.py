"""Many leads at once get what each of them gets alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from features.domain import Event, Lead
from models.rules.many_leads import find_many
from models.rules.rule_set import RuleSet

Make = Callable[..., Any]
MOMENT = pl.Datetime("us", "UTC")


def random_history(now: datetime, count: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(seed)
    start = now - timedelta(days=120)
    versions, events = [], []
    for number in range(count):
        created = start + timedelta(days=float(rng.uniform(0, 60)))
        for known_after in (0.0, *rng.uniform(0, 60, rng.integers(0, 2))):
            versions.append(
                {
                    "lead_id": f"L{number}",
                    "created_at": created,
                    "known_at": created + timedelta(days=float(known_after)),
                    "order": number,
                    "attribute.industry": rng.choice(["Software", "machinery", "Retail", None]),
                    "attribute.employees": None if rng.random() < 0.3 else float(rng.integers(1, 2000)),
                    "attribute.job_title": rng.choice(["Head of Sales", "Buchhalter", "CEO", None]),
                    "attribute.email": rng.choice(["a@gmx.de", "b@acme.example", None]),
                    "attribute.founded_on": created + timedelta(days=float(rng.uniform(-50, 50))),
                }
            )
        for _ in range(rng.integers(0, 40)):
            events.append(
                {
                    "lead_id": f"L{number}",
                    "occurred_at": created + timedelta(days=float(np.round(rng.uniform(0, 90), 1))),
                    "event": str(rng.choice(["page_view", "email_click", "demo_request", "unsubscribe", "unheard_of"])),
                    "property.page": rng.choice(["/pricing", "/blog", None]),
                    "property.seconds": None if rng.random() < 0.3 else float(rng.integers(0, 90)),
                }
            )
    leads = pl.DataFrame(versions, infer_schema_length=None).with_columns(
        pl.col("created_at", "known_at", "attribute.founded_on").cast(MOMENT)
    )
    table = pl.DataFrame(events, infer_schema_length=None).with_columns(pl.col("occurred_at").cast(MOMENT))
    moments = (
        leads.group_by("lead_id", maintain_order=True)
        .agg(pl.col("created_at").min())
        .join(pl.DataFrame({"days": [0.0, 7.0, 30.5, 100.0]}), how="cross")
        .select("lead_id", as_of=pl.col("created_at") + pl.duration(seconds=pl.col("days") * 86_400))
        .sample(fraction=1.0, shuffle=True, seed=seed)
        .with_columns(pl.col("as_of").cast(MOMENT))
    )
    return leads, table, moments


def lead_at(leads: pl.DataFrame, lead_id: str, as_of: datetime) -> Lead:
    known = leads.filter((pl.col("lead_id") == lead_id) & (pl.col("known_at") <= as_of)).sort("known_at")
    row = known.row(-1, named=True)
    values = {key.removeprefix("attribute."): value for key, value in row.items() if key.startswith("attribute.")}
    return Lead(lead_id, row["created_at"], values, row["known_at"])


@pytest.mark.parametrize("seed", [1, 2])
def test_many_leads_score_like_each_alone(rules: dict[str, Any], scorer_of: Make, now: datetime, seed: int) -> None:
    rules["rules"].append({"id": "founded", "when": {"attribute": "founded_on", "filled": True}, "points": 1})
    rules["rules"].append({"id": "nameless", "when": {"attribute": "industry", "filled": False}, "points": -4})
    rules["required"] = ["email"]
    for rule in rules["rules"]:
        if isinstance(rule["when"], dict) and "event" in rule["when"]:
            rule["when"]["daily_cap"] = 1
    scorer = scorer_of(rules, {"sql": {"requires": ["job_title"]}})
    leads, events, moments = random_history(now, 40, seed)
    many = scorer.score_many(leads, events.lazy(), moments, scored_at=now)
    by_lead = events.partition_by("lead_id", as_dict=True)
    assert len(many) == moments.height
    for found, (lead_id, as_of) in zip(many, moments.iter_rows(), strict=True):
        mine = by_lead.get((lead_id,))
        alone = scorer.score(
            lead_at(leads, lead_id, as_of),
            [
                Event(lead_id, at, kind, {"page": page, "seconds": seconds})
                for _, at, kind, page, seconds in ([] if mine is None else mine.iter_rows())
            ],
            as_of,
            scored_at=now,
        )
        one, other = alone.to_mapping(), found.to_mapping()
        for score in (one, other):
            for key in ("points", "fit_points", "engagement_points"):
                score[key] = round(score[key], 9)
            for reason in score["reasons"]:
                reason["points"] = round(reason["points"], 9)
        assert one == other


def test_points_of_many_are_those_of_their_scores(rules: dict[str, Any], scorer_of: Make, now: datetime) -> None:
    rules["required"] = ["email"]
    scorer = scorer_of(rules)
    leads, events, moments = random_history(now, 40, 3)
    points = scorer.points_many(leads, events.lazy(), moments)
    scores = scorer.score_many(leads, events.lazy(), moments, scored_at=now)
    assert points == pytest.approx([score.points for score in scores], abs=1e-9)
    assert len(set(points.tolist())) > 20


def test_an_untimed_history_is_scored_without_events(rules: dict[str, Any], scorer_of: Make, now: datetime) -> None:
    leads = pl.DataFrame(
        {"lead_id": ["a", "b"], "attribute.industry": ["Software", None]},
    ).with_columns(created_at=pl.lit(None, MOMENT), known_at=pl.lit(None, MOMENT), order=pl.lit(0))
    moments = pl.DataFrame({"lead_id": ["b", "a"]}).with_columns(as_of=pl.lit(None, MOMENT))
    scores = scorer_of(rules).score_many(leads, None, moments, scored_at=now)
    assert [(score.lead_id, score.points, score.as_of) for score in scores] == [("b", 10.0, None), ("a", 25.0, None)]


def test_twenty_thousand_leads_take_seconds(rules: dict[str, Any], scorer_of: Make, now: datetime) -> None:
    count, rng = 20_000, np.random.default_rng(0)
    ids = pl.Series([f"L{n}" for n in range(count)])
    created = pl.Series([now - timedelta(days=60)] * count, dtype=MOMENT)
    leads = pl.DataFrame({"lead_id": ids, "created_at": created, "known_at": created}).with_columns(
        pl.Series("attribute.employees", rng.integers(1, 2_000, count).astype(float))
    )
    which = rng.integers(0, count, 400_000)
    kinds = rng.choice(["page_view", "demo_request"], 400_000)
    seconds = pl.Series(rng.integers(0, 5_000_000, 400_000))
    events = pl.DataFrame({"lead_id": ids[which], "event": kinds}).with_columns(
        occurred_at=pl.lit(now, MOMENT) - pl.duration(seconds=seconds)
    )
    moments = pl.DataFrame({"lead_id": ids}).with_columns(as_of=pl.lit(now, MOMENT))
    began = time.perf_counter()
    points = scorer_of(rules).points_many(leads, events.lazy(), moments)
    assert time.perf_counter() - began < 5
    assert points.shape == (count,)


def test_a_rule_set_without_rules_gives_everybody_the_base(now: datetime) -> None:
    leads, events, moments = random_history(now, 3, 4)
    found = find_many(RuleSet.from_mapping({"base_points": 7}, None), leads, events.lazy(), moments)
    assert set(found.totals().tolist()) == {7.0}


def test_rules_that_ask_for_no_attribute_answer_at_every_moment(now: datetime) -> None:
    leads, events, moments = random_history(now, 3, 4)
    demo = {"id": "demo", "when": {"event": "demo_request"}, "points": 3}
    for rules in ({"base_points": 7}, {"base_points": 7, "rules": [demo]}):
        found = find_many(RuleSet.from_mapping(rules, None), leads, events.lazy(), moments)
        assert len(list(found.findings())) == moments.height
