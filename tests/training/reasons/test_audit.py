from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pytest

from training.reasons.audit import ReasonAudit, audit_reasons, interventional


@dataclass(frozen=True)
class Product:
    """A margin with an interaction: ``2 x0 + x1 x2 - x3``."""

    def margin(self, matrix: np.ndarray) -> np.ndarray:
        return np.asarray(2 * matrix[:, 0] + matrix[:, 1] * matrix[:, 2] - matrix[:, 3])


OWNER = np.array([0, 1, 2, 2])


def by_definition(lead: np.ndarray, background: np.ndarray, reasons: int = 3) -> np.ndarray:
    """Return Shapley's values over all sets of reasons, each worth its mean margin over the whole background."""

    def worth(chosen: set[int]) -> float:
        mixed = np.where([owner in chosen for owner in OWNER], lead, background)
        return float(Product().margin(mixed).mean())

    values = np.zeros(reasons)
    for one in range(reasons):
        rest = [other for other in range(reasons) if other != one]
        for size in range(reasons):
            for chosen in itertools.combinations(rest, size):
                weight = math.factorial(size) * math.factorial(reasons - size - 1) / math.factorial(reasons)
                values[one] += weight * (worth({*chosen, one}) - worth(set(chosen)))
    return values


def test_draws_have_the_values_of_the_definition() -> None:
    rng = np.random.default_rng(1)
    background, lead = rng.normal(size=(50, 4)), np.array([1.0, 2.0, -1.5, 0.5])
    drawn = interventional(Product(), OWNER, lead, background, 3, 4_000, rng)
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    assert (np.abs(drawn.mean(axis=0) - by_definition(lead, background)) < 4 * error + 1e-9).all()
    assert error.max() < 0.1


def audited(shares: np.ndarray, matrix: np.ndarray) -> ReasonAudit:
    found = audit_reasons(Product(), OWNER.tolist(), matrix, shares, matrix, seed=3)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def matrix() -> np.ndarray:
    return np.random.default_rng(5).normal(size=(120, 4))


def test_true_reasons_agree(matrix: np.ndarray) -> None:
    found = audited(np.array([by_definition(lead, matrix) for lead in matrix]), matrix)
    assert found.leads == 100
    assert found.agreement >= 0.95
    assert found.difference < 0.35
    assert "Less than" not in found.sentence


def test_reasons_of_other_leads_do_not_agree_and_the_card_warns(matrix: np.ndarray) -> None:
    shares = np.array([by_definition(lead, matrix) for lead in matrix])
    found = audited(np.roll(shares, 1, axis=1), matrix)
    assert found.agreement < 0.8
    assert found.difference > 0.6
    assert "Less than 95%" in found.sentence


def test_the_same_seed_gives_the_same_figures(matrix: np.ndarray) -> None:
    shares = np.array([by_definition(lead, matrix) for lead in matrix])
    assert audited(shares, matrix) == audited(shares, matrix)


def test_one_reason_alone_is_not_audited(matrix: np.ndarray) -> None:
    assert audit_reasons(Product(), [0, 0, 0, 0], matrix, np.ones((120, 1)), matrix, seed=1) is None
