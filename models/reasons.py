"""Reasons: what each concept adds to a lead's points, in numbers that add up exactly and in words.

A concept is what a person would call one thing, e.g. all windows in which page views are counted: its contributions in
log-odds are summed before anything is said. Concepts that stand in for each other (``models.reason_groups``) are summed
as well and named by the largest. Calibration bends the margin; along the straight line from the base to the
lead's own margin (the secant) contributions stay additive: ``points = base + k * secant * contribution``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.catalog import Catalog
from features.domain import OTHER, Group, Reason, Text
from models.calibration import Calibration
from models.reason_groups import ReasonGroups
from models.scale import Scale

SMALLEST_POINTS = 0.1
"""Concepts below a tenth of a point are summed in ``other``."""

OTHER_TEXT = Text(
    "All other details together, each too small to name",
    "Alle übrigen Angaben zusammen, jede für sich zu klein, um sie zu nennen",
)


NO_STRONG_TEXT = Text(
    "No single strong reason: many small ones, and all other details together",
    "Kein einzelner starker Grund: viele kleine, und alle übrigen Angaben zusammen",
)
"""Says ``other`` of a lead of which no reason is principal."""

STRONG_LOGIT = 0.1
STRONG_SHARE = 0.1
"""A reason is principal from 0.1 calibrated log-odds and a tenth of all reasons' sizes together; else it is noise."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A lead's points, taken apart: ``base_points + sum(reason.points) == points``."""

    points: float
    base_points: float
    fit_points: float
    engagement_points: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """Many leads' margins, taken apart by concept.

    Parameters
    ----------
    margin : numpy.ndarray, shape (n,)
        Log-odds before calibration.
    base : numpy.ndarray, shape (n,)
        Log-odds without any contribution.
    columns : numpy.ndarray, shape (n, p)
        Contributions of the encoder's columns.
    concepts : numpy.ndarray, shape (n, concepts)
        The same, summed by concept.
    """

    margin: np.ndarray
    base: np.ndarray
    columns: np.ndarray
    concepts: np.ndarray

    def rows(self, places: np.ndarray) -> Shares:
        """Return the shares of these rows alone."""
        return Shares(self.margin[places], self.base[places], self.columns[places], self.concepts[places])


class Explainer:
    """Takes margins apart by concept and puts the parts into points and words.

    Parameters
    ----------
    catalog : Catalog
        Which feature counts towards which concept, and how it is said.
    columns : sequence of str
        Feature names in the order of the encoder's columns.
    groups : ReasonGroups
        Which concepts are one reason; by default each is its own.
    """

    def __init__(self, catalog: Catalog, columns: Sequence[str], groups: ReasonGroups | None = None) -> None:
        self._catalog = catalog
        self._features = tuple(columns)
        self._concept_of = [catalog.feature(name).concept for name in self._features]
        merged = (groups or ReasonGroups()).of(tuple(dict.fromkeys(self._concept_of)))
        reason_of = {concept: group[0] for group in merged for concept in group}
        owners = [reason_of[concept] for concept in self._concept_of]
        self.concepts = tuple(dict.fromkeys(owners))
        self.labels = {group[0]: _label(catalog, group) for group in merged}
        self._headings = {group[0]: self.labels[group[0]] for group in merged if len(group) > 1}
        # Stable order by concept, so that one pass of reduceat sums every concept the same way for one row as for many.
        self._order = np.argsort([self.concepts.index(owner) for owner in owners], kind="stable")
        sizes = [owners.count(concept) for concept in self.concepts]
        self._starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp)
        self._members: list[list[int]] = [part.tolist() for part in np.split(self._order, self._starts[1:])]
        self._groups = [catalog.concepts[concept].group for concept in self.concepts]
        self._fit = np.array([group is Group.FIT for group in self._groups], dtype=bool)

    def columns_of(self, concept: str) -> list[int]:
        """Return the places of the columns whose shares a reason sums."""
        return list(self._members[self.concepts.index(concept)])

    def take_apart(self, margin: np.ndarray, contributions: np.ndarray) -> Shares:
        """Return margins by concept.

        Parameters
        ----------
        margin : numpy.ndarray, shape (n,)
            The model's log-odds.
        contributions : numpy.ndarray, shape (n, p + 1)
            By encoder column, and last the base.
        """
        columns = contributions[:, :-1]
        by_concept = (
            np.add.reduceat(columns[:, self._order], self._starts, axis=1)
            if self.concepts
            else np.zeros((len(columns), 0))
        )
        return Shares(margin, contributions[:, -1], columns, by_concept)

    def sub_scores(self, shares: Shares, calibration: Calibration) -> tuple[np.ndarray, np.ndarray]:
        """Return fit and engagement in calibrated log-odds, as ``Grades`` wants them.

        Returns
        -------
        tuple of numpy.ndarray, each of shape (n,)
            Sums over all concepts of the group; times the scale's ``k`` they are its points.
        """
        slope = calibration.secant(shares.base, shares.margin)
        fit = slope * shares.concepts[:, self._fit].sum(axis=1)
        return fit, slope * shares.concepts[:, ~self._fit].sum(axis=1)

    def points(self, shares: Shares, calibration: Calibration, scale: Scale) -> np.ndarray:
        """Return what each reason adds to each lead's points, shape (n, concepts), in the order of ``concepts``."""
        per_logit = scale.k * calibration.secant(shares.base, shares.margin)
        by_concept: np.ndarray = per_logit[:, None] * shares.concepts
        return by_concept

    def explain(
        self, shares: Shares, calibration: Calibration, scale: Scale, rows: Sequence[Mapping[str, float | str | None]]
    ) -> list[Explanation]:
        """Return every lead's points with reasons, the largest first and ``other`` last.

        Parameters
        ----------
        shares : Shares
            From :meth:`take_apart`.
        calibration : Calibration
            From margin to probability.
        scale : Scale
            From log-odds to points.
        rows : sequence of Mapping, n of them
            The raw features, for the value seen.
        """
        points = scale.points(calibration.logit(shares.margin))
        # The base is where the line of points begins; it is no lead, so no cutoff snaps it.
        base = scale.line(calibration.logit(shares.base))
        by_concept = self.points(shares, calibration, scale)
        fit, engagement = by_concept[:, self._fit].sum(axis=1), by_concept[:, ~self._fit].sum(axis=1)
        return [
            Explanation(
                points=float(points[i]),
                base_points=float(base[i]),
                fit_points=float(fit[i]),
                engagement_points=float(engagement[i]),
                reasons=self._reasons(by_concept[i], shares.columns[i], float(points[i] - base[i]), scale.k, row),
            )
            for i, row in enumerate(rows)
        ]

    def _reasons(
        self,
        by_concept: np.ndarray,
        columns: np.ndarray,
        total: float,
        points_per_logit: float,
        row: Mapping[str, float | str | None],
    ) -> tuple[Reason, ...]:
        # Plain lists: for a handful of numbers numpy's calls would take most of the time of an answer.
        points, shares = by_concept.tolist(), columns.tolist()
        named = [place for place, own in enumerate(points) if abs(own) >= SMALLEST_POINTS]
        named.sort(key=lambda place: -abs(points[place]))
        reasons = [self._reason(place, points[place], shares, row) for place in named]
        remainder = total - sum(reason.points for reason in reasons)
        largest = max(map(abs, points), default=0.0)
        is_strong = largest >= max(STRONG_LOGIT * points_per_logit, STRONG_SHARE * sum(map(abs, points)))
        text = OTHER_TEXT if is_strong else NO_STRONG_TEXT
        return (*reasons, Reason(OTHER, None, None, remainder, text))

    def _reason(self, place: int, points: float, shares: list[float], row: Mapping[str, float | str | None]) -> Reason:
        raises = points > 0
        furthest = max if raises else min
        strongest = furthest(self._members[place], key=shares.__getitem__)
        value, text = self._catalog.describe(self._concept_of[strongest], row, self._features[strongest], raises)
        concept = self.concepts[place]
        heading = self._headings.get(concept)
        if heading is not None:
            text = Text(f"{heading.en}: {text.en}", f"{heading.de}: {text.de}")
        return Reason(concept, self._groups[place], value, points, text)


def _label(catalog: Catalog, group: Sequence[str]) -> Text:
    """Return the names of a reason's concepts, the largest first: "Pricing page views, demo requests and logins"."""
    first, *others = (catalog.concepts[concept] for concept in group)
    inside = [concept.inside or concept.label for concept in others]
    english, german = [first.label.en, *(name.en for name in inside)], [first.label.de, *(name.de for name in inside)]
    return Text(_listed(english, "and"), _listed(german, "und"))


def _listed(names: Sequence[str], conjunction: str) -> str:
    return f" {conjunction} ".join(filter(None, (", ".join(names[:-1]), names[-1])))
