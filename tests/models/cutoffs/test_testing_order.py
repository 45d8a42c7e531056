"""Where testing of a rate begins, and what is said of cutoffs that it does not reach."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from features.domain import Sla
from models.cutoffs import State, certify
from models.cutoffs.cases import Cases
from models.cutoffs.measure import left_by, measure
from models.cutoffs.reading import read_leads
from models.cutoffs.testing_start import conversion_start

LIMITED = Sla.from_mapping({"sql": {"min_conversion_rate": 0.3, "max_per_week": 3}, "calendar": {"time_zone": "UTC"}})
MONDAY = np.datetime64("2025-01-06T00:00:00")


def leads(seed: int, count: int = 3000, weeks: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    score = expit(rng.normal(-2.6, 1.6, count))
    arrived = MONDAY + rng.integers(0, 7 * 86_400 * weeks, count).astype("timedelta64[s]")
    return score, rng.random(count) < score, arrived


def test_a_rate_is_tested_among_the_cutoffs_that_a_weekly_limit_leaves() -> None:
    score, converted, arrived = leads(1)
    found = certify(score, converted, LIMITED, arrived).sql
    assert found.state is State.CERTIFIED
    assert (score >= found.probability).sum() < 60 * 3
    unlimited = certify(score, converted, Sla.from_mapping({"sql": {"min_conversion_rate": 0.3}})).sql
    assert unlimited.probability < found.probability


def test_the_beginning_depends_on_arrivals_and_scores_and_on_no_outcome() -> None:
    score, converted, arrived = leads(2)
    starts = []
    for outcomes in (converted, ~converted):
        read = read_leads(score, outcomes, arrived, "UTC")
        weekly = measure(read, LIMITED, "sql.max_per_week")
        assert weekly is not None
        starts.append(conversion_start(Cases.conversions(read), 0.3, 0.05, left_by([weekly])))
    assert starts[0] == starts[1]
    assert starts[0] != conversion_start(Cases.conversions(read), 0.3, 0.05)


def test_a_limit_that_leaves_too_few_leads_to_pass_leaves_the_beginning_where_it_is() -> None:
    score, converted, arrived = leads(3)
    read = read_leads(score, converted, arrived, "UTC")
    none = np.zeros(len(read.thresholds), dtype=bool)
    two = read.selected <= 2
    assert (
        conversion_start(Cases.conversions(read), 0.3, 0.05, none)
        == conversion_start(Cases.conversions(read), 0.3, 0.05, two)
        == conversion_start(Cases.conversions(read), 0.3, 0.05)
    )


def test_a_cutoff_whose_own_data_would_do_is_not_said_to_have_too_few() -> None:
    score, converted, _ = leads(4)
    high = Sla.from_mapping({"mql": {"min_conversion_rate": 0.6}, "sql": {"min_conversion_rate": 0.3}})
    found = certify(score, converted, high).sql
    (clause,) = found.clauses
    assert clause.state is State.PROVISIONAL
    assert clause.bound is not None
    assert clause.bound >= 0.3
    assert "in an order that is fixed before outcomes are looked at" in clause.sentence.en
    assert "in einer Reihenfolge" in clause.sentence.de
    assert "too few" not in clause.sentence.en


def test_below_the_lowest_answered_lead_the_sentence_says_that_nobody_answered() -> None:
    score, _, _ = leads(5)
    rng = np.random.default_rng(5)
    answered = np.where(score >= 0.2, rng.random(len(score)) < 0.9, np.nan)
    agreed = Sla.from_mapping({"sql": {"min_acceptance_rate": 0.5}})
    evidence = measure(read_leads(score, np.zeros(len(score)), None, "UTC", accepted=answered), agreed,
                       "sql.min_acceptance_rate")  # fmt: skip
    assert evidence is not None
    low = evidence.describe(0.05)
    assert low.state is State.PROVISIONAL
    assert "sales answered for no lead below 0.2" in low.sentence.en
    assert "unter 0,2" in low.sentence.de
