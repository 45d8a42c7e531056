"""Categories read as numbers: what each of their levels says of conversion (Micci-Barreca 2001).

Trees can be grown on such numbers in place of the codes. A column stays one column, so that what a tree adds is still
exactly that column's share.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


class LevelRates:
    """A number for each code of some category columns.

    Parameters
    ----------
    numbers : mapping of int to sequence of float
        By place of the encoder column: log-odds of each code (0 rare, 1.. levels); the last is for missing.

    Raises
    ------
    ValueError
        If a column has no numbers for rare and missing values, or one is not finite.
    """

    def __init__(self, numbers: Mapping[int, Sequence[float]]) -> None:
        self.numbers = {int(column): tuple(float(one) for one in numbers[column]) for column in sorted(numbers)}
        for column, own in self.numbers.items():
            if column < 0 or len(own) < 2 or not all(map(math.isfinite, own)):
                raise ValueError(f"rates of column {column} that are too few or not finite")
        self._columns = np.array(list(self.numbers), dtype=np.intp)
        self._missing = np.array([len(own) - 1 for own in self.numbers.values()], dtype=np.float64)
        sizes = [len(own) for own in self.numbers.values()]
        self._starts = np.cumsum([0, *sizes])[:-1].astype(np.intp)
        self._flat = np.array([one for own in self.numbers.values() for one in own])

    def read(self, matrix: np.ndarray) -> np.ndarray:
        """Return a copy of the rows with numbers in place of the codes.

        Parameters
        ----------
        matrix : numpy.ndarray, shape (n, p)
            Encoded features; NaN is missing. A code beyond the known levels counts as rare.
        """
        read = np.array(matrix, dtype=np.float64)
        codes = read[:, self._columns]
        known = (codes >= 0) & (codes < self._missing)
        places = np.where(known, codes, np.where(np.isnan(codes), self._missing, 0.0)).astype(np.intp)
        read[:, self._columns] = self._flat[self._starts + places]
        return read

    def to_mapping(self) -> dict[str, list[float]]:
        """Return the numbers as plain data, by the columns' places."""
        return {str(column): list(own) for column, own in self.numbers.items()}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> LevelRates:
        """Return the rates stored by :meth:`to_mapping`.

        Raises
        ------
        TypeError, ValueError, AttributeError
            If it is of another form.
        """
        if any(type(one) is not float for own in mapping.values() for one in own):
            raise TypeError("rates that are not decimal numbers")
        return cls({int(column): own for column, own in mapping.items()})
