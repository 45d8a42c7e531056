"""A forest in LightGBM's own text, read and checked: what comes out of here is a whole and finite sum of trees.

LightGBM trusts its texts: an altered child or a number that is not finite can end the whole process, and a file cut in
half loads as if nothing had happened (microsoft/LightGBM issues 7357, 7437, 7438). Here every index is checked, because
the kernels that walk the trees trust what they are given as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

_TREE_ARRAYS = (
    "split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child", "internal_value",
    "internal_weight", "internal_count",
)  # fmt: skip
_LEAF_ARRAYS = ("leaf_value", "leaf_weight", "leaf_count")
_KNOWN = {
    *_TREE_ARRAYS,
    *_LEAF_ARRAYS,
    "num_leaves",
    "num_cat",
    "cat_boundaries",
    "cat_threshold",
    "is_linear",
    "shrinkage",
}
_MOST_LEAVES = 4096
_MOST_COLUMNS = 2**20
_CATEGORICAL = 1
_LARGEST_DECISION = 11
_WORD = 2**32


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree: ``m`` questions and ``m + 1`` leaves; a tree may be a single leaf.

    Parameters
    ----------
    columns : numpy.ndarray of int64, shape (m,)
        Which column each question asks.
    thresholds : numpy.ndarray of float64, shape (m,)
        Values up to this go left; in a question about categories the number of its set.
    decisions : numpy.ndarray of int64, shape (m,)
        LightGBM's ``decision_type``: bit 0 categories, bit 1 missing goes left, bits 2 and 3 what counts as missing (0
        nothing, 1 zero, 2 NaN).
    left, right : numpy.ndarray of int64, shape (m,)
        The next question, always a later one, or leaf ``i`` as ``-(i + 1)``.
    counts : numpy.ndarray of float64, shape (m,)
        Training rows at each question, above 0.
    leaf_values, leaf_counts : numpy.ndarray of float64, shape (m + 1,)
        Log-odds and training rows of each leaf.
    set_starts : numpy.ndarray of int64, shape (sets + 1,)
        Where each set of categories begins in ``set_words``.
    set_words : numpy.ndarray of uint32
        The categories that go left, as bits.
    """

    columns: np.ndarray
    thresholds: np.ndarray
    decisions: np.ndarray
    left: np.ndarray
    right: np.ndarray
    counts: np.ndarray
    leaf_values: np.ndarray
    leaf_counts: np.ndarray
    set_starts: np.ndarray
    set_words: np.ndarray

    @property
    def categorical(self) -> np.ndarray:
        """Which questions are about categories, shape (m,)."""
        return np.asarray((self.decisions & _CATEGORICAL) == 1)


@dataclass(frozen=True, slots=True)
class ForestText:
    """What a text holds: the number of columns, and the trees in the order in which they are summed."""

    column_count: int
    trees: tuple[Tree, ...]


def read_forest(text: str) -> ForestText:
    """Return the forest of a LightGBM text (version 4, binary objective, one tree per round).

    Raises
    ------
    KeyError, ValueError, OverflowError
        If a count, size, index or number is not what a whole binary forest has.
    """
    head, trees = _split(text)
    if (head.get("num_class"), head.get("num_tree_per_iteration")) != ("1", "1"):
        raise ValueError("other than one class")
    if not head["objective"].startswith("binary") or head["version"] != "v4" or head["label_index"] != "0":
        raise ValueError("another objective or version")
    if "average_output" in head:
        raise ValueError("an average instead of a sum of trees")
    column_count = int(head["max_feature_idx"]) + 1
    if not 1 <= column_count <= _MOST_COLUMNS:
        raise ValueError(f"{column_count} columns")
    for field in ("feature_names", "feature_infos"):
        if len(head[field].split()) != column_count:
            raise ValueError(f"{field} of another length")
    return ForestText(column_count, tuple(_tree(number, tree, column_count) for number, tree in enumerate(trees)))


