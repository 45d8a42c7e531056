"""A proposed agreement as a row of the page: who signed, and whether the visitor may."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serving.calls.model_proposals import BY
from serving.console.cutoff_moves import per_cent
from serving.console.visit import Visitor
from serving.store.agreements import SIGNERS


@dataclass(frozen=True, slots=True)
class Signed:
    """One department's signature; ``by`` and ``at`` are None where it is missing."""

    department: str
    by: str | None
    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal.

    Parameters
    ----------
    number, version : int
        Its own, and that of the agreement.
    by : str or None
        Who proposed it; None where a training run did.
    at : datetime
        When.
    mql, sql : float or None
        Cutoffs.
    state : str
        Of their certificate.
    signatures : tuple of Signed
        One for each department.
    in_force_since : datetime or None
        When the second signature put it in force.
    is_in_force : bool
        Whether it holds now.
    may_sign : bool
        Whether the visitor may sign it.
    """

    number: int
    version: int
    by: str | None
    at: dt.datetime
    mql: float | None
    sql: float | None
    state: str
    signatures: tuple[Signed, ...]
    in_force_since: dt.datetime | None
    is_in_force: bool
    may_sign: bool

    @property
    def is_open(self) -> bool:
        """Whether a signature is missing."""
        return self.in_force_since is None

    @property
    def mql_percent(self) -> str | None:
        """The MQL cutoff as forms take it."""
        return None if self.mql is None else per_cent(self.mql)

    @property
    def sql_percent(self) -> str | None:
        """The SQL cutoff as forms take it."""
        return None if self.sql is None else per_cent(self.sql)


def proposed(stored: Mapping[str, Any], visitor: Visitor) -> Proposed:
    """Return a proposal, as the API shows it, as a row for a visitor."""
    given = {one["role"]: one for one in stored["signatures"]}
    signatures = tuple(_signed(role.value, given.get(role.value)) for role in SIGNERS)
    has_signed = any(one.by == visitor.name for one in signatures)
    is_free = visitor.role in SIGNERS and visitor.role.value not in given
    return Proposed(
        number=stored["proposal_id"],
        version=stored["sla"]["version"],
        by=None if stored["proposed_by"] == BY else stored["proposed_by"],
        at=dt.datetime.fromisoformat(stored["proposed_at"]),
        mql=stored["mql"],
        sql=stored["sql"],
        state=stored["state"],
        signatures=signatures,
        in_force_since=_moment(stored["in_force_since"]),
        is_in_force=stored["is_in_force"],
        may_sign=stored["in_force_since"] is None and is_free and not has_signed,
    )


def _signed(department: str, stored: Mapping[str, Any] | None) -> Signed:
    if stored is None:
        return Signed(department, None, None)
    return Signed(department, stored["signed_by"], _moment(stored["signed_at"]))


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
