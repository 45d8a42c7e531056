from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.domain import NotTrainedError
from features.schema import Schema
from training.examples import make_examples

START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = pl.Datetime("us", "UTC")
DAYS = (0.0, 7.0, 30.0)


@dataclass(frozen=True)
class Told:
    """A history told by hand: creation day by lead, and outcomes as (lead, day or None, outcome)."""

    created: dict[str, float | None]
    happened: Sequence[tuple[str, float | None, str]]
    until: float | None = 200.0
    schema: Schema = field(default_factory=Schema)

    @property
    def observed_until(self) -> datetime | None:
        return day(self.until)

    def leads(self) -> pl.DataFrame:
        rows = [(lead, day(created), None, order) for order, (lead, created) in enumerate(self.created.items())]
        return pl.DataFrame(
            rows, {"lead_id": pl.String, "created_at": MOMENT, "known_at": MOMENT, "order": pl.Int64}, orient="row"
        )

    def events(self) -> pl.LazyFrame:
        return pl.LazyFrame(schema={"lead_id": pl.String, "occurred_at": MOMENT, "event": pl.String})

    def outcomes(self) -> pl.DataFrame:
        rows = [(lead, day(at), outcome, None) for lead, at, outcome in self.happened]
        return pl.DataFrame(
            rows,
            {"lead_id": pl.String, "occurred_at": MOMENT, "outcome": pl.String, "reason": pl.String},
            orient="row",
        )


def day(number: float | None) -> datetime | None:
    return None if number is None else START + timedelta(days=number)


def labels(history: Told, horizon: float = 90.0) -> dict[str, dict[float, int]]:
    found: dict[str, dict[float, int]] = {}
    for row in make_examples(history, "won", horizon, DAYS).frame.iter_rows(named=True):
        after = (row["as_of"] - row["created_at"]) / timedelta(days=1)
        found.setdefault(row["lead_id"], {})[after] = row["label"]
    return found


def test_a_lead_won_within_the_horizon_is_positive_until_it_was_won() -> None:
    assert labels(Told({"a": 0.0}, [("a", 20.0, "won")])) == {"a": {0.0: 1, 7.0: 1}}


def test_a_lead_won_after_the_horizon_is_negative_first_and_positive_later() -> None:
    assert labels(Told({"a": 0.0}, [("a", 95.0, "won")])) == {"a": {0.0: 0, 7.0: 1, 30.0: 1}}


def test_the_horizon_includes_its_last_moment_and_excludes_its_first() -> None:
    assert labels(Told({"a": 0.0}, [("a", 90.0, "won")]))["a"][0.0] == 1
    assert 7.0 not in labels(Told({"a": 0.0}, [("a", 7.0, "won")]))["a"]


def test_a_lost_lead_is_negative_and_no_longer_an_example_after_it_was_closed() -> None:
    assert labels(Told({"a": 0.0}, [("a", 10.0, "lost")])) == {"a": {0.0: 0, 7.0: 0}}


def test_early_positives_and_early_losses_of_young_rows_are_left_out() -> None:
    young = Told({"old": 0.0, "won": 150.0, "lost": 150.0}, [("old", 40.0, "won"), ("won", 155.0, "won"),
                                                              ("lost", 155.0, "lost")])  # fmt: skip
    assert set(labels(young)) == {"old"}


def test_a_lead_without_outcomes_is_negative_where_its_horizon_has_passed() -> None:
    history = Told({"quiet": 100.0, "won": 0.0}, [("won", 5.0, "won")])
    assert labels(history)["quiet"] == {0.0: 0, 7.0: 0}


def test_a_lead_won_before_its_first_contact_is_no_example() -> None:
    assert "a" not in labels(Told({"a": 10.0, "b": 0.0}, [("a", 5.0, "won"), ("b", 50.0, "won")]))


def test_an_outcome_without_a_moment_labels_the_creation_only() -> None:
    history = Told({"a": 0.0, "b": 110.0}, [("a", None, "won"), ("b", None, "lost")])
    assert labels(history) == {"a": {0.0: 1}, "b": {0.0: 0}}


def test_young_leads_whose_outcome_has_no_moment_count_for_neither_class() -> None:
    told: list[tuple[str, float | None, str]] = [
        ("old", None, "won"), ("young won", None, "won"), ("young lost", None, "lost"), ("to come", None, "won")
    ]  # fmt: skip
    created: dict[str, float | None] = {"old": 110.0, "young won": 110.1, "young lost": 190.0, "to come": 2000.0}
    examples = make_examples(Told(created, told), "won", 90.0, DAYS)
    assert examples.frame["lead_id"].to_list() == ["old"]
    assert examples.counts["moments too young for the horizon"] == 3
    assert examples.horizon == timedelta(days=90)


