from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from features.config import Acceptance, config_from_mapping
from features.domain import ConfigError
from training.acceptance import with_acceptance

START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = pl.Datetime("us", "UTC")


def day(number: float | None) -> datetime | None:
    return None if number is None else START + timedelta(days=number)


def accepted(
    happened: list[tuple[float | None, str]],
    moments: tuple[float | None, ...] = (0.0, 10.0, 40.0),
    *,
    until: float = 200.0,
    span: float = 14.0,
) -> list[int | None]:
    """Return what is known at each moment of one lead, created on day 0, of what happened to it."""
    rows = pl.DataFrame(
        {"lead_id": ["a"] * len(moments), "created_at": [day(0.0)] * len(moments), "as_of": [day(m) for m in moments]},
        schema_overrides={"created_at": MOMENT, "as_of": MOMENT},
    )
    outcomes = pl.DataFrame(
        [("a", day(at), outcome) for at, outcome in happened],
        {"lead_id": pl.String, "occurred_at": MOMENT, "outcome": pl.String},
        orient="row",
    )
    found = with_acceptance(
        rows, outcomes, Acceptance(within_days=span), horizon=timedelta(days=90), observed_until=day(until)
    )
    assert found["accepted"].dtype == pl.Int8
    assert found.select("lead_id", "created_at", "as_of").equals(rows)
    return found["accepted"].to_list()


def test_an_answer_of_sales_labels_the_moments_before_it_and_none_after() -> None:
    assert accepted([(12.0, "sql_accepted")]) == [1, 1, None]
    assert accepted([(10.0, "sql_rejected")]) == [0, None, None]


def test_a_lead_that_was_never_handed_over_is_not_known() -> None:
    assert accepted([(5.0, "mql"), (30.0, "won")]) == [None, None, None]


def test_a_second_hand_over_labels_the_moments_after_the_first() -> None:
    assert accepted([(5.0, "sql_rejected"), (50.0, "sql_accepted")]) == [0, 1, 1]


def test_no_answer_by_the_end_of_the_span_is_no_acceptance() -> None:
    assert accepted([(20.0, "sql")], (0.0, 33.0, 34.0)) == [0, 0, None]
    assert accepted([(20.0, "sql"), (40.0, "sql_accepted")], (0.0, 33.0, 34.0)) == [0, 0, None]
    assert accepted([(20.0, "sql"), (40.0, "sql_accepted")], (0.0, 33.0, 34.0), span=30.0) == [1, 1, 1]


def test_a_hand_over_whose_span_has_not_ended_is_not_decided_even_if_sales_was_quick() -> None:
    assert accepted([(20.0, "sql"), (21.0, "sql_accepted")], until=33.0) == [None, None, None]
    assert accepted([(20.0, "sql"), (21.0, "sql_accepted")], until=34.0) == [1, 1, None]


def test_a_hand_over_beyond_the_horizon_says_nothing_of_the_moment() -> None:
    assert accepted([(95.0, "sql_accepted")]) == [None, 1, 1]


def test_an_answer_without_a_moment_is_known_at_creation_and_of_untimed_rows() -> None:
    assert accepted([(None, "sql_rejected")], (0.0, 10.0, None)) == [0, None, 0]


def config(tmp_path: Path, acceptance: object) -> Acceptance:
    told = {"name": "a", "leads": {"file": "leads.csv"}, "target": {}, "acceptance": acceptance}
    return config_from_mapping(told, tmp_path).acceptance


def test_the_configuration_names_the_outcomes_and_the_span(tmp_path: Path) -> None:
    told = {"accepted": "taken", "rejected": "refused", "handed_over": "passed on", "within_days": 7}
    assert config(tmp_path, told) == Acceptance("taken", "refused", "passed on", 7.0)
    assert config(tmp_path, {}) == Acceptance()


@pytest.mark.parametrize(
    "told", [{"within_days": 0}, {"within_days": True}, {"accepted": "x", "rejected": "x"}, {"spam": 1}, [1]]
)
def test_a_senseless_configuration_is_refused(tmp_path: Path, told: object) -> None:
    with pytest.raises(ConfigError):
        config(tmp_path, told)
