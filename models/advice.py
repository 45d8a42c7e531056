"""What could be: a lead's score if it did or told something more, recomputed through the real pipeline."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from features.catalog.actions import Action
from features.domain import Event, Lead
from features.what_if import Read, WhatIf
from models.calibration import Calibration
from models.scale import Scale

Floats = NDArray[np.float64]
Found = TypeVar("Found")

Search: TypeAlias = Generator[Sequence[Read], Floats, Found]
"""A search that yields what leads could be, is sent the points of each, and returns what it found."""


class Margins(Protocol):
    """Gives margins in log-odds."""

    def margin(self, matrix: Floats) -> Floats:
        """Return the margin of each row."""
        ...


@dataclass(frozen=True, slots=True)
class Case:
    """One lead at one moment.

    Parameters
    ----------
    lead, events, as_of
        As they are scored.
    read : Read
        The same as the model reads it.
    """

    lead: Lead
    events: Sequence[Event]
    as_of: datetime | None
    read: Read


@dataclass(frozen=True)
class Pipeline:
    """From what a lead could be to points: the same parts that score it.

    Parameters
    ----------
    what_if : WhatIf
        From an action to encoded features.
    model, calibration, scale
        The scorer's own.
    """

    what_if: WhatIf
    model: Margins
    calibration: Calibration
    scale: Scale

    def after(self, case: Case, before: Read, action: Action) -> Read:
        """Return the lead of a case after an action: its event at ``as_of``, or its field filled.

        Parameters
        ----------
        case : Case
            The lead as it is.
        before : Read
            The lead as it would be before the action.
        action : Action
            What it could do or tell.

        Raises
        ------
        ValueError
            If the action would change a value that is known.
        """
        if action.event is not None and case.as_of is not None:
            return self.what_if.after_event(before, action.event)
        if action.column is None or case.lead.attributes.get(action.column) is not None:
            raise ValueError(f"an action that changes what is known: {action}")
        return self.what_if.after_answer(before, action.column, action.value)

    def points(self, leads: Sequence[Read]) -> Floats:
        """Return the points of leads, shape (n,)."""
        return self.scale.points(self.calibration.logit(self.model.margin(np.array([lead.vector for lead in leads]))))

    def side_by_side(self, searches: Sequence[Search[Any]]) -> list[Any]:
        """Return what each search finds, in their order.

        What all of them ask for at a time is scored at once: on a few rows the model takes most of its time to begin.
        """
        found: list[Any] = [None] * len(searches)
        asked = _advance(searches, dict.fromkeys(range(len(searches))), found)
        while asked:
            points = self.points([lead for leads in asked.values() for lead in leads])
            ends = np.cumsum([len(leads) for leads in asked.values()])[:-1]
            asked = _advance(searches, dict(zip(asked, np.split(points, ends), strict=True)), found)
        return found


def _advance(
    searches: Sequence[Search[Any]], told: Mapping[int, Floats | None], found: list[Any]
) -> dict[int, Sequence[Read]]:
    """Tell searches their points; return what they ask for next, and write down what those found that are at an end."""
    asked = {}
    for place, points in told.items():
        try:
            # What is sent first to a search that has not begun is nothing.
            asked[place] = searches[place].send(points)  # type: ignore[arg-type]
        except StopIteration as end:
            found[place] = end.value
    return asked
