"""Gradient-boosted trees, kept as LightGBM's own text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.level_rates import LevelRates
from models.tree_shap.text import read_forest

if TYPE_CHECKING:
    from models.tree_shap.forest import TableReport


class TreeMember:
    """Boosted trees that answer in log-odds; contributions are path-dependent TreeSHAP (Lundberg et al. 2018).

    Several of them in one model are bagging. The margin equals ``Booster.predict(raw_score=True)`` to the bit and the
    contributions ``pred_contrib`` to 1e-9; LightGBM itself is needed for growing only.

    Parameters
    ----------
    booster_text : str
        What ``lightgbm.Booster.model_to_string`` wrote for a binary objective.
    rates : LevelRates, optional
        Numbers in place of category codes, where the trees were grown on them.

    Raises
    ------
    KeyError, ValueError, OverflowError
        If it is not a whole and finite forest.
    """

    def __init__(self, booster_text: str, rates: LevelRates | None = None) -> None:
        # Brings numba, a third of a second: imported only where there are trees.
        from models.tree_shap.forest import Forest

        self.booster_text = booster_text
        self.rates = rates
        self._forest = Forest(read_forest(booster_text))

    @property
    def column_count(self) -> int:
        """Number of encoder columns that the trees read."""
        return self._forest.column_count

    @property
    def tree_count(self) -> int:
        """Number of trees."""
        return self._forest.tree_count

    @property
    def report(self) -> TableReport:
        """Memory and time of the tables from which contributions are read."""
        return self._forest.report

    def margin(self, matrix: np.ndarray) -> np.ndarray:
        """Return the log-odds of each row; see :class:`models.members.Member`."""
        return self._forest.margin(self._read(matrix))

    def contributions(self, matrix: np.ndarray) -> np.ndarray:
        """Return each column's TreeSHAP share and, last, the base; see :class:`models.members.Member`."""
        return self._forest.contributions(self._read(matrix))

    def answer(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return :meth:`margin` and :meth:`contributions`, bit by bit the same; the rows are read once."""
        rows = self._read(matrix)
        return self._forest.margin(rows), self._forest.contributions(rows)

    def _read(self, matrix: np.ndarray) -> np.ndarray:
        return matrix if self.rates is None else self.rates.read(matrix)
