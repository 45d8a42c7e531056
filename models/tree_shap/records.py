"""The arrays that the kernels read, one record per tree, question, split, block and leaf."""

from __future__ import annotations

import numpy as np

NODE = np.dtype(
    [
        ("threshold", np.float64),
        ("left_ratio", np.float64),
        ("right_ratio", np.float64),
        ("column", np.int32),
        ("left", np.int32),
        ("right", np.int32),
        ("word_start", np.int32),
        ("word_count", np.int32),
        ("kind", np.uint8),
        ("missing_left", np.uint8),
        ("left_long", np.uint8),
        ("right_long", np.uint8),
    ],
    align=True,
)
"""A question: children are places among all questions, or leaf ``i`` as ``-(i + 1)``; ratios are the children's shares
of its training rows; ``long`` says whether below that child lies a path for which there is no table."""

TREE = np.dtype(
    [
        ("root", np.int32),
        ("first_node", np.int32),
        ("node_count", np.int32),
        ("depth", np.int32),
        ("split_start", np.int32),
        ("split_end", np.int32),
        ("block_start", np.int32),
        ("block_end", np.int32),
        ("first_slot", np.int32),
        ("slot_count", np.int32),
        ("long", np.int32),
    ],
    align=True,
)
"""A tree: its questions, the splits above its blocks, its blocks, and whether it has long paths."""

SPLIT = np.dtype(
    [
        ("node", np.int32),
        ("slot", np.int32),
        ("left_slot", np.int32),
        ("right_slot", np.int32),
        ("bit", np.uint32),
    ],
    align=True,
)
"""A question above the blocks: it hands the features that led away so far, as bits, from its slot to its children's."""

BLOCK = np.dtype(
    [
        ("table_start", np.int64),
        ("slot", np.int32),
        ("context", np.int32),
        ("node_start", np.int32),
        ("node_end", np.int32),
        ("column_start", np.int32),
        ("column_count", np.int32),
        ("leaf_start", np.int32),
        ("leaf_end", np.int32),
    ],
    align=True,
)
"""Leaves that share a table: its pattern is the bits of the ``context`` features above it and its own questions."""

LEAF = np.dtype(
    [
        ("value", np.float64),
        ("feature_start", np.int32),
        ("feature_end", np.int32),
        ("step_start", np.int32),
        ("step_end", np.int32),
    ],
    align=True,
)
"""A leaf of a block, for filling: its path's features, and the questions between the block's top and the leaf."""

FEATURE = np.dtype([("ratio", np.float64), ("place", np.int32)], align=True)
"""A feature on a leaf's path: the share of rows that go to the leaf where it is unknown, and its place in the table."""

STEP = np.dtype([("question", np.int32), ("wanted", np.int32), ("feature", np.int32)], align=True)
"""A question on a leaf's path within its block: its bit in the pattern, the answer that leads on, the feature asked."""
