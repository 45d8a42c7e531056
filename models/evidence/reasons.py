"""What moves scores overall: the mean points of each reason, and a sample of leads to draw them from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.domain import Text
from models.evidence.interval import number

MOST_REASONS = 12
"""Reasons that are told one by one."""

MOST_DOTS = 400
"""Leads in the sample: more dots hide each other."""


@dataclass(frozen=True, slots=True)
class OverallReason:
    """One reason over all leads held out, at each lead's highest probability.

    Parameters
    ----------
    key : str
        Of the concept.
    label, value_label, works : Text
        What people call the reason and the value that it mostly reads, and which way it works.
    size : float
        Mean distance from the average score, in points.
    share : float
        Of the sizes of all reasons.
    levels : tuple of Text or None
        Names of the values of a category; None for numbers.
    points : tuple of float
        What it adds to each lead of the sample.
    values : tuple of float or None
        The value there: a number, or the place among ``levels``; None where it is not known. As many as points, in the
        same order of leads for every reason.
    """

    key: str
    label: Text
    value_label: Text
    works: Text
    size: float
    share: float
    levels: tuple[Text, ...] | None
    points: tuple[float, ...]
    values: tuple[float | None, ...]

    def to_mapping(self) -> dict[str, Any]:
        """Return the reason as plain data."""
        return {
            "key": self.key, "label": self.label.to_mapping(), "value_label": self.value_label.to_mapping(),
            "works": self.works.to_mapping(), "size": self.size, "share": self.share,
            "levels": None if self.levels is None else [level.to_mapping() for level in self.levels],
            "points": list(self.points), "values": list(self.values),
        }  # fmt: skip

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> OverallReason:
        """Return the reason stored by :meth:`to_mapping`."""
        levels = mapping["levels"]
        points = tuple(number(one) for one in mapping["points"])
        values = tuple(None if one is None else number(one) for one in mapping["values"])
        if len(points) != len(values):
            raise ValueError("a reason with more points than values")
        told = None if levels is None else tuple(Text.from_mapping(level) for level in levels)
        if told is not None and any(one is not None and not 0 <= one < len(told) for one in values):
            raise ValueError("a reason with a value that is none of its levels")
        return cls(
            key=str(mapping["key"]),
            label=Text.from_mapping(mapping["label"]),
            value_label=Text.from_mapping(mapping["value_label"]),
            works=Text.from_mapping(mapping["works"]),
            size=number(mapping["size"]),
            share=number(mapping["share"]),
            levels=told,
            points=points,
            values=values,
        )
