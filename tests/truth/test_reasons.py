"""T17 and T18: reasons against known truth by sign, rank and deletion; exact sums; the same after retraining."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from features.domain import OTHER
from models.additive import AdditiveModel
from models.calibration import Calibration, CalibrationKind
from models.reason_groups import ReasonGroups
from models.reasons import Explainer
from models.scale import Scale
from models.scorecard import fit_scorecard
from tests.truth.growing import grown, numbers

if TYPE_CHECKING:
    from tests.truth.conftest import Truth

Record = Callable[[str, object], None]

SCALE = Scale.from_cutoffs(0.15, 0.35)


# T17: a linear truth.

CLEAR = 3.0
"""Points from which a sign and a difference are asked for: k is 21 here, so a seventh of a unit of log-odds."""


def linear(truth: Truth, few: int, weights: np.ndarray, sizes: tuple[int, int] = (4_000, 300)) -> np.ndarray:
    """Return, per draw: how often the true sign of a reason of three points or more is told, how often of two reasons
    that truly differ by three points or more the larger is told as the larger, the largest error of the sum, and the
    dummy's share of all points."""
    results = []
    names = [f"x{place}" for place in range(len(weights))]
    for seed in range(truth.draws(few)):
        rng = np.random.default_rng([17, seed])
        learn, asked = sizes
        values = rng.normal(size=(learn + asked, len(weights)))
        catalog, encoder, matrix = numbers(dict(zip(names, values.T, strict=True)))
        y = (rng.random(learn + asked) < expit(-1.5 + values @ weights)).astype(float)
        model = AdditiveModel(
            [grown(matrix[:learn], y[:learn], rng, 80),
             fit_scorecard(matrix[:learn], encoder.columns, y[:learn], None, C=0.03)], [0.2, 0.8],
        )  # fmt: skip
        margin, contributions = model.margin(matrix[learn:]), model.contributions(matrix[learn:])
        groups = ReasonGroups.fit(catalog, encoder.columns, matrix[:learn], contributions[:, :-1])
        explainer = Explainer(catalog, names, groups)
        shares = explainer.take_apart(margin, contributions)
        rows = [dict(zip(names, row, strict=True)) for row in values[learn:]]
        explained = explainer.explain(shares, Calibration(), SCALE, rows)
        true = SCALE.k * values[learn:] * weights
        results.append(_against(true, explained, names))
    return np.array(results)


def _against(true: np.ndarray, explained: list[Any], names: list[str]) -> tuple[float, float, float, float]:
    signs, ranks, errors, dummy, whole = [], [], [], 0.0, 0.0
    for row, told in zip(true, explained, strict=True):
        by_name = {reason.feature: reason.points for reason in told.reasons}
        size = np.abs(row)
        # What is truly near nothing has no sign to be right about, and what is nearly equal no order.
        signs += [by_name.get(names[place], 0.0) * row[place] > 0 for place in np.flatnonzero(size >= CLEAR)]
        pairs = np.argwhere(size[:, None] - size[None, :] >= CLEAR)
        ranks += [abs(by_name.get(names[i], 0.0)) > abs(by_name.get(names[j], 0.0)) for i, j in pairs]
        errors.append(abs(told.base_points + math.fsum(r.points for r in told.reasons) - told.points))
        dummy += abs(by_name.get(names[-1], 0.0))
        whole += sum(abs(points) for name, points in by_name.items() if name != OTHER)
    return float(np.mean(signs)), float(np.mean(ranks)), max(errors), dummy / whole


def test_sign_and_rank_of_a_linear_truth_are_right_sums_are_exact_and_a_dummy_counts_nothing(
    truth: Truth, record_property: Record
) -> None:
    weights = np.array([1.2, -0.9, 0.6, -0.4, 0.2, 0.0])
    sign, rank, error, dummy = linear(truth, 3, weights).T
    record_property(
        "sign, rank, largest error, dummy",
        [float(one) for one in (sign.mean(), rank.mean(), error.max(), dummy.mean())],
    )
    assert sign.mean() >= 0.95
    assert rank.mean() >= 0.95
    assert error.max() < 1e-6
    assert dummy.mean() < 0.05


def test_reasons_that_are_the_same_for_every_lead_would_not_pass(truth: Truth) -> None:
    # The naive variant: everybody's reasons are the model's mean importances.
    weights = np.array([1.2, -0.9, 0.6, -0.4, 0.2, 0.0])
    rng = np.random.default_rng(18)
    size = np.abs(SCALE.k * rng.normal(size=(300 * truth.draws(3), len(weights))) * weights)
    first, second = np.triu_indices(len(weights), 1)
    clear = np.abs(size[:, first] - size[:, second]) >= CLEAR
    told = np.abs(weights)[first] > np.abs(weights)[second]
    assert np.mean((size[:, first] > size[:, second])[clear] == np.broadcast_to(told, clear.shape)[clear]) < 0.9


# T18: deletion.


