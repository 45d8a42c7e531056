"""What a change of the rules would do, tried out on leads before anything is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from features.domain import ModelReference, Reason, Stage
from models.agreement import Agreement
from models.rules import RulesScorer
from models.rules.one_lead import find
from serving.calls.rules.book import RuleBook
from serving.calls.rules.sample import SampledLead, latest_leads
from serving.store import Transaction

TRIED = 1_000
"""Leads that a change is tried out on: enough to see what it does, and done while somebody waits."""

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Move:
    """A lead that the changed rules would put into another stage.

    Parameters
    ----------
    lead_id : str
        Which.
    before, after : Stage
        By the rules as they are, and as they would be.
    score_before, score_after : int
        The same as scores.
    """

    lead_id: str
    before: Stage
    after: Stage
    score_before: int
    score_after: int


@dataclass(frozen=True, slots=True)
class Example:
    """One lead in full: its reasons before and after."""

    move: Move
    reasons_before: tuple[Reason, ...]
    reasons_after: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would change.

    Parameters
    ----------
    tried : int
        Leads that were looked at: the last scored ones.
    other_score : int
        Those whose score would be another one.
    moves : Mapping
        How many would go from one stage to another, by both; the largest first.
    leads : tuple of Move
        Some of those that would change stage, those with the largest difference first.
    example : Example or None
        One of them, or of those whose score alone would change; None where nothing would.
    """

    tried: int
    other_score: int
    moves: Mapping[tuple[Stage, Stage], int] = field(default_factory=dict)
    leads: tuple[Move, ...] = ()
    example: Example | None = None

    @property
    def other_stage(self) -> int:
        """How many would change stage."""
        return sum(self.moves.values())


def preview(tx: Transaction, agreement: Agreement, before: RuleBook, after: RuleBook) -> Preview:
    """Score the last scored leads by both rules, as if no model served, and compare.

    Parameters
    ----------
    tx : Transaction
        From which the leads are read.
    agreement : Agreement
        What an SQL requires.
    before, after : RuleBook
        The rules as they are, and as they would be.
    """
    old, new = (_scorer(book, agreement) for book in (before, after))
    is_same_frame = _frame(before) == _frame(after)
    moved: list[Move] = []
    example: Example | None = None
    tried = other_score = 0
    for one in latest_leads(tx, TRIED):
        tried += 1
        # Most changes are about few leads, and to find what holds is far less work than to score.
        if is_same_frame and _given(before, one, tx.now) == _given(after, one, tx.now):
            continue
        was = old.score(one.lead, one.events, tx.now, scored_at=tx.now)
        would = new.score(one.lead, one.events, tx.now, scored_at=tx.now)
        if was.points == would.points:
            continue
        other_score += was.score != would.score
        move = Move(one.lead.lead_id, was.stage, would.stage, was.score, would.score)
        if was.stage is not would.stage:
            moved.append(move)
        if example is None or (was.stage is not would.stage and example.move.before is example.move.after):
            example = Example(move, was.reasons, would.reasons)
    counts: dict[tuple[Stage, Stage], int] = {}
    for move in moved:
        counts[move.before, move.after] = counts.get((move.before, move.after), 0) + 1
    moved.sort(key=lambda move: (-abs(move.score_after - move.score_before), move.lead_id))
    ranked = dict(sorted(counts.items(), key=lambda entry: -entry[1]))
    return Preview(tried, other_score, ranked, tuple(moved[:SHOWN]), example)


def _frame(book: RuleBook) -> tuple[object, ...]:
    """Return what decides a score beside the rules that hold."""
    rules = book.rule_set
    return rules.base_points, rules.groups, rules.required


def _given(book: RuleBook, one: SampledLead, now: datetime) -> tuple[tuple[str, str, float], ...]:
    """Return which rules give a lead how many points in which group."""
    rules = book.rule_set
    found = find(rules, one.lead, one.events, now).found
    return tuple((each.rule.rule_id, rules.group_of[each.rule.rule_id].name, each.points) for each in found)


def _scorer(book: RuleBook, agreement: Agreement) -> RulesScorer:
    return RulesScorer(book.rule_set, agreement, reference=ModelReference("rules", str(book.rule_set.version), None))
