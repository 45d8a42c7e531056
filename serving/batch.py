"""A file of leads in, a file of scores out: one row per lead of the input, in its order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from features.domain import Clock, Score
from features.history import FileHistory
from features.workspace import Workspace
from serving.batch_engines import Engines
from serving.score_table import COLUMNS, row_of, writer

_MOMENT = pl.Datetime("us", "UTC")

STALE_AFTER = timedelta(days=14)
"""A company's leads are seldom all silent for longer; the export is then probably old."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Leads of the input that have no score, and why.

    Parameters
    ----------
    reason : str
        In a few words.
    count : int
        How many.
    lines : tuple of int
        The first of their lines in the input file, where they are known.
    """

    reason: str
    count: int
    lines: tuple[int, ...] = ()

    def to_mapping(self) -> dict[str, Any]:
        """Return the rejection as plain data."""
        return {"reason": self.reason, "count": self.count, "lines": list(self.lines)}


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What became of a file.

    Parameters
    ----------
    out : Path
        The file written.
    leads, scored : int
        Rows of the answer, and those with a score.
    rejections : tuple of Rejection
        Why the others have none; they stand in the answer with empty fields.
    stages, engines : Mapping[str, int]
        Scored leads by stage and by who scored.
    degraded : Mapping[str, int]
        Leads that rules answered although a model was expected, by reason.
    warnings : tuple of str
        What the reader should know.
    """

    out: Path
    leads: int
    scored: int
    rejections: tuple[Rejection, ...]
    stages: Mapping[str, int]
    engines: Mapping[str, int]
    degraded: Mapping[str, int]
    warnings: tuple[str, ...]

    def to_mapping(self) -> dict[str, Any]:
        """Return the summary as plain data."""
        return {
            "out": str(self.out),
            "leads": self.leads,
            "scored": self.scored,
            "rejections": [one.to_mapping() for one in self.rejections],
            "stages": dict(self.stages),
            "engines": dict(self.engines),
            "degraded": dict(self.degraded),
            "warnings": list(self.warnings),
        }


def score_file(
    workspace: Workspace,
    engines: Engines,
    *,
    leads_file: Path,
    events_file: Path | None,
    as_of: datetime | None,
    out: Path,
    clock: Clock,
) -> BatchSummary:
    """Score every lead of a file and write the answer whole or not at all.

    Parameters
    ----------
    workspace : Workspace
        Says what the columns mean.
    engines : Engines
        Who scores.
    leads_file, events_file : Path, Path or None
        The input; without events, those of leadscore.yaml are read.
    as_of : datetime or None
        The moment of knowledge, with a zone; None: the file's column ``as_of``, else now.
    out : Path
        CSV or Parquet, by its ending.
    clock : Clock
        The present.

    Raises
    ------
    HistoryError
        If a file cannot be read.
    InputError
        If ``out`` ends in neither ``.csv`` nor ``.parquet``.
    """
    write = writer(out)
    now = clock.now()
    history = FileHistory.read(
        workspace.config(), leads_file=leads_file, events_file=events_file, require_outcomes=False, clock=clock
    )
    asked = _asked(history, as_of, now)
    leads = history.leads()
    born = leads.group_by("lead_id").agg(pl.col("created_at").min().alias("born"))
    asked = asked.join(born.with_columns(known=pl.lit(True)), on="lead_id", how="left", maintain_order="left")
    asked = asked.with_columns(unborn=(pl.col("born") > pl.col("as_of")).fill_null(False))
    accepted = asked.with_row_index("row").filter(pl.col("known") & ~pl.col("unborn"))
    scores = engines.score(leads, history.events(), accepted.select("lead_id", "as_of"), scored_at=now)
    by_row: dict[int, Score] = dict(zip(accepted["row"].to_list(), scores, strict=True))
    rows = [row_of(lead_id, by_row.get(place)) for place, lead_id in enumerate(asked["lead_id"])]
    write(pl.DataFrame(rows, schema=dict(COLUMNS), orient="row"))
    return BatchSummary(
        out=out,
        leads=len(rows),
        scored=len(scores),
        rejections=_rejections(history, int(asked["unborn"].sum())),
        stages=Counter(score.stage.value for score in scores),
        engines=Counter(score.engine.value for score in scores),
        degraded=Counter(score.degraded_reason or "" for score in scores if score.degraded),
        warnings=(*history.quality.warnings, *_stale(history, asked["as_of"])),
    )


def _stale(history: FileHistory, moments: pl.Series) -> tuple[str, ...]:
    """Return a warning where every moment of scoring lies long after anything was recorded."""
    newest, earliest = history.observed_until, moments.min()
    if newest is None or not isinstance(earliest, datetime) or earliest - newest <= STALE_AFTER:
        return ()
    return (
        f"nothing was recorded in the {(earliest - newest).days} days before the moment of scoring, so that every lead "
        f"looks quiet; export the events again, or score as they stood with --as-of {newest:%Y-%m-%dT%H:%M:%S%:z}.",
    )


def _asked(history: FileHistory, as_of: datetime | None, now: datetime) -> pl.DataFrame:
    """Return one row per row of the answer: lead_id and as_of."""
    moment = pl.lit(None, _MOMENT)
    if history.schema.timed:
        moment = pl.lit(as_of or now).cast(_MOMENT)
    frame = history.input_ids.to_frame("lead_id").with_columns(as_of=moment)
    if as_of is None and history.as_of is not None:
        frame = frame.with_columns(as_of=history.as_of.cast(_MOMENT).fill_null(now))
    # Several rows of one lead are its versions where the file says since when each was known: one lead, one answer.
    if history.leads()["known_at"].null_count() < history.leads().height:
        frame = frame.filter(pl.col("lead_id").is_null() | pl.struct("lead_id", "as_of").is_first_distinct())
    return frame


def _rejections(history: FileHistory, unborn: int) -> tuple[Rejection, ...]:
    account = history.quality.table("leads")
    notes = () if account is None else account.rejections
    found = [Rejection(note.reason, note.count, note.lines) for note in notes]
    if unborn:
        found.append(Rejection("created after as_of", unborn))
    return tuple(found)
