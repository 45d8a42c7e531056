"""Agree: somebody proposes an agreement with its cutoffs, marketing and sales sign it, and then it is in force.

The store alone decides what is in force. What scores reads it in a file, which follows once the second signature is
kept (:mod:`serving.calls.agreement_in_force`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from features.domain import BundleError, InputError, Sla
from features.domain.score import iso
from features.schema import Schema
from features.workspace import Workspace
from models.agreement import Agreement
from models.calendar import BusinessClock
from models.cutoffs import State
from serving.calls.agreement_in_force import take_over
from serving.calls.desk import Reply
from serving.engines import unknown_requirements
from serving.errors import Problem, RefusedError
from serving.store import Transaction
from serving.store.agreements import AlreadySignedError, Proposal
from serving.store.keys import Role

PROPOSED, SIGNED, IN_FORCE = "sla.proposed", "sla.signed", "sla.in_force"
NOT_HERE = Problem("not-found", "There is no proposal of this number.")
_CREATED, _OK = 201, 200


@dataclass(frozen=True, slots=True)
class Worth:
    """What is known of cutoffs under an agreement.

    Parameters
    ----------
    state : str
        Of their certificate.
    model_version, model_sha256 : str or None
        The model whose data say so; None where nothing was measured at these cutoffs.
    certificate : dict
        The certificate whole; ``since``, where one goes on that holds already.
    """

    state: str = State.UNCERTIFIED.value
    model_version: str | None = None
    model_sha256: str | None = None
    certificate: dict[str, Any] = field(default_factory=dict)


def propose(
    tx: Transaction, workspace: Workspace, schema: Schema, sla: Sla | None, cutoffs: tuple[float, float] | None, by: str
) -> Reply:
    """Keep a proposal that marketing and sales can sign.

    Parameters
    ----------
    tx : Transaction
        In which it is kept.
    workspace : Workspace
        Whose agreement it is.
    schema : Schema
        What the workspace's columns mean.
    sla : Sla or None
        What is to be agreed; None for what sla.yaml says.
    cutoffs : tuple of (float, float) or None
        MQL and SQL cutoffs as probabilities; None for those in force.
    by : str
        Who proposes it.

    Raises
    ------
    InputError
        If the agreement requires a field that leadscore.yaml does not know, or its version was recorded with other
        content.
    ConfigError
        If sla.yaml is not usable, or the calendar's holidays are unknown.
    """
    take_over(tx, workspace)
    in_force = Agreement.read(workspace)
    agreed = workspace.sla() if sla is None else sla
    _refuse_unusable(tx, agreed, schema)
    mql, sql = (in_force.mql, in_force.sql) if cutoffs is None else cutoffs
    worth = worth_of(workspace, agreed, mql, sql, in_force)
    tx.agreements.record(agreed.version, agreed.to_mapping(), by=by)
    number = tx.agreements.propose(
        agreed.version, mql=mql, sql=sql, state=worth.state, certificate=worth.certificate, by=by,
        model_version=worth.model_version, model_sha256=worth.model_sha256,
    )  # fmt: skip
    return Reply(_CREATED, told_of(tx, number, PROPOSED, by))


def sign(tx: Transaction, proposal_id: int, role: Role, by: str) -> Reply:
    """Sign a proposal for one department; the second signature puts it in force.

    Raises
    ------
    RefusedError
        If there is no such proposal, or the department or the person has signed it.
    InputError
        If the role signs nothing.
    """
    if tx.agreements.proposal(proposal_id) is None:
        raise RefusedError(NOT_HERE)
    try:
        signed = tx.agreements.sign(proposal_id, role, by=by)
    except AlreadySignedError:
        detail = "A proposal takes one signature of marketing and one of sales, by two people."
        raise RefusedError(Problem("already-signed", detail)) from None
    content = told_of(tx, proposal_id, SIGNED, by, role=role.value)
    if signed.in_force_since is not None:
        tx.audit.append(IN_FORCE, by="leadscore", details=_about(signed))
    return Reply(_OK, content)


def proposals(tx: Transaction, before: int | None, limit: int) -> dict[str, Any]:
    """Return a page of proposals with who signed them, the newest first."""
    found = tx.agreements.history(limit + 1, before=before)
    page, in_force = found[:limit], tx.agreements.in_force()
    return {
        "proposals": [_shown(tx, one, in_force) for one in page],
        "cursor": str(page[-1].proposal_id) if len(found) > limit else None,
    }


def told_of(tx: Transaction, proposal_id: int, kind: str, by: str, **details: Any) -> dict[str, Any]:
    """Keep in the audit log, and tell those who asked for it, what became of a proposal; return it as it is shown."""
    proposal = tx.agreements.proposal(proposal_id)
    if proposal is None:
        raise RuntimeError("a proposal vanished within its own transaction")
    content = _shown(tx, proposal, tx.agreements.in_force())
    tx.audit.append(kind, by=by, details={**_about(proposal), **details})
    tx.outbox.tell(kind, content)
    return content


def worth_of(workspace: Workspace, sla: Sla, mql: float | None, sql: float | None, in_force: Agreement) -> Worth:
    """Return what is known of cutoffs: the serving model's certificate, or the one in force where nothing changes."""
    # What models need, numba among it, is loaded only where there is a model to ask.
    if workspace.champion.is_dir():
        from models.proposal import ModelProposal

        try:
            model = ModelProposal.of_champion(workspace)
        except BundleError:
            # A damaged bundle does not serve either.
            model = None
        if model is not None and model.is_at(mql, sql) and model.speaks_of(sla):
            goes_on = in_force.model_sha256 == model.sha256 and (in_force.mql, in_force.sql) == (mql, sql)
            since = in_force.since if goes_on else None
            state = in_force.state if goes_on else model.cutoffs.state.value
            return Worth(state, model.version, model.sha256, {**model.cutoffs.to_mapping(), "since": iso(since)})
    unchanged = (in_force.mql, in_force.sql) == (mql, sql) and _promises(in_force.sla) == _promises(sla)
    if unchanged or mql is None:
        held = {"since": iso(in_force.since)}
        return Worth(in_force.state, in_force.model_version, in_force.model_sha256, held)
    return Worth()


