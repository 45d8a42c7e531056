from __future__ import annotations

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.tree_shap.forest import FEW_ROWS, ROWS_PER_THREAD, Forest
from models.tree_shap.text import Tree, read_forest

Grow = Callable[..., Any]

SHAPES: dict[str, dict[str, Any]] = {
    "stumps": {"num_leaves": 2},
    "depth one": {"max_depth": 1, "num_leaves": 31},
    "the recipe's": {"num_leaves": 6, "min_data_in_leaf": 80, "bagging_fraction": 0.8, "bagging_freq": 1},
    "wide": {"num_leaves": 31, "min_data_in_leaf": 5},
    "64 leaves": {"num_leaves": 64, "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 0.0},
    "narrow and deep": {"num_leaves": 40, "min_data_in_leaf": 1, "max_depth": -1, "path_smooth": 5.0},
    "one hot": {"num_leaves": 15, "max_cat_to_onehot": 100},
    "many against many": {"num_leaves": 31, "max_cat_to_onehot": 1, "cat_smooth": 1.0, "min_data_per_group": 5},
    "nothing is missing": {"num_leaves": 31, "use_missing": False},
    "zero is missing": {"num_leaves": 31, "zero_as_missing": True, "min_data_in_leaf": 5},
    "goss": {"num_leaves": 15, "data_sample_strategy": "goss"},
    "dart": {"num_leaves": 15, "boosting": "dart"},
    "extra trees": {"num_leaves": 31, "extra_trees": True},
    "monotone": {"num_leaves": 15, "monotone_constraints": [1, -1, 0, 0, 1, 0, 0, 0]},
    "no split is worth it": {"num_leaves": 31, "min_gain_to_split": 1e9},
}  # fmt: skip

STRANGE = [
    np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-36, -1e-36, 1e-35, float(np.float32(1e-35)), -float(np.float32(1e-35)),
    1e300, -1e300, 5e-324, 0.5, -0.5, -1.0, -0.999, 2.0**31, 2.0**31 - 1, -(2.0**31), 2.0**53, 3.7, 69.0, 70.0, 1e6,
]  # fmt: skip


def strange_rows(rng: np.random.Generator, n: int, columns: int) -> np.ndarray:
    return rng.choice(STRANGE, (n, columns))


@pytest.mark.parametrize("shape", SHAPES)
def test_margins_and_contributions_are_lightgbms(shape: str, grown: Grow) -> None:
    booster = grown(seed=len(shape), **SHAPES[shape])
    forest = Forest(read_forest(booster.text))
    rows = np.vstack([booster.rows[:600], strange_rows(np.random.default_rng(1), 400, booster.rows.shape[1])])
    assert np.array_equal(forest.margin(rows), booster.margin(rows))
    found, wanted = forest.contributions(rows), booster.contributions(rows)
    assert found == pytest.approx(wanted, abs=1e-9)
    assert np.abs(found - wanted).max() < 1e-12
    assert found.sum(axis=1) == pytest.approx(forest.margin(rows), abs=1e-12)


@pytest.mark.parametrize("shape", ["the recipe's", "64 leaves", "many against many", "zero is missing"])
@pytest.mark.parametrize("longest", [0, 1, 3, 5, 12])
def test_tables_and_long_paths_give_the_same(shape: str, longest: int, grown: Grow) -> None:
    booster = grown(seed=3, **SHAPES[shape])
    forest = Forest(read_forest(booster.text), longest=longest)
    assert forest.report.longest <= longest
    rows = np.vstack([booster.rows[:150], strange_rows(np.random.default_rng(2), 100, booster.rows.shape[1])])
    wanted = booster.contributions(rows)
    assert forest.contributions(rows) == pytest.approx(wanted, abs=1e-12)
    assert forest.contributions(rows[:1])[0] == pytest.approx(wanted[0], abs=1e-12)


def test_patterns_are_shortened_until_the_tables_fit_into_the_memory_given(grown: Grow) -> None:
    booster = grown(seed=4, **SHAPES["64 leaves"])
    text = read_forest(booster.text)
    free = Forest(text).report
    for most in (free.bytes // 2, free.bytes // 20, 0):
        forest = Forest(text, most_bytes=most)
        assert forest.report.bytes <= most
        assert forest.report.long_leaves > free.long_leaves
        assert forest.contributions(booster.rows[:40]) == pytest.approx(
            booster.contributions(booster.rows[:40]), abs=1e-12
        )


def test_a_row_answers_to_the_last_bit_alone_and_among_many(grown: Grow) -> None:
    booster = grown(seed=5, num_leaves=40, min_data_in_leaf=2)
    rows = np.tile(booster.rows, (3, 1))
    for longest in (4, 12):
        forest = Forest(read_forest(booster.text), longest=longest)
        assert len(rows) > 2 * ROWS_PER_THREAD
        together, margins = forest.contributions(rows), forest.margin(rows)
        for size in (1, 3, FEW_ROWS, FEW_ROWS + 1, 700):
            for start in (0, 511, 1499):
                assert np.array_equal(forest.contributions(rows[start : start + size]), together[start : start + size])
                assert np.array_equal(forest.margin(rows[start : start + size]), margins[start : start + size])


def test_many_threads_may_ask_at_once(grown: Grow) -> None:
    booster = grown(seed=6, num_leaves=31)
    forest = Forest(read_forest(booster.text), longest=6)
    wanted = forest.contributions(booster.rows)
    with ThreadPoolExecutor(8) as pool:
        for start, found in enumerate(pool.map(lambda i: forest.contributions(booster.rows[i : i + 1]), range(400))):
            assert np.array_equal(found[0], wanted[start])


def test_any_layout_of_numbers_is_read_alike(grown: Grow) -> None:
    booster = grown(seed=7)
    forest = Forest(read_forest(booster.text))
    rows = booster.rows[:20]
    wanted = forest.contributions(rows)
    frozen = rows.copy()
    frozen.setflags(write=False)
    for other in (np.asfortranarray(rows), frozen, np.repeat(rows, 2, axis=0)[::2], rows[::-1][::-1]):
        assert np.array_equal(forest.contributions(other), wanted)
        assert np.array_equal(forest.margin(other), forest.margin(rows))
    assert forest.contributions(rows[:0]).shape == (0, rows.shape[1] + 1)
    assert forest.margin(rows[:0]).shape == (0,)


def test_rows_of_another_width_are_refused(grown: Grow) -> None:
    forest = Forest(read_forest(grown(seed=7).text))
    for rows in (np.zeros((2, 7)), np.zeros((2, 9)), np.zeros(8)):
        with pytest.raises(ValueError, match="8 columns"):
            forest.contributions(rows)
        with pytest.raises(ValueError, match="8 columns"):
            forest.margin(rows)


def test_shaps_own_algorithm_agrees(grown: Grow) -> None:
    with warnings.catch_warnings():
        # shap's plots, imported with it, use what matplotlib is about to change.
        warnings.simplefilter("ignore")
        import shap
    booster = grown(seed=8, num_leaves=15, categorical=())
    explainer = shap.TreeExplainer(booster.booster, feature_perturbation="tree_path_dependent")
    # Left to itself shap asks LightGBM for pred_contrib, which would be no second witness.
    explainer.model.model_type = "internal"
    values = np.asarray(explainer.shap_values(booster.rows[:200], check_additivity=False))
    forest = Forest(read_forest(booster.text))
    assert forest.contributions(booster.rows[:200])[:, :-1] == pytest.approx(values, abs=1e-9)


def shapley(tree: Tree, row: np.ndarray, left: Callable[[int], bool]) -> np.ndarray:
    """Return the shares by the definition: all sets of known features, the others averaged over training rows."""

    def worth(place: int, known: frozenset[int]) -> float:
        if place < 0:
            return float(tree.leaf_values[-place - 1])
        below = (int(tree.left[place]), int(tree.right[place]))
        if int(tree.columns[place]) in known:
            return worth(below[0] if left(place) else below[1], known)
        counts = [tree.counts[c] if c >= 0 else tree.leaf_counts[-c - 1] for c in below]
        return float(sum(n / sum(counts) * worth(c, known) for n, c in zip(counts, below, strict=True)))

    asked = sorted({int(column) for column in tree.columns})
    shares = np.zeros(len(row))
    for feature in asked:
        others = [other for other in asked if other != feature]
        for size in range(len(others) + 1):
            weight = factorial(size) * factorial(len(asked) - size - 1) / factorial(len(asked))
            for some in combinations(others, size):
                known = frozenset(some)
                shares[feature] += weight * (worth(0, known | {feature}) - worth(0, known))
    return shares


def test_contributions_are_the_shapley_values_of_the_definition(grown: Grow) -> None:
    booster = grown(seed=9, rounds=1, num_leaves=12)
    text = read_forest(booster.text)
    tree = text.trees[0]
    forest = Forest(text)
    assert len(set(tree.columns.tolist())) < len(tree.columns)
    for row in np.nan_to_num(booster.rows[:25], nan=0.3):

        def left(place: int, row: np.ndarray = row) -> bool:
            value = row[tree.columns[place]]
            if tree.categorical[place]:
                number = int(tree.thresholds[place])
                words = tree.set_words[tree.set_starts[number] : tree.set_starts[number + 1]]
                bits = {32 * i + b for i, word in enumerate(words.tolist()) for b in range(32) if word >> b & 1}
                return int(value) in bits
            return bool(value <= tree.thresholds[place])

        assert forest.contributions(row[None])[0, :-1] == pytest.approx(shapley(tree, row, left), abs=1e-12)


def test_a_leaf_that_no_training_row_reached_still_has_exact_shares(grown: Grow) -> None:
    booster = grown(seed=10, rounds=1, num_leaves=12)
    text = read_forest(booster.text)
    tree = text.trees[0]
    counts, leaf_counts = tree.counts.copy(), tree.leaf_counts.copy()
    leaf = 5
    lost, place = leaf_counts[leaf], -leaf - 1
    leaf_counts[leaf] = 0.0
    while True:
        above = np.flatnonzero((tree.left == place) | (tree.right == place))
        if not len(above):
            break
        place = int(above[0])
        counts[place] -= lost
    assert (counts > 0).all()
    emptied = Tree(
        tree.columns, tree.thresholds, tree.decisions, tree.left, tree.right, counts, tree.leaf_values, leaf_counts,
        tree.set_starts, tree.set_words,
    )  # fmt: skip
    changed = type(text)(text.column_count, (emptied,))
    tabled, walked = Forest(changed), Forest(changed, longest=0)
    rows = booster.rows[:300]
    assert np.isfinite(tabled.contributions(rows)).all()
    assert tabled.contributions(rows) == pytest.approx(walked.contributions(rows), abs=1e-12)
    assert tabled.contributions(rows).sum(axis=1) == pytest.approx(tabled.margin(rows), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    leaves=st.integers(2, 64),
    least=st.integers(1, 200),
    depth=st.integers(-1, 12),
    missing=st.sampled_from([{}, {"use_missing": False}, {"zero_as_missing": True}]),
    onehot=st.sampled_from([1, 4, 100]),
    longest=st.integers(0, 12),
    picked=st.lists(st.sampled_from(STRANGE), min_size=8, max_size=8),
)
def test_any_booster_and_row_gives_lightgbms_answer(
    seed: int, leaves: int, least: int, depth: int, missing: dict[str, bool], onehot: int, longest: int,
    picked: list[float], grown: Grow,
) -> None:  # fmt: skip
    booster = grown(
        seed=seed, rounds=4, n=400, num_leaves=leaves, min_data_in_leaf=least, max_depth=depth,
        max_cat_to_onehot=onehot, cat_l2=1.0, cat_smooth=1.0, min_data_per_group=5, **missing,
    )  # fmt: skip
    forest = Forest(read_forest(booster.text), longest=longest)
    rows = np.vstack([np.array([picked]), booster.rows[:20]])
    assert np.array_equal(forest.margin(rows), booster.margin(rows))
    assert forest.contributions(rows) == pytest.approx(booster.contributions(rows), abs=1e-9)
