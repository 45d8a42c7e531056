from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from features.catalog import FeatureKind
from features.domain import BundleError, NotTrainedError
from features.encoding import EncodedColumn
from models.additive import AdditiveModel
from models.scorecard import ScorecardMember, fit_scorecard
from models.trees import TreeMember

COLUMNS = (
    EncodedColumn("employees", FeatureKind.NUMBER, (), center=100.0, scale=50.0, low=0.0, high=400.0),
    EncodedColumn("industry", FeatureKind.CATEGORY, ("software", "retail")),
    EncodedColumn("views", FeatureKind.NUMBER, (), center=1.0, scale=2.0, low=0.0, high=9.0),
)


def invented(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    matrix = np.column_stack([rng.normal(100, 60, n), rng.integers(0, 3, n), rng.poisson(1.5, n)]).astype(float)
    matrix[rng.random(n) < 0.1, 0] = np.nan
    matrix[rng.random(n) < 0.1, 1] = np.nan
    z = -1 + 0.01 * (np.nan_to_num(matrix[:, 0], nan=150) - 100) + (matrix[:, 1] == 1) + 0.3 * (matrix[:, 2] - 1.5)
    return matrix, (rng.random(n) < expit(z)).astype(float)


@pytest.fixture(scope="module")
def scorecard() -> ScorecardMember:
    matrix, y = invented(4000)
    return fit_scorecard(matrix, COLUMNS, y, None, C=1.0)


def test_every_members_contributions_add_up_to_its_margin(small: Any) -> None:
    matrix = small.encoder.matrix(small.frame)
    for member in (*small.model.members, small.model):
        contributions = member.contributions(matrix)
        assert contributions.shape == (len(matrix), matrix.shape[1] + 1)
        assert contributions.sum(axis=1) == pytest.approx(member.margin(matrix), abs=1e-9)


def test_one_row_answers_as_it_does_among_many(small: Any) -> None:
    matrix = small.encoder.matrix(small.frame)[:200]
    for member in small.model.members:
        together, contributions = member.margin(matrix), member.contributions(matrix)
        for i in range(0, 200, 17):
            assert member.margin(matrix[i : i + 1])[0] == together[i]
            assert member.contributions(matrix[i : i + 1])[0] == pytest.approx(contributions[i], abs=1e-12)


def test_the_model_is_the_weighted_sum_of_its_members(small: Any) -> None:
    matrix = small.encoder.matrix(small.frame)[:50]
    expected = sum(w * m.margin(matrix) for m, w in zip(small.model.members, small.model.weights, strict=True))
    assert small.model.margin(matrix) == pytest.approx(expected, abs=1e-12)


def test_a_stored_model_answers_bit_by_bit_the_same(small: Any) -> None:
    files = small.model.to_files()
    assert set(files) == {"trees-0.txt", "trees-1.txt", "scorecard.json", "additive.json"}
    matrix = small.encoder.matrix(small.frame)[:300]
    again = AdditiveModel.from_files(files)
    assert np.array_equal(again.margin(matrix), small.model.margin(matrix))
    assert np.array_equal(again.contributions(matrix), small.model.contributions(matrix))
    assert again.to_files() == files


def test_the_scorecards_base_is_the_mean_margin_of_training(scorecard: ScorecardMember) -> None:
    matrix, _ = invented(4000)
    assert scorecard.base == pytest.approx(float(scorecard.margin(matrix).mean()), abs=1e-9)
    assert scorecard.contributions(matrix)[:, :-1].mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-9)


def test_weights_move_the_scorecards_base_to_the_weighted_mean() -> None:
    matrix, y = invented(3000)
    weight = np.random.default_rng(2).uniform(0.1, 3, 3000)
    fitted = fit_scorecard(matrix, COLUMNS, y, weight, C=1.0)
    assert fitted.base == pytest.approx(float(np.average(fitted.margin(matrix), weights=weight)), abs=1e-9)


