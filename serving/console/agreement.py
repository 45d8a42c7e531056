"""The agreement's page: what is promised and certified, what other cutoffs would do, and the signatures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio.to_thread
from starlette.responses import Response

from features.domain import InputError, Text
from models.cutoffs import Cutoffs
from models.cutoffs.words import meaning_told
from serving.api.operations import PROPOSERS
from serving.calls import proposals
from serving.calls.certificate_in_force import certificate_in_force
from serving.calls.model_evidence import NoEvidence
from serving.console.agreement_proposals import Proposed, proposed
from serving.console.agreement_told import StageTold, stages_told
from serving.console.cutoff_moves import Moved, asked_cutoffs, exact_cutoffs, moved_cutoffs
from serving.console.visit import Visit
from serving.console.words import agreement as words
from serving.engines import agreement_that_serves
from serving.rooms import Rooms
from serving.store import Transaction

_PATH = "/sla"
_SHOWN, _LONGEST = 50, 20


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """What stands on the page.

    Parameters
    ----------
    version : int
        Of the agreement in force.
    mql, sql : float or None
        Cutoffs in force; None before any model.
    state : str
        Of the certificate, for the model that serves.
    tone : str
        How that is meant.
    valid_until : datetime or None
        When it runs out.
    meaning : Text or None
        What the certificate as a whole is worth; None where there is none.
    signed : Proposed or None
        The signatures by which it holds.
    stages : tuple of StageTold
        Promises with what was measured of them.
    moved : Moved or None
        What other cutoffs would have done.
    lack : NoEvidence or None
        Why that is not known.
    mistake : Text or None
        What is wrong with the cutoffs asked for.
    given : mapping of str to str
        As they were typed.
    open, past : tuple of Proposed
        Proposals that wait for signatures, and those that were in force.
    may_propose : bool
        Whether the visitor may propose cutoffs.
    workspace : str
        For the commands that are shown.
    """

    version: int
    mql: float | None
    sql: float | None
    state: str
    tone: str
    valid_until: dt.datetime | None
    meaning: Text | None
    signed: Proposed | None
    stages: tuple[StageTold, ...]
    moved: Moved | None
    lack: NoEvidence | None
    mistake: Text | None
    given: Mapping[str, str]
    open: tuple[Proposed, ...]
    past: tuple[Proposed, ...]
    may_propose: bool
    workspace: str


async def show(visit: Visit) -> Response:
    """Show the page, with the cutoffs that the address asks for."""
    told = await visit.read(_stored)
    page = await anyio.to_thread.run_sync(partial(_page, visit, *told))
    return visit.page("agreement.html", page, words, status=422 if page.mistake else 200)


async def propose(visit: Visit) -> Response:
    """Propose cutoffs under what sla.yaml says."""
    scoring = visit.scoring.scoring
    asked = asked_cutoffs(visit.sent("mql"), visit.sent("sql"))
    if asked is None:
        raise InputError("No cutoffs.", "both cutoffs in per cent.", "Give both.")
    agreement = scoring.agreement
    exact = exact_cutoffs(asked, (agreement.mql, agreement.sql))
    await visit.change(
        lambda tx: proposals.propose(tx, scoring.workspace, scoring.schema, None, exact, visit.visitor.name)
    )
    return visit.done(_PATH, "proposed")


async def sign(visit: Visit) -> Response:
    """Sign a proposal for the visitor's department."""
    number = visit.sent("proposal")
    if not (number.isascii() and number.isdecimal() and len(number) < 18):
        raise InputError("No such proposal.", "a proposal of the list.", "Choose one of the list.")
    answer = await visit.change(lambda tx: proposals.sign(tx, int(number), visit.visitor.role, visit.visitor.name))
    rooms: Rooms = visit.request.app.state
    # Signed it is; should the file not be writable now, a later round does it.
    await anyio.to_thread.run_sync(rooms.rounds.do, rooms.agreement.take_over)
    return visit.done(_PATH, "in-force" if answer.content["in_force_since"] is not None else "signed")


def _stored(tx: Transaction) -> tuple[list[dict[str, Any]], dt.datetime]:
    return proposals.proposals(tx, None, _SHOWN)["proposals"], tx.now


def _page(visit: Visit, known: list[dict[str, Any]], now: dt.datetime) -> AgreementPage:
    scoring = visit.scoring.scoring
    agreement = agreement_that_serves(scoring.workspace, scoring.champion)
    certificate = certificate_in_force(scoring.workspace, agreement, known)
    rows = tuple(proposed(one, visit.visitor) for one in known)
    asked, mistake = _asked(visit)
    moved, lack = (None, None) if mistake else moved_cutoffs(scoring.workspace, scoring.champion, agreement, asked)
    state = agreement.state_at(now)
    return AgreementPage(
        version=agreement.sla.version,
        mql=agreement.mql,
        sql=agreement.sql,
        state=state,
        tone=_tone(state),
        valid_until=agreement.valid_until if certificate is not None else None,
        meaning=_meaning(certificate, agreement.valid_until),
        signed=next((one for one in rows if one.is_in_force), None),
        stages=stages_told(agreement.sla, certificate),
        moved=moved,
        lack=lack,
        mistake=mistake,
        given={name: visit.request.query_params.get(name, "")[:_LONGEST] for name in ("mql", "sql")},
        open=tuple(one for one in rows if one.is_open),
        past=tuple(one for one in rows if one.in_force_since is not None),
        may_propose=visit.may(PROPOSERS),
        workspace=visit.settings.workspace or "DIR",
    )


def _asked(visit: Visit) -> tuple[tuple[float, float] | None, Text | None]:
    given = visit.request.query_params
    try:
        return asked_cutoffs(given.get("mql", ""), given.get("sql", "")), None
    except InputError:
        return None, words.NO_CUTOFF


def _meaning(certificate: Cutoffs | None, valid_until: dt.datetime | None) -> Text | None:
    if certificate is None:
        return None
    return meaning_told(certificate, valid_until)


def _tone(state: str) -> str:
    return {"certified": "good", "provisional": "doubt", "uncertified": "doubt"}.get(state, "bad")