def _refuse_unusable(tx: Transaction, sla: Sla, schema: Schema) -> None:
    unknown = unknown_requirements(schema, sla)
    if unknown:
        raise InputError(" ".join(unknown), "fields that leadscore.yaml knows.", "Correct sql.requires.")
    # Unknown holidays show only when a clock is made.
    BusinessClock.between(sla.calendar, tx.now.timestamp(), tx.now.timestamp())


def _promises(sla: Sla) -> tuple[Any, ...]:
    return sla.mql, sla.sql, sla.confidence, sla.calendar


def _about(proposal: Proposal) -> dict[str, Any]:
    return {
        "proposal": proposal.proposal_id, "sla_version": proposal.sla_version, "mql": proposal.mql,
        "sql": proposal.sql, "state": proposal.state,
    }  # fmt: skip


def _shown(tx: Transaction, proposal: Proposal, in_force: Proposal | None) -> dict[str, Any]:
    return {
        "proposal_id": proposal.proposal_id,
        "sla": dict(tx.agreements.version(proposal.sla_version) or {}),
        "mql": proposal.mql,
        "sql": proposal.sql,
        "state": proposal.state,
        "model_version": proposal.model_version,
        "certificate": dict(proposal.certificate),
        "proposed_at": iso(proposal.proposed_at),
        "proposed_by": proposal.proposed_by,
        "signatures": [
            {"role": one.role.value, "signed_by": one.signed_by, "signed_at": iso(one.signed_at)}
            for one in proposal.signatures
        ],
        "in_force_since": iso(proposal.in_force_since),
        "is_in_force": in_force is not None and in_force.proposal_id == proposal.proposal_id,
    }
