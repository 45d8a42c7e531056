"""What would qualify a lead: one or two things it could truthfully do or tell that lift it over its next cutoff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np

from features.catalog import Catalog
from features.catalog.actions import Action, event_actions, field_action
from features.domain import Text
from models.advice import Case, Pipeline
from models.background import Background
from models.scale import MQL_POINTS, SQL_POINTS

MOST_ACTIONS = 15
"""Actions searched at most, invitations first: with their pairs 30 rows to score."""

MARGIN_POINTS = 1.0
"""Points by which the new score must pass the cutoff, so that a day's decay does not undo what was said."""

FIRST_STEPS = 6
"""Best single steps that are combined in pairs: more of them would cost time and name weaker ones."""

RECENT_DAYS = 30
"""What a lead did this lately it is not invited to again."""


@dataclass(frozen=True)
class Qualifier:
    """Searches one step, then two, through the real pipeline.

    Parameters
    ----------
    catalog : Catalog
        Which actions there are.
    pipeline : Pipeline
        The scorer's own.
    background : Background
        Usual answers, weights, and the profiles that a suggestion must stay among.
    """

    catalog: Catalog
    pipeline: Pipeline
    background: Background

    def steps(self, case: Case, points: float) -> tuple[Mapping[str, Any], ...]:
        """Return the steps that together would lift a lead over its next cutoff, the strongest first.

        Parameters
        ----------
        case : Case
            The lead.
        points : float
            Where it stands.

        Returns
        -------
        tuple of Mapping
            ``feature``, ``change`` (an event, or a field with its value), ``points``, ``score`` after this step and
            ``text`` of each; empty for a lead above both cutoffs, and where no two steps suffice or all that do lead
            away from what the model has seen.
        """
        if points >= SQL_POINTS or self.background.profiles is None:
            return ()
        goal = (MQL_POINTS if points < MQL_POINTS else SQL_POINTS) + MARGIN_POINTS
        actions = self._actions(case)
        singles = [((action,), self.pipeline.after(case, action)) for action in actions]
        found, gained = self._best(singles, goal)
        if found is None:
            order = np.argsort(-gained, kind="stable")[:FIRST_STEPS]
            pairs = [
                ((actions[i], actions[j]), self.pipeline.after(singles[i][1], actions[j]))
                for place, i in enumerate(order)
                for j in order[place + 1 :]
                if not _same(actions[i], actions[j])
            ]
            found, _ = self._best(pairs, goal)
        return () if found is None else self._told(case, points, found)

    def _actions(self, case: Case) -> tuple[Action, ...]:
        return (*self._invitations(case), *self._fields(case))[:MOST_ACTIONS]

    def _invitations(self, case: Case) -> tuple[Action, ...]:
        if case.as_of is None:
            return ()
        since = case.as_of - timedelta(days=RECENT_DAYS)
        recent = {event.event for event in case.events if since < event.occurred_at <= case.as_of}
        return tuple(action for action in self._possible if action.event not in recent)

    @cached_property
    def _possible(self) -> tuple[Action, ...]:
        return event_actions(self.catalog)

    def _fields(self, case: Case) -> tuple[Action, ...]:
        return tuple(
            field_action(self.catalog, column, answers[0][0])
            for column, answers in self.background.answers.of.items()
            if case.lead.attributes.get(column) is None
        )

    def _best(
        self, candidates: Sequence[tuple[tuple[Action, ...], Case]], goal: float
    ) -> tuple[tuple[Action, ...] | None, np.ndarray]:
        """Return the plausible candidate with the most points from the goal on, and the points of all."""
        if not candidates:
            return None, np.zeros(0)
        matrix = self.pipeline.matrix([case for _, case in candidates])
        points = self.pipeline.points(matrix)
        profiles = self.background.profiles
        for place in np.argsort(-points, kind="stable"):
            if points[place] < goal:
                break
            if profiles is None or profiles.is_usual(matrix[place : place + 1])[0]:
                return candidates[int(place)][0], points
        return None, points

    def _told(self, case: Case, points: float, actions: tuple[Action, ...]) -> tuple[Mapping[str, Any], ...]:
        """Return the steps in words, the one that moves more by itself first."""
        alone = [self.pipeline.after(case, action) for action in actions]
        order = np.argsort(-self.pipeline.points(self.pipeline.matrix(alone)), kind="stable")
        steps, before, now = [], points, case
        for place in order:
            now = self.pipeline.after(now, actions[place])
            after = float(self.pipeline.points(self.pipeline.matrix([now]))[0])
            steps.append(
                {
                    "feature": actions[place].concept,
                    "change": actions[place].change,
                    "points": round(after - before, 6),
                    "score": int(self.pipeline.scale.score(after)),
                    "text": _in_words(actions[place], len(actions)).to_mapping(),
                }
            )
            before = after
        return tuple(steps)


def _same(one: Action, other: Action) -> bool:
    return one.change == other.change


def _in_words(action: Action, count: int) -> Text:
    """Return the step as an observation of other leads: neither a promise nor a cause."""
    alone = count == 1
    together = ("", "") if alone else (" and the other step", " und dem anderen Schritt")
    return Text(
        f"{action.text.en}: with this{together[0]}, leads like this one are usually above the cutoff",
        f"{action.text.de}: {'damit' if alone else 'mit diesem' + together[1]} liegen Leads wie dieser meist über der"
        " Schwelle",
    )
