"""Which leads are learned from and which are held out, in the order in which production meets them.

In production a model of the past scores the leads to come. So the newest leads are held out, a lead's moments all
stay on one side, so do the leads of one company (colleagues resemble each other), and a row is learned from only when
its label was known before the first held-out lead came in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from features.domain import NotTrainedError, Text
from features.schema import Schema
from training.companies import company_codes
from training.examples import Examples
from training.gap import with_gap
from training.young_rows import IPCW, KnownThen


@dataclass(frozen=True, slots=True)
class Split:
    """Rows to learn from and rows held out, as masks over the examples.

    Parameters
    ----------
    learn, holdout : array of bool, shape (n,)
        Rows in neither fell into the gap or belong to a company of the hold-out.
    order : array of int, shape (n,), or None
        Smaller is older, one value per lead; None where nothing says which lead is older.
    group : array of int, shape (n,)
        Company, or lead where no company is known, as codes from 0.
    sentences : tuple of str
        What was held out and why, in terms of production.
    made : str
        What was held out in a few words: ``the newest 25% of the leads`` or ``25% of the leads, by chance``.
    then : KnownThen or None
        What was known of the rows to learn from when the hold-out began, one value per example; None where all of them
        are learned from as they are.
    """

    learn: NDArray[np.bool_]
    holdout: NDArray[np.bool_]
    order: NDArray[np.int64] | None
    group: NDArray[np.int64]
    sentences: tuple[str, ...]
    made: str
    then: KnownThen | None = None


def split_examples(
    examples: Examples,
    leads: pl.DataFrame,
    schema: Schema,
    *,
    ordered: bool,
    share: float,
    enough: int,
    seed: int,
    young_rows: str = IPCW,
) -> Split:
    """Return the split of the examples.

    Parameters
    ----------
    examples : Examples
        The rows.
    leads : pl.DataFrame
        The leads frame, for companies (business e-mail domain and website).
    schema : Schema
        Says which columns are e-mail addresses and websites.
    ordered : bool
        Whether the frame's ``order`` tells which lead is older.
    share : float
        Of the leads, held out.
    enough : int
        Positive leads with which the gap is kept even where it costs more than half of them.
    seed : int
        Of the hash that stands in for time where there is no order.
    young_rows : str
        ``ipcw`` or ``leave_out``: what becomes of rows whose horizon had not ended when the hold-out began.

    Raises
    ------
    NotTrainedError
        If either side holds leads of one class only.
    """
    frame = examples.frame
    group = company_codes(frame["lead_id"], leads, schema)
    if not ordered:
        holdout = _by_chance(frame, group, share, seed)
        made = f"{share:.0%} of the leads, by chance"
        split = Split(~holdout, holdout, None, group, (_chance_sentence(frame, holdout),), made)
    else:
        split = _newest(examples, group, share, enough, young_rows)
    label = frame["label"].to_numpy()
    for side, name in (
        (split.learn, Text("learn from", "an denen gelernt würde,")),
        (split.holdout, Text("hold out", "die zurückgehalten würden,")),
    ):
        if np.unique(label[side]).size < 2:
            rows = int(side.sum())
            raise NotTrainedError(
                Text(
                    f"The leads to {name.en} have one kind of outcome only ({rows} rows).",
                    f"Die Leads, {name.de} haben alle dasselbe Ergebnis ({rows} Zeilen).",
                ),
                Text(
                    "leads that reached the target and leads that did not on both sides.",
                    "auf beiden Seiten Leads, die das Ziel erreichten, und solche, die es nicht taten.",
                ),
                Text(
                    "Train again when more outcomes are recorded.",
                    "Trainieren Sie erneut, wenn mehr Ergebnisse vorliegen.",
                ),
            )
    return split


def _newest(examples: Examples, group: NDArray[np.int64], share: float, enough: int, young_rows: str) -> Split:
    frame = examples.frame
    ranked, order = _ranked(frame), age_ranks(frame)
    border = int(ranked.height * (1 - share))
    holdout = order >= border
    older = ~holdout
    known = older & ~np.isin(group, np.unique(group[holdout]))
    start = ranked["created_at"][border]
    sentences = [_newest_sentence(ranked, border, share, start)]
    if (colleagues := frame.filter(older & ~known)["lead_id"].n_unique()) > 0:
        sentences.append(f"{colleagues:,} older leads of companies in the hold-out are left out.")
    learn, then = known, None
    if start is not None and examples.horizon is not None:
        gap = with_gap(frame, known, start, examples.horizon, enough, young_rows)
        learn, then = gap.learn, gap.then
        sentences.append(gap.sentence)
    made = f"the newest {share:.0%} of the leads"
    return Split(learn, holdout, order, group, tuple(sentences), made, then)


def age_ranks(frame: pl.DataFrame) -> NDArray[np.int64]:
    """Return the age rank of each example's lead, from 0 for the oldest.

    Equal creation times are told apart by id, so that a border is exact and the same each time.

    Parameters
    ----------
    frame : pl.DataFrame
        ``lead_id`` and ``order``, one row per example.
    """
    ranked = _ranked(frame)
    rank = pl.DataFrame({"lead_id": ranked["lead_id"], "rank": np.arange(ranked.height)})
    return frame.join(rank, on="lead_id", maintain_order="left")["rank"].to_numpy().astype(np.int64)


def _ranked(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select("lead_id", "order", "created_at").unique("lead_id").sort("order", "lead_id")


def _newest_sentence(ranked: pl.DataFrame, border: int, share: float, start: datetime | None) -> str:
    since = "" if start is None else f", those that came in from {start:%Y-%m-%d} on"
    return (
        f"The newest {share:.0%} of the leads ({ranked.height - border:,} of {ranked.height:,}) are held out{since}: "
        "the model is judged as it will be used, on leads that came after those it learned from."
    )


def _by_chance(frame: pl.DataFrame, group: NDArray[np.int64], share: float, seed: int) -> NDArray[np.bool_]:
    label = frame["label"].to_numpy()
    if np.bincount(label.astype(np.int64), minlength=2).min() < 2:
        return np.zeros(label.size, dtype=bool)
    splitter = StratifiedGroupKFold(max(2, round(1 / share)), shuffle=True, random_state=seed)
    _, rows = next(iter(splitter.split(np.zeros(label.size), label, group)))
    holdout = np.zeros(label.size, dtype=bool)
    holdout[rows] = True
    return holdout


def _chance_sentence(frame: pl.DataFrame, holdout: NDArray[np.bool_]) -> str:
    count, total = frame.filter(holdout)["lead_id"].n_unique(), frame["lead_id"].n_unique()
    return (
        f"Nothing in the history says which lead is older, so {count:,} of {total:,} leads are held out by chance, "
        "equally many of each outcome; how the model does on newer leads than it learned from stays unknown."
    )