def test_the_scorecard_is_a_logistic_regression_on_lines_bins_and_levels(scorecard: ScorecardMember) -> None:
    matrix, y = invented(4000)
    parts = []
    for place, column in enumerate(COLUMNS):
        values, missing = matrix[:, place], np.isnan(matrix[:, place])
        if column.kind is FeatureKind.CATEGORY:
            parts += [(values == code) for code in range(3)] + [missing]
            continue
        line = (np.clip(values, column.low, column.high) - column.center) / column.scale
        edges = scorecard.columns[place].edges
        assert edges is not None
        inside = np.searchsorted(edges, values, side="right")
        parts += [np.where(missing, 0, line)]
        parts += [(inside == number) & ~missing for number in range(len(edges) + 1)] + [missing]
    design = np.column_stack(parts).astype(float)
    reference = LogisticRegression(C=1.0, max_iter=5000, tol=1e-8).fit(design, y)
    assert scorecard.margin(matrix) == pytest.approx(reference.decision_function(design), abs=5e-3)


def test_the_scorecard_bends_where_a_straight_line_cannot() -> None:
    rng = np.random.default_rng(3)
    matrix, _ = invented(6000)
    truth = expit(2.0 - 0.0008 * (np.nan_to_num(matrix[:, 0], nan=100) - 100) ** 2)
    y = (rng.random(6000) < truth).astype(float)
    bent = fit_scorecard(matrix, COLUMNS, y, None, C=1.0)
    straight = fit_scorecard(matrix, COLUMNS, y, None, C=1.0, bins=1)
    assert (
        np.abs(expit(bent.margin(matrix)) - truth).mean() < 0.4 * np.abs(expit(straight.margin(matrix)) - truth).mean()
    )


def test_what_training_never_saw_counts_as_an_average_lead() -> None:
    matrix, y = invented(2000)
    matrix[:, 2] = np.nan_to_num(matrix[:, 2])
    matrix[:, 1] = np.where(matrix[:, 1] == 0, 1, matrix[:, 1])
    fitted = fit_scorecard(matrix, COLUMNS, y, None, C=1.0)
    contributions = fitted.contributions(np.array([[100.0, 0.0, np.nan]]))[0]
    assert contributions[1:3] == pytest.approx([0.0, 0.0], abs=1e-12)


def test_numbers_beyond_the_range_seen_count_as_its_ends(scorecard: ScorecardMember) -> None:
    rows = np.array([[1e9, 1, 1], [400.0, 1, 1], [-1e9, 1, 1], [0.0, 1, 1]])
    margin = scorecard.margin(rows)
    assert margin[0] == margin[1]
    assert margin[2] == margin[3]


@given(row=st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=3, max_size=3))
def test_any_row_of_floats_gets_a_finite_margin(row: list[float], scorecard: ScorecardMember) -> None:
    assert np.isfinite(scorecard.margin(np.array([row]))).all()


def test_a_stored_scorecard_comes_back_unchanged(scorecard: ScorecardMember) -> None:
    matrix, _ = invented(100, 9)
    again = ScorecardMember.from_mapping(scorecard.to_mapping())
    assert np.array_equal(again.contributions(matrix), scorecard.contributions(matrix))


def test_a_damaged_scorecard_is_refused(scorecard: ScorecardMember) -> None:
    for path, value in (("means", [0.0]), ("intercept", float("nan")), ("columns", [{"name": "x"}])):
        with pytest.raises(BundleError):
            ScorecardMember.from_mapping({**scorecard.to_mapping(), path: value})


def test_one_outcome_only_cannot_be_learned() -> None:
    matrix, y = invented(50)
    with pytest.raises(NotTrainedError):
        fit_scorecard(matrix, COLUMNS, np.zeros_like(y), None, C=1.0)


def test_members_of_different_widths_do_not_make_a_model(scorecard: ScorecardMember, small: Any) -> None:
    trees = next(member for member in small.model.members if isinstance(member, TreeMember))
    with pytest.raises(ValueError, match="columns"):
        AdditiveModel([trees, scorecard], [0.5, 0.5])


@pytest.mark.parametrize(
    "damage",
    [
        {"additive.json": "{}"},
        {"additive.json": '{"members": []}'},
        {"additive.json": "not json"},
        {"scorecard.json": "{}"},
    ],
)
def test_a_damaged_list_of_members_is_refused(damage: dict[str, str], small: Any) -> None:
    with pytest.raises(BundleError):
        AdditiveModel.from_files({**small.model.to_files(), **damage})


def test_margin_and_contributions_asked_together_are_those_asked_apart(small: Any) -> None:
    matrix = small.encoder.matrix(small.frame)
    for rows in (matrix, matrix[:1], matrix[:0]):
        margin, contributions = small.model.answer(rows)
        assert np.array_equal(margin, small.model.margin(rows))
        assert np.array_equal(contributions, small.model.contributions(rows))
