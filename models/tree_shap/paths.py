"""What lies on the way to every question and leaf of a tree: the features asked, and how much each lets through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.tree_shap.text import Tree


@dataclass(frozen=True, slots=True)
class Paths:
    """The ways through one tree of ``m`` questions; place ``i`` is question ``i``, place ``m + i`` leaf ``i``.

    Parameters
    ----------
    asked : list of int
        The feature of each question.
    left, right : list of int
        The children of each question, as places.
    columns : list of tuple of int
        Distinct features asked above each place, in the order in which they are first asked.
    ratios : list of tuple of float
        For each of these features the share of training rows that its questions let through to the place.
    shares : list of tuple of float
        For each question, the shares of its rows that go left and right.
    levels : list of int
        Questions above each place.
    """

    asked: list[int]
    left: list[int]
    right: list[int]
    columns: list[tuple[int, ...]]
    ratios: list[tuple[float, ...]]
    shares: list[tuple[float, float]]
    levels: list[int]


def paths_of(tree: Tree) -> Paths:
    """Return the ways through a tree."""
    questions = len(tree.columns)
    places = 2 * questions + 1
    asked = tree.columns.tolist()
    left, right = _places(tree.left), _places(tree.right)
    counts = [*tree.counts.tolist(), *tree.leaf_counts.tolist()]
    columns: list[tuple[int, ...]] = [()] * places
    ratios: list[tuple[float, ...]] = [()] * places
    levels = [0] * places
    shares = []
    for place in range(questions):
        known, passed, column = columns[place], ratios[place], asked[place]
        own = (counts[left[place]] / counts[place], counts[right[place]] / counts[place])
        shares.append(own)
        new = column not in known
        at = len(known) if new else known.index(column)
        for child, share in zip((left[place], right[place]), own, strict=True):
            columns[child] = (*known, column) if new else known
            ratios[child] = (*passed[:at], share if new else passed[at] * share, *passed[at + 1 :])
            levels[child] = levels[place] + 1
    return Paths(asked, left, right, columns, ratios, shares, levels)


def _places(children: np.ndarray) -> list[int]:
    """Return children as places: leaf ``i`` is written as ``-(i + 1)``."""
    return [int(place) for place in np.where(children >= 0, children, len(children) - 1 - children)]
