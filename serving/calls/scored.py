"""Score a lead that the store knows, in the transaction of what changed it.

The one road: history from the store as of now, features, engine, stage, and the score kept with its reasons and with
the messages to those who asked for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from features.config import Profiling
from features.domain import Duration, Event, Lead, Score, Sla, Stage
from features.domain.consent import PROFILING
from features.domain.score import iso
from features.profiling import Lack, allows_fit_rules, lack_of_basis
from models.calendar import BusinessClock
from models.scoring import missing_fields
from serving.calls.stage_steps import Said, SalesWords, stage_after_score
from serving.errors import Problem, RefusedError
from serving.metrics.measures import count_stage_change
from serving.records import Case
from serving.scoring import ScoringService
from serving.store import Transaction
from serving.store.score_changes import ReasonChange, reasons_changed
from serving.store.scores import KeptScore, NewScore, ScoreRecord
from serving.store.standings import Standing, standing_of, standings_of

SCORED, STAGE_CHANGED = "lead.scored", "lead.stage_changed"
CONSENT = "consent"
"""Cause of a score after a person allowed or forbade profiling."""

_WHY = {
    Lack.OBJECTION: "The person objected to profiling: no score is made of them.",
    Lack.WITHDRAWN: "The person withdrew the consent to profiling.",
    Lack.NO_CONSENT: "Profiling rests on consent here, and the person has given none that is known.",
}
_LACKS = frozenset(one.value for one in Lack)


@dataclass(frozen=True, slots=True)
class Scored:
    """A score that was kept, or why there is none.

    Parameters
    ----------
    score : Score or None
        With the stage that the lead is in now; None where the lead may not be scored.
    stage_before : Stage or None
        The stage before; None for the first score.
    changes : tuple of ReasonChange
        What differs from the score before; empty for the first one, and where nobody asked.
    not_scored : Lack or None
        Why there is no score.
    """

    score: Score | None
    stage_before: Stage | None
    changes: tuple[ReasonChange, ...] = ()
    not_scored: Lack | None = None

    def to_mapping(self) -> dict[str, Any]:
        """Return it in the shape of the API."""
        return {
            "score": None if self.score is None else self.score.to_mapping(),
            "not_scored": None if self.not_scored is None else self.not_scored.value,
            "stage_before": None if self.stage_before is None else self.stage_before.value,
            "changes": [change.to_mapping() for change in self.changes],
        }


class StoredScoring:
    """Scores leads out of the store and keeps the scores.

    The agreement in force says what an SQL requires, where the hysteresis lies, and when sales is to call.

    Parameters
    ----------
    scoring : ScoringService
        The engines.
    words : SalesWords
        Which outcomes mean what.
    profiling : Profiling
        On what ground leads are scored.
    """

    def __init__(self, scoring: ScoringService, words: SalesWords, profiling: Profiling) -> None:
        self.scoring = scoring
        self.words = words
        self.profiling = profiling

    @property
    def sla(self) -> Sla:
        """The agreement in force: what an SQL requires, hysteresis, and when sales is to call."""
        return self.scoring.agreement.sla

    def lack(self, tx: Transaction, lead_id: str) -> Lack | None:
        """Return why a lead may not be profiled by what it does, None where it may."""
        return self.lack_of(tx, tx.identities.lead_of(lead_id))

    def lack_of(self, tx: Transaction, lead_id: str) -> Lack | None:
        """Return the same of a lead by the id that it is stored under."""
        return lack_of_basis(self.profiling, tx.consents.holds(lead_id, PROFILING))

    def answer(self, case: Case, lack: Lack | None) -> Score:
        """Return the score of a case that nothing is kept of.

        Raises
        ------
        RefusedError
            If the lead may not be scored.
        """
        if lack is None:
            return self.scoring.score(case)
        self.check(lack)
        return self.scoring.score_fit(case, lack.value)

    def answer_all(self, cases: Sequence[Case | Problem], lacks: Mapping[str, Lack]) -> list[Score | Problem]:
        """Return a score for each case, in their order; a problem stays one, and who may not be scored becomes one."""
        free = {
            place: case
            for place, case in enumerate(cases)
            if not isinstance(case, Problem) and case.lead.lead_id not in lacks
        }
        scores = dict(zip(free, self.scoring.score_each(list(free.values())), strict=True))
        return [
            case if isinstance(case, Problem) else scores.get(place) or self._answer_or_problem(case, lacks)
            for place, case in enumerate(cases)
        ]

    def _answer_or_problem(self, case: Case, lacks: Mapping[str, Lack]) -> Score | Problem:
        try:
            return self.answer(case, lacks.get(case.lead.lead_id))
        except RefusedError as refused:
            return refused.problem

    def check(self, lack: Lack | None) -> None:
        """Refuse to score a lead that not even fit rules may answer for.

        Raises
        ------
        RefusedError
            If so.
        """
        if lack is not None and not allows_fit_rules(self.profiling, lack):
            raise RefusedError(Problem("no-basis-for-profiling", _WHY[lack]))

    def score(
        self, tx: Transaction, lead: Lead, *, cause: str, warnings: Sequence[str] = (), compared: bool = True
    ) -> Scored:
        """Score a lead as of the transaction's moment, and keep the score.

        Parameters
        ----------
        tx : Transaction
            Of what changed the lead.
        lead : Lead
            As it is known now; locked by this transaction, so that nobody else scores it meanwhile.
        cause : str
            Why it is scored, e.g. ``lead`` or ``events``.
        warnings : sequence of str
            What the sender should know beside the score's own warnings.
        compared : bool
            Whether the caller reads what differs from the score before; messages tell it in any case.
        """
        lack = self.lack_of(tx, lead.lead_id)
        if lack is not None:
            return self._without_basis(tx, lead, lack, cause=cause, warnings=warnings)
        score = self.scoring.score(self.case(tx, lead, tx.events.of(lead.lead_id), warnings))
        return self._keep(tx, lead, score, cause=cause, compared=compared)

    def case(self, tx: Transaction, lead: Lead, events: Sequence[Event], warnings: Sequence[str] = ()) -> Case:
        """Return what is scored of a stored lead at the transaction's moment."""
        return Case(lead, tuple(events), tx.now if self.scoring.schema.timed or events else None, tuple(warnings))

    def _without_basis(self, tx: Transaction, lead: Lead, lack: Lack, *, cause: str, warnings: Sequence[str]) -> Scored:
        is_fit_allowed = allows_fit_rules(self.profiling, lack)
        left = self._forget_scores(tx, lead.lead_id, unless_fit_only=is_fit_allowed)
        if is_fit_allowed:
            case = Case(lead, (), tx.now if self.scoring.schema.timed else None, tuple(warnings))
            return self._keep(tx, lead, self.scoring.score_fit(case, lack.value), cause=cause, left=left)
        refused = Scored(None, left, not_scored=lack)
        # Told once: to whoever learned a score, and when the person says so.
        if left is not None or cause == CONSENT:
            tx.outbox.tell(SCORED, _told(lead.lead_id, cause, refused), lead_id=lead.lead_id)
        if left is not None:
            self.stage_changed(tx, lead.lead_id, left, None, why=lack.value)
        return refused

    def _forget_scores(self, tx: Transaction, lead_id: str, *, unless_fit_only: bool) -> Stage | None:
        """Remove what was concluded of a lead; return the stage that it was in by then, if any."""
        latest, standing = tx.scores.latest(lead_id), standing_of(tx.connection, lead_id)
        if latest is None or standing is None or (unless_fit_only and latest.score.degraded_reason in _LACKS):
            return None
        tx.scores.forget(lead_id)
        # A message that waits would be profiling that goes on.
        tx.outbox.take_back(SCORED, lead_id)
        return standing.stage

    def _keep(
        self,
        tx: Transaction,
        lead: Lead,
        score: Score,
        *,
        cause: str,
        left: Stage | None = None,
        compared: bool = True,
    ) -> Scored:
        before = standing_of(tx.connection, lead.lead_id)
        said = self.words.said(one.outcome for one in tx.outcomes.of(lead.lead_id))
        score = self._staged(lead, score, before, said)
        is_told = tx.outbox.is_asked_for(SCORED)
        last = tx.scores.latest(lead.lead_id) if before is not None and (compared or is_told) else None
        kept = tx.scores.keep_after(before, score, cause=cause)
        scored = _compared(score, kept.stage_before or left, last)
        self._tell(tx, scored, kept, said, cause=cause, is_told=is_told)
        return scored

    def keep_all(self, tx: Transaction, scored: Sequence[tuple[Lead, Score, str]]) -> None:
        """Keep scores of many leads.

        Parameters
        ----------
        tx : Transaction
            Has locked the leads.
        scored : sequence of (Lead, Score, str)
            Each lead once, with its score and why it was scored.
        """
        ids = [lead.lead_id for lead, _, _ in scored]
        standings, outcomes = standings_of(tx.connection, ids), tx.outcomes.of_many(ids)
        said = [self.words.said(outcomes.get(one, ())) for one in ids]
        new = [
            NewScore(self._staged(lead, score, standings.get(lead.lead_id), word), cause, standings.get(lead.lead_id))
            for (lead, score, cause), word in zip(scored, said, strict=True)
        ]
        is_told = tx.outbox.is_asked_for(SCORED)
        last = [tx.scores.latest(one) if is_told and one in standings else None for one in ids]
        for one, kept, before, word in zip(new, tx.scores.keep_all(new), last, said, strict=True):
            done = _compared(one.score, kept.stage_before, before)
            self._tell(tx, done, kept, word, cause=one.cause, is_told=is_told)

    def _staged(self, lead: Lead, score: Score, before: Standing | None, said: Said) -> Score:
        sla = self.sla
        missing = missing_fields(lead.attributes, sla.sql.requires)
        return replace(score, stage=stage_after_score(score, missing, before, said, sla.hysteresis))

    def _tell(self, tx: Transaction, scored: Scored, kept: KeptScore, said: Said, *, cause: str, is_told: bool) -> None:
        if is_told:
            tx.outbox.tell(SCORED, _told(kept.lead_id, cause, scored), lead_id=kept.lead_id)
        if scored.stage_before is not kept.stage:
            is_taken = said.accepted is True
            self.stage_changed(tx, kept.lead_id, scored.stage_before, kept.stage, why=cause, is_taken=is_taken)

    def stage_changed(
        self,
        tx: Transaction,
        lead_id: str,
        before: Stage | None,
        after: Stage | None,
        *,
        why: str,
        is_taken: bool = False,
    ) -> None:
        """Tell that a lead is in another stage, or in none; an SQL is handed over, and its clock runs.

        Not where sales has taken it already, of its own accord or before its first score: nobody is to call anew.
        """
        tx.once_kept(partial(count_stage_change, before, after))
        told = {"lead_id": lead_id, "stage_before": before, "stage": after, "why": why, "at": iso(tx.now)}
        tx.outbox.tell(STAGE_CHANGED, told, lead_id=lead_id)
        if after is Stage.SQL and not is_taken:
            tx.handovers.begin(lead_id, due_at=self._due(tx), sla_version=self.sla.version)

    def _due(self, tx: Transaction) -> Any:
        sla = self.sla
        within: Duration | None = sla.sql.contact_within
        if within is None:
            return None
        clock = BusinessClock.between(sla.calendar, tx.now.timestamp(), tx.now.timestamp())
        return clock.due_at(tx.now, within)


def _compared(score: Score, stage_before: Stage | None, last: ScoreRecord | None) -> Scored:
    return Scored(score, stage_before, () if last is None else reasons_changed(last.score, score))


def _told(lead_id: str, cause: str, scored: Scored) -> dict[str, Any]:
    return {"lead_id": lead_id, "cause": cause, **scored.to_mapping()}
