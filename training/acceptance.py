"""Whether sales accepted a lead: the second target, known only of leads that were handed over.

A hand-over is decided by the first answer of sales, or at the end of the agreed span when there is none. Of leads never
handed over nothing is known: they are no rejections (selective labels, Lakkaraju et al. 2017).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from features.config import Acceptance


def with_acceptance(
    rows: pl.DataFrame,
    outcomes: pl.DataFrame,
    acceptance: Acceptance,
    *,
    horizon: timedelta | None,
    observed_until: datetime | None,
) -> pl.DataFrame:
    """Return the rows with a column ``accepted``: 1 or 0 as sales decided after the row's moment, null if not known.

    Parameters
    ----------
    rows : pl.DataFrame
        ``lead_id``, ``created_at`` and ``as_of`` (null where untimed).
    outcomes : pl.DataFrame
        The outcomes frame (docs/architecture.md).
    acceptance : Acceptance
        Which outcomes say it.
    horizon : timedelta or None
        A hand-over later than this after the moment says nothing of the row; None where nothing is timed.
    observed_until : datetime or None
        A hand-over whose span ends later is not decided yet, also where sales answered already: of the newest, only the
        quick answers are known.

    Returns
    -------
    pl.DataFrame
        The same rows in the same order, with ``accepted`` as Int8.
    """
    names = (acceptance.accepted, acceptance.rejected)
    answers = outcomes.filter(pl.col("outcome").is_in(names)).select(
        "lead_id", "occurred_at", accepted=(pl.col("outcome") == acceptance.accepted).cast(pl.Int8)
    )
    rows = rows.join(_undated(answers), on="lead_id", how="left", maintain_order="left")
    at_creation = pl.col("as_of").is_null() | (pl.col("as_of") == pl.col("created_at"))
    known: list[pl.Expr] = [pl.when(at_creation).then(pl.col("undated"))]
    if horizon is not None and rows["as_of"].null_count() < rows.height:
        handed = outcomes.filter((pl.col("outcome") == acceptance.handed_over) & pl.col("occurred_at").is_not_null())
        decided = _decisions(
            answers.drop_nulls("occurred_at"), handed, timedelta(days=acceptance.within_days), observed_until
        )
        rows = _first_after(rows, decided, horizon)
        known.append(pl.col("decided"))
    return rows.with_columns(pl.coalesce(known).cast(pl.Int8).alias("accepted")).drop(
        "undated", "decided", strict=False
    )


def _undated(answers: pl.DataFrame) -> pl.DataFrame:
    """Return what is known of leads whose answer carries no moment, once per lead."""
    return (
        answers.filter(pl.col("occurred_at").is_null())
        .group_by("lead_id")
        .agg(pl.col("accepted").max().alias("undated"))
    )


def _decisions(
    answers: pl.DataFrame, handed: pl.DataFrame, span: timedelta, observed_until: datetime | None
) -> pl.DataFrame:
    """Return ``lead_id``, ``handed_at``, ``decided_at`` and ``decided`` (1, 0 or null), sorted by ``decided_at``.

    An answer without a recorded hand-over stands for itself.
    """
    answers = answers.rename({"occurred_at": "answered_at"}).sort("answered_at", "lead_id", "accepted")
    handed = handed.select("lead_id", handed_at="occurred_at").unique().sort("handed_at", "lead_id")
    replies = handed.join_asof(
        answers, left_on="handed_at", right_on="answered_at", by="lead_id", strategy="forward", check_sortedness=False
    ).with_columns(end=pl.col("handed_at") + span)
    in_time = (pl.col("answered_at") <= pl.col("end")).fill_null(value=False)
    ended = pl.lit(value=False) if observed_until is None else pl.col("end") <= observed_until
    of_hand_overs = replies.select(
        "lead_id",
        "handed_at",
        decided_at=pl.when(in_time).then("answered_at").otherwise("end"),
        decided=pl.when(ended).then(pl.when(in_time).then("accepted").otherwise(pl.lit(0, pl.Int8))),
    )
    alone = answers.join_asof(
        handed, left_on="answered_at", right_on="handed_at", by="lead_id", strategy="backward", check_sortedness=False
    ).filter(pl.col("handed_at").is_null())
    of_answers = alone.select("lead_id", handed_at="answered_at", decided_at="answered_at", decided="accepted")
    return pl.concat([of_hand_overs, of_answers]).sort("decided_at", "handed_at", "lead_id")


def _first_after(rows: pl.DataFrame, decided: pl.DataFrame, horizon: timedelta) -> pl.DataFrame:
    """Return the rows with ``decided`` of the first decision after their moment, if handed over within the horizon."""
    numbered = rows.with_row_index("row")
    found = (
        numbered.filter(pl.col("as_of").is_not_null())
        .sort("as_of")
        .join_asof(
            decided, left_on="as_of", right_on="decided_at", by="lead_id", strategy="forward",
            allow_exact_matches=False, check_sortedness=False,
        )
        .filter(pl.col("handed_at") <= pl.col("as_of") + horizon)
        .select("row", "decided")
    )  # fmt: skip
    return numbered.join(found, on="row", how="left", maintain_order="left").drop("row")
