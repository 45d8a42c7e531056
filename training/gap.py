"""The gap before the hold-out: what of the older rows was known when the first held-out lead came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.young_rows import IPCW, KnownThen, known_then

Flags = NDArray[np.bool_]

GAP_KEEPS = 0.5
"""Share of the positive leads that the gap must leave; with less, a shorter history is worse than the overlap."""

FEWEST_MATURE = 100
"""Positive leads with a whole horizon from which a gap that costs more than that share is kept, if young rows are
learned from too: choices and calibration rest on the others alone."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The rows to learn from, as a mask over the examples, what was known of them, and the sentence that says so.

    Parameters
    ----------
    learn : array of bool, shape (n,)
        Rows whose label was known, or, where the gap was given up, all earlier ones.
    then : KnownThen or None
        One value per example; None where the gap was given up.
    sentence : str
        In terms of production.
    """

    learn: Flags
    then: KnownThen | None
    sentence: str


def with_gap(
    frame: pl.DataFrame, older: Flags, start: datetime, horizon: timedelta, enough: int, young_rows: str
) -> Gap:
    """Return the older rows whose label was known when the hold-out began, unless they are too few.

    Parameters
    ----------
    frame : pl.DataFrame
        All examples.
    older : array of bool, shape (n,)
        Rows of leads that may be learned from.
    start : datetime
        Creation of the first held-out lead.
    horizon : timedelta
        Span of the label.
    enough : int
        Positive leads with which the gap is kept even where it costs more than half of them.
    young_rows : str
        ``ipcw`` or ``leave_out``: what becomes of rows whose horizon had not ended.
    """
    earlier = older & (frame["as_of"] < start).fill_null(value=True).to_numpy()
    then = _spread(known_then(frame.filter(earlier), start, horizon), earlier)
    before, after = (_positive_leads(frame, frame["label"].to_numpy() == 1, rows) for rows in (earlier, then.mature))
    seen = _positive_leads(frame, then.label == 1, then.known)
    days = horizon / timedelta(days=1)
    lies = f"A gap of {days:g} days (the horizon) lies before it"
    kept = after >= enough or after >= GAP_KEEPS * before
    young = int((then.known & ~then.mature).sum())
    if young_rows == IPCW and young and (kept or (after >= FEWEST_MATURE and seen >= GAP_KEEPS * before)):
        return Gap(then.known, then, (
            f"{lies}. Of the {int((earlier & ~then.mature).sum()):,} rows in it, the {young:,} whose outcome was known "
            "by then are learned from too, with weights that make up for those whose outcome was slower "
            f"({seen:,} positive leads; {after:,} with a whole horizon, on which choices and calibration rest)."
        ))  # fmt: skip
    if kept:
        return Gap(then.mature, then, (
            f"{lies}: only rows whose label was known by then are learned from ({after:,} positive leads; {before:,} "
            "without the gap)."
        ))  # fmt: skip
    return Gap(earlier, None, (
        f"No gap of {days:g} days (the horizon) lies before it: it would leave {after:,} of {before:,} positive leads. "
        "The labels of the newest rows learned from were not yet known when the hold-out began, so its figures may be "
        "better than the coming months will be."
    ))  # fmt: skip


def _spread(then: KnownThen, rows: Flags) -> KnownThen:
    """Return what was known of some rows as one value per example."""
    place = np.flatnonzero(rows)

    def everywhere(values: NDArray[Any]) -> NDArray[Any]:
        spread = np.zeros(rows.size, dtype=values.dtype)
        spread[place] = values
        return spread

    return KnownThen(
        label=everywhere(then.label), known=everywhere(then.known), mature=everywhere(then.mature),
        weight=everywhere(then.weight), teaching=everywhere(then.teaching),
    )  # fmt: skip


def _positive_leads(frame: pl.DataFrame, positive: Flags, rows: Flags) -> int:
    return frame.filter(rows & positive)["lead_id"].n_unique()
