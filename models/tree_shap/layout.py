"""From trees to the arrays that the kernels read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.tree_shap.cut import LONGEST_PATTERN, Block, Cut, cut
from models.tree_shap.paths import Paths, paths_of
from models.tree_shap.records import BLOCK, FEATURE, LEAF, NODE, SPLIT, STEP, TREE
from models.tree_shap.text import Tree

MOST_TABLE_BYTES = 256 * 2**20
"""Memory that a forest's tables may take: above it patterns become shorter and more paths are walked instead."""

_ORDINARY, _ZERO_IS_MISSING, _CATEGORIES = 0, 1, 2
_DEFAULT_LEFT = 2
_MISSING_ZERO, _MISSING_NAN = 1, 2


@dataclass(frozen=True, slots=True)
class Layout:
    """A forest as the kernels read it; see ``records`` for the entries.

    Parameters
    ----------
    trees, nodes, splits, blocks : numpy.ndarray of records
        The forest and its cut.
    words : numpy.ndarray of uint32
        Sets of categories.
    leaf_values : numpy.ndarray of float64
        Log-odds of all leaves.
    block_nodes, block_columns : numpy.ndarray of int32
        Questions of the blocks and the columns of their tables.
    leaves, features, steps : numpy.ndarray of records
        For filling.
    table_size : int
        Floats in all tables.
    longest : int
        Bits of the longest pattern.
    longest_path : int
        Distinct features on the longest path.
    long_leaves : int
        Leaves for which there is no table.
    """

    trees: np.ndarray
    nodes: np.ndarray
    words: np.ndarray
    leaf_values: np.ndarray
    splits: np.ndarray
    blocks: np.ndarray
    block_nodes: np.ndarray
    block_columns: np.ndarray
    leaves: np.ndarray
    features: np.ndarray
    steps: np.ndarray
    table_size: int
    longest: int
    longest_path: int
    long_leaves: int


def lay_out(trees: Sequence[Tree], most_bytes: int = MOST_TABLE_BYTES, longest: int = LONGEST_PATTERN) -> Layout:
    """Return the forest's arrays, with tables of at most so many bytes.

    Parameters
    ----------
    trees : sequence of Tree
        In the order in which they are summed.
    most_bytes : int
        Memory for tables; 0 walks every path.
    longest : int
        Bits of a pattern at most.
    """
    paths = [paths_of(tree) for tree in trees]
    # Patterns of 0 bits remain for single leaves, which have no features and so no table.
    for bits in range(longest, -1, -1):
        cuts = [cut(path, bits) for path in paths]
        if bits == 0 or 8 * sum(block.table_size for one in cuts for block in one.blocks) <= most_bytes:
            break
    writer = _Writer()
    for tree, path, one in zip(trees, paths, cuts, strict=True):
        writer.add(tree, path, one)
    return writer.layout(max((len(columns) for path in paths for columns in path.columns), default=0))


