"""A forest that answers in log-odds and says exactly which column gave how much."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from models.tree_shap.compiled import prepared
from models.tree_shap.cut import LONGEST_PATTERN
from models.tree_shap.kernels import ORDINARY, fill, many_rows, margins, one_row
from models.tree_shap.layout import MOST_TABLE_BYTES, lay_out
from models.tree_shap.text import ForestText, Tree

FEW_ROWS = 8
"""Rows up to which each is answered for itself (measured)."""

ROWS_PER_THREAD = 1024
"""Rows that are worth a thread of their own: starting one costs 0.05 ms."""


@dataclass(frozen=True, slots=True)
class TableReport:
    """What a forest's tables cost.

    Parameters
    ----------
    bytes : int
        Memory of the tables.
    seconds : float
        Time to cut the trees and fill the tables.
    blocks : int
        Tables.
    longest : int
        Bits of the longest pattern.
    long_leaves : int
        Leaves without a table, whose paths are walked for each row.
    """

    bytes: int
    seconds: float
    blocks: int
    longest: int
    long_leaves: int


class Forest:
    """A sum of trees with path-dependent TreeSHAP (Lundberg et al. 2018) from tables.

    Everything is compiled and filled here, so that no later call has to wait. Calls may come from several threads.

    Parameters
    ----------
    text : ForestText
        The trees.
    most_bytes : int
        Memory that the tables may take; 0 walks every path.
    longest : int
        Bits of a pattern at most.
    """

    def __init__(self, text: ForestText, *, most_bytes: int = MOST_TABLE_BYTES, longest: int = LONGEST_PATTERN) -> None:
        begun = time.perf_counter()
        self.column_count = text.column_count
        self.tree_count = len(text.trees)
        self.base = float(sum(_mean(tree) for tree in text.trees))
        layout = lay_out(text.trees, most_bytes, longest)
        table = np.zeros(layout.table_size)
        rule = _rule(layout.longest)

        def fill_table() -> None:
            table[:] = 0.0
            fill(layout.blocks, layout.leaves, layout.features, layout.steps, rule, layout.longest, table)

        prepared(fill_table)
        trees, nodes = layout.trees, layout.nodes
        most = [int(trees[name].max(initial=1)) for name in ("node_count", "slot_count", "depth")]
        self._walked = (trees, nodes, layout.words, layout.leaf_values)
        self._tabled = (
            *self._walked, layout.splits, layout.blocks, layout.block_nodes, layout.block_columns, table,
            _rule(layout.longest_path), np.array([*most, trees["slot_count"].sum()], dtype=np.int64),
        )  # fmt: skip
        self._repeated = (
            *(np.ascontiguousarray(nodes[name]) for name in ("threshold", "column", "missing_left")),
            np.flatnonzero(nodes["kind"] != ORDINARY),
        )
        self.report = TableReport(
            table.nbytes, time.perf_counter() - begun, len(layout.blocks), layout.longest, layout.long_leaves
        )
        prepared(self._answer_once)

    def margin(self, matrix: np.ndarray) -> np.ndarray:
        """Return each row's sum of leaves, shape (n,), added in the order of the trees as LightGBM does.

        Parameters
        ----------
        matrix : numpy.ndarray, shape (n, p)
            Encoded features; NaN is missing.
        """
        rows = self._readable(matrix)
        out = np.zeros(len(rows))
        _in_parts(lambda part: margins(rows[part], *self._walked, out[part]), len(rows))
        return out

    def contributions(self, matrix: np.ndarray) -> np.ndarray:
        """Return what each column adds and, last, the base, shape (n, p + 1); the same for a row alone or among others.

        Parameters
        ----------
        matrix : numpy.ndarray, shape (n, p)
            Encoded features; NaN is missing.
        """
        rows = self._readable(matrix)
        out = np.zeros((len(rows), self.column_count + 1))
        out[:, -1] = self.base
        if len(rows) <= FEW_ROWS:
            for row, shares in zip(rows, out, strict=True):
                one_row(row, *self._tabled, *self._repeated, shares)
        else:
            _in_parts(lambda part: many_rows(rows[part], *self._tabled, out[part]), len(rows))
        return out

    def _readable(self, matrix: np.ndarray) -> np.ndarray:
        """Return the matrix as the kernels are compiled for; they trust its width."""
        if matrix.ndim != 2 or matrix.shape[1] != self.column_count:
            raise ValueError(f"a matrix of shape {matrix.shape} for {self.column_count} columns")
        flags = matrix.flags
        if matrix.dtype == np.float64 and flags.c_contiguous and flags.writeable and flags.aligned:
            return matrix
        return np.require(matrix, np.float64, ("C", "A", "W"))

    def _answer_once(self) -> None:
        rows = np.zeros((FEW_ROWS + 1, self.column_count))
        self.margin(rows)
        self.contributions(rows[:1])
        self.contributions(rows)


def _in_parts(call: Callable[[slice], None], rows: int) -> None:
    """Call for all rows, in as many threads as processors may be used and rows are worth."""
    threads = min(_processors(), rows // ROWS_PER_THREAD)
    if threads < 2:
        call(slice(0, rows))
        return
    edges = np.linspace(0, rows, threads + 1).astype(int).tolist()
    parts = [slice(start, end) for start, end in itertools.pairwise(edges)]
    with ThreadPoolExecutor(threads) as pool:
        # The results are asked for, so that an error in a thread is raised here.
        list(pool.map(call, parts))


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _mean(tree: Tree) -> float:
    """Return the mean of a tree's leaves over its training rows, as LightGBM sums it."""
    if len(tree.columns) == 0:
        return float(tree.leaf_values[0])
    total = 0.0
    for value, count in zip(tree.leaf_values.tolist(), tree.leaf_counts.tolist(), strict=True):
        total += count / float(tree.counts[0]) * value
    return total


def _rule(features: int) -> np.ndarray:
    """Return points in [0, 1] and weights that sum any polynomial of degree ``features - 1`` exactly, shape (2, q)."""
    points, weights = np.polynomial.legendre.leggauss(max(1, (features + 1) // 2))
    return np.ascontiguousarray(np.stack([(points + 1.0) / 2.0, weights / 2.0]))
