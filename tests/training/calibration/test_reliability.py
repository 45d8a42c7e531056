from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from model_diagnostics.scoring import LogLoss, SquaredError, decompose
from scipy.special import expit, logit
from scipy.stats import binomtest

from features.catalog import Catalog
from features.schema import Column, ColumnType, Role, Schema
from training.calibration.curve import decompose_brier, decompose_log_loss, reliability_curve
from training.calibration.line import calibration_line, spiegelhalter
from training.calibration.parts import parts_of, source_of
from training.calibration.reliability import assess, reliability
from training.calibration.venn_abers import venn_abers
from training.dataset import Side
from training.exact_rates import design_effect, exact_p_value, holm, observed_over_expected


def sample(seed: int, count: int = 3000, slope: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    margin = rng.normal(-1.5, 1.2, count)
    return expit(margin), (rng.random(count) < expit(slope * margin)).astype(float)


def side_of(probability: np.ndarray, label: np.ndarray, **features: object) -> Side:
    count = label.size
    start = datetime(2025, 1, 1, tzinfo=UTC)
    created = [start + timedelta(days=i % 365) for i in range(count)]
    examples = pl.DataFrame({"lead_id": [str(i) for i in range(count)], "created_at": created, "as_of": created})
    codes = np.arange(count)
    return Side(
        examples,
        pl.DataFrame(features),
        label,
        np.ones(count),
        codes,
        codes,
        codes,
        np.ones(count, dtype=bool),
        np.ones(count),
    )


def test_the_split_of_both_scores_is_that_of_model_diagnostics() -> None:
    probability, label = sample(1)
    weight = np.random.default_rng(2).uniform(0.2, 1.0, label.size)
    for ours, theirs in ((decompose_brier, SquaredError()), (decompose_log_loss, LogLoss())):
        split = ours(probability, label, weight)
        reference = decompose(label, probability, weight, scoring_function=theirs).to_dicts()[0]
        for name in ("score", "miscalibration", "discrimination", "uncertainty"):
            assert getattr(split, name) == pytest.approx(reference[name], abs=1e-9), name


def test_the_curve_never_falls_and_lies_in_its_band() -> None:
    curve = reliability_curve(*sample(3), np.ones(3000))
    assert (np.diff(curve.observed) >= 0).all()
    assert (np.diff(curve.low) >= 0).all()
    assert (np.diff(curve.high) >= 0).all()
    assert (curve.low <= curve.observed + 1e-12).all()
    assert (curve.observed <= curve.high + 1e-12).all()


def test_the_band_of_one_probability_for_all_is_about_the_rate() -> None:
    label = (np.arange(1000) % 10 == 0).astype(float)
    curve = reliability_curve(np.full(1000, 0.1), label, np.ones(1000))
    assert curve.probability.tolist() == [pytest.approx(0.1)]
    assert 0.06 < curve.low[0] < 0.1 < curve.high[0] < 0.15


def test_rows_of_one_lead_are_no_evidence_of_their_own() -> None:
    probability, label = sample(4, 500)
    codes = np.arange(500)
    once = reliability(probability, label, np.ones(500), codes, codes, seed=1)
    four = (np.repeat(one, 4) for one in (probability, label, np.full(500, 0.25), codes, codes))
    often = reliability(*four, seed=1)
    assert often.curve.high == pytest.approx(once.curve.high, abs=1e-9)
    assert often.observed_to_expected.high == pytest.approx(once.observed_to_expected.high)
    assert often.slope.low == pytest.approx(once.slope.low, abs=1e-6)
    assert abs(often.spiegelhalter) == pytest.approx(abs(once.spiegelhalter), rel=0.2)
    assert often.calibration_error.high == pytest.approx(once.calibration_error.high, rel=0.2)


def test_colleagues_who_decide_together_widen_every_interval() -> None:
    rng = np.random.default_rng(5)
    company = np.repeat(np.arange(150), 10)
    level = np.repeat(rng.normal(0, 1.5, 150), 10)
    label = (rng.random(1500) < expit(-1 + level)).astype(float)
    probability = np.full(1500, label.mean()) + rng.uniform(-0.01, 0.01, 1500)
    alone = reliability(probability, label, np.ones(1500), np.arange(1500), np.arange(1500), seed=1)
    together = reliability(probability, label, np.ones(1500), np.arange(1500), company, seed=1)
    assert together.effect > 2
    wide, narrow = together.observed_to_expected, alone.observed_to_expected
    assert wide.high - wide.low > 1.3 * (narrow.high - narrow.low)
    assert (together.curve.high - together.curve.low).mean() > (alone.curve.high - alone.curve.low).mean()


def test_true_probabilities_of_colleagues_pass_where_taking_them_for_independent_fails() -> None:
    beyond = {"clusters": 0, "rows": 0}
    for seed in range(100):
        rng = np.random.default_rng(seed)
        probability = np.repeat(expit(rng.normal(-1.5, 1, 200)), 6)
        label = (np.repeat(rng.random(200), 6) < probability).astype(float)
        cluster = np.repeat(np.arange(200), 6)
        beyond["clusters"] += abs(spiegelhalter(probability, label, np.ones(1200), cluster)) > 1.96
        beyond["rows"] += abs(spiegelhalter(probability, label, np.ones(1200))) > 1.96
    assert beyond["clusters"] <= 14
    assert beyond["rows"] > 30


def test_exact_statements_are_those_of_the_binomial_test() -> None:
    for found, expected in ((3, 10.0), (12, 10.0), (30, 10.0), (0, 4.0)):
        two_sided = binomtest(found, 200, expected / 200)
        ratio = observed_over_expected(found, expected, 200)
        exact = two_sided.proportion_ci(0.95, method="exact")
        assert (ratio.low, ratio.high) == pytest.approx((exact.low * 200 / expected, exact.high * 200 / expected))
        tails = [binomtest(found, 200, expected / 200, alternative=side).pvalue for side in ("less", "greater")]
        assert exact_p_value(found, expected, 200) == pytest.approx(min(1.0, 2 * min(tails)))


def test_holm_stops_at_the_first_that_may_be_chance() -> None:
    assert holm([0.04, 0.001, 0.02], 0.05) == (True, True, True)
    assert holm([0.04, 0.03, 0.02], 0.05) == (False, False, False)
    assert holm([], 0.05) == ()


def test_the_slope_of_overconfident_probabilities_is_found_with_its_interval() -> None:
    probability, label = sample(6, 6000, slope=0.6)
    line = calibration_line(probability, label, np.ones(6000), np.arange(6000))
    assert line.slope.low < 0.6 < line.slope.high < 1
    assert line.rate(probability) == pytest.approx(expit(line.slope.value * logit(probability) + line.intercept.value))


def test_independent_rows_have_a_design_effect_of_about_one() -> None:
    probability, label = sample(7, 4000)
    variance = probability * (1 - probability)
    assert design_effect(label - probability, variance, np.ones(4000), np.arange(4000)) == pytest.approx(1.0, abs=0.1)


def test_the_width_shrinks_with_evidence_and_brackets_the_rate() -> None:
    points = np.array([0.1, 0.3])
    widths = []
    for count in (1000, 16_000):
        probability, label = sample(8, count)
        low, high = venn_abers(probability, label, np.ones(count), points)
        assert (low <= high).all()
        widths.append(float((high - low).mean()))
    assert widths[1] < 0.5 * widths[0]


def test_an_error_above_zero_by_chance_is_told_beside_what_chance_gives() -> None:
    figures = reliability(*sample(9), np.ones(3000), np.arange(3000), np.arange(3000), seed=1)
    assert 0 < figures.calibration_error.expected < figures.calibration_error.high
    assert not figures.miscalibration.beyond
    off = reliability(*sample(9, slope=0.5), np.ones(3000), np.arange(3000), np.arange(3000), seed=1)
    assert off.miscalibration.beyond
    assert off.calibration_error.beyond


def test_a_quarter_and_a_source_that_are_off_are_named_and_no_others() -> None:
    probability, label = sample(10, 8000)
    source = np.random.default_rng(1).choice(["ads", "fair", "web"], 8000)
    created = np.arange(8000) % 365
    rng = np.random.default_rng(2)
    summer, ads = (created >= 181) & (created < 273), source == "ads"
    label = np.where(summer & ~ads, label * (rng.random(8000) < 0.4), label)
    label = np.where(ads & ~summer, np.maximum(label, rng.random(8000) < 0.2), label)
    catalog = Catalog.from_schema(Schema(columns=(Column("lead_source", ColumnType.CATEGORY),)))
    name = catalog.features[0].name
    found = assess(side_of(probability, label, **{name: source}), probability, catalog, seed=1)
    assert (found.source, found.source_is_named) == (name, True)
    assert found.source_label is not None
    assert found.source_label.en == "Lead source"
    assert [part.name for part in found.quarters] == ["2025 Q1", "2025 Q2", "2025 Q3", "2025 Q4"]
    assert found.quarters[2].off
    assert next(part for part in found.sources if part.name == "ads").off
    assert sum(part.leads for part in found.sources) == pytest.approx(8000)
    assert found.quarters[2].ratio.high < 1


def test_an_age_at_which_probabilities_are_off_is_named_though_all_ages_together_are_right() -> None:
    rng = np.random.default_rng(14)
    probability = np.repeat(expit(rng.normal(-1.5, 0.8, 1500)), 2)
    young = np.tile([True, False], 1500)
    # Told too high at creation and too low a week later.
    true = np.where(young, 0.7, 1.3) * probability
    label = (rng.random(3000) < true).astype(float)
    start = datetime(2025, 1, 1, tzinfo=UTC)
    created = [start + timedelta(hours=int(lead)) for lead in np.repeat(np.arange(1500), 2)]
    as_of = [at + timedelta(days=0 if first else 7) for at, first in zip(created, young, strict=True)]
    lead = np.repeat(np.arange(1500), 2)
    examples = pl.DataFrame({"lead_id": lead.astype(str), "created_at": created, "as_of": as_of})
    side = Side(
        examples, pl.DataFrame({"x": probability}), label, np.full(3000, 0.5), lead, lead, lead,
        np.ones(3000, dtype=bool), np.ones(3000),
    )  # fmt: skip
    found = assess(side, probability, Catalog.from_schema(Schema()), seed=1)
    assert not found.level_is_off
    assert [(part.name, part.leads, part.off) for part in found.ages] == [("0 d", 1500, True), ("7 d", 1500, True)]
    assert found.metrics("model")["model.ages_off"] == 2
    assert "Beyond chance in at creation (0.7" in found.sentences[1]


def test_a_source_that_counts_to_engagement_is_still_the_source() -> None:
    probability, label = sample(12, 400)
    columns = (
        Column("size", ColumnType.CATEGORY),
        Column("Lead Origin", ColumnType.CATEGORY, role=Role.ENGAGEMENT),
        Column("Last Activity", ColumnType.CATEGORY, role=Role.ENGAGEMENT),
    )
    catalog = Catalog.from_schema(Schema(columns=columns))
    names = {feature.concept: feature.name for feature in catalog.features}
    rng = np.random.default_rng(1)
    features = {names[one]: rng.choice(["a", "b"], 400) for one in ("size", "lead_origin", "last_activity")}
    assert source_of(side_of(probability, label, **features), catalog) == ("lead_origin", True)


def test_without_a_named_source_the_category_that_tells_most_leads_apart_is_taken() -> None:
    probability, label = sample(11, 400)
    columns = (Column("size", ColumnType.CATEGORY), Column("town", ColumnType.CATEGORY))
    catalog = Catalog.from_schema(Schema(columns=columns))
    size, town = (feature.name for feature in catalog.features if feature.concept in {"size", "town"})
    rng = np.random.default_rng(1)
    features = {size: rng.choice(["s", "m", "l"], 400), town: rng.choice([f"t{i}" for i in range(90)], 400)}
    assert source_of(side_of(probability, label, **features), catalog) == (size, False)


def test_rows_whose_horizon_was_not_observed_are_left_out() -> None:
    probability, label = sample(13, 1200)
    catalog = Catalog.from_schema(Schema(columns=()))
    whole = side_of(probability, label, size=np.zeros(1200))
    young = np.arange(1200) % 3 == 0
    told_wrong = dataclasses.replace(whole, label=np.where(young, 1.0, label), mature=~young)
    found = assess(told_wrong, probability, catalog, seed=1)
    kept = np.flatnonzero(~young)
    assert found.positives == label[kept].sum()
    assert found.leads == kept.size


def test_calibrated_parts_are_rarely_flagged() -> None:
    flagged = 0
    for seed in range(200):
        probability, label = sample(seed, 1500)
        rng = np.random.default_rng(seed)
        where = {
            "quarters": pl.Series(rng.choice(["1", "2"], 1500)),
            "sources": pl.Series(rng.choice(["a", "b"], 1500)),
        }
        found = parts_of(where, probability, label, np.ones(1500), 1.0)
        flagged += any(part.off for part in (*found["quarters"], *found["sources"]))
    assert flagged <= 18


def test_everything_is_plain_data_and_flat_figures() -> None:
    figures = reliability(*sample(12), np.ones(3000), np.arange(3000), np.arange(3000), seed=1)
    told = json.loads(json.dumps(figures.to_mapping(), allow_nan=False))
    assert len(told["curve"]["probability"]) == len(told["curve"]["low"])
    assert told["uncertainty"]["typical_width"] > 0
    assert np.isfinite(list(figures.metrics("model").values())).all()
    assert "compatible" in figures.sentences[0]


def test_one_probability_for_all_leads_has_a_calibration_line_without_numerical_garbage() -> None:
    for count in (100, 137, 174, 211):
        label = (np.arange(count) % 4 == 0).astype(np.float64)
        for probability in (0.07, 0.2, 0.23955653):
            line = calibration_line(np.full(count, probability), label, np.ones(count), np.arange(count))
            assert abs(line.slope.high - line.slope.low) < 10
            assert abs(line.intercept.high - line.intercept.low) < 10
