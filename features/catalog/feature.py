"""One entry of the catalog: what a feature is, where it comes from, how it is computed and how it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from features.catalog.definitions import Definition
from features.domain import Group, Text

Row: TypeAlias = Mapping[str, float | str | None]
"""Feature values of one lead by feature name; None is missing."""


class FeatureKind(StrEnum):
    """How a feature's values are read by a model."""

    NUMBER = "number"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Seen:
    """A feature's value in words.

    Parameters
    ----------
    value : str or None
        The bare value, e.g. ``"3 in 7 days"``; None where it is missing.
    text : Text
        The sentence, without direction and full stop.
    """

    value: str | None
    text: Text


class Wording(Protocol):
    """How a feature's value is said."""

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return the value in words; ``row`` holds the values of the same lead's other features."""
        ...


@dataclass(frozen=True, slots=True)
class Feature:
    """One entry of the catalog: the definition that both evaluators follow.

    Parameters
    ----------
    name : str
        Unique and stable, e.g. ``page_view_count_7d``.
    concept : str
        The reason it counts towards, e.g. ``page_view`` for all windows of one behaviour.
    group : Group
        Fit or engagement.
    kind : FeatureKind
        Number or category.
    label : Text
        What people call it.
    unit : str
        Of its values, e.g. ``days``; empty for categories.
    low, high : float or None
        Range of its values; None where there is no bound.
    sources : tuple of str
        Event kinds, properties or columns that it reads.
    known_when : str
        From when on its value is known.
    missing : str
        What stands where there is nothing to compute it from.
    definition : Definition
        How it is computed.
    wording : Wording
        How its value is said.
    direction : int
        1 where a larger value can only speak for a lead, -1 where it can only speak against it, 0 where that is open.
    """

    name: str
    concept: str
    group: Group
    kind: FeatureKind
    label: Text
    unit: str
    low: float | None
    high: float | None
    sources: tuple[str, ...]
    known_when: str
    missing: str
    definition: Definition
    wording: Wording
    direction: int = 0


@dataclass(frozen=True, slots=True)
class Concept:
    """What a reason speaks of: one behaviour in all its windows, or one attribute.

    Parameters
    ----------
    key : str
        Unique and stable.
    group : Group
        Fit or engagement.
    label : Text
        What people call it.
    inside : Text or None
        The same as it reads within a sentence, e.g. "page views"; None where that is the label itself, as for a
        company's own names.
    """

    key: str
    group: Group
    label: Text
    inside: Text | None = None
