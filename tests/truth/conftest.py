"""How many draws the truth tests take: few beside the other tests, 500 by ``make truth``."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from scipy.stats import binom


@dataclass(frozen=True, slots=True)
class Truth:
    """How often a simulation with known truth is drawn, and how many failures its promise allows.

    Parameters
    ----------
    full : int or None
        Draws of every simulation; None takes the few that a test names.
    """

    full: int | None

    def draws(self, few: int) -> int:
        """Return the number of draws: ``few``, or the full number."""
        return few if self.full is None else self.full

    def most(self, draws: int, share: float = 0.05) -> int:
        """Return how many draws may fail: the promised share in full, of few what chance explains (99.9 %)."""
        return math.floor(share * draws) if self.full is not None else int(binom.ppf(0.999, draws, share))

    def least(self, draws: int, share: float) -> int:
        """Return how many draws must succeed: the promised share in full, of few what chance explains (99.9 %)."""
        return math.ceil(share * draws) if self.full is not None else int(binom.ppf(0.001, draws, share))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--truth-draws", type=int, default=None, help="draws of every simulation with known truth")


@pytest.fixture(scope="session")
def truth(request: pytest.FixtureRequest) -> Truth:
    return Truth(request.config.getoption("--truth-draws", default=None))
