"""The rows that nothing was learned from, as figures and gates need them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The held-out rows; every array has one entry per row, and a lead's rows stand together in order of time.

    Parameters
    ----------
    label : array
        0 or 1.
    weight : array
        Sums to 1 per lead.
    lead, company : array of int
        Codes; companies are what the bootstrap draws (a lead of no known company is its own).
    order : array of int or None
        Smaller is older.
    week : array of int or None
        Calendar week in which the lead came in, as a running number; None without times.
    accepted : array or None
        1 where sales accepted the lead, 0 where not, NaN where not known.
    """

    label: Floats
    weight: Floats
    lead: Codes
    company: Codes
    order: Codes | None
    week: Codes | None = None
    accepted: Floats | None = None

    @property
    def positive_leads(self) -> int:
        """Leads with a positive row."""
        return int(np.unique(self.lead[self.label == 1]).size)

    def take(self, rows: NDArray[np.bool_]) -> HeldOut:
        """Return some of the rows, whole leads."""
        if rows.all():
            return self
        picked: dict[str, Any] = {
            field.name: None if value is None else value[rows]
            for field in fields(self)
            for value in (getattr(self, field.name),)
        }
        return HeldOut(**picked)

    def best_rows(self, probability: Floats) -> NDArray[np.intp]:
        """Return each lead's row with the highest probability, in the order of the leads' codes.

        It decides whether the lead is ever handed over, and so it is what sales meets.
        """
        ranked = np.lexsort((-probability, self.lead))
        first = np.concatenate([[True], np.diff(self.lead[ranked]) != 0])
        return np.asarray(ranked[first], dtype=np.intp)
