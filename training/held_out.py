"""The rows that nothing was learned from, as figures and gates need them."""

from __future__ import annotations

from collections.abc import Sequence
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


def join(parts: Sequence[HeldOut]) -> HeldOut:
    """Return the rows of several parts as one; codes must mean the same in all, and no lead may be in two.

    Ages follow the order of the parts; weeks and acceptance are kept where every part knows them.
    """
    ages, oldest = [], 0
    for part in parts:
        ages.append(np.zeros(part.label.size, dtype=np.int64) if part.order is None else part.order - part.order.min())
        ages[-1] += oldest
        oldest = int(ages[-1].max()) + 1

    def together(name: str) -> Any:
        values = [getattr(part, name) for part in parts]
        return None if any(value is None for value in values) else np.concatenate(values)

    known = [np.full(part.label.size, np.nan) if part.accepted is None else part.accepted for part in parts]
    return HeldOut(
        together("label"), together("weight"), together("lead"), together("company"), np.concatenate(ages),
        week=together("week"), accepted=np.concatenate(known),
    )  # fmt: skip
