"""The leads held out as certificates read them, without ids: what cutoffs would have done is counted on them.

A bundle holds a sample of at most ``MOST_LEADS`` leads, drawn without a look at what they are, in an order that says
nothing of the history's. Up to that number all are there, so that cutoffs measure exactly as in the certificate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.cutoffs.leads import CertificationLeads, Floats, Whole
from models.evidence.interval import finite, number

MOST_LEADS = 10_000
_SEED = 20260301


@dataclass(frozen=True, eq=False)
class HeldOutLeads:
    """A sample of the leads held out.

    Parameters
    ----------
    leads : CertificationLeads
        Of the sample: whole leads, with their records in order of time.
    of : int
        Leads that it was drawn from.
    weeks : float or None
        Over how many weeks all of them came in; None without times.
    arrived : array of int64, shape (leads,), or None
        Number of the calendar week in which each lead came in, from 0 for the first.
    since, until : str or None
        First and last day on which they came in, ISO 8601.
    """

    leads: CertificationLeads
    of: int
    weeks: float | None = None
    arrived: Whole | None = None
    since: str | None = None
    until: str | None = None

    @property
    def whole(self) -> bool:
        """Whether these are all the leads, and not a sample."""
        return self.leads.count == self.of

    @property
    def weight(self) -> float:
        """How many leads each of the sample stands for."""
        return self.of / max(self.leads.count, 1)

    @property
    def lead(self) -> NDArray[np.int64]:
        """The lead of each record."""
        return lead_of(self.leads)

    @classmethod
    def sample(
        cls, leads: CertificationLeads, *, weeks: float | None, arrived: Whole | None, since: str | None,
        until: str | None, most: int = MOST_LEADS,
    ) -> HeldOutLeads:  # fmt: skip
        """Return at most ``most`` whole leads in a drawn order.

        Parameters
        ----------
        leads : CertificationLeads
            All of them; a lead's records stand together in order of time.
        weeks, arrived, since, until
            As in the class, of all of them.
        most : int
            Leads kept.
        """
        drawn = np.random.default_rng(_SEED).permutation(leads.count)[:most]
        code = lead_of(leads)
        starts = np.searchsorted(code, drawn, side="left")
        counts = np.searchsorted(code, drawn, side="right") - starts
        rows = np.concatenate([np.arange(a, a + n) for a, n in zip(starts, counts, strict=True)] or [np.arange(0)])
        optional = {
            name: None if (values := getattr(leads, name)) is None else values[rows]
            for name in ("accepted", "propensity", "seconds", "week")
        }
        kept = CertificationLeads(
            probability=leads.probability[rows], until=leads.until[rows], best=leads.best[rows],
            converted=leads.converted[rows], customer=leads.customer[rows], left_out=leads.left_out,
            company=None if leads.company is None else np.unique(leads.company[rows], return_inverse=True)[1],
            **optional,
        )  # fmt: skip
        return cls(kept, leads.count, weeks, None if arrived is None else arrived[drawn], since, until)

    def to_mapping(self) -> dict[str, Any]:
        """Return the sample as plain data: columns of records, and of leads."""
        leads, best = self.leads, self.leads.best
        return {
            "of": self.of, "weeks": self.weeks, "since": self.since, "until": self.until, "left_out": leads.left_out,
            "records": np.bincount(self.lead, minlength=leads.count).tolist(),
            "customer": leads.customer[best].astype(int).tolist(),
            "company": None if leads.company is None else leads.company[best].tolist(),
            "arrived": None if self.arrived is None else self.arrived.tolist(),
            "probability": leads.probability.tolist(),
            "converted": leads.converted.astype(int).tolist(),
            "accepted": None if leads.accepted is None else [finite(one) for one in leads.accepted],
            "week": None if leads.week is None else _from_zero(leads.week),
        }  # fmt: skip

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> HeldOutLeads:
        """Return the sample stored by :meth:`to_mapping`."""
        records = np.array(_whole(mapping["records"]), dtype=np.int64)
        if (records < 1).any():
            raise ValueError("a lead without a record")
        lead = np.repeat(np.arange(len(records)), records)
        probability = _floats(mapping["probability"], len(lead))
        if not ((probability >= 0) & (probability <= 1)).all():
            raise ValueError("probabilities outside 0 to 1")
        first = np.concatenate([[True], np.diff(lead) != 0]) if len(lead) else np.zeros(0, dtype=bool)
        until = np.where(first, -np.inf, np.concatenate([[0.0], probability[:-1]]) if len(lead) else probability)
        if not (until < probability).all():
            raise ValueError("records of a lead that do not rise")
        accepted, company, week, arrived = (mapping[name] for name in ("accepted", "company", "week", "arrived"))
        return cls(
            CertificationLeads(
                probability=probability,
                until=until,
                best=np.append(first[1:], True) if len(lead) else first,
                converted=_floats(mapping["converted"], len(lead)) == 1,
                customer=(_floats(mapping["customer"], len(records)) == 1)[lead],
                accepted=None if accepted is None else _floats(accepted, len(lead)),
                propensity=None,
                seconds=None,
                week=None if week is None else _codes(week, len(lead)),
                company=None if company is None else _codes(company, len(records))[lead],
                left_out=int(mapping["left_out"]),
            ),
            of=int(mapping["of"]),
            weeks=None if mapping["weeks"] is None else number(mapping["weeks"]),
            arrived=None if arrived is None else _codes(arrived, len(records)),
            since=None if mapping["since"] is None else str(mapping["since"]),
            until=None if mapping["until"] is None else str(mapping["until"]),
        )


def lead_of(leads: CertificationLeads) -> NDArray[np.int64]:
    """Return the lead of each record, counted from 0: its records stand together, the highest last."""
    return np.concatenate([[0], np.cumsum(leads.best)[:-1]]).astype(np.int64) if len(leads.best) else np.zeros(0, int)


def _from_zero(codes: Whole) -> list[int]:
    return [int(code) for code in codes - codes.min()] if len(codes) else []


def _floats(stored: Sequence[float | None], size: int) -> Floats:
    values = np.array([number(one) for one in stored], dtype=np.float64)
    if len(values) != size:
        raise ValueError(f"{len(values)} values for {size}")
    return values


def _codes(stored: Sequence[int], size: int) -> Whole:
    values = _whole(stored)
    if len(values) != size or min(values, default=0) < 0:
        raise ValueError(f"{len(values)} codes for {size}")
    return np.array(values, dtype=np.int64)


def _whole(stored: Sequence[int]) -> list[int]:
    if any(type(one) is not int for one in stored):
        raise TypeError("whole numbers wanted")
    return list(stored)
