"""Whether a LightGBM text is a sound forest for a bundle's encoder, before anything walks its trees."""

from __future__ import annotations

from collections.abc import Mapping

from features.domain import BundleError
from models.bundle.contents import damaged
from models.tree_shap.text import Tree, read_forest


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
        forest = read_forest(text)
        if forest.column_count != column_count:
            raise ValueError(f"{forest.column_count} columns instead of {column_count}")
        for number, tree in enumerate(forest.trees):
            _check_kinds(number, tree, level_counts)
    except (KeyError, ValueError, OverflowError) as error:
        raise _unsound(name, error) from None
    return len(forest.trees)


def _check_kinds(number: int, tree: Tree, level_counts: Mapping[int, int]) -> None:
    questions = zip(tree.columns.tolist(), tree.categorical.tolist(), strict=True)
    if any((column in level_counts) != is_set for column, is_set in questions):
        raise ValueError(f"tree {number} splits a number as a category or a category as a number")


def _unsound(name: str, error: Exception) -> BundleError:
    what = f"no {error}" if isinstance(error, KeyError) else str(error)
    return damaged(f"{name} is not a sound forest: {what}.", "the text that LightGBM wrote in training.")
