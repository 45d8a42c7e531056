"""The one list of features: what a schema makes of columns, events and properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from features.catalog.activity_features import activity_features
from features.catalog.attribute_features import attribute_features
from features.catalog.event_features import event_features
from features.catalog.feature import Concept, Feature, Row
from features.catalog.names import Names
from features.catalog.property_features import property_features
from features.catalog.said import Said
from features.catalog.tally import TallyPlan
from features.domain import ConfigError, Text
from features.schema import Schema

FORMAT = 1
"""Raised whenever a definition changes, because a stored model's features must mean what they meant in training."""


@dataclass(frozen=True)
class Catalog:
    """Every feature of a schema, in the order of the builder's columns.

    Parameters
    ----------
    schema : Schema
        What the features come from.
    features : tuple of Feature
        Fit first, in the order of the columns; then events, the most frequent kind first.
    concepts : Mapping[str, Concept]
        What reasons speak of, by key.
    """

    schema: Schema
    features: tuple[Feature, ...]
    concepts: Mapping[str, Concept]
    _by_name: Mapping[str, Feature] = field(init=False, repr=False, compare=False)
    _of_concept: Mapping[str, tuple[Feature, ...]] = field(init=False, repr=False, compare=False)
    _said: Said = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare the look-ups."""
        of_concept: dict[str, list[Feature]] = {key: [] for key in self.concepts}
        for feature in self.features:
            of_concept[feature.concept].append(feature)
        object.__setattr__(self, "_by_name", {feature.name: feature for feature in self.features})
        object.__setattr__(self, "_of_concept", {key: tuple(found) for key, found in of_concept.items()})
        object.__setattr__(self, "_said", Said())

    @classmethod
    def from_schema(cls, schema: Schema) -> Catalog:
        """Return the features of a schema; the same schema always gives the same catalog.

        Parameters
        ----------
        schema : Schema
            Its used columns, engagement kinds and used properties become features without any code. Without times
            there is no behaviour and no age.
        """
        plan, names = TallyPlan.from_schema(schema), Names()
        parts: Iterable[tuple[Concept, list[Feature]]] = attribute_features(schema, plan, names)
        if schema.timed:
            behaviour = (activity_features(names), event_features(plan, names), property_features(schema, plan, names))
            parts = chain(parts, *behaviour)
        described = list(parts)
        return cls(
            schema=schema,
            features=tuple(feature for _, features in described for feature in features),
            concepts={concept.key: concept for concept, _ in described},
        )

    def feature(self, name: str) -> Feature:
        """Return the feature of a name.

        Raises
        ------
        KeyError
            If there is none of this name.
        """
        return self._by_name[name]

    def describe(self, concept: str, row: Row, strongest: str, raises: bool) -> tuple[str | None, Text]:
        """Return what was seen of a concept, bare and as a sentence that tells its direction.

        Parameters
        ----------
        concept : str
            A key of :attr:`concepts`.
        row : Mapping
            The lead's feature values by name, those that the model used; only they are spoken of.
        strongest : str
            The feature of the concept that contributed most; if it is not one of them, the first in the row speaks.
        raises : bool
            Whether the concept raised the score. The sentence says so without claiming a cause.

        Returns
        -------
        tuple of (str or None, Text)
            The value, None where it is missing, and the sentence in English and German.
        """
        features = self._of_concept[concept]
        speaker = self._by_name.get(strongest)
        if speaker is None or speaker.concept != concept:
            speaker = next((feature for feature in features if feature.name in row), features[0])
        return self._said.say(speaker, row, raises)

    def to_mapping(self) -> dict[str, Any]:
        """Return the catalog as plain data: its schema, from which everything follows, and the definitions' version."""
        return {"format": FORMAT, "schema": self.schema.to_mapping()}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Catalog:
        """Return the catalog stored by :meth:`to_mapping`.

        Raises
        ------
        ConfigError
            If it was written by other definitions than these, or is not a catalog.
        """
        found = mapping.get("format") if isinstance(mapping, Mapping) else None
        if found != FORMAT or "schema" not in mapping:
            raise ConfigError(
                f"A stored catalog of format {found!r}.", f"format {FORMAT}.", "Train again with this version."
            )
        return cls.from_schema(Schema.from_mapping(mapping["schema"]))
