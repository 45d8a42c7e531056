"""Let what scores follow what was signed: first the file with the agreement, then the engines, then the leads.

The second signature is kept in the store, in one transaction, and counts from there. Everything behind it is derived
and done again until it is so, at the start of the service and in its rounds: a crash in between loses nothing, and
a process on another machine, with files of its own, comes to the same.
"""

from __future__ import annotations

import dataclasses
import logging
import uuid
from datetime import datetime, timedelta

from features.domain import Sla, WorkspaceError
from features.workspace import Workspace
from models.agreement import Agreement, Signing
from models.cutoffs import State
from serving.scoring import ScoringService
from serving.store import Transaction
from serving.store.agreements import Proposal

_LOG = logging.getLogger("bentoml.leadscore")
CAUSE = "agreement"
"""Why leads are scored again after an agreement came into force."""

TASK = "agreement"
AT_ONCE = 2_000
"""Leads that are looked at in one transaction, and that may wait."""

LATECOMERS = timedelta(minutes=1)
"""After which leads are looked through once more: another process may have scored by the agreement before."""

_LOOKS = 2
_BROKEN = State.VIOLATED.value


def take_over(tx: Transaction, workspace: Workspace) -> None:
    """Let var/cutoffs.json say what was signed last, or while nobody has signed what the first model brought.

    Cutoffs that the first model brought after an agreement without any was signed stay: nobody signed others. That a
    certificate broke is found on one machine; the others learn it here.
    """
    signed, held = tx.agreements.in_force(), _held(workspace)
    if signed is None or signed.in_force_since is None:
        _share_unsigned(tx, workspace, held)
        return
    signing = Signing(signed.proposal_id, signed.in_force_since)
    if held is not None and held.signing == signing:
        _share_breach(tx, workspace, held, signed)
        return
    sla = Sla.from_mapping(tx.agreements.version(signed.sla_version) or {})
    if signed.mql is None and held is not None and held.has_cutoffs:
        follows = dataclasses.replace(held, sla=sla, signing=signing)
    else:
        since = signed.certificate.get("since")
        follows = Agreement(
            sla, signed.mql, signed.sql, signed.state, signed=signed.mql is not None,
            model_version=signed.model_version, model_sha256=signed.model_sha256, signing=signing,
            since=signed.in_force_since if since is None else datetime.fromisoformat(since),
        )  # fmt: skip
    follows.write(workspace)
    _LOG.info("the agreement of proposal %d is in force", signed.proposal_id)


def _share_unsigned(tx: Transaction, workspace: Workspace, held: Agreement | None) -> None:
    """Let all machines use the cutoffs of the one that took the first model over."""
    kept = tx.agreements.unsigned()
    if kept is None:
        if held is not None and held.has_cutoffs:
            tx.agreements.keep_unsigned(held.cutoffs())
        return
    shared = Agreement.of_cutoffs(workspace.sla(), kept)
    if held is not None and (held.mql, held.sql, held.model_sha256) == (shared.mql, shared.sql, shared.model_sha256):
        if held.state == shared.state:
            return
        if held.state == _BROKEN:
            tx.agreements.keep_unsigned(held.cutoffs())
            return
    shared.write(workspace)
    _LOG.info("the first model's cutoffs are those of the store")


def _share_breach(tx: Transaction, workspace: Workspace, held: Agreement, signed: Proposal) -> None:
    if _BROKEN in (held.state, signed.state) and held.state != signed.state:
        if held.state == _BROKEN:
            tx.agreements.certify(signed.proposal_id, _BROKEN)
        else:
            held.violated().write(workspace)


class AgreementInForce:
    """Does what follows from signatures, a part in every round.

    Parameters
    ----------
    workspace : Workspace
        Whose agreement it is.
    scoring : ScoringService
        The engines, which take the file over by themselves.
    """

    def __init__(self, workspace: Workspace, scoring: ScoringService) -> None:
        self._workspace = workspace
        self._scoring = scoring
        self._holder = uuid.uuid4().hex
        self._of: int | None = None
        self._looks_left = 0
        self._look_from: datetime | None = None
        self._after = ""

    def take_over(self, tx: Transaction) -> None:
        """Let the file and this process's engines follow."""
        take_over(tx, self._workspace)
        self._scoring.champion.look()

    def score_again(self, tx: Transaction) -> None:
        """Ask for some leads to be scored again that stand at a score of another agreement."""
        signed, held = tx.agreements.in_force(), self._scoring.agreement.signing
        if signed is None or held is None or held.proposal != signed.proposal_id:
            return
        if self._of != signed.proposal_id:
            self._of, self._looks_left, self._look_from, self._after = signed.proposal_id, _LOOKS, tx.now, ""
        is_time = self._look_from is not None and tx.now >= self._look_from
        if not self._looks_left or not is_time or tx.rescoring.depth() >= AT_ONCE:
            return
        if not tx.leases.take(TASK, self._holder):
            return
        leads, last = tx.agreements.scored_otherwise(signed, after=self._after, most=AT_ONCE)
        tx.rescoring.ask_later(leads, CAUSE)
        if last is None:
            self._looks_left, self._look_from, self._after = self._looks_left - 1, tx.now + LATECOMERS, ""
        else:
            self._after = last


def _held(workspace: Workspace) -> Agreement | None:
    try:
        return Agreement.read(workspace, Sla())
    except WorkspaceError as error:
        _LOG.warning("%s It is written again.", error.given)
        return None
