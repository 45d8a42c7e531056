from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from features.domain import ConfigError
from training.plan import TrainingPlan


def test_overrides_change_the_named_fields_only() -> None:
    plan = TrainingPlan.from_mapping({"seed": 7, "moments_days": [0, 5], "holdout_share": 0.3})
    assert (plan.seed, plan.moments_days, plan.holdout_share) == (7, (0.0, 5.0), 0.3)
    assert plan.search_trials == TrainingPlan().search_trials


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sead", 7), ("seed", -1), ("seed", 1.5), ("seed", True), ("holdout_share", 0.9), ("holdout_share", "a"),
        ("moments_days", []), ("moments_days", [7, 0]), ("moments_days", [0, 0]), ("moments_days", [-1]),
        ("moments_days", "0"), ("threads", 0),
    ],
)  # fmt: skip
def test_unknown_and_bad_entries_are_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=name):
        TrainingPlan.from_mapping({name: value})


def test_every_field_survives_its_own_mapping() -> None:
    plan = TrainingPlan()
    assert TrainingPlan.from_mapping(plan.to_mapping()) == plan
    assert set(plan.to_mapping()) == {field.name for field in fields(plan)}


@pytest.mark.parametrize(
    ("name", "value"),
    [("moments_days", [float("inf")]), ("moments_days", [10**400]), ("holdout_share", 10**400), ("seed", 10**400)],
)
def test_numbers_without_measure_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=name):
        TrainingPlan.from_mapping({name: value})
