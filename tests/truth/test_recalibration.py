"""When a new calibration may replace the one that serves, against known truth."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit

from models.calibration import Calibration
from training.exact_rates import observed_over_expected
from training.held_out import HeldOut
from training.paired import compare_pair
from training.plan import TrainingPlan
from training.recalibration.recalibrate import may_serve

PLAN = TrainingPlan(gate_draws=300)
LEADS = 1200


def fitted_and_judged(seed: int, *, level: float, slope: float) -> tuple[bool, bool]:
    """Return whether the new calibration may serve, and whether it truly has the lower log-loss.

    About 130 positives of 1,200 leads on either side; the model's margin is true where level is 0 and slope 1.
    """
    rng = np.random.default_rng(seed)
    margin = rng.normal(-2.4, 1.0, 2 * LEADS)
    true = expit(-2.4 + slope * (margin + 2.4) + level)
    label = (rng.random(margin.size) < true).astype(float)
    older, newer = np.arange(LEADS), np.arange(LEADS, 2 * LEADS)
    calibration = Calibration.fit(margin[older], label[older])
    old, new = expit(margin[newer]), calibration.probability(margin[newer])
    codes, ones = np.arange(LEADS), np.ones(LEADS)
    held = HeldOut(label[newer], ones, codes, codes, codes)
    paired = compare_pair(new, old, "champion", held, (0.3, 0.1), confidence=0.95, draws=300, seed=1)
    ratios = [observed_over_expected(float(held.label.sum()), float(told.sum()), LEADS) for told in (old, new)]
    loss = [-np.mean(true[newer] * np.log(p) + (1 - true[newer]) * np.log(1 - p)) for p in (old, new)]
    return may_serve(paired, *ratios, PLAN)[0], bool(loss[1] < loss[0])


def test_a_true_calibration_is_hardly_ever_replaced_and_a_wrong_one_nearly_always(truth: Any) -> None:
    draws = truth.draws(40)
    replaced = {
        name: sum(fitted_and_judged(seed, level=level, slope=slope)[0] for seed in range(draws))
        for name, level, slope in (("true", 0.0, 1.0), ("level", -0.6, 1.0), ("slope", 0.0, 0.4))
    }
    assert replaced["true"] <= truth.most(draws, 0.08), replaced
    assert replaced["level"] >= truth.least(draws, 0.9), replaced
    assert replaced["slope"] >= truth.least(draws, 0.9), replaced


def test_taking_every_new_calibration_would_often_make_things_worse(truth: Any) -> None:
    # The blind variant: whatever was fitted serves.
    draws = truth.draws(40)
    found = [fitted_and_judged(seed, level=0.0, slope=1.0) for seed in range(draws)]
    worse = sum(not better for _, better in found)
    assert worse > 0.5 * draws, worse
    assert sum(served and not better for served, better in found) <= truth.most(draws, 0.08)
