"""What could be: a lead's score if it did or told something more, recomputed through the real pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from features.builder import FeatureBuilder
from features.catalog.actions import Action
from features.domain import Event, Lead
from features.encoding import Encoder
from models.calibration import Calibration
from models.scale import Scale

Row = Mapping[str, float | str | None]
Floats = NDArray[np.float64]


class Margins(Protocol):
    """Gives margins in log-odds."""

    def margin(self, matrix: Floats) -> Floats:
        """Return the margin of each row."""
        ...


@dataclass(frozen=True, slots=True)
class Case:
    """One lead at one moment, with its features.

    Parameters
    ----------
    lead, events, as_of
        As they are scored.
    row : Mapping
        The features of all this, from ``FeatureBuilder.row``.
    """

    lead: Lead
    events: Sequence[Event]
    as_of: datetime | None
    row: Row


@dataclass(frozen=True)
class Pipeline:
    """From a case to points: the same parts that score it.

    Parameters
    ----------
    builder, encoder, model, calibration, scale
        The scorer's own.
    """

    builder: FeatureBuilder
    encoder: Encoder
    model: Margins
    calibration: Calibration
    scale: Scale

    def after(self, case: Case, action: Action) -> Case:
        """Return the case after an action: its event at ``as_of``, or its field filled.

        Raises
        ------
        ValueError
            If the action would change a value that is known.
        """
        if action.event is not None and case.as_of is not None:
            events = (*case.events, Event(case.lead.lead_id, case.as_of, action.event, {}))
            return replace(case, events=events, row=self.builder.row(case.lead, events, case.as_of))
        if action.column is None or case.lead.attributes.get(action.column) is not None:
            raise ValueError(f"an action that changes what is known: {action}")
        lead = replace(case.lead, attributes={**case.lead.attributes, action.column: action.value})
        return replace(case, lead=lead, row=self.builder.with_attributes(case.row, lead, case.as_of))

    def matrix(self, cases: Sequence[Case]) -> Floats:
        """Return the cases' encoded features, shape (n, p)."""
        return np.array([self.encoder.vector(case.row) for case in cases]).reshape(len(cases), -1)

    def points(self, matrix: Floats) -> Floats:
        """Return the points of encoded features, shape (n,)."""
        return self.scale.points(self.calibration.logit(self.model.margin(matrix)))
