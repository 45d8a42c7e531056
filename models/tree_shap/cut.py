"""Where a tree is cut into blocks: leaves that share one table.

A block is a question with everything below it, or a single leaf. The pattern that its table is read by has one bit for
each feature asked above the block (whether it led away) and one for each question within. A larger block saves look-ups
and doubles its table with every question; the cheapest cut is found from the leaves upwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.tree_shap.paths import Paths

LONGEST_PATTERN = 12
"""Bits of a pattern at most: a table of 4,096 lines."""

LOOK_UP = 8.0
"""What finding a line costs, in additions (measured)."""

SPLIT = 3.0
"""What handing bits past a question costs, in additions (measured)."""

PER_BYTE = 1.0 / 1024.0
"""What a byte of a table costs, in additions: larger tables leave the processor's cache (measured)."""


@dataclass(frozen=True, slots=True)
class Block:
    """Leaves that share a table.

    Parameters
    ----------
    top : int
        The place of the topmost question, or of the leaf.
    questions, leaves : tuple of int
        Places within, in rising order.
    columns : tuple of int
        Features that its leaves give shares to: first those asked above it, then the others as ``questions`` ask them.
    bits : int
        Of its pattern.
    """

    top: int
    questions: tuple[int, ...]
    leaves: tuple[int, ...]
    columns: tuple[int, ...]
    bits: int

    @property
    def table_size(self) -> int:
        """Floats in the table: one line of the columns per pattern."""
        return len(self.columns) << self.bits


@dataclass(frozen=True, slots=True)
class Cut:
    """A tree cut into blocks.

    Parameters
    ----------
    splits : tuple of int
        Questions above blocks, parents first.
    blocks : tuple of Block
        From left to right.
    long : frozenset of int
        Places with a leaf at or below them whose path has too many features for a table.
    """

    splits: tuple[int, ...]
    blocks: tuple[Block, ...]
    long: frozenset[int]


def cut(paths: Paths, longest: int = LONGEST_PATTERN) -> Cut:
    """Return the cheapest cut of a tree.

    Parameters
    ----------
    paths : Paths
        The ways through the tree.
    longest : int
        Bits of a pattern at most.
    """
    is_block, has_block, long = _judge(paths, longest)
    splits, blocks, waiting = [], [], [0]
    while waiting:
        place = waiting.pop()
        if is_block[place]:
            blocks.append(_block(place, paths))
        elif has_block[place]:
            splits.append(place)
            waiting += [paths.right[place], paths.left[place]]
    return Cut(tuple(splits), tuple(blocks), frozenset(place for place, is_long in enumerate(long) if is_long))


def _judge(paths: Paths, longest: int) -> tuple[list[bool], list[bool], list[bool]]:
    """Return of each place whether it tops a block in the cheapest cut below it, has blocks, and has long paths."""
    questions = len(paths.asked)
    known = [len(columns) for columns in paths.columns]
    long = [count > longest for count in known]
    is_block, has_block = [not is_long for is_long in long], [not is_long for is_long in long]
    cost = [0.0 if is_long else _block_cost(count, count) for is_long, count in zip(long, known, strict=True)]
    within, below = [0] * len(known), [frozenset[int]()] * len(known)
    for place in range(questions - 1, -1, -1):
        left, right = paths.left[place], paths.right[place]
        within[place] = 1 + within[left] + within[right]
        below[place] = below[left] | below[right] | {paths.asked[place]}
        long[place] = long[left] or long[right]
        has_block[place] = has_block[left] or has_block[right]
        cost[place] = SPLIT + cost[left] + cost[right]
        is_block[place] = False
        bits = known[place] + within[place]
        if bits <= longest:
            whole = _block_cost(bits, len(below[place].union(paths.columns[place])))
            if whole <= cost[place]:
                cost[place], is_block[place] = whole, True
    return is_block, has_block, long


def _block_cost(bits: int, columns: int) -> float:
    return LOOK_UP + columns + PER_BYTE * 8 * (columns << bits)


def _block(top: int, paths: Paths) -> Block:
    questions, leaves, waiting = [], [], [top]
    while waiting:
        place = waiting.pop()
        if place >= len(paths.asked):
            leaves.append(place)
        else:
            questions.append(place)
            waiting += [paths.left[place], paths.right[place]]
    questions.sort()
    columns = dict.fromkeys([*paths.columns[top], *(paths.asked[place] for place in questions)])
    return Block(top, tuple(questions), tuple(sorted(leaves)), tuple(columns), len(paths.columns[top]) + len(questions))
