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
from features.what_if import Read
from models.advice import Case, Pipeline, Search
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

    def steps(self, case: Case, points: float) -> Search[tuple[Mapping[str, Any], ...]]:
        """Search the steps that together would lift a lead over its next cutoff, the strongest first.

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
        if not actions:
            return ()
        singles = [self.pipeline.after(case, case.read, action) for action in actions]
        alone = yield singles
        best = self._best(singles, alone, goal)
        if best is not None:
            return self._told([(actions[best], float(alone[best]))], points)
        first = np.argsort(-alone, kind="stable")[:FIRST_STEPS].tolist()
        pairs = [
            (i, j) for place, i in enumerate(first) for j in first[place + 1 :] if not _same(actions[i], actions[j])
        ]
        if not pairs:
            return ()
        both = [self.pipeline.after(case, singles[i], actions[j]) for i, j in pairs]
        together = yield both
        best = self._best(both, together, goal)
        if best is None:
            return ()
        # Of the first steps, the one that moves more by itself stands before the other.
        larger, smaller = pairs[best]
        return self._told([(actions[larger], float(alone[larger])), (actions[smaller], float(together[best]))], points)

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
        return tuple(action for column, action in self._tellable if case.lead.attributes.get(column) is None)

    @cached_property
    def _tellable(self) -> tuple[tuple[str, Action], ...]:
        usual = self.background.answers.of
        return tuple((column, field_action(self.catalog, column, answers[0][0])) for column, answers in usual.items())

    def _best(self, leads: Sequence[Read], points: np.ndarray, goal: float) -> int | None:
        """Return the place of the plausible lead with the most points from the goal on."""
        profiles = self.background.profiles
        for place in np.argsort(-points, kind="stable").tolist():
            if points[place] < goal:
                break
            if profiles is None or profiles.is_usual(leads[place].vector[None, :])[0]:
                return int(place)
        return None

    def _told(self, steps: Sequence[tuple[Action, float]], points: float) -> tuple[Mapping[str, Any], ...]:
        """Return steps, each with the points after it, in words."""
        told, before = [], points
        for action, after in steps:
            told.append(
                {
                    "feature": action.concept,
                    "change": action.change,
                    "points": round(after - before, 6),
                    "score": int(self.pipeline.scale.score(after)),
                    "text": _in_words(action, len(steps)).to_mapping(),
                }
            )
            before = after
        return tuple(told)


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
