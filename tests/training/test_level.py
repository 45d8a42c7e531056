"""The level of the newest rows and the one that is followed through time."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from features.domain import ConfigError
from training.level import track_level
from training.plan import TrainingPlan


def drawn(level: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    margin = rng.normal(-1.0, 1.0, level.size)
    return margin, (rng.random(level.size) < expit(margin + level)).astype(float)


def test_a_level_that_stands_still_is_the_mean_of_all_rows() -> None:
    margin, label = drawn(np.full(8000, 0.4), 1)
    found = track_level(margin, label, np.ones(8000), np.arange(8000))
    assert found.variance <= 0.0003
    assert found.shift == pytest.approx(0.4, abs=0.1)
    assert found.flattening > 0.98


def test_a_level_that_climbed_is_followed_to_where_it_stands_and_trusted_less() -> None:
    margin, label = drawn(np.linspace(-1.5, 1.0, 8000), 2)
    found = track_level(margin, label, np.ones(8000), np.arange(8000))
    assert found.variance > 0.0
    assert found.shift == pytest.approx(0.95, abs=0.25)
    assert found.flattening < 1.0
    shuffled = np.random.default_rng(3).permutation(8000)
    again = track_level(margin[shuffled], label[shuffled], np.ones(8000), np.arange(8000)[shuffled])
    assert again.shift == pytest.approx(found.shift, abs=1e-9)


def test_another_way_to_the_level_is_refused() -> None:
    assert TrainingPlan.from_mapping({"level": "tracked"}).level == "tracked"
    with pytest.raises(ConfigError, match="level"):
        TrainingPlan.from_mapping({"level": "guessed"})
