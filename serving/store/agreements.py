"""The agreement between marketing and sales through time: versions of sla.yaml, proposed cutoffs, and who signed.

What a training run proposes is written here when the service sees it; what is in force is what two roles signed last.
What scores reads it in ``var/cutoffs.json`` (:mod:`models.agreement`), which follows this store
(:mod:`serving.calls.agreement_in_force`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    or_,
    select,
)

from features.domain import InputError
from serving.store.columns import NUMBER, Document, Moment, Plain, canonical_json, metadata
from serving.store.keys import Role
from serving.store.pseudonyms import store_facts
from serving.store.scores import scores
from serving.store.standings import standings
from serving.store.upsert import insert

sla_versions = Table(
    "sla_versions",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("content", Document, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("recorded_by", Plain, nullable=False),
)
cutoff_proposals = Table(
    "cutoff_proposals",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("sla_version", Integer, ForeignKey("sla_versions.version"), nullable=False),
    Column("mql", Double),
    Column("sql", Double),
    Column("state", Text, nullable=False),
    Column("model_version", Plain),
    Column("model_sha256", Text),
    Column("certificate", Document, nullable=False),
    Column("proposed_at", Moment, nullable=False),
    Column("proposed_by", Plain, nullable=False),
    Column("in_force_since", Moment),
    sqlite_autoincrement=True,
)
Index(None, cutoff_proposals.c.in_force_since)
Index(None, cutoff_proposals.c.sla_version)
signatures = Table(
    "signatures",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("proposal_id", NUMBER, ForeignKey("cutoff_proposals.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("signed_by", Plain, nullable=False),
    Column("signed_at", Moment, nullable=False),
    UniqueConstraint("proposal_id", "role"),
    sqlite_autoincrement=True,
)

_UNSIGNED = "unsigned_cutoffs"

SIGNERS = (Role.MARKETING, Role.SALES)
"""Who has to sign before cutoffs are in force."""


class AlreadySignedError(InputError):
    """A department, or a person, that has signed a proposal signs it again."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One department's signature."""

    role: Role
    signed_by: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """Cutoffs that somebody proposed.

    Parameters
    ----------
    mql, sql : float or None
        Cutoffs as calibrated probabilities.
    state : str
        Of their certificate.
    certificate : Mapping[str, Any]
        The certificate whole, as the run reported it.
    in_force_since : datetime or None
        When the second signature put them in force; None where they never were.
    """

    proposal_id: int
    sla_version: int
    mql: float | None
    sql: float | None
    state: str
    model_version: str | None
    model_sha256: str | None
    certificate: Mapping[str, Any]
    proposed_at: datetime
    proposed_by: str
    in_force_since: datetime | None
    signatures: tuple[Signature, ...]


