"""Whether a LightGBM text is a sound forest, before LightGBM itself sees it.

LightGBM trusts its texts: an altered child or a number that is not finite can end the whole process, and a file cut in
half loads as if nothing had happened (microsoft/LightGBM issues 7357, 7437, 7438). So every index is checked here, and
what remains is tried in a child process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from features.domain import BundleError
from models.bundle.contents import damaged

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
_CATEGORICAL = 1
_LARGEST_DECISION = 11
_WORD = 2**32


def check_tree_text(name: str, text: str, column_count: int, level_counts: Mapping[int, int]) -> int:
    """Return the number of trees of a sound text.

    Parameters
    ----------
    name : str
        The file, for the error.
    text : str
        What LightGBM wrote.
    column_count : int
        Columns of the encoder.
    level_counts : Mapping[int, int]
        Codes (rare and levels) of each categorical column; other columns are numbers.

    Raises
    ------
    BundleError
        If a count, size, index or number is not what a whole binary forest has.
    """
    try:
        head, trees = _split(text)
        if (head.get("num_class"), head.get("num_tree_per_iteration")) != ("1", "1"):
            raise ValueError("other than one class")
        if int(head["max_feature_idx"]) + 1 != column_count:
            raise ValueError(f"{int(head['max_feature_idx']) + 1} columns instead of {column_count}")
        if not head["objective"].startswith("binary") or head["version"] != "v4" or head["label_index"] != "0":
            raise ValueError("another objective or version")
        for field in ("feature_names", "feature_infos"):
            if len(head[field].split()) != column_count:
                raise ValueError(f"{field} of another length")
        for number, tree in enumerate(trees):
            _check_tree(number, tree, column_count, level_counts)
    except (KeyError, ValueError, OverflowError) as error:
        raise _unsound(name, error) from None
    return len(trees)


def _unsound(name: str, error: Exception) -> BundleError:
    what = f"no {error}" if isinstance(error, KeyError) else str(error)
    return damaged(f"{name} is not a sound forest: {what}.", "the text that LightGBM wrote in training.")


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


def _check_tree(number: int, tree: Mapping[str, str], column_count: int, level_counts: Mapping[int, int]) -> None:
    unknown = set(tree) - _KNOWN
    if unknown:
        raise ValueError(f"unknown {', '.join(sorted(unknown))} in tree {number}")
    leaves = int(tree["num_leaves"])
    if not 1 <= leaves <= _MOST_LEAVES or tree.get("is_linear", "0") != "0":
        raise ValueError(f"tree {number} with {leaves} leaves or linear ones")
    shrinkage = float(tree["shrinkage"])
    if not np.isfinite(shrinkage):
        raise ValueError(f"shrinkage of tree {number}")
    if not np.isfinite(_numbers(tree["leaf_value"], leaves, f"leaf_value of tree {number}")).all():
        raise ValueError(f"a leaf of tree {number} is not finite")
    if leaves == 1:
        return
    arrays = {key: _numbers(tree[key], leaves - 1, f"{key} of tree {number}") for key in _TREE_ARRAYS}
    arrays |= {key: _numbers(tree[key], leaves, f"{key} of tree {number}") for key in _LEAF_ARRAYS}
    for key, values in arrays.items():
        # An infinite threshold is sound: it parts the missing from all others.
        if np.isnan(values).any() or (key != "threshold" and np.isinf(values).any()):
            raise ValueError(f"a number in {key} of tree {number} is not finite")
    _check_shape(number, arrays["left_child"], arrays["right_child"], leaves)
    _check_counts(number, arrays)
    features = _whole(arrays["split_feature"], 0, column_count - 1, f"split_feature of tree {number}")
    decisions = _whole(arrays["decision_type"], 0, _LARGEST_DECISION, f"decision_type of tree {number}")
    categorical = (decisions & _CATEGORICAL) == 1
    if any(
        (int(feature) in level_counts) != bool(is_set) for feature, is_set in zip(features, categorical, strict=True)
    ):
        raise ValueError(f"tree {number} splits a number as a category or a category as a number")
    _check_categories(number, tree, arrays["threshold"][categorical])


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


def _check_categories(number: int, tree: Mapping[str, str], thresholds: np.ndarray) -> None:
    count = int(tree["num_cat"])
    if count == 0:
        if len(thresholds) or "cat_boundaries" in tree or "cat_threshold" in tree:
            raise ValueError(f"categories of tree {number} that were not counted")
        return
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
    _whole(_numbers(tree["cat_threshold"], len(words), f"cat_threshold of tree {number}"), 0, _WORD - 1, "categories")


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
