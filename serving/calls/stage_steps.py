"""Which stage a lead is in after a score or a word of sales.

The score alone decides upwards. Downwards it must fall ``hysteresis`` points below the cutoff at which the stage is
entered, so that 49 and 51 do not flip a lead to and fro; and it never takes a lead from sales that sales accepted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from features.config import Acceptance
from features.domain import Outcome, Score, Stage
from models.scale import MQL_POINTS, SQL_POINTS
from models.scoring import stage_of
from serving.store.standings import Standing

OPPORTUNITY, LOST = "opportunity", "lost"


@dataclass(frozen=True, slots=True)
class SalesWords:
    """Which outcomes mean what, as leadscore.yaml says.

    Parameters
    ----------
    acceptance : Acceptance
        The two answers of sales.
    won : str
        The outcome that is predicted.
    """

    acceptance: Acceptance
    won: str

    @property
    def closing(self) -> dict[str, Stage]:
        """Outcomes that put a lead into a stage whatever its score."""
        return {LOST: Stage.LOST, OPPORTUNITY: Stage.OPPORTUNITY, self.won: Stage.CUSTOMER}

    @property
    def by_name(self) -> dict[str, str]:
        """How an outcome is kept, by each name it may be sent under."""
        kept = ("mql", self.acceptance.accepted, self.acceptance.rejected, OPPORTUNITY, self.won, LOST)
        names = {"contacted": "contacted", "accepted": self.acceptance.accepted, "rejected": self.acceptance.rejected}
        return {**names, "won": self.won, **{name: name for name in kept}}

    def said(self, outcomes: Iterable[Outcome]) -> Said:
        """Return what the outcomes of a lead, in order of time, say in the end."""
        accepted: bool | None = None
        closed: Stage | None = None
        for one in outcomes:
            if one.outcome in self.closing:
                closed = self.closing[one.outcome]
            elif one.outcome in (self.acceptance.accepted, self.acceptance.rejected):
                accepted = one.outcome == self.acceptance.accepted
        return Said(accepted, closed)


@dataclass(frozen=True, slots=True)
class Said:
    """What sales said of a lead last.

    Parameters
    ----------
    accepted : bool or None
        Its answer to the hand-over; None where it gave none.
    closed : Stage or None
        Opportunity, customer or lost.
    """

    accepted: bool | None = None
    closed: Stage | None = None


def stage_after_score(
    score: Score, missing: tuple[str, ...], before: Standing | None, said: Said, hysteresis: float
) -> Stage:
    """Return the stage of a lead with a new score.

    Parameters
    ----------
    score : Score
        The new one.
    missing : tuple of str
        Fields that the agreement requires of an SQL and the lead lacks.
    before : Standing or None
        Where the lead stood.
    said : Said
        What sales said of it.
    hysteresis : float
        Points below a cutoff at which its stage is left.
    """
    if said.closed is not None:
        return said.closed
    by_score, _ = stage_of(score.score, missing)
    if said.accepted or by_score is Stage.SQL:
        turned_down = said.accepted is False and before is not None and _has_not_risen(before)
        return Stage.MQL if turned_down else Stage.SQL
    if before is None or by_score is before.stage:
        return by_score
    if before.stage is Stage.SQL and not missing and score.points >= SQL_POINTS - hysteresis:
        return Stage.SQL
    if before.stage in (Stage.MQL, Stage.SQL) and score.points >= MQL_POINTS - hysteresis:
        return Stage.MQL
    return by_score


def stage_after_outcome(outcome: Outcome, before: Stage, words: SalesWords) -> Stage:
    """Return the stage of a lead of which sales says something new."""
    if outcome.outcome in words.closing:
        return words.closing[outcome.outcome]
    if outcome.outcome == words.acceptance.accepted and before in (Stage.LEAD, Stage.MQL):
        return Stage.SQL
    if outcome.outcome == words.acceptance.rejected and before is Stage.SQL:
        return Stage.MQL
    return before


def _has_not_risen(before: Standing) -> bool:
    # What sales turned down comes back only when the score crosses the cutoff anew.
    return before.stage is not Stage.SQL and before.points >= SQL_POINTS