class Agreements:
    """The agreement within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def record(self, version: int, content: Mapping[str, Any], *, by: str) -> bool:
        """Keep a version of sla.yaml; return False where it is there already.

        Raises
        ------
        InputError
            If that version was recorded with other content: what was agreed does not change.
        """
        made = self._connection.execute(
            insert(self._connection, sla_versions)
            .values(version=version, content=dict(content), recorded_at=self._now, recorded_by=by)
            .on_conflict_do_nothing()
            .returning(sla_versions.c.version)
        ).first()
        if made is None and self.version(version) != dict(content):
            raise InputError(
                f"sla.yaml says version {version}, which was recorded with other content.",
                "a new version number for a new agreement.",
                "Count version up in sla.yaml.",
            )
        return made is not None

    def version(self, version: int) -> Mapping[str, Any] | None:
        """Return what a version of the agreement says."""
        query = select(sla_versions.c.content).where(sla_versions.c.version == version)
        content: Mapping[str, Any] | None = self._connection.execute(query).scalar_one_or_none()
        return content

    def propose(
        self, sla_version: int, *, mql: float | None, sql: float | None, state: str, certificate: Mapping[str, Any],
        by: str, model_version: str | None = None, model_sha256: str | None = None,
    ) -> int:  # fmt: skip
        """Keep proposed cutoffs and return their number."""
        proposal_id: int = self._connection.execute(
            cutoff_proposals.insert()
            .values(
                sla_version=sla_version, mql=mql, sql=sql, state=state, model_version=model_version,
                model_sha256=model_sha256, certificate=dict(certificate), proposed_at=self._now, proposed_by=by,
            )
            .returning(cutoff_proposals.c.id)
        ).scalar_one()  # fmt: skip
        return proposal_id

    def sign(self, proposal_id: int, role: Role, *, by: str) -> Proposal:
        """Sign proposed cutoffs for one department; the second signature puts them in force.

        Raises
        ------
        InputError
            If there is no such proposal, or the role signs nothing.
        AlreadySignedError
            If the department has signed, or one person would sign for both.
        """
        self._connection.execute(
            select(cutoff_proposals.c.id).where(cutoff_proposals.c.id == proposal_id).with_for_update()
        )
        proposal = self.proposal(proposal_id)
        if proposal is None or role not in SIGNERS:
            raise InputError(
                f"A signature of {role} on proposal {proposal_id}.",
                f"an open proposal, and one of {', '.join(SIGNERS)}.",
                "See which proposals there are.",
            )
        if any(one.role is role or one.signed_by == by for one in proposal.signatures):
            raise AlreadySignedError(
                f"A second signature of {role} or of the same person.",
                "one signature of each department, by two people.",
                "Let the other department sign.",
            )
        self._connection.execute(
            signatures.insert().values(proposal_id=proposal_id, role=role.value, signed_by=by, signed_at=self._now)
        )
        if {one.role for one in proposal.signatures} | {role} == set(SIGNERS):
            self._connection.execute(
                cutoff_proposals.update().where(cutoff_proposals.c.id == proposal_id).values(in_force_since=self._now)
            )
        signed = self.proposal(proposal_id)
        if signed is None:
            raise RuntimeError("a proposal vanished within its own transaction")
        return signed

    def proposal(self, proposal_id: int) -> Proposal | None:
        """Return one proposal with its signatures."""
        found = self._proposals(cutoff_proposals.c.id == proposal_id, limit=1)
        return found[0] if found else None

    def in_force(self) -> Proposal | None:
        """Return the cutoffs that two departments signed last, None before the first."""
        found = self._proposals(cutoff_proposals.c.in_force_since.is_not(None), limit=1, newest="in_force_since")
        return found[0] if found else None

    def history(self, limit: int = 50, *, before: int | None = None) -> list[Proposal]:
        """Return proposals, the newest first; ``before`` is the last number of the page before."""
        condition = cutoff_proposals.c.id > 0 if before is None else cutoff_proposals.c.id < before
        return self._proposals(condition, limit=limit)

    def was_proposed(self, model_sha256: str) -> bool:
        """Return whether the cutoffs of a model, told by its bundle's manifest, were proposed."""
        query = select(cutoff_proposals.c.id).where(cutoff_proposals.c.model_sha256 == model_sha256).limit(1)
        return self._connection.execute(query).first() is not None

    def certify(self, proposal_id: int, state: str) -> None:
        """Keep what became of the certificate of what is in force."""
        self._connection.execute(
            cutoff_proposals.update().where(cutoff_proposals.c.id == proposal_id).values(state=state)
        )

    def unsigned(self) -> dict[str, Any] | None:
        """Return the cutoffs that the first model brought, which hold while nobody has signed; None before it."""
        query = select(store_facts.c.value).where(store_facts.c.name == _UNSIGNED)
        kept = self._connection.execute(query).scalar_one_or_none()
        return None if kept is None else json.loads(kept)

    def keep_unsigned(self, cutoffs: Mapping[str, Any]) -> None:
        """Keep the cutoffs that the first model brought, or what became of their certificate."""
        values = {"value": canonical_json(dict(cutoffs))}
        self._connection.execute(
            insert(self._connection, store_facts)
            .values(name=_UNSIGNED, **values)
            .on_conflict_do_update(index_elements=[store_facts.c.name], set_=values)
        )

    def scored_otherwise(self, signed: Proposal, *, after: str, most: int) -> tuple[list[str], str | None]:
        """Look at some leads, and return those that stand at a score of another agreement.

        Parameters
        ----------
        signed : Proposal
            The agreement that they are to stand at.
        after : str
            The last lead looked at before; empty for the first.
        most : int
            How many to look at.

        Returns
        -------
        tuple of (list of str, str or None)
            The leads, and the last one looked at; None where there are no more.
        """
        differs = scores.c.sla_version != signed.sla_version
        if signed.mql is not None:
            differs = or_(
                differs, scores.c.sla_mql.is_distinct_from(signed.mql), scores.c.sla_sql.is_distinct_from(signed.sql)
            )
        looked_at = self._connection.execute(
            select(standings.c.lead_id, differs.label("differs"))
            .join(scores, scores.c.id == standings.c.score_id)
            .where(standings.c.lead_id > after)
            .order_by(standings.c.lead_id)
            .limit(most)
        ).all()
        return [row.lead_id for row in looked_at if row.differs], looked_at[-1].lead_id if looked_at else None

    def _proposals(self, condition: Any, *, limit: int, newest: str = "id") -> list[Proposal]:
        rows = self._connection.execute(
            select(cutoff_proposals)
            .where(condition)
            .order_by(cutoff_proposals.c[newest].desc(), cutoff_proposals.c.id.desc())
            .limit(limit)
        ).all()
        signed: dict[int, list[Signature]] = {row.id: [] for row in rows}
        for one in self._connection.execute(
            select(signatures).where(signatures.c.proposal_id.in_(signed)).order_by(signatures.c.id)
        ):
            signed[one.proposal_id].append(Signature(Role(one.role), one.signed_by, one.signed_at))
        return [
            Proposal(
                row.id, row.sla_version, row.mql, row.sql, row.state, row.model_version, row.model_sha256,
                row.certificate, row.proposed_at, row.proposed_by, row.in_force_since, tuple(signed[row.id]),
            )
            for row in rows
        ]  # fmt: skip
