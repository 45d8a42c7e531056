from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from features.catalog import FeatureKind
from features.domain import NotTrainedError
from features.encoding import EncodedColumn, Encoder
from models.trees import TreeMember
from training.fit import FittedScorer, fit_scorer
from training.plan import TrainingPlan
from training.progress import SilentProgress
from training.recipe.boosting import IN_TIME, OTHER_READINGS, Grown, Rows, Shape, grow
from training.recipe.ladder import Rung, choose_rung
from training.recipe.losses import recalibrated
from training.recipe.stacking import stack
from training.recipe.table import Table
from training.recipe.windows import chance_folds, forward_windows, newest_window

PLAN = TrainingPlan(search_trials=2, max_trees=60)
FAST = TrainingPlan(search_trials=1, max_trees=80, learning_rate=0.15)


def table(count: int, seed: int, base: float = -1.0) -> tuple[Encoder, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    matrix = np.column_stack([rng.normal(size=(count, 3)), rng.integers(0, 4, count)])
    margin = base + matrix[:, 0] + 0.8 * (matrix[:, 1] > 0) * (matrix[:, 2] > 0) + 0.3 * (matrix[:, 3] == 2)
    label = (rng.random(count) < expit(margin)).astype(float)
    numbers = [EncodedColumn(f"n{i}", FeatureKind.NUMBER, (), 0.0, 1.0, -3.0, 3.0) for i in range(3)]
    return Encoder((*numbers, EncodedColumn("c", FeatureKind.CATEGORY, ("x", "y", "z")))), matrix, label


def table_of_pages(count: int, seed: int) -> tuple[Encoder, np.ndarray, np.ndarray]:
    """What only trees find: numbers that count together, and pages, many of them, that count for some leads."""
    rng = np.random.default_rng(seed)
    effect, page = rng.normal(0.0, 1.5, 60), rng.integers(0, 60, count)
    matrix = np.column_stack([rng.normal(size=(count, 6)), page])
    both = (matrix[:, 0] > 0) & (matrix[:, 1] > 0)
    label = (rng.random(count) < expit(-1.0 + 2.0 * both + effect[page] * (matrix[:, 2] > 0))).astype(float)
    numbers = [EncodedColumn(f"n{i}", FeatureKind.NUMBER, (), 0.0, 1.0, -3.0, 3.0) for i in range(6)]
    levels = tuple(f"page {i}" for i in range(1, 60))
    return Encoder((*numbers, EncodedColumn("page", FeatureKind.CATEGORY, levels))), matrix, label


def fit(
    encoder: Encoder, matrix: np.ndarray, label: np.ndarray, *, ordered: bool, plan: TrainingPlan = PLAN
) -> FittedScorer:
    rows = np.arange(label.size)
    order = rows if ordered else None
    return fit_scorer(encoder, matrix, label, np.ones(label.size), order, rows, plan, SilentProgress())


def test_below_forty_outcomes_nothing_is_learned() -> None:
    encoder, matrix, label = table(200, 1, base=-4.0)
    with pytest.raises(NotTrainedError, match="reached the target"):
        fit(encoder, matrix, label, ordered=True)


def test_few_positives_get_a_scorecard_and_the_sentence_says_so() -> None:
    encoder, matrix, label = table(400, 2)
    fitted = fit(encoder, matrix, label, ordered=True)
    assert fitted.rung == "scorecard"
    assert fitted.scorecard is None
    assert "fewer than the 200" in " ".join(fitted.choices)


@pytest.mark.parametrize("ordered", [True, False])
def test_probabilities_of_new_rows_are_good_and_calibrated(ordered: bool) -> None:
    encoder, matrix, label = table(4000, 3)
    fitted = fit(encoder, matrix, label, ordered=ordered)
    _, other, truth = table(6000, 4)
    probability = fitted.calibration.probability(fitted.model.margin(other))
    # Level is learned from the rows that calibrate: the newest quarter, or all of them.
    error = np.sqrt(truth.var() * (1 / len(fitted.calibrated_on) + 1 / truth.size))
    assert abs(probability.mean() - truth.mean()) < 3 * error
    assert np.corrcoef(probability, truth)[0, 1] > 0.35


def test_a_number_that_only_tells_the_date_is_left_out() -> None:
    encoder, matrix, label = table(3000, 5)
    date = np.linspace(0.0, 1.0, label.size)
    wide = dataclasses.replace(
        encoder, columns=(*encoder.columns, EncodedColumn("date", FeatureKind.NUMBER, (), 0.5, 0.3, 0.0, 1.0))
    )
    fitted = fit(wide, np.column_stack([matrix, date]), label, ordered=True)
    assert "date" not in [column.name for column in fitted.encoder.columns]
    assert "date" in fitted.encoder.dropped
    assert "date" in fitted.choices[0]


def test_a_drifting_number_that_helps_is_kept() -> None:
    rng = np.random.default_rng(6)
    encoder, matrix, _ = table(4000, 6)
    moving = rng.normal(size=4000) + np.linspace(0.0, 1.6, 4000)
    label = (rng.random(4000) < expit(-1.5 + 1.5 * moving)).astype(float)
    wide = dataclasses.replace(
        encoder, columns=(*encoder.columns, EncodedColumn("moving", FeatureKind.NUMBER, (), 0.8, 1.1, -2.0, 4.0))
    )
    fitted = fit(wide, np.column_stack([matrix, moving]), label, ordered=True)
    assert "moving" in [column.name for column in fitted.encoder.columns]


@pytest.mark.parametrize("ordered", [True, False])
def test_the_same_seed_gives_the_same_model_text(ordered: bool) -> None:
    encoder, matrix, label = table_of_pages(3000, 7)
    first, second = (fit(encoder, matrix, label, ordered=ordered, plan=FAST).model.to_files() for _ in range(2))
    assert first == second
    assert '"rates"' in first["additive.json"]


@pytest.fixture
def shapes_grown(monkeypatch: pytest.MonkeyPatch) -> list[Shape]:
    """The shape of every forest that is grown, in their order; the search is not among them."""
    shapes: list[Shape] = []
    grow_trees = Table.trees

    def trees(self: Table, learn: np.ndarray, shape: Shape, *others: Any) -> Grown:
        shapes.append(shape)
        return grow_trees(self, learn, shape, *others)

    monkeypatch.setattr(Table, "trees", trees)
    return shapes


def test_a_search_and_fine_readings_of_categories_join_only_where_nothing_says_which_lead_is_older(
    shapes_grown: list[Shape],
) -> None:
    encoder, matrix, label = table_of_pages(3000, 7)
    for ordered in (True, False):
        shapes_grown.clear()
        fitted = fit(encoder, matrix, label, ordered=ordered, plan=FAST)
        assert fitted.trees_tried
        assert set(IN_TIME if ordered else (Shape(), *OTHER_READINGS)) == set(shapes_grown)
        assert any("shapes of trees were tried" in sentence for sentence in fitted.choices) is not ordered


@pytest.mark.parametrize("ordered", [True, False])
def test_categories_are_also_read_by_their_rates(ordered: bool) -> None:
    encoder, matrix, label = table_of_pages(3000, 7)
    members = fit(encoder, matrix, label, ordered=ordered, plan=FAST).model.members
    read = [member.rates is not None for member in members if isinstance(member, TreeMember)]
    assert True in read
    assert False in read


@pytest.mark.parametrize("ordered", [True, False])
def test_without_categories_nothing_is_read_by_rates(ordered: bool, shapes_grown: list[Shape]) -> None:
    encoder, matrix, label = table_of_pages(3000, 7)
    numbers = Encoder(encoder.columns[:-1])
    members = fit(numbers, matrix[:, :-1], label, ordered=ordered, plan=FAST).model.members
    assert set(IN_TIME if ordered else (Shape(),)) == set(shapes_grown)
    assert all(member.rates is None for member in members if isinstance(member, TreeMember))


def test_a_shape_without_weight_is_neither_grown_again_nor_stored(
    shapes_grown: list[Shape], monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_the_first(*given: Any) -> Rung:
        shapes_grown.clear()
        rung = choose_rung(*given)
        return dataclasses.replace(rung, trees=(rung.trees[0], *(0.0 for _ in rung.trees[1:])))

    monkeypatch.setattr("training.fit.choose_rung", only_the_first)
    encoder, matrix, label = table_of_pages(3000, 7)
    model = fit(encoder, matrix, label, ordered=False, plan=FAST).model
    assert set(shapes_grown) == {Shape()}
    assert set(model.to_files()) == {"trees-0.txt", "scorecard.json", "additive.json"}


def test_members_that_say_the_same_leave_the_scorecard_alone() -> None:
    rng = np.random.default_rng(8)
    margin = rng.normal(size=1000)
    label = (rng.random(1000) < expit(margin)).astype(float)
    noise, window = rng.normal(size=1000), np.zeros(1000, dtype=np.intp)
    alone = choose_rung(margin, margin[:, None], label, np.ones(1000), window, "rows")
    assert alone.name == "scorecard"
    assert alone.scorecard == pytest.approx(1.0, abs=0.2)
    trees = choose_rung(noise, margin[:, None], label, np.ones(1000), window, "rows")
    assert trees.trees[0] == pytest.approx(1.0, abs=0.2)
    assert trees.scorecard < 0.15


def test_half_of_what_is_known_each_makes_a_blend() -> None:
    rng = np.random.default_rng(11)
    first, second = rng.normal(size=(2, 3000))
    label = (rng.random(3000) < expit(first + second)).astype(float)
    rung = choose_rung(
        0.8 * first, 0.8 * second[:, None], label, np.ones(3000), np.arange(3000) // 1000, "3 forward windows"
    )
    assert rung.name == "blend"
    # 1.25 each by the truth, pulled towards a sum of 1.
    assert 0.8 < rung.scorecard < 1.3
    assert 0.8 < rung.trees[0] < 1.3
    assert "3 forward windows" in rung.sentence


def test_a_level_that_moved_between_windows_does_not_weigh_the_members() -> None:
    rng = np.random.default_rng(12)
    window = np.repeat(np.arange(4), 1500)
    knows_lead, knows_date = rng.normal(size=6000), window - 1.5 + 0.1 * rng.normal(size=6000)
    label = (rng.random(6000) < expit(knows_lead + window - 2.5)).astype(float)
    margins = np.column_stack([knows_lead, knows_date])
    free = stack(margins, label, np.ones(6000), window)
    tied = stack(margins, label, np.ones(6000), np.zeros(6000, dtype=np.intp))
    assert free[0] == pytest.approx(1.0, abs=0.15)
    assert tied[1] > 0.8
    assert free[1] < 0.4


def test_forward_windows_are_judged_by_what_is_older_and_need_both_classes() -> None:
    rng = np.random.default_rng(13)
    order, group = np.arange(2000), np.arange(2000) // 2
    label = (rng.random(2000) < 0.3).astype(float)
    windows = forward_windows(order, group, label, np.arange(2000))
    assert len(windows) == 4
    for window in windows:
        assert order[window.learn].max() < order[window.judge].min()
        assert not set(group[window.learn]) & set(group[window.judge])
    label[:1200] = 0.0
    assert len(forward_windows(order, group, label, np.arange(2000))) < 4
    assert forward_windows(order, group, np.zeros(2000), np.arange(2000)) == []


def test_a_direction_of_the_catalog_binds_the_trees() -> None:
    rng = np.random.default_rng(14)
    matrix = rng.uniform(0.0, 10.0, (4000, 1))
    # More is better, but for a bump that only chance or a confounder explains.
    chance = expit(-2.0 + 0.3 * matrix[:, 0] - 2.0 * ((matrix[:, 0] > 4) & (matrix[:, 0] < 5)))
    rows = Rows(matrix, (rng.random(4000) < chance).astype(float), np.ones(4000))
    asked = np.linspace(0.0, 10.0, 101)[:, None]

    def curve(directions: tuple[int, ...]) -> np.ndarray:
        grown = grow(
            rows, Shape(), categorical=(), rounds=80, learning_rate=0.1, seed=1, threads=1, directions=directions
        )
        return np.diff(grown.margin(asked, 1))

    assert curve(()).min() < 0
    assert curve((1,)).min() >= 0


def test_recalibration_never_turns_the_order_round() -> None:
    rng = np.random.default_rng(9)
    margin = rng.normal(size=2000)
    label = (rng.random(2000) < expit(-margin)).astype(float)
    corrected = recalibrated(margin, label, np.ones(2000))
    assert np.ptp(corrected) == 0.0
    assert expit(corrected[0]) == pytest.approx(label.mean())


def test_windows_share_no_group_and_the_newest_rows_judge() -> None:
    rng = np.random.default_rng(10)
    group, order = rng.integers(0, 60, 300), np.arange(300)
    window = newest_window(order, group, 0.25)
    assert order[window.judge].min() == 225
    assert not set(group[window.learn]) & set(group[window.judge])
    for fold in chance_folds(rng.integers(0, 2, 300).astype(float), group, 3, 1):
        assert not set(group[fold.learn]) & set(group[fold.judge])


def test_leads_that_nothing_tells_apart_are_refused() -> None:
    _, matrix, label = table(400, 9)
    with pytest.raises(NotTrainedError, match="differs between them"):
        fit(Encoder(()), matrix[:, :0], label, ordered=True)


def test_young_rows_teach_the_members_and_neither_choose_nor_calibrate() -> None:
    encoder, matrix, label = table(1200, 7)
    # Young rows of which only the quick positives are known.
    _, young, outcome = table(600, 8)
    young, positives = young[outcome == 1], int(outcome.sum())
    rows = np.arange(label.size + positives)
    mature = rows < label.size
    teaching = np.where(mature, 1.0, 0.5)
    fitted = fit_scorer(
        encoder, np.vstack([matrix, young]), np.append(label, np.ones(positives)), mature.astype(float), rows, rows,
        PLAN, SilentProgress(), mature=mature, teaching=teaching,
    )  # fmt: skip
    alone = fit(encoder, matrix, label, ordered=True)
    assert fitted.calibrated_on.max() < label.size
    assert fitted.choices == alone.choices
    assert (fitted.calibration.to_mapping()) == alone.calibration.to_mapping()
    assert fitted.model.margin(matrix).mean() > alone.model.margin(matrix).mean() + 0.05