@dataclass
class _Writer:
    """Appends trees to the arrays."""

    trees: list[Any] = field(default_factory=list)
    nodes: list[Any] = field(default_factory=list)
    words: list[np.ndarray] = field(default_factory=list)
    leaf_values: list[np.ndarray] = field(default_factory=list)
    splits: list[Any] = field(default_factory=list)
    blocks: list[Any] = field(default_factory=list)
    block_nodes: list[int] = field(default_factory=list)
    block_columns: list[int] = field(default_factory=list)
    leaves: list[Any] = field(default_factory=list)
    features: list[Any] = field(default_factory=list)
    steps: list[Any] = field(default_factory=list)
    leaf_count: int = 0
    word_count: int = 0
    slot_count: int = 0
    table_size: int = 0
    longest: int = 0
    long_leaves: int = 0

    def add(self, tree: Tree, paths: Paths, cut_: Cut) -> None:
        first, split_start, block_start = len(self.nodes), len(self.splits), len(self.blocks)
        first_slot = self.slot_count
        tops = [*cut_.splits, *(block.top for block in cut_.blocks)]
        slots = {place: first_slot + number for number, place in enumerate(tops)}
        # Bits handed to a child without blocks end in a slot that nobody reads.
        unread = first_slot + len(slots)
        for place in cut_.splits:
            known = paths.columns[place]
            column = paths.asked[place]
            bit = known.index(column) if column in known else len(known)
            below = (slots.get(child, unread) for child in (paths.left[place], paths.right[place]))
            self.splits.append((first + place, slots[place], *below, 1 << bit))
        for block in cut_.blocks:
            self._add_block(tree, paths, block, first, slots[block.top])
        self._add_nodes(tree, paths, cut_, first)
        questions = len(paths.asked)
        self.long_leaves += sum(place >= questions for place in cut_.long)
        root = first if questions else -self.leaf_count - 1
        self.trees.append(
            (root, first, questions, max(paths.levels), split_start, len(self.splits), block_start, len(self.blocks),
             first_slot, len(slots) + 1, bool(cut_.long))
        )  # fmt: skip
        self.slot_count = unread + 1
        self.words.append(tree.set_words)
        self.leaf_values.append(tree.leaf_values)
        self.word_count += len(tree.set_words)
        self.leaf_count += len(tree.leaf_values)

    def _add_nodes(self, tree: Tree, paths: Paths, cut_: Cut, first: int) -> None:
        questions = len(paths.asked)
        thresholds, decisions = tree.thresholds.tolist(), tree.decisions.tolist()
        starts = tree.set_starts.tolist()
        for place, decision in enumerate(decisions):
            children = (paths.left[place], paths.right[place])
            below = (
                first + child if child < questions else -(self.leaf_count + child - questions) - 1
                for child in children
            )  # fmt: skip
            word_start, word_count = 0, 0
            if decision & 1:
                number = int(thresholds[place])
                kind, missing_left = _CATEGORIES, False
                word_start, word_count = self.word_count + starts[number], starts[number + 1] - starts[number]
            else:
                kind, missing_left = _missing(decision, thresholds[place])
            self.nodes.append(
                (thresholds[place], *paths.shares[place], paths.asked[place], *below, word_start, word_count, kind,
                 missing_left, *(child in cut_.long for child in children))
            )  # fmt: skip

    def _add_block(self, tree: Tree, paths: Paths, block: Block, first: int, slot: int) -> None:
        context = len(paths.columns[block.top])
        node_start, column_start, leaf_start = len(self.block_nodes), len(self.block_columns), len(self.leaves)
        self.block_nodes += [first + place for place in block.questions]
        self.block_columns += block.columns
        steps: dict[int, tuple[tuple[int, int, int], ...]] = {block.top: ()}
        number = {place: i for i, place in enumerate(block.questions)}
        for place in block.questions:
            for wanted, child in ((1, paths.left[place]), (0, paths.right[place])):
                feature = paths.columns[child].index(paths.asked[place])
                steps[child] = (*steps[place], (context + number[place], wanted, feature))
        line = {column: i for i, column in enumerate(block.columns)}
        for leaf in block.leaves:
            feature_start, step_start = len(self.features), len(self.steps)
            self.features += [
                (ratio, line[column]) for ratio, column in zip(paths.ratios[leaf], paths.columns[leaf], strict=True)
            ]
            self.steps += steps[leaf]
            value = float(tree.leaf_values[leaf - len(paths.asked)])
            self.leaves.append((value, feature_start, len(self.features), step_start, len(self.steps)))
        self.blocks.append(
            (self.table_size, slot, context, node_start, len(self.block_nodes), column_start, len(block.columns),
             leaf_start, len(self.leaves))
        )  # fmt: skip
        self.table_size += block.table_size
        self.longest = max(self.longest, context + len(block.questions))

    def layout(self, longest_path: int) -> Layout:
        return Layout(
            np.array(self.trees, dtype=TREE),
            np.array(self.nodes, dtype=NODE),
            np.concatenate([np.zeros(0, dtype=np.uint32), *self.words]),
            np.concatenate([np.zeros(0), *self.leaf_values]),
            np.array(self.splits, dtype=SPLIT),
            np.array(self.blocks, dtype=BLOCK),
            np.array(self.block_nodes, dtype=np.int32),
            np.array(self.block_columns, dtype=np.int32),
            np.array(self.leaves, dtype=LEAF),
            np.array(self.features, dtype=FEATURE),
            np.array(self.steps, dtype=STEP),
            self.table_size,
            self.longest,
            longest_path,
            self.long_leaves,
        )


def _missing(decision: int, threshold: float) -> tuple[int, bool]:
    """Return a number question's kind and whether NaN goes left."""
    missing, default_left = decision >> 2, bool(decision & _DEFAULT_LEFT)
    if missing == _MISSING_ZERO:
        return _ZERO_IS_MISSING, default_left
    # Where nothing counts as missing, LightGBM reads NaN as 0.
    return _ORDINARY, default_left if missing == _MISSING_NAN else threshold >= 0.0