def _split(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Return the header and the trees; the sizes in the header must be those of the trees."""
    body, end, _ = text.partition("end of trees\n")
    if not end:
        raise ValueError("no end of trees")
    start = body.find("Tree=")
    head = _fields(body[:start].splitlines()[1:])
    if start < 0 or not body.startswith("tree\n"):
        raise ValueError("no trees")
    sizes = [int(size) for size in head["tree_sizes"].split()]
    rest = body[start:].encode()
    if any(size <= 0 for size in sizes) or sum(sizes) != len(rest):
        raise ValueError("trees of another size than the header says")
    trees, position = [], 0
    for number, size in enumerate(sizes):
        lines = rest[position : position + size].decode().splitlines()
        if lines[0] != f"Tree={number}":
            raise ValueError(f"tree {number} is not where the header says")
        trees.append(_fields(lines[1:]))
        position += size
    return head, trees


def _fields(lines: Sequence[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in lines:
        if not line:
            continue
        key, _, value = line.partition("=")
        if key in fields:
            raise ValueError(f"{key} twice")
        fields[key] = value
    return fields


def _tree(number: int, tree: Mapping[str, str], column_count: int) -> Tree:
    unknown = set(tree) - _KNOWN
    if unknown:
        raise ValueError(f"unknown {', '.join(sorted(unknown))} in tree {number}")
    leaves = int(tree["num_leaves"])
    if not 1 <= leaves <= _MOST_LEAVES or tree.get("is_linear", "0") != "0":
        raise ValueError(f"tree {number} with {leaves} leaves or linear ones")
    if not np.isfinite(float(tree["shrinkage"])):
        raise ValueError(f"shrinkage of tree {number}")
    values = _numbers(tree["leaf_value"], leaves, f"leaf_value of tree {number}")
    if not np.isfinite(values).all():
        raise ValueError(f"a leaf of tree {number} is not finite")
    if leaves == 1:
        return _single_leaf(values)
    arrays = {key: _numbers(tree[key], leaves - 1, f"{key} of tree {number}") for key in _TREE_ARRAYS}
    arrays |= {key: _numbers(tree[key], leaves, f"{key} of tree {number}") for key in _LEAF_ARRAYS}
    for key, numbers in arrays.items():
        # An infinite threshold is sound: it parts the missing from all others.
        if np.isnan(numbers).any() or (key != "threshold" and np.isinf(numbers).any()):
            raise ValueError(f"a number in {key} of tree {number} is not finite")
    _check_shape(number, arrays["left_child"], arrays["right_child"], leaves)
    _check_counts(number, arrays)
    decisions = _whole(arrays["decision_type"], 0, _LARGEST_DECISION, f"decision_type of tree {number}")
    starts, words = _categories(number, tree, arrays["threshold"][(decisions & _CATEGORICAL) == 1])
    return Tree(
        columns=_whole(arrays["split_feature"], 0, column_count - 1, f"split_feature of tree {number}"),
        thresholds=arrays["threshold"],
        decisions=decisions,
        left=arrays["left_child"].astype(np.int64),
        right=arrays["right_child"].astype(np.int64),
        counts=arrays["internal_count"],
        leaf_values=values,
        leaf_counts=arrays["leaf_count"],
        set_starts=starts,
        set_words=words,
    )


def _single_leaf(values: np.ndarray) -> Tree:
    none, no_number = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Tree(
        none, no_number, none, none, none, no_number, values, np.ones(1), np.zeros(1, dtype=np.int64),
        np.zeros(0, dtype=np.uint32),
    )  # fmt: skip


def _check_shape(number: int, left: np.ndarray, right: np.ndarray, leaves: int) -> None:
    """Check that the children make one tree: every node and leaf has one parent, and parents come first."""
    children = np.concatenate([left, right])
    _whole(children, -leaves, leaves - 2, f"children of tree {number}")
    parents = np.tile(np.arange(leaves - 1), 2)
    inner = children >= 0
    if (children[inner] <= parents[inner]).any():
        raise ValueError(f"a child of tree {number} stands before its parent")
    if len(np.unique(children)) != 2 * (leaves - 1):
        raise ValueError(f"a node of tree {number} has two parents")


def _check_counts(number: int, arrays: Mapping[str, np.ndarray]) -> None:
    """Check that rows are counted at every node: TreeSHAP divides by these counts."""
    if (arrays["internal_count"] <= 0).any() or (arrays["leaf_count"] < 0).any():
        raise ValueError(f"a node of tree {number} without rows")
    counts = np.concatenate([arrays["internal_count"], arrays["leaf_count"][::-1]])
    # Leaf i is written as child -(i + 1), so that negative children count from the end.
    below = counts[arrays["left_child"].astype(int)] + counts[arrays["right_child"].astype(int)]
    if (below != arrays["internal_count"]).any():
        raise ValueError(f"the rows of a node of tree {number} are not those of its children")


def _categories(number: int, tree: Mapping[str, str], thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where each set of categories begins, and the sets as words of 32 bits."""
    count = int(tree["num_cat"])
    if count == 0:
        if len(thresholds) or "cat_boundaries" in tree or "cat_threshold" in tree:
            raise ValueError(f"categories of tree {number} that were not counted")
        return np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.uint32)
    if not 0 < count <= _MOST_LEAVES:
        raise ValueError(f"{count} category splits in tree {number}")
    _whole(thresholds, 0, count - 1, f"category splits of tree {number}")
    words = tree["cat_threshold"].split()
    boundaries = _whole(
        _numbers(tree["cat_boundaries"], count + 1, f"cat_boundaries of tree {number}"), 0, len(words),
        f"cat_boundaries of tree {number}",
    )  # fmt: skip
    if boundaries[0] != 0 or boundaries[-1] != len(words) or (np.diff(boundaries) < 1).any():
        raise ValueError(f"cat_boundaries of tree {number}")
    sets = _numbers(tree["cat_threshold"], len(words), f"cat_threshold of tree {number}")
    return boundaries, _whole(sets, 0, _WORD - 1, "categories").astype(np.uint32)


def _numbers(value: str, count: int, what: str) -> np.ndarray:
    numbers = np.array([float(part) for part in value.split()], dtype=np.float64)
    if len(numbers) != count:
        raise ValueError(f"{what} has {len(numbers)} entries instead of {count}")
    return numbers


def _whole(values: np.ndarray, low: int, high: int, what: str) -> np.ndarray:
    # Judged as floats: an infinity or a huge number has no whole number to be cast to.
    if not ((values >= low) & (values <= high) & (np.floor(values) == values)).all():
        raise ValueError(f"{what} outside {low} to {high}")
    return values.astype(np.int64)
