from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.special import expit

from training.gates import Decision, HeldOut, decide
from training.plan import TrainingPlan

PLAN = TrainingPlan(gate_draws=300)
ROWS = 3


def market(leads: int, seed: int) -> tuple[dict[str, np.ndarray], HeldOut]:
    """Invent leads with three rows each: what a full model knows, what a weaker one knows, and two equal noisy ones."""
    rng = np.random.default_rng(seed)
    seen, hidden = rng.normal(size=leads), rng.normal(size=leads)
    margin = -2.6 + seen + 0.6 * hidden
    label = (rng.random(leads) < expit(margin)).astype(float)
    lead = np.repeat(np.arange(leads), ROWS)
    margins = {
        "full": margin,
        "weak": -2.45 + 0.93 * seen,
        "one": margin + 0.35 * rng.normal(size=leads),
        "other": margin + 0.35 * rng.normal(size=leads),
    }
    held = HeldOut(np.repeat(label, ROWS), np.full(leads * ROWS, 1 / ROWS), lead, lead, lead)
    return {name: expit(np.repeat(m, ROWS)) for name, m in margins.items()}, held


def promotions(challenger: str, rival: str, draws: int = 60) -> float:
    promoted = 0
    for seed in range(draws):
        probabilities, held = market(2000, seed)
        promoted += decide(probabilities[challenger], {"rules": probabilities[rival]}, held, 0.2, PLAN).promoted
    return promoted / draws


def test_an_equal_model_is_rarely_promoted() -> None:
    assert promotions("one", "other") <= 0.10


def test_a_better_model_is_mostly_promoted_at_two_hundred_positives() -> None:
    assert promotions("full", "weak") >= 0.75


def test_a_worse_model_is_not_promoted() -> None:
    assert promotions("weak", "full") == 0.0


def test_repeating_every_row_does_not_make_the_gate_surer() -> None:
    probabilities, held = market(1500, 1)
    once = slice(0, None, ROWS)
    single = HeldOut(held.label[once], np.ones(1500), held.lead[once], held.company[once], held.lead[once])
    bounds = [
        decide(p, {"rules": r}, h, 0.2, PLAN).comparisons[0].low
        for p, r, h in (
            (probabilities["full"], probabilities["weak"], held),
            (probabilities["full"][once], probabilities["weak"][once], single),
        )
    ]
    assert bounds[0] == pytest.approx(bounds[1], abs=1e-9)


def test_too_few_positives_are_undecided() -> None:
    probabilities, held = market(600, 2)
    verdict = decide(probabilities["full"], {"rules": probabilities["weak"]}, held, 0.2, PLAN)
    assert verdict.decision is Decision.UNDECIDED
    assert not verdict.promoted


def test_a_model_that_is_better_in_one_half_only_is_not_promoted() -> None:
    probabilities, held = market(3000, 3)
    older = held.lead < 1500
    mixed = np.where(older, probabilities["weak"], probabilities["full"])
    rival = np.where(older, probabilities["full"], np.full(held.label.size, held.label.mean()))
    verdict = decide(mixed, {"rules": rival}, held, 0.2, PLAN)
    assert verdict.comparisons[0].low > 0
    assert verdict.decision is Decision.NOT_PROMOTED


def test_overconfident_probabilities_are_not_promoted() -> None:
    probabilities, held = market(3000, 4)
    margin = np.log(probabilities["full"] / (1 - probabilities["full"]))
    verdict = decide(expit(2.5 * margin + 2.5), {"rules": np.full_like(margin, 0.5)}, held, 0.2, PLAN)
    assert verdict.slope is not None
    assert verdict.slope[1] < 0.8
    assert not verdict.promoted


def test_every_rival_has_to_be_beaten() -> None:
    probabilities, held = market(2000, 5)
    rivals = {"rules": probabilities["weak"], "champion": probabilities["full"]}
    verdict = decide(probabilities["full"], rivals, held, 0.2, dataclasses.replace(PLAN, seed=1))
    assert [comparison.passed for comparison in verdict.comparisons] == [True, False]
    assert not verdict.promoted
