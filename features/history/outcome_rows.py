"""Outcomes, from a file of their own, from kinds of events, or from a column of the leads file."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from features.config import Acceptance, Config, OutcomesTable, Target
from features.domain.rejections import OTHER
from features.history.leads_file import lead_ids, require_columns
from features.history.ledger import Ledger
from features.history.reading import read_table
from features.history.times import MOMENT, read_times
from features.history.values import present

LOST = "lost"
"""The outcome of a lead that a negative value or event closed."""

COLUMNS = ("lead_id", "occurred_at", "outcome", "reason")
_TYPES = {"lead_id": pl.String(), "occurred_at": MOMENT, "outcome": pl.String(), "reason": pl.String()}


def no_outcomes() -> pl.DataFrame:
    """Return a frame of outcomes without rows."""
    return pl.DataFrame(schema=_TYPES)


def read_outcomes(config: Config, outcomes: OutcomesTable, file: Path | None = None) -> tuple[pl.DataFrame, Ledger]:
    """Return the rows of the configured outcomes file, or of another of the same shape, and their account.

    The target's ``positive`` and ``negative`` texts, where it names some, become the target outcome and ``lost``.

    Raises
    ------
    HistoryError
        If the file cannot be read or lacks a configured column.
    """
    names = [outcomes.lead_id, outcomes.occurred_at, outcomes.outcome, outcomes.reason]
    wanted = [name for name in names if name is not None]
    table = read_table(outcomes.file, outcomes.format, wanted) if file is None else read_table(file, None, wanted)
    require_columns(table, wanted, "outcomes")
    ledger = Ledger("outcomes", table)
    missing, height = config.schema.missing_values, table.frame.height
    ids = lead_ids(table, outcomes.lead_id, missing)
    ledger.reject(ids.is_null(), f"no {outcomes.lead_id}")
    if outcomes.occurred_at is None:
        moments = pl.Series([None] * height, dtype=MOMENT)
    else:
        texts = present(table.frame[outcomes.occurred_at], missing)
        ledger.reject(texts.is_null(), f"no {outcomes.occurred_at}")
        moments, reasons = read_times(texts, config.time_zone, outcomes.time_format)
        ledger.reject_by_reason(reasons, outcomes.occurred_at)
    if outcomes.outcome is None:
        words = pl.Series([config.target.outcome] * height, dtype=pl.String)
    else:
        words = present(table.frame[outcomes.outcome], missing)
        ledger.reject(words.is_null(), f"no {outcomes.outcome}")
        if not config.target.from_events and config.target.column is None:
            words = _in_our_words(words, config.target)
    why = pl.Series([None] * height, dtype=pl.String)
    if outcomes.reason is not None:
        why = _on_the_list(present(table.frame[outcomes.reason], missing), words, config.acceptance, ledger)
    frame = pl.DataFrame(dict(zip(COLUMNS, (ids, moments, words, why), strict=True)))
    numbered = frame.with_row_index("row").filter(ledger.keep)
    again = numbered.filter(~pl.struct(COLUMNS).is_first_distinct())["row"]
    ledger.mark_duplicate(
        pl.int_range(height, dtype=pl.UInt32, eager=True).is_in(again.implode()), "the same outcome again"
    )
    return frame.filter(ledger.keep), ledger


def _on_the_list(said: pl.Series, words: pl.Series, acceptance: Acceptance, ledger: Ledger) -> pl.Series:
    """Return the reasons with those of rejections as the company's list names them; others count as ``other``."""
    is_rejection = (words == acceptance.rejected).fill_null(value=False) & said.is_not_null()
    found = {one: acceptance.reasons.find(one) for one in said.filter(is_rejection).unique()}
    unknown = int(said.filter(is_rejection).is_in([one for one, name in found.items() if name is None]).sum())
    if unknown:
        ledger.warn(
            f"{unknown:,} rejection{'s' if unknown > 1 else ''} for reasons that are not on the list count as "
            f"{OTHER!r} (acceptance: reasons in leadscore.yaml)."
        )
    listed = said.replace({one: name or OTHER for one, name in found.items()}) if found else said
    return pl.select(pl.when(is_rejection).then(listed).otherwise(said)).to_series()


def outcomes_from_events(events: pl.LazyFrame, target: Target) -> pl.DataFrame:
    """Return an outcome for every event whose kind is one of the target's; ``reason`` is the kind of a lost one."""
    kind = pl.col("event")
    return (
        events.filter(kind.is_in([*target.positive, *target.negative]))
        .select(
            "lead_id",
            "occurred_at",
            outcome=pl.when(kind.is_in(list(target.positive))).then(pl.lit(target.outcome)).otherwise(pl.lit(LOST)),
            reason=pl.when(kind.is_in(list(target.negative))).then(kind),
        )
        .collect()
    )


def outcomes_from_column(leads: pl.DataFrame, texts: pl.Series, target: Target) -> pl.DataFrame:
    """Return one outcome without a moment for every lead whose target column says something.

    Of several versions of a lead the latest decides.
    """
    word = pl.col("text").str.to_lowercase()
    positive = [text.lower() for text in target.positive]
    negative = [text.lower() for text in target.negative]
    other = word.is_in(negative) if negative else word.is_not_null()
    return (
        leads.select("lead_id", "known_at")
        .with_columns(text=texts)
        .filter(pl.col("text").is_not_null())
        .sort("known_at", nulls_last=False, maintain_order=True)
        .unique("lead_id", keep="last", maintain_order=True)
        .select(
            "lead_id",
            occurred_at=pl.lit(None, MOMENT),
            outcome=pl.when(word.is_in(positive)).then(pl.lit(target.outcome)).when(other).then(pl.lit(LOST)),
            reason=pl.when(~word.is_in(positive)).then(pl.col("text")),
        )
        .filter(pl.col("outcome").is_not_null())
    )


def _in_our_words(words: pl.Series, target: Target) -> pl.Series:
    ours = dict.fromkeys(target.negative, LOST) | dict.fromkeys(target.positive, target.outcome)
    return words.replace(ours) if ours else words