def test_leads_that_give_no_example_are_told_with_the_reason() -> None:
    created: dict[str, float | None] = {"used": 0.0, "young": 150.0, "closed at once": 10.0, "nowhere": None}
    examples = make_examples(Told(created, [("used", 5.0, "won"), ("closed at once", 10.0, "lost")]), "won", 90.0, DAYS)
    assert examples.left_out == (
        "3 of 4 leads give no example: 1 younger than 90 days (the horizon) at the end of the history, "
        "1 closed by the time of every moment, 1 without a known outcome or moment."
    )
    assert make_examples(Told({"a": 0.0}, [("a", 5.0, "won")]), "won", 90.0, DAYS).left_out is None


def test_a_flat_history_too_young_for_its_horizon_is_refused_with_one_that_works() -> None:
    history = Told({"a": 150.0, "b": 160.0, "c": 190.0}, [(lead, None, "won") for lead in "abc"])
    with pytest.raises(NotTrainedError) as refused:
        make_examples(history, "won", 90.0, DAYS)
    assert "horizon_days: 40" in refused.value.remedy


def test_leads_of_the_future_only_are_refused_as_such() -> None:
    history = Told({"a": 2000.0, "b": 2100.0}, [("a", None, "won"), ("b", None, "lost")], until=None)
    with pytest.raises(NotTrainedError, match="after the present"):
        make_examples(history, "won", 90.0, DAYS)


def test_an_untimed_history_gives_one_row_per_lead_with_an_outcome() -> None:
    history = Told({"a": None, "b": None, "c": None}, [("a", None, "won"), ("b", None, "rejected")], until=None)
    frame = make_examples(history, "won", 90.0, DAYS).frame
    assert dict(zip(frame["lead_id"], frame["label"], strict=True)) == {"a": 1, "b": 0}
    assert frame["as_of"].null_count() == 2


def test_every_moment_weighs_the_same_and_all_together_as_much_as_their_leads() -> None:
    frame = make_examples(Told({"a": 0.0, "b": 0.0}, [("a", 20.0, "won")]), "won", 90.0, DAYS).frame
    rows = frame.group_by("lead_id").agg(pl.len(), pl.col("weight").sum()).sort("lead_id")
    assert rows["len"][0] < rows["len"][1]
    assert frame["weight"].n_unique() == 1
    assert rows["weight"].sum() == pytest.approx(2.0)


def test_a_horizon_that_nothing_outlives_is_refused_with_one_that_works() -> None:
    history = Told({"a": 0.0, "b": 100.0}, [("a", 20.0, "won")])
    with pytest.raises(NotTrainedError) as refused:
        make_examples(history, "won", 400.0, DAYS)
    assert "horizon_days: 150" in refused.value.remedy


def test_a_history_without_leads_says_how_leads_come_into_it() -> None:
    with pytest.raises(NotTrainedError, match="holds no leads") as refused:
        make_examples(Told({}, []), "won", 90.0, DAYS)
    assert "leadscore import" in refused.value.remedy


def test_a_history_without_outcomes_is_refused() -> None:
    with pytest.raises(NotTrainedError, match="No lead with an outcome"):
        make_examples(Told({"a": 0.0}, []), "won", 90.0, DAYS)
    with pytest.raises(NotTrainedError, match="No lead with an outcome"):
        make_examples(Told({"a": None}, [], until=None), "won", 90.0, DAYS)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 180), st.none() | st.floats(0, 300), st.none() | st.floats(0, 300)
        ),
        min_size=1, max_size=8,
    ),
    st.floats(1, 120),
)  # fmt: skip
def test_labels_follow_their_definition_row_by_row(
    told: list[tuple[float, float | None, float | None]], h: float
) -> None:
    created = {f"L{i}": born for i, (born, _, _) in enumerate(told)}
    happened = [(f"L{i}", won, "won") for i, (_, won, _) in enumerate(told) if won is not None]
    happened += [(f"L{i}", lost, "lost") for i, (_, _, lost) in enumerate(told) if lost is not None]
    # A lead too young to count makes it a history with dated outcomes.
    history = Told(created | {"young": 199.9}, [*happened, ("young", 199.95, "won")], until=200.0)
    expected: dict[str, dict[float, int]] = {}
    horizon = timedelta(days=h)
    for i, (born, won, lost) in enumerate(told):
        for after in DAYS:
            as_of = START + timedelta(days=born) + timedelta(days=after)
            is_open = all(at is None or START + timedelta(days=at) > as_of for at in (won, lost))
            if is_open and as_of + horizon <= START + timedelta(days=200):
                reached = won is not None and START + timedelta(days=won) <= as_of + horizon
                expected.setdefault(f"L{i}", {})[after] = int(reached)
    try:
        found = labels(history, h)
    except NotTrainedError:
        found = {}
    assert {lead: set(rows.values()) for lead, rows in found.items()} == {
        lead: set(rows.values()) for lead, rows in expected.items()
    }
    assert {lead: len(rows) for lead, rows in found.items()} == {lead: len(rows) for lead, rows in expected.items()}
