"""Scores of stored leads, made while nobody waits for them: read at one moment, and kept if nothing came since.

A score takes longer than all that is written of it, and SQLite has one writer. So many leads are read together, scored
outside of any transaction, and kept in one that first locks them and compares their marks
(:mod:`serving.store.marks`): where more is known by then, the lead is scored anew from that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.domain import Score
from features.domain.consent import PROFILING
from features.profiling import lack_of_basis
from serving.calls.scored import StoredScoring
from serving.records import Case
from serving.store import Transaction
from serving.store.marks import Mark, marks_of


@dataclass(frozen=True, slots=True)
class Seen:
    """A lead as it was read.

    Parameters
    ----------
    case : Case
        What is scored.
    mark : Mark
        How much was recorded of it.
    """

    case: Case
    mark: Mark


@dataclass(frozen=True, slots=True)
class Draft:
    """A score that is not kept yet.

    Parameters
    ----------
    seen : Seen
        What it was made of.
    score : Score
        As of the moment of reading.
    """

    seen: Seen
    score: Score


def read_leads(tx: Transaction, scoring: StoredScoring, lead_ids: Sequence[str]) -> list[Seen]:
    """Return those of the leads that something is known of and that may be profiled.

    Parameters
    ----------
    tx : Transaction
        Sees one state of the store throughout.
    scoring : StoredScoring
        Says on what ground leads are scored.
    lead_ids : sequence of str
        At most some hundred.
    """
    marks, words = marks_of(tx.connection, lead_ids), tx.consents.last_words(PROFILING, lead_ids)
    events = tx.events.of_many(lead_ids)
    return [
        Seen(scoring.case(tx, lead, events.get(lead_id, ())), marks[lead_id])
        for lead_id, lead in tx.leads.known(lead_ids).items()
        if lack_of_basis(scoring.profiling, words.get(lead_id)) is None
    ]


def draft(scoring: StoredScoring, seen: Sequence[Seen]) -> list[Draft]:
    """Return a score of each lead that was read; no transaction is needed."""
    return list(map(Draft, seen, scoring.scoring.score_each([one.case for one in seen])))


def keep_drafts(tx: Transaction, scoring: StoredScoring, drafts: Sequence[Draft], causes: Mapping[str, str]) -> None:
    """Keep a score of each lead: its draft where that still says what is known, else one that is made now.

    Parameters
    ----------
    tx : Transaction
        Locks the leads.
    scoring : StoredScoring
        Scores and keeps.
    drafts : sequence of Draft
        As many as there are.
    causes : Mapping[str, str]
        Why each lead is scored, also those without a draft; a lead that is not there, or unknown, is passed over.
    """
    marks = marks_of(tx.connection, list(causes), for_change=True)
    lasting = [one for one in drafts if marks.get(one.score.lead_id) == one.seen.mark]
    scoring.keep_all(tx, [(one.seen.case.lead, one.score, causes[one.score.lead_id]) for one in lasting])
    for lead_id in marks.keys() - {one.score.lead_id for one in lasting}:
        record = tx.leads.get(lead_id)
        if record is not None and record.is_known:
            scoring.score(tx, record.lead, cause=causes[lead_id], compared=False)
