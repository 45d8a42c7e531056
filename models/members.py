"""What a model is made of: members that answer in log-odds and say exactly which column gave how much."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Member(Protocol):
    """One part of an additive model, e.g. boosted trees or a scorecard."""

    @property
    def column_count(self) -> int:
        """Number of encoder columns that the member reads."""
        ...

    def margin(self, matrix: np.ndarray) -> np.ndarray:
        """Return the log-odds of each row.

        Parameters
        ----------
        matrix : numpy.ndarray, shape (n, p)
            Encoded features; NaN is missing.

        Returns
        -------
        numpy.ndarray, shape (n,)
            Log-odds before calibration.
        """
        ...

    def contributions(self, matrix: np.ndarray) -> np.ndarray:
        """Return what each column adds to the log-odds.

        Parameters
        ----------
        matrix : numpy.ndarray, shape (n, p)
            Encoded features; NaN is missing.

        Returns
        -------
        numpy.ndarray, shape (n, p + 1)
            One column per encoder column and, last, the base; each row sums to its margin.
        """
        ...

    def answer(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return :meth:`margin` and :meth:`contributions`, bit by bit the same, with work in common done once.

        Parameters
        ----------
        matrix : numpy.ndarray, shape (n, p)
            Encoded features; NaN is missing.

        Returns
        -------
        tuple of numpy.ndarray, of shapes (n,) and (n, p + 1)
            Margin and contributions.
        """
        ...
