"""A file of leads in, a file of scores out: one row per lead of the input, in its order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from features.config import Config
from features.domain import Clock, InputError, Score
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
        If ``out`` ends in neither ``.csv`` nor ``.parquet`` or is a file that is read, or if the leads have nothing
        that leadscore.yaml knows.
    """
    write = writer(out)
    now = clock.now()
    config = workspace.config()
    _refuse_overwriting(out, workspace, config, leads_file, events_file)
    history = FileHistory.read(
        config, leads_file=leads_file, events_file=events_file, require_outcomes=False, clock=clock
    )
    _refuse_strangers(history, leads_file)
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


def _refuse_overwriting(
    out: Path, workspace: Workspace, config: Config, leads_file: Path, events_file: Path | None
) -> None:
    read = [leads_file, events_file, workspace.config_file, workspace.sla_file, workspace.rules_file, config.leads.file]
    read += [table.file for table in (config.events, config.outcomes) if table is not None]
    if any(file is not None and file.resolve() == out.resolve() for file in read):
        raise InputError(
            f"--out is {out}, a file that is read.", "a file of its own.", "Name another file; nothing was written."
        )


def _refuse_strangers(history: FileHistory, leads_file: Path) -> None:
    """Refuse leads of which nothing is known: such a file belongs to another workspace."""
    leads = history.leads()
    known = [f"attribute.{column.name}" for column in history.schema.used_columns]
    if not known or leads.is_empty() or any(leads[name].null_count() < leads.height for name in known):
        return
    if (
        history.schema.timed
        and not history.events().join(leads.lazy(), on="lead_id", how="semi").head(1).collect().is_empty()
    ):
        return
    names = ", ".join(repr(column.name) for column in history.schema.used_columns[:6])
    raise InputError(
        f"{leads_file.name} fills none of the columns that leadscore.yaml knows.",
        f"at least one of {names} ...",
        "Compare the file's header with leadscore.yaml; it may belong to another workspace.",
    )


def _stale(history: FileHistory, moments: pl.Series) -> tuple[str, ...]:
    """Return a warning where every moment of scoring lies long after anything was recorded."""
    newest, earliest = history.observed_until, moments.min()
    if newest is None or not isinstance(earliest, datetime) or earliest - newest <= STALE_AFTER:
        return ()
    return (
        f"nothing was recorded in the {(earliest - newest).days} days before the moment of scoring, so that every lead "
        f"looks old and quiet; export again, or score as it stood with --as-of {newest.isoformat(timespec='seconds')}.",
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
