"""Gradient-boosted trees, kept as LightGBM's own text."""

from __future__ import annotations

import numpy as np

SMALL_BATCH = 64
"""Rows up to which one thread is faster: starting a second costs 4 ms, a row 0.02 (measured, 2 cores)."""


class TreeMember:
    """Boosted trees that answer in log-odds; contributions are path-dependent TreeSHAP (Lundberg et al. 2018).

    Several of them in one model are bagging.

    Parameters
    ----------
    booster_text : str
        What ``lightgbm.Booster.model_to_string`` wrote for a binary objective. A damaged text can end the whole
        process: texts from disk go through ``models.bundle.verify`` first.
    """

    def __init__(self, booster_text: str) -> None:
        # LightGBM brings scikit-learn and pandas, a second or more: imported only where there are trees.
        import lightgbm

        self.booster_text = booster_text
        self._booster = lightgbm.Booster(model_str=booster_text)
        self._column_count = int(self._booster.num_feature())

    @property
    def column_count(self) -> int:
        """Number of encoder columns that the trees read."""
        return self._column_count

    @property
    def tree_count(self) -> int:
        """Number of trees."""
        return int(self._booster.num_trees())

    def margin(self, matrix: np.ndarray) -> np.ndarray:
        """Return the log-odds of each row; see :class:`models.members.Member`."""
        return self._predict(matrix, raw_score=True) if len(matrix) else np.zeros(0)

    def contributions(self, matrix: np.ndarray) -> np.ndarray:
        """Return each column's TreeSHAP share and, last, the base; see :class:`models.members.Member`."""
        return self._predict(matrix, pred_contrib=True) if len(matrix) else np.zeros((0, self._column_count + 1))

    def _predict(self, matrix: np.ndarray, **what: bool) -> np.ndarray:
        threads = 1 if len(matrix) < SMALL_BATCH else 0
        return np.asarray(self._booster.predict(matrix, num_threads=threads, **what), dtype=np.float64)
