from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from features.domain import CLAUSES, BundleError, InputError, Sla
from models.cutoffs import Cutoff, Cutoffs, State, certify
from models.cutoffs.binomial import fewest_passing, p_value
from models.cutoffs.cases import Cases
from models.cutoffs.reading import read_leads
from models.cutoffs.testing_start import conversion_start

FULL = Sla.from_mapping(
    {
        "mql": {"min_conversion_rate": 0.15, "max_missed_customers": 0.3, "contact_within": "2 business days"},
        "sql": {
            "min_conversion_rate": 0.3,
            "min_acceptance_rate": 0.6,
            "max_per_week": 40,
            "contact_within": "4 business hours",
        },
    }
)
MONDAY = dt.datetime(2025, 1, 6, tzinfo=dt.UTC)


def draw(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, list[dt.datetime]]:
    rng = np.random.default_rng(seed)
    probability = 1 / (1 + np.exp(-rng.normal(-2.0, 1.4, n)))
    arrived = [MONDAY + dt.timedelta(minutes=int(m)) for m in np.sort(rng.integers(0, 40 * 7 * 1440, n))]
    return probability, rng.random(n) < probability, arrived


def sla(**stages: Any) -> Sla:
    return Sla.from_mapping(stages)


def test_p_values_are_those_of_the_exact_binomial_test() -> None:
    for n, rate in itertools.product((1, 7, 40, 900), (0.05, 0.3, 0.8)):
        for k in {0, 1, n // 3, n - 1, n} - {-1}:
            exact = binomtest(k, n, rate, alternative="greater").pvalue
            assert float(p_value(k, n, rate)) == pytest.approx(exact, rel=1e-9, abs=1e-300)


@given(st.integers(1, 3000), st.floats(0.02, 0.95), st.sampled_from([0.05, 0.025, 0.01, 0.2]))
def test_the_fewest_passing_conversions_pass_and_one_fewer_does_not(n: int, rate: float, delta: float) -> None:
    fewest = int(fewest_passing(np.array([n]), rate, delta)[0])
    if fewest <= n:
        assert float(p_value(fewest, n, rate)) <= delta
    assert float(p_value(fewest - 1, n, rate)) > delta


def test_every_clause_is_answered_and_all_measured_ones_certified_with_enough_data() -> None:
    cutoffs = certify(*draw(4000)[:2], FULL, draw(4000)[2])
    clauses = {clause.name: clause for clause in (*cutoffs.mql.clauses, *cutoffs.sql.clauses)}
    assert set(clauses) == set(CLAUSES)
    unmeasured = {name for name, clause in clauses.items() if clause.state is State.NOT_MEASURED}
    assert unmeasured == {"mql.contact_within", "sql.min_acceptance_rate"}
    assert all(clause.state is State.CERTIFIED for name, clause in clauses.items() if name not in unmeasured)
    assert cutoffs.state is State.CERTIFIED
    assert cutoffs.sql.probability >= cutoffs.mql.probability
    assert all(clause.sentence.en and clause.sentence.de for clause in clauses.values())


def test_a_certified_clause_shows_a_bound_that_keeps_the_promise() -> None:
    probability, converted, arrived = draw(4000)
    cutoffs = certify(probability, converted, FULL, arrived)
    rate, missed = cutoffs.mql.clauses[:2]
    chosen = probability >= cutoffs.mql.probability
    assert (rate.n, rate.k) == (chosen.sum(), converted[chosen].sum())
    assert rate.bound is not None
    assert rate.interval is not None
    assert rate.bound >= 0.15
    assert rate.interval[0] < rate.k / rate.n < rate.interval[1]
    assert (missed.n, missed.k) == (converted.sum(), (converted & ~chosen).sum())
    assert missed.bound is not None
    assert missed.bound <= 0.3


@pytest.mark.parametrize("n", [0, 1, 2, 20])
def test_too_few_data_give_a_provisional_cutoff_with_an_estimate(n: int) -> None:
    probability, converted, arrived = draw(n)
    cutoffs = certify(probability, converted, FULL, arrived)
    assert cutoffs.mql.state is State.PROVISIONAL
    assert 0 <= cutoffs.mql.probability <= cutoffs.sql.probability <= 1
    if n == 0:
        assert cutoffs.mql.probability == 0.15
        assert cutoffs.sql.probability == 0.3


def test_a_provisional_cutoff_is_the_lowest_at_which_the_observed_rate_keeps_the_promise() -> None:
    probability = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    cutoff = certify(probability, [1, 0, 1, 0, 0, 0], sla(mql={"min_conversion_rate": 0.5})).mql
    assert (cutoff.state, cutoff.probability) == (State.PROVISIONAL, 0.6)


@pytest.mark.parametrize("outcome", [0, 1])
@pytest.mark.parametrize("n", [3, 500])
def test_one_class_only_gives_a_state(outcome: int, n: int) -> None:
    cutoffs = certify(np.linspace(0.1, 0.9, n), np.full(n, outcome), FULL)
    assert cutoffs.mql.state in set(State)
    if n == 500:
        assert (cutoffs.mql.state is State.CERTIFIED) == (outcome == 1)


def test_equal_scores_are_never_parted() -> None:
    probability = np.repeat([0.6, 0.3, 0.1], 100)
    converted = np.concatenate([np.arange(100) < 60, np.arange(100) < 10, np.zeros(100)])
    cutoff = certify(probability, converted, sla(mql={"min_conversion_rate": 0.3})).mql
    assert (cutoff.state, cutoff.probability) == (State.PROVISIONAL, 0.3) or cutoff.probability == 0.6
    assert cutoff.clauses[0].n in {100, 200}


@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
def test_one_score_for_everybody_gives_a_state(level: float) -> None:
    cutoffs = certify(np.full(300, level), np.arange(300) % 2, FULL)
    assert cutoffs.mql.probability == level


def test_missing_values_are_left_out_and_counted() -> None:
    probability, converted, arrived = draw(2000)
    holes = probability.copy()
    holes[:100] = np.nan
    outcomes: list[Any] = list(converted)
    outcomes[100:150] = [None] * 50
    moments: list[Any] = list(arrived)
    moments[150:160] = [None] * 10
    with_holes = certify(holes, outcomes, FULL, moments)
    without = certify(probability[160:], converted[160:], FULL, arrived[160:])
    assert with_holes.left_out == 160
    assert (with_holes.mql, with_holes.sql) == (without.mql, without.sql)


@pytest.mark.parametrize(
    ("probability", "converted", "arrived"),
    [
        ([0.1, 0.2], [1], None),
        ([0.1], [1], [MONDAY, MONDAY]),
        ([1.2], [1], None),
        ([-0.1], [1], None),
        ([0.3], [2], None),
        (["high"], [1], None),
        ([[0.1]], [1], None),
        ([0.1], [1], ["yesterday"]),
        ([0.1], [1], [12.5]),
    ],
)
def test_what_is_no_table_of_probabilities_and_outcomes_is_refused(
    probability: Any, converted: Any, arrived: Any
) -> None:
    with pytest.raises(InputError):
        certify(probability, converted, FULL, arrived)


def test_lists_arrays_and_columns_of_any_kind_of_moment_mean_the_same() -> None:
    probability, converted, arrived = draw(1500)
    expected = certify(probability, converted, FULL, arrived)
    naive = np.array([moment.replace(tzinfo=None) for moment in arrived], dtype="datetime64[us]")
    for moments in (naive, [moment.isoformat() for moment in arrived], pl.Series(arrived)):
        assert certify(list(probability), [int(c) for c in converted], FULL, moments) == expected
    assert certify(pl.Series(probability), pl.Series(converted), FULL, arrived) == expected


def test_without_clauses_cutoffs_stand_above_the_base_rate_and_say_so() -> None:
    probability, converted, _ = draw(3000)
    cutoffs = certify(probability, converted, Sla())
    odds = converted.mean() / (1 - converted.mean())
    for cutoff, factor in ((cutoffs.mql, 1.5), (cutoffs.sql, 3.0)):
        assert cutoff.probability / (1 - cutoff.probability) == pytest.approx(factor * odds, rel=0.01)
        assert cutoff.state is State.PROVISIONAL
        assert f"{factor:g} times the odds" in cutoff.sentence.en


def test_an_agreed_sql_cutoff_is_not_pushed_up_by_a_default_mql_cutoff() -> None:
    probability, converted, _ = draw(3000)
    low = certify(probability, converted, sla(sql={"min_conversion_rate": 0.16}))
    assert low.sql.state is State.CERTIFIED
    assert low.mql.probability <= low.sql.probability < 0.2


def test_a_missed_customers_clause_alone_asks_for_the_highest_cutoff_that_keeps_it() -> None:
    probability, converted, _ = draw(3000)
    cutoff = certify(probability, converted, sla(mql={"max_missed_customers": 0.2})).mql
    assert cutoff.state is State.CERTIFIED
    share = np.mean(probability[converted] < cutoff.probability)
    assert 0.12 < share <= 0.2


def test_without_arrival_times_the_weekly_limit_is_not_measured() -> None:
    probability, converted, _ = draw(500)
    (clause,) = certify(probability, converted, sla(sql={"max_per_week": 5})).sql.clauses
    assert (clause.name, clause.state) == ("sql.max_per_week", State.NOT_MEASURED)


def test_the_weekly_limit_sets_the_lowest_cutoff_that_keeps_enough_weeks() -> None:
    probability, converted, arrived = draw(4000)
    agreed = sla(sql={"max_per_week": 15}, calendar={"time_zone": "UTC"})
    cutoff = certify(probability, converted, agreed, arrived).sql
    assert cutoff.state is State.CERTIFIED

    def busy(limit: float) -> int:
        weeks = [(moment - MONDAY).days // 7 for moment, p in zip(arrived, probability, strict=True) if p >= limit]
        return sum(weeks.count(week) > 15 for week in range(1, 39))

    assert (busy(cutoff.probability) + 1) / 39 <= 0.05
    lower = probability[probability < cutoff.probability].max()
    assert (busy(lower) + 1) / 39 > 0.05


def test_few_weeks_are_too_few_for_a_weekly_limit() -> None:
    probability, converted, arrived = draw(4000)
    some = [moment < MONDAY + dt.timedelta(weeks=12) for moment in arrived]
    moments = [moment for moment, kept in zip(arrived, some, strict=True) if kept]
    cutoff = certify(probability[some], converted[some], sla(sql={"max_per_week": 15}), moments).sql
    assert cutoff.state is State.PROVISIONAL
    assert "Too few weeks" in cutoff.clauses[0].sentence.en


def weekly(busy: int, weeks: int, limit: int) -> Cutoff:
    """Return the SQL cutoff over whole weeks of tied scores, of which ``busy`` have one lead more than the limit."""
    sizes = [1, *([limit + 1] * busy), *([limit] * (weeks - busy)), 1]
    moments = [MONDAY + dt.timedelta(weeks=week, hours=1) for week, size in enumerate(sizes) for _ in range(size)]
    converted = [number % 2 for number in range(len(moments))]
    return certify([0.5] * len(moments), converted, sla(sql={"max_per_week": limit}), moments).sql


def test_a_share_of_weeks_at_its_limit_is_provisional_and_above_it_infeasible() -> None:
    at_limit, above = weekly(1, 20, 3), weekly(2, 20, 3)
    assert at_limit.state is at_limit.clauses[0].state is State.PROVISIONAL
    assert "The weeks seen keep to it" in at_limit.clauses[0].sentence.en
    assert "1 of 20 whole weeks" in at_limit.clauses[0].sentence.en
    assert "More than" not in at_limit.clauses[0].sentence.en
    assert above.state is above.clauses[0].state is State.INFEASIBLE
    assert weekly(0, 20, 3).state is State.CERTIFIED


@pytest.mark.parametrize("seed", range(40))
def test_the_sentence_of_a_cutoff_does_not_contradict_its_clauses(seed: int) -> None:
    probability, converted, arrived = draw(int(np.random.default_rng(seed).integers(40, 1500)))
    rng = np.random.default_rng(seed)
    agreed = sla(
        mql={"min_conversion_rate": rng.uniform(0.05, 0.7), "max_missed_customers": rng.uniform(0.02, 0.4)},
        sql={"min_conversion_rate": rng.uniform(0.2, 0.9), "max_per_week": int(rng.integers(1, 20))},
    )
    for cutoff in (cutoffs := certify(probability, converted, agreed, arrived)).mql, cutoffs.sql:
        states = {clause.state for clause in cutoff.clauses}
        told = "exclude" in cutoff.sentence.en or "cannot hold together" in cutoff.sentence.en
        assert told or State.INFEASIBLE not in states
        if "observed rates keep the promises" in cutoff.sentence.en:
            for clause in cutoff.clauses:
                assert clause.estimate is not None
                assert isinstance(clause.promise, float | int)
                if clause.name.endswith("min_conversion_rate"):
                    assert clause.estimate >= clause.promise
                elif clause.name.endswith("max_missed_customers"):
                    assert clause.estimate <= clause.promise
                else:
                    assert clause.estimate <= 0.05 + 1e-9


def test_a_cutoff_that_hardly_selects_says_so_and_why() -> None:
    probability, converted, _ = draw(3000)
    low = certify(probability, converted, sla(mql={"min_conversion_rate": 0.05})).mql
    assert float(np.mean(probability >= low.probability)) > 0.9
    assert "asks for no selection" in low.sentence.en
    assert "verlangt also keine Auswahl" in low.sentence.de
    high = certify(probability, converted, sla(mql={"min_conversion_rate": 0.6})).mql
    assert "select" not in high.sentence.en


def test_weeks_begin_on_monday_where_the_agreement_is_kept() -> None:
    sunday_late = dt.datetime(2025, 1, 5, 23, 30, tzinfo=dt.UTC)
    for zone, same_week in (("UTC", False), ("Europe/Berlin", True)):
        leads = read_leads([0.5, 0.5], [0, 1], [sunday_late, MONDAY], zone)
        assert leads.week is not None
        assert (leads.week[0] == leads.week[1]) is np.bool_(same_week)


def test_priority_decides_which_clause_sets_an_infeasible_cutoff() -> None:
    probability, converted, _ = draw(8000)
    clash = {"min_conversion_rate": 0.5, "max_missed_customers": 0.05}
    cutoffs = {
        first: certify(probability, converted, sla(mql=clash, priority=[first])).mql
        for first in ("mql.min_conversion_rate", "mql.max_missed_customers")
    }
    for first, cutoff in cutoffs.items():
        assert cutoff.state is State.INFEASIBLE
        states = {clause.name: clause.state for clause in cutoff.clauses}
        assert states.pop(first) is State.CERTIFIED
        assert set(states.values()) == {State.INFEASIBLE}


def test_a_rate_that_no_cutoff_reaches_is_infeasible_by_itself() -> None:
    rng = np.random.default_rng(3)
    probability = rng.uniform(0.05, 0.15, 6000)
    cutoff = certify(probability, rng.random(6000) < probability, sla(sql={"min_conversion_rate": 0.6})).sql
    assert cutoff.state is State.INFEASIBLE
    assert "exclude sql.min_conversion_rate" in cutoff.sentence.en


def test_testing_starts_where_the_scores_promise_most_whatever_the_outcomes() -> None:
    probability, converted, _ = draw(3000)
    one = read_leads(probability, converted, None, "UTC")
    other = read_leads(probability, ~converted, None, "UTC")
    start = conversion_start(Cases.conversions(one), 0.3, 0.05)
    assert start == conversion_start(Cases.conversions(other), 0.3, 0.05)
    assert start is not None
    # Three or five leads can never be enough; so testing does not begin at the very top.
    assert one.selected[start] >= 10
    assert conversion_start(Cases.conversions(read_leads([0.9], [1], None, "UTC")), 0.3, 0.05) is None


@pytest.mark.parametrize("odd", [np.inf, -np.inf, np.nan, None])
def test_an_infinite_probability_counts_like_a_missing_one(odd: float | None) -> None:
    probability, converted, arrived = draw(500)
    more = [*probability, odd], [*converted, True], FULL, [*arrived, arrived[0]]
    kept = certify(probability, converted, FULL, arrived).to_mapping()
    assert certify(*more).to_mapping() == {**kept, "left_out": 1}


def test_without_any_usable_row_every_measured_clause_is_provisional_and_nothing_is_certified() -> None:
    cutoffs = certify([np.nan, np.inf], [1, 0], FULL, [MONDAY, MONDAY])
    assert (cutoffs.leads, cutoffs.left_out, cutoffs.state) == (0, 2, State.PROVISIONAL)
    states = {clause.state for cutoff in (cutoffs.mql, cutoffs.sql) for clause in cutoff.clauses}
    assert states <= {State.PROVISIONAL, State.NOT_MEASURED}


@pytest.mark.parametrize("value", [0.5, 7, -1, np.inf, "yes"])
@pytest.mark.parametrize("column", ["converted", "accepted"])
def test_what_is_no_outcome_is_refused_by_the_name_of_its_column(column: str, value: Any) -> None:
    columns: dict[str, Any] = {"converted": [1, 0], "accepted": [1, 0], column: [value, 0]}
    with pytest.raises(InputError, match=column):
        certify([0.2, 0.4], sla=FULL, **columns)


@pytest.mark.parametrize("value", [7, -1, "often"])
def test_what_is_no_chance_of_being_handed_over_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match="propensity"):
        certify([0.2, 0.4], [1, 0], FULL, accepted=[1, 0], propensity=[value, 0.5])


_NUMBERS = st.floats(0, 1) | st.sampled_from([float("nan"), float("inf"), float("-inf")])
_OUTCOMES = st.sampled_from([0.0, 1.0, float("nan")])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(_NUMBERS, _OUTCOMES, _OUTCOMES, _NUMBERS), max_size=60), st.booleans(), st.integers(0, 2))
@example([(0.0, 0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 3.1e-289), (0.0, 0.0, 0.0, 2.2e-309)], False, 2)
def test_any_data_give_states_and_never_an_exception(
    rows: list[tuple[float, float, float, float]], timed: bool, told: int
) -> None:
    probability, converted, accepted, propensity = zip(*rows, strict=True) if rows else ((),) * 4
    arrived = [MONDAY + dt.timedelta(days=9 * place) for place in range(len(rows))] if timed else None
    cutoffs = certify(
        probability, converted, FULL, arrived, accepted=accepted if told else None,
        propensity=propensity if told == 2 else None,
    )  # fmt: skip
    assert 0 <= cutoffs.mql.probability <= cutoffs.sql.probability <= 1
    assert Cutoffs.from_mapping(cutoffs.to_mapping()) == cutoffs


@pytest.mark.parametrize("damage", [{"mql": None}, {"leads": "many"}, {"sql": {"probability": 3}}])
def test_damaged_cutoffs_are_refused(damage: dict[str, Any]) -> None:
    stored = certify(*draw(100)[:2], FULL).to_mapping()
    with pytest.raises(BundleError):
        Cutoffs.from_mapping({**stored, **damage})
