"""Rows in order of time per lead, and the one look-up that keeps the future out: the last row at or before a moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Timeline:
    """Moments of many leads, sorted by lead and then by time.

    Parameters
    ----------
    times : ndarray of int64, shape (rows,)
        Microseconds, ascending within each lead.
    starts : ndarray of int64, shape (leads + 1,)
        Where each lead's rows begin; the last entry is the number of rows.
    """

    times: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]

    @classmethod
    def from_sorted(cls, leads: npt.NDArray[np.int64], times: npt.NDArray[np.int64], lead_count: int) -> Timeline:
        """Return the timeline of rows that are sorted by lead number and time."""
        starts = np.zeros(lead_count + 1, dtype=np.int64)
        np.cumsum(np.bincount(leads, minlength=lead_count), out=starts[1:])
        return cls(times=times, starts=starts)

    def end(self, leads: npt.NDArray[np.int64], moments: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return for each lead and moment the row after the last one at or before the moment.

        A lead without such a row gets the row where it begins. All look-ups halve their range together, so the work
        is the logarithm of the longest history and not of the table.

        Examples
        --------
        >>> line = Timeline.from_sorted(np.array([0, 0, 1]), np.array([10, 20, 15]), lead_count=2)
        >>> line.end(np.array([0, 0, 0, 1]), np.array([9, 20, 15, 99])).tolist()
        [0, 2, 1, 3]
        """
        low, high = self.starts[leads], self.starts[leads + 1]
        open_ranges = low < high
        while open_ranges.any():
            middle = (low + high) // 2
            known = open_ranges.copy()
            known[open_ranges] = self.times[middle[open_ranges]] <= moments[open_ranges]
            low = np.where(known, middle + 1, low)
            high = np.where(open_ranges & ~known, middle, high)
            open_ranges = low < high
        return low
