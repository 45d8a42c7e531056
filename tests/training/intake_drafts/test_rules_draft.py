"""The drafted rules are readable, honest and a respectable opponent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from features.config import Config
from features.history import FileHistory
from models.rules import RuleSet
from models.rules.many_leads import find_many
from training.examples import make_examples
from training.intake.event_worth import worth_of
from training.intake.older_half import older_half
from training.intake.rules_draft import draft_rules

Read = Callable[[Any], tuple[str, dict[str, Any]]]
Flat = Callable[..., tuple[FileHistory, Config]]


@pytest.fixture(scope="module")
def drafted(simulated: tuple[FileHistory, Config]) -> Any:
    return draft_rules(*simulated)


def entries(draft: Any) -> dict[str, Any]:
    return {rule["id"]: rule for rule in draft["rules"]}


def newer_half(history: FileHistory, config: Config, days: tuple[float, ...]) -> pl.DataFrame:
    frame = make_examples(history, config.target.outcome, config.target.horizon_days, days).frame
    ids = frame["lead_id"].unique(maintain_order=True)
    return frame.filter(pl.col("lead_id").is_in(ids.tail(len(ids) // 2).implode()))


def test_the_draft_is_accepted_as_rules(simulated: tuple[FileHistory, Config], drafted: Any, as_read: Read) -> None:
    text, read = as_read(drafted)
    rule_set = RuleSet.from_mapping(read, simulated[1].schema)
    assert 8 <= len(rule_set.rules) <= 30
    assert text.startswith("# The rules in force while no trained model can answer")
    assert all(rule.text is not None and rule.text.en and rule.text.de for rule in rule_set.rules)


def test_rules_are_said_in_the_words_of_either_language(drafted: Any) -> None:
    rules = entries(drafted)
    assert rules["demo_request"]["text"] == {"en": "Requested a demo", "de": "Hat eine Demo angefragt"}
    sizes = [rule["text"] for rule in rules.values() if rule["when"].get("attribute") == "employees"]
    assert sizes
    assert all(text["en"].startswith("Employees") and text["de"].startswith("Mitarbeiterzahl") for text in sizes)


def test_what_everybody_knows_has_the_points_everybody_expects(drafted: Any) -> None:
    rules = entries(drafted)
    assert rules["demo_request"]["points"] >= 8
    assert rules["unsubscribe"]["points"] < 0
    assert rules["email_free"]["points"] < 0
    assert rules["intern_or_student"]["points"] < 0
    assert rules["demo_request"]["points"] > rules.get("page_view", {"points": 0})["points"]


def test_evidence_stands_beside_the_points(drafted: Any, as_read: Read) -> None:
    text, _ = as_read(drafted)
    assert text.count(" leads, ") >= 8
    assert "converted; overall" in text


def test_the_rules_rank_the_newer_half_that_they_never_saw(simulated: tuple[FileHistory, Config], drafted: Any) -> None:
    history, config = simulated
    newer = newer_half(history, config, (7.0,))
    rule_set = RuleSet.from_mapping(drafted, config.schema)
    points = find_many(rule_set, history.leads(), history.events(), newer.select("lead_id", "as_of")).totals()
    assert roc_auc_score(newer["label"], points) > 0.62
    assert 0.05 < (points >= 50).mean() < 0.5
    assert newer["label"].to_numpy()[points >= 50].mean() > 1.3 * newer["label"].mean()
    assert np.median(points) < 50


def test_the_newer_half_is_not_looked_at(simulated: tuple[FileHistory, Config]) -> None:
    history, config = simulated
    half = older_half(history, config)
    assert half is not None
    newest = newer_half(history, config, (1.0, 7.0, 30.0))
    assert set(half.moments["lead_id"]).isdisjoint(newest["lead_id"])
    created = dict(history.leads().select("lead_id", "created_at").iter_rows())
    assert max(created[i] for i in half.moments["lead_id"]) <= min(created[i] for i in newest["lead_id"])


def test_a_level_that_converts_clearly_better_gets_points_and_chance_gets_none(flat: Flat) -> None:
    rng = np.random.default_rng(3)
    source = rng.choice(["fair", "web", "list"], 6_000)
    noise = rng.choice(["a", "b", "c", "d"], 6_000)
    converted = rng.random(6_000) < np.select([source == "fair", source == "list"], [0.30, 0.03], 0.10)
    rules = entries(draft_rules(*flat({"source": source, "noise": noise}, converted)))
    assert rules["source_fair"]["points"] == pytest.approx(20, abs=6)
    assert rules["source_list"]["points"] < -10
    assert not any(rule_id.startswith("noise") for rule_id in rules)


def test_levels_alike_share_one_rule(flat: Flat) -> None:
    rng = np.random.default_rng(4)
    city = rng.choice(["Bern", "Wien", "Graz", "Linz"], 8_000)
    converted = rng.random(8_000) < np.where(np.isin(city, ["Bern", "Wien"]), 0.30, 0.06)
    draft = draft_rules(*flat({"city": city}, converted))
    good = [set(rule["when"]["one_of"]) for rule in draft["rules"] if rule["points"] > 0]
    assert good == [{"Bern", "Wien"}]


def test_a_range_of_numbers_becomes_a_rule_with_readable_edges(flat: Flat) -> None:
    rng = np.random.default_rng(5)
    visits = rng.integers(0, 1_000, 8_000).astype(float)
    converted = rng.random(8_000) < np.where(visits >= 600, 0.3, 0.05)
    draft = draft_rules(*flat({"visits": visits}, converted))
    best = max(draft["rules"], key=lambda rule: rule["points"])
    assert best["when"]["from"] == pytest.approx(600, abs=20)
    assert "below" not in best["when"]


def test_columns_left_out_are_never_used(flat: Flat) -> None:
    rng = np.random.default_rng(6)
    converted = rng.random(4_000) < 0.2
    answer = np.where(converted, "sold", "open")
    source = np.where(rng.random(4_000) < np.where(converted, 0.6, 0.2), "fair", "web")
    history, config = flat({"answer": answer, "source": source}, converted, left_out=("answer",))
    draft = draft_rules(history, config)
    assert draft["rules"]
    assert {rule["when"]["attribute"] for rule in draft["rules"]} == {"source"}


def test_where_nothing_tells_leads_apart_nobody_is_an_mql(flat: Flat, as_read: Read) -> None:
    rng = np.random.default_rng(6)
    converted = rng.random(2_000) < 0.3
    draft = draft_rules(*flat({"source": np.where(rng.random(2_000) < 0.5, "fair", "web")}, converted))
    assert (draft["rules"], draft["base_points"] < 50) == ([], True)
    assert "nobody is an MQL" in as_read(draft)[0]


def test_two_columns_that_say_the_same_share_the_points(flat: Flat) -> None:
    rng = np.random.default_rng(7)
    good = rng.random(8_000) < 0.3
    converted = rng.random(8_000) < np.where(good, 0.3, 0.06)
    words = np.where(good, "yes", "no")
    once = draft_rules(*flat({"first": words}, converted))
    twice = draft_rules(*flat({"first": words, "second": words}, converted))

    def spread(draft: Any) -> float:
        return float(sum(abs(rule["points"]) for rule in draft["rules"]))

    assert spread(twice) <= 1.4 * spread(once)


def test_no_rule_contradicts_its_own_evidence(drafted: Any, as_read: Read) -> None:
    text, _ = as_read(drafted)
    for line in text.splitlines():
        if "points:" in line and "# " in line and "usual practice" not in line:
            points = float(line.split("points:")[1].split("#")[0])
            rate = float(line.split("leads, ")[1].split("%")[0])
            overall = float(line.split("overall ")[1].split("%")[0])
            assert points * (rate - overall) >= 0


@pytest.mark.parametrize("share", [0.0, 0.004])
def test_hardly_any_outcome_leaves_only_what_is_usual(flat: Flat, share: float) -> None:
    rng = np.random.default_rng(8)
    history, config = flat({"source": rng.choice(["a", "b"], 1_000)}, rng.random(1_000) < share)
    draft = draft_rules(history, config)
    assert list(draft["rules"]) == []
    assert RuleSet.from_mapping(draft, config.schema).base_points == 20


def test_a_column_without_a_latin_letter_gets_an_id_too(flat: Flat) -> None:
    rng = np.random.default_rng(9)
    good = rng.random(4_000) < 0.4
    converted = rng.random(4_000) < np.where(good, 0.4, 0.1)
    history, config = flat({"город": np.where(good, "да", "нет")}, converted)
    draft = draft_rules(history, config)
    assert len(draft["rules"]) == 2
    RuleSet.from_mapping(draft, config.schema)


@pytest.mark.parametrize(
    ("kind", "sign"),
    [("DemoRequested", 1), ("Start trial", 1), ("email_opened", 0), ("opt_out", -1), ("bounced", -1), ("xyz", 0)],
)
def test_kinds_are_worth_what_their_words_say(kind: str, sign: int) -> None:
    assert np.sign(worth_of(kind).points) == sign
