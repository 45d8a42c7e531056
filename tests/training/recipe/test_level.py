"""The level of conversion, followed through time: against truth, and against the two levels that it replaces."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from training.recipe.level import best_level, track_level
from training.recipe.losses import log_losses


def drawn(level: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    margin = rng.normal(-1.0, 1.0, level.size)
    return margin, (rng.random(level.size) < expit(margin + level)).astype(float)


def test_a_level_that_stands_still_is_the_mean_of_all_rows() -> None:
    margin, label = drawn(np.full(8000, 0.4), 1)
    found = track_level(margin, label, np.ones(8000), np.arange(8000))
    assert found.shift == pytest.approx(0.4, abs=0.1)
    assert found.flattening > 0.98
    assert "stood still" in found.sentence


def test_a_level_that_climbed_is_followed_to_where_it_stands_and_trusted_less() -> None:
    margin, label = drawn(np.linspace(-1.5, 1.0, 8000), 2)
    found = track_level(margin, label, np.ones(8000), np.arange(8000))
    assert found.shift == pytest.approx(0.95, abs=0.25)
    assert found.mean == pytest.approx(-0.15, abs=0.1)
    assert found.flattening < 0.99
    assert "moves" in found.sentence


def test_the_order_of_the_rows_in_memory_does_not_matter() -> None:
    margin, label = drawn(np.linspace(-1.5, 1.0, 4000), 2)
    shuffled = np.random.default_rng(3).permutation(4000)
    found = track_level(margin, label, np.ones(4000), np.arange(4000))
    again = track_level(margin[shuffled], label[shuffled], np.ones(4000), np.arange(4000)[shuffled])
    assert again.shift == pytest.approx(found.shift, abs=1e-9)


def test_a_market_that_was_calm_for_long_and_moves_now_is_followed() -> None:
    level = np.concatenate([np.full(6000, -1.0), np.linspace(-1.0, 1.0, 2000)])
    margin, label = drawn(level, 4)
    found = track_level(margin, label, np.ones(8000), np.arange(8000))
    assert found.shift == pytest.approx(0.9, abs=0.3)


def test_blocks_of_one_class_and_weights_do_no_harm() -> None:
    margin, label = drawn(np.full(400, -1.0), 5)
    label[:100] = 0.0
    doubled = track_level(np.repeat(margin, 2), np.repeat(label, 2), np.full(800, 0.5), np.repeat(np.arange(400), 2))
    plain = track_level(margin, label, np.ones(400), np.arange(400))
    assert np.isfinite(plain.shift)
    assert doubled.shift == pytest.approx(plain.shift, abs=1e-6)
    assert np.isfinite(best_level(margin, np.zeros(400), np.ones(400)))


@pytest.mark.parametrize("kind", ["still", "walk", "jump"])
def test_over_draws_it_costs_little_where_the_level_stands_and_gains_much_where_it_moves(kind: str) -> None:
    """Mean log-loss on the rows to come, less that of the true level, against the mean of all and of the newest."""
    rows, ahead, draws = 4000, 1200, 12
    cost = np.zeros(3)
    for seed in range(draws):
        rng = np.random.default_rng(100 + seed)
        count = rows + ahead
        match kind:
            case "still":
                level = np.zeros(count)
            case "walk":
                level = np.cumsum(rng.normal(0.0, 0.02, count))
            case _:
                level = np.where(np.arange(count) > 0.9 * rows, 1.2, -0.3)
        margin, label = drawn(level, seed)
        old, new = slice(0, rows), slice(rows, count)
        found = track_level(margin[old], label[old], np.ones(rows), np.arange(rows))
        newest = slice(3 * rows // 4, rows)
        tried = (
            found.flattening * (margin[new] + found.shift),
            margin[new] + found.mean,
            margin[new] + best_level(margin[newest], label[newest], np.ones(rows // 4)),
        )
        least = log_losses(margin[new] + level[new], label[new]).mean()
        cost += [log_losses(one, label[new]).mean() - least for one in tried]
    followed, mean, newest_cost = cost / draws
    if kind == "still":
        assert followed < 0.002
    else:
        assert followed < 0.7 * min(mean, newest_cost)
