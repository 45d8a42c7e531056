"""The question to ask next: the missing field whose answer would move a lead's score most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.vocabulary.field_questions import field_question
from models.advice import Case, Pipeline, Search
from models.answers import Answers

LEAST_POINTS = 0.5
"""Expected move below which a question is not worth a lead's time, unless the agreement requires its answer."""


@dataclass(frozen=True)
class NextQuestion:
    """Weighs each missing field by how far its usual answers would move the score, up or down.

    Parameters
    ----------
    pipeline : Pipeline
        The scorer's own.
    answers : Answers
        What leads usually answer.
    """

    pipeline: Pipeline
    answers: Answers

    def of(self, case: Case, points: float, blocked_by: Sequence[str]) -> Search[Mapping[str, Any] | None]:
        """Search the question; None where no answer is missing that would matter.

        Parameters
        ----------
        case : Case
            The lead.
        points : float
            Where it stands.
        blocked_by : sequence of str
            Fields that the agreement requires and without which the lead is held where it is; one of them is asked for
            first.

        Returns
        -------
        Mapping or None
            ``field``, ``points`` (the expected size of the move) and ``text`` in en and de.
        """
        moves = yield from self._moves(case, points)
        candidates = tuple(blocked_by) or tuple(name for name, move in moves.items() if move >= LEAST_POINTS)
        if not candidates:
            return None
        name = max(candidates, key=lambda column: moves.get(column, 0.0))
        return {"field": name, "points": round(moves.get(name, 0.0), 6), "text": field_question(name).to_mapping()}

    def _moves(self, case: Case, points: float) -> Search[dict[str, float]]:
        asked = {name: answers for name, answers in self.answers.of.items() if case.lead.attributes.get(name) is None}
        if not asked:
            return {}
        what_if = self.pipeline.what_if
        leads = [
            what_if.after_answer(case.read, name, value) for name, answers in asked.items() for value, _ in answers
        ]
        moved = np.abs((yield leads) - points)
        moves, start = {}, 0
        for name, answers in asked.items():
            shares = [share for _, share in answers]
            moves[name] = float(np.dot(shares, moved[start : start + len(shares)]))
            start += len(shares)
        return moves
