"""How a ranking of the leads held out does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.evidence.ranking import SHARES, Ranking
from training.dataset import Side
from training.evaluate import top


def ranking_of(scorer: str, probability: NDArray[np.float64], side: Side) -> Ranking:
    """Return how many of the later customers the top of a scorer's ranking holds.

    Parameters
    ----------
    scorer : str
        Its name.
    probability : array of shape (n,)
        Of the side's rows.
    side : Side
        Rows that nothing was learned from.
    """
    return Ranking(scorer, tuple(top(probability, side.label, side.weight, share)[1] for share in SHARES))
