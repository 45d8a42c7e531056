"""What people said on what may be done with their data, from a file."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from features.config import Config, ConsentsTable
from features.domain.consent import PROFILING, Word
from features.history.leads_file import lead_ids, require_columns
from features.history.ledger import Ledger
from features.history.reading import read_table
from features.history.times import MOMENT, read_times
from features.history.values import present

COLUMNS = ("lead_id", "said_at", "purpose", "word", "source", "proof")


def no_consents() -> pl.DataFrame:
    """Return a frame of consents without rows."""
    return pl.DataFrame(schema={name: MOMENT if name == "said_at" else pl.String() for name in COLUMNS})


def read_consents(config: Config, consents: ConsentsTable, now: datetime) -> tuple[pl.DataFrame, Ledger]:
    """Return the rows of the configured file, and their account.

    A word is ``given``, ``withdrawn`` or ``objected``, or what the file's ``words`` say that it means. What is said to
    be given needs a proof: whoever relies on a consent must be able to show it (Art. 7(1) GDPR).

    Parameters
    ----------
    config : Config
        Tells the zone of times, and which texts mean that nothing is there.
    consents : ConsentsTable
        The file and its columns.
    now : datetime
        Nobody said anything later.

    Raises
    ------
    HistoryError
        If the file cannot be read or lacks a configured column.
    """
    names = [consents.lead_id, consents.said_at, consents.word, consents.purpose, consents.source, consents.proof]
    wanted = [name for name in names if name is not None]
    table = read_table(consents.file, consents.format, wanted)
    require_columns(table, wanted, "consents")
    ledger = Ledger("consents", table)
    missing, height = config.schema.missing_values, table.frame.height
    ids = lead_ids(table, consents.lead_id, missing)
    ledger.reject(ids.is_null(), f"no {consents.lead_id}")
    texts = present(table.frame[consents.said_at], missing)
    ledger.reject(texts.is_null(), f"no {consents.said_at}")
    moments, reasons = read_times(texts, config.time_zone, consents.time_format)
    ledger.reject_by_reason(reasons, consents.said_at)
    ledger.reject((moments > now).fill_null(value=False), f"{consents.said_at} in the future")

    def column(name: str | None, otherwise: str | None) -> pl.Series:
        return pl.Series([otherwise] * height, dtype=pl.String) if name is None else present(table.frame[name], missing)

    purposes = column(consents.purpose, PROFILING)
    ledger.reject(purposes.is_null(), f"no {consents.purpose}")
    said = present(table.frame[consents.word], missing)
    ledger.reject(said.is_null(), f"no {consents.word}")
    words = said.replace(dict(consents.words)) if consents.words else said
    ledger.reject(~words.is_in([one.value for one in Word]).fill_null(value=False), f"{consents.word}: no known word")
    proofs = column(consents.proof, None)
    ledger.reject(
        ((words == Word.GIVEN.value) & proofs.is_null()).fill_null(value=False),
        "given without a proof (its wording and version, for example)",
    )
    sources = column(consents.source, consents.file.name).fill_null(consents.file.name)
    frame = pl.DataFrame(dict(zip(COLUMNS, (ids, moments, purposes, words, sources, proofs), strict=True)))
    numbered = frame.with_row_index("row").filter(ledger.keep)
    again = numbered.filter(~pl.struct("lead_id", "said_at", "purpose", "word").is_first_distinct())["row"]
    ledger.mark_duplicate(
        pl.int_range(height, dtype=pl.UInt32, eager=True).is_in(again.implode()), "the same word again"
    )
    return frame.filter(ledger.keep), ledger


def last_words(consents: pl.DataFrame, purpose: str) -> dict[str, Word]:
    """Return the last word on a purpose of everybody who said one; of two of one moment that further down."""
    said = consents.filter(pl.col("purpose") == purpose).sort("said_at", maintain_order=True)
    return {lead_id: Word(word) for lead_id, word in said.select("lead_id", "word").iter_rows()}
