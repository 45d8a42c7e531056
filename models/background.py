"""What the training rows were like, as far as scores speak of it: reason groups, weights, answers and profiles."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalog import Catalog
from features.domain import BundleError
from features.encoding import Encoder
from models.additive import AdditiveModel
from models.answers import Answers
from models.profiles import Profiles
from models.reason_groups import ReasonGroups

FORMAT = 1
EXPLAINED_ROWS = 1_000
"""Training rows whose contributions are asked for: their mean size then has a standard error of a few per cent."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Background:
    """Everything that a scorer says of a lead beyond the model itself.

    Parameters
    ----------
    groups : ReasonGroups
        Which concepts are one reason.
    importance : Mapping[str, float]
        Mean size of each column's contribution in log-odds on training rows, by feature; without it all count alike.
    answers : Answers
        What leads usually answer.
    profiles : Profiles or None
        Training leads that suggestions are held to; without them nothing is suggested.
    """

    groups: ReasonGroups = field(default_factory=ReasonGroups)
    importance: Mapping[str, float] = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)
    profiles: Profiles | None = None

    @classmethod
    def fit(
        cls,
        catalog: Catalog,
        encoder: Encoder,
        model: AdditiveModel,
        matrix: Floats,
        lead: NDArray[np.int64],
        leads: pl.DataFrame,
        *,
        seed: int,
    ) -> Background:
        """Return the background of a model's training rows.

        Parameters
        ----------
        catalog, encoder, model
            What was fitted.
        matrix : array of shape (n, p)
            Encoded training rows, at least one.
        lead : array of int, shape (n,)
            Whose row it is.
        leads : DataFrame
            One row per training lead with ``attribute.<name>`` columns.
        seed : int
            Of what is drawn.
        """
        rows = np.unique(np.linspace(0, len(matrix) - 1, min(EXPLAINED_ROWS, len(matrix))).round().astype(int))
        contributions = model.contributions(matrix[rows])[:, :-1]
        importance = np.abs(contributions).mean(axis=0)
        names = [column.name for column in encoder.columns]
        return cls(
            groups=ReasonGroups.fit(catalog, encoder.columns, matrix, contributions),
            importance={name: float(size) for name, size in zip(names, importance, strict=True)},
            answers=Answers.fit(catalog.schema, leads),
            profiles=Profiles.fit(encoder.columns, matrix, importance, lead, seed),
        )

    def to_mapping(self) -> dict[str, Any]:
        """Return the background as plain data, for the bundle."""
        return {
            "format": FORMAT,
            "groups": self.groups.to_mapping(),
            "importance": dict(self.importance),
            "answers": self.answers.to_mapping(),
            "profiles": None if self.profiles is None else self.profiles.to_mapping(),
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], column_count: int) -> Background:
        """Return the background stored by :meth:`to_mapping`.

        Raises
        ------
        BundleError
            If a part is of another form.
        """
        try:
            if mapping["format"] != FORMAT:
                raise ValueError(f"format {mapping['format']!r}")
            importance = {str(name): float(size) for name, size in mapping["importance"].items()}
            if not all(math.isfinite(size) and size >= 0 for size in importance.values()):
                raise ValueError("an importance out of range")
            profiles = mapping["profiles"]
            return cls(
                groups=ReasonGroups.from_mapping(mapping["groups"]),
                importance=importance,
                answers=Answers.from_mapping(mapping["answers"]),
                profiles=None if profiles is None else Profiles.from_mapping(profiles, column_count),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BundleError(
                f"A stored background with {error}.",
                f"format {FORMAT} with groups, importance, answers and profiles.",
                "Fetch the bundle again or promote another version.",
            ) from None