def deletion(truth: Truth, few: int) -> tuple[float, float]:
    """Return how often the first reason moves the margin at least as far as a random other one, and how often a
    random reason in its place does (the naive variant)."""
    more, naive = [], []
    for seed in range(truth.draws(few)):
        rng = np.random.default_rng([18, seed])
        names = [f"x{place}" for place in range(8)]
        values = rng.normal(size=(3_000, 8))
        values[:, 1] = 0.9 * values[:, 0] + math.sqrt(1 - 0.81) * values[:, 1]
        z = -1.5 + values[:, :2].sum(axis=1) * 0.6 + 0.8 * values[:, 2] * (values[:, 3] > 0) - 0.5 * values[:, 4] ** 2
        y = (rng.random(3_000) < expit(z + 0.5)).astype(float)
        catalog, encoder, matrix = numbers(dict(zip(names, values.T, strict=True)))
        model = AdditiveModel([grown(matrix[:2_500], y[:2_500], rng)], [1.0])
        contributions = model.contributions(matrix)
        explainer = Explainer(
            catalog, names, ReasonGroups.fit(catalog, encoder.columns, matrix[:2_500], contributions[:2_500, :-1])
        )
        asked = matrix[2_500:]
        by_reason = np.abs(explainer.take_apart(model.margin(asked), contributions[2_500:]).concepts)
        # A random one of the other reasons, also drawn for the naive variant in the place of the first.
        first = by_reason.argmax(axis=1)
        other = (first + rng.integers(1, by_reason.shape[1], len(asked))) % by_reason.shape[1]
        another = (other + rng.integers(1, by_reason.shape[1], len(asked))) % by_reason.shape[1]
        moves = _moves(model, explainer, matrix[:2_500], asked, rng)
        rows = np.arange(len(asked))
        more.append(float(np.mean(moves[rows, first] >= moves[rows, other])))
        naive.append(float(np.mean(moves[rows, another] >= moves[rows, other])))
    return float(np.mean(more)), float(np.mean(naive))


def test_taking_the_first_reason_away_moves_the_score_more_than_taking_another(
    truth: Truth, record_property: Record
) -> None:
    more, naive = deletion(truth, 3)
    record_property("first, random", [float(more), float(naive)])
    assert more >= 0.90
    assert naive < 0.75


def _moves(
    model: AdditiveModel, explainer: Explainer, learned: np.ndarray, asked: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return how far each reason moves each margin when other leads' values stand in its place, in the mean."""
    margin = model.margin(asked)
    moves = np.empty((len(asked), len(explainer.concepts)))
    for place, concept in enumerate(explainer.concepts):
        columns = explainer.columns_of(concept)
        total = np.zeros(len(asked))
        for stranger in learned[rng.choice(len(learned), 30, replace=False)]:
            changed = asked.copy()
            changed[:, columns] = stranger[columns]
            total += model.margin(changed)
        moves[:, place] = np.abs(margin - total / 30)
    return moves


# Through any monotone map.


def test_sums_are_exact_through_random_monotone_maps_and_at_their_ends(truth: Truth) -> None:
    names = [f"x{place}" for place in range(12)]
    catalog, _, _ = numbers({name: np.arange(9.0) for name in names})
    explainer = Explainer(catalog, names)
    worst = 0.0
    for seed in range(truth.draws(100)):
        rng = np.random.default_rng([21, seed])
        slopes = rng.choice([0.0, 1e-6, 0.3, 1.0, 40.0], 2)
        calibration = Calibration(CalibrationKind.BETA, *slopes.tolist(), float(rng.normal(0, 4)))
        mql, sql = np.sort(rng.choice([1e-9, 1e-4, 0.05, 0.3, 0.5, 0.9, 1 - 1e-9], 2))
        scale = Scale.from_cutoffs(float(mql), float(sql))
        contributions = rng.normal(0, float(rng.choice([1e-8, 0.1, 2.0, 30.0])), (20, len(names) + 1))
        shares = explainer.take_apart(contributions.sum(axis=1), contributions)
        rows = [dict.fromkeys(names)] * 20
        for told in explainer.explain(shares, calibration, scale, rows):
            error = told.base_points + math.fsum(reason.points for reason in told.reasons) - told.points
            worst = max(worst, abs(error) / max(1.0, abs(told.points)))
    assert worst < 1e-6


# A planted twin.


def agreement_with_a_twin(truth: Truth, few: int, rho: float) -> tuple[float, float]:
    """Return the share of leads whose largest reason is the same in two trainings: single, and grouped."""
    single, grouped = [], []
    for seed in range(truth.draws(few)):
        rng = np.random.default_rng([22, seed])
        names = ["staff", "desks", "age", "visits", "distance", "colour"]
        values = rng.normal(size=(4_000, 6))
        values[:, 1] = rho * values[:, 0] + math.sqrt(1 - rho**2) * values[:, 1]
        z = -1.5 + 0.6 * values[:, 0] + 0.6 * values[:, 1] + values[:, 2:] @ np.array([0.5, 0.3, 0.2, 0.1])
        y = (rng.random(4_000) < expit(z)).astype(float)
        catalog, encoder, matrix = numbers(dict(zip(names, values.T, strict=True)))
        asked = matrix[3_500:]
        firsts: dict[bool, list[np.ndarray]] = {False: [], True: []}
        for _ in range(2):
            drawn = rng.integers(0, 3_500, 3_500)
            model = AdditiveModel([grown(matrix[drawn], y[drawn], rng, 100)], [1.0])
            contributions = model.contributions(asked)
            groups = ReasonGroups.fit(catalog, encoder.columns, matrix[:3_500], contributions[:, :-1])
            for merged in (False, True):
                explainer = Explainer(catalog, names, groups if merged else None)
                shares = np.abs(explainer.take_apart(model.margin(asked), contributions).concepts)
                # Told by its columns, because the larger twin names the group.
                owners = [min(explainer.columns_of(concept)) for concept in explainer.concepts]
                firsts[merged].append(np.array(owners)[shares.argmax(axis=1)])
        single.append(float(np.mean(firsts[False][0] == firsts[False][1])))
        grouped.append(float(np.mean(firsts[True][0] == firsts[True][1])))
    return float(np.mean(single)), float(np.mean(grouped))


def test_with_a_twin_two_trainings_agree_on_the_first_reason_once_it_is_grouped(
    truth: Truth, record_property: Record
) -> None:
    single, grouped = agreement_with_a_twin(truth, 4, 0.95)
    record_property("single, grouped", [float(single), float(grouped)])
    assert grouped >= single + 0.15
    assert grouped >= 0.75
