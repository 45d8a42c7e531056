"""A history in files: leads, events and outcomes as typed frames, with every row accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from features.config import Config
from features.domain import Clock, HistoryError, SystemClock
from features.domain.consent import PROFILING
from features.history.consents_file import last_words, no_consents, read_consents
from features.history.events_file import empty_events, read_events
from features.history.leads_file import read_leads
from features.history.ledger import Ledger
from features.history.observed import last_moment
from features.history.oddities import find_oddities
from features.history.outcome_days import outcomes_after_creation
from features.history.outcome_rows import no_outcomes, outcomes_from_column, outcomes_from_events, read_outcomes
from features.history.quality import QualityReport
from features.profiling import told_left_out, without_basis
from features.schema import Schema


@dataclass(frozen=True)
class FileHistory:
    """The files that leadscore.yaml names, read once; implements :class:`features.history.port.History`.

    Parameters
    ----------
    schema : Schema
        What each column means.
    observed_until : datetime or None
        The last moment anything was recorded, in UTC; moments after the present are not believed.
    quality : QualityReport
        How every row was accounted for.
    as_of : pl.Series or None
        Moment of each input row of the leads file, where it has a column ``as_of``; aligned with ``input_ids``.
    input_ids : pl.Series
        Lead id of every input row in input order, also of rejected ones; null where the row has none.
    """

    schema: Schema
    observed_until: datetime | None
    quality: QualityReport
    as_of: pl.Series | None
    input_ids: pl.Series
    _leads: pl.DataFrame
    _events: pl.DataFrame
    _outcomes: pl.DataFrame
    _recorded: pl.DataFrame
    _consents: pl.DataFrame

    @classmethod
    def read(
        cls,
        config: Config,
        *,
        leads_file: Path | None = None,
        events_file: Path | None = None,
        outcomes_file: Path | None = None,
        require_outcomes: bool = True,
        everybody: bool = False,
        clock: Clock | None = None,
    ) -> FileHistory:
        """Read a history.

        Parameters
        ----------
        config : Config
            Where the files are and what their columns mean.
        leads_file, events_file : Path or None
            Other files of the same shape, e.g. to score; how they are written is detected anew. With other leads and
            no other events, the configured events are read.
        outcomes_file : Path or None
            Another file of outcomes, of the same shape; how it is written is detected anew. Without one, the
            configured outcomes are read.
        require_outcomes : bool
            False leaves outcomes out, and the target's column may be absent.
        everybody : bool
            Whether leads without a basis for profiling, as the consents file tells, are read too: to be kept, not to
            be learned from.
        clock : Clock or None
            Tells which times lie in the future; None is the machine's clock.

        Raises
        ------
        HistoryError
            If a file cannot be read, or lacks an essential column.
        """
        now = (clock or SystemClock()).now()
        leads = read_leads(config, leads_file, require_target=require_outcomes)
        ledgers = [leads.ledger]
        events = _events(config, events_file, ledgers, optional=leads_file is not None)
        outcomes = recorded = no_outcomes()
        by_day = 0
        if require_outcomes:
            parts = [outcomes]
            if config.outcomes is None and outcomes_file is not None:
                raise _no_place_for(outcomes_file, "outcomes")
            if config.outcomes is not None:
                rows, ledger = read_outcomes(config, config.outcomes, outcomes_file)
                parts.append(rows)
                ledgers.append(ledger)
            if leads.target is not None:
                parts.append(outcomes_from_column(leads.frame, leads.target, config.target))
            recorded = pl.concat(parts)
            if config.target.from_events:
                parts.append(outcomes_from_events(events.lazy(), config.target))
            outcomes, by_day = outcomes_after_creation(pl.concat(parts), leads.frame, config.time_zone)
        consents = no_consents()
        if require_outcomes and config.consents is not None:
            consents, ledger = read_consents(config, config.consents, now)
            ledgers.append(ledger)
        times = (
            leads.frame["created_at"], leads.frame["known_at"], events["occurred_at"], outcomes["occurred_at"],
        )  # fmt: skip
        oddities = replace(
            find_oddities(leads.frame, events, outcomes, config.schema, now), outcomes_on_day_of_creation=by_day
        )
        frames = [leads.frame, events, outcomes, recorded]
        if require_outcomes and config.consents is not None and not everybody:
            frames = _with_basis(frames, consents, config, ledgers[-1])
        told, did, became, as_recorded = frames
        return cls(
            schema=config.schema,
            observed_until=last_moment(times, now),
            quality=QualityReport(tuple(ledger.close() for ledger in ledgers), oddities),
            as_of=leads.as_of,
            input_ids=leads.input_ids,
            _leads=told,
            _events=did,
            _outcomes=became,
            _recorded=as_recorded,
            _consents=consents,
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader should know, in sentences."""
        return (*self.quality.warnings, *self.quality.unread)

    def leads(self) -> pl.DataFrame:
        """Return one row per lead and version of its attributes."""
        return self._leads

    def events(self) -> pl.LazyFrame:
        """Return one row per event, in the file's order."""
        return self._events.lazy()

    def outcomes(self) -> pl.DataFrame:
        """Return one row per outcome; ``occurred_at`` is null where the history has no such moment."""
        return self._outcomes

    def consents(self) -> pl.DataFrame:
        """Return one row per word that somebody said; none where leadscore.yaml names no file of them."""
        return self._consents

    def recorded_outcomes(self) -> pl.DataFrame:
        """Return the outcomes that were recorded as such, without those that events stand for."""
        return self._recorded


def _with_basis(
    frames: Sequence[pl.DataFrame], consents: pl.DataFrame, config: Config, ledger: Ledger
) -> list[pl.DataFrame]:
    """Return the frames without the leads that may not be profiled: an objection covers learning from them too."""
    ids = set[str]().union(*(frame["lead_id"] for frame in frames))
    left_out = without_basis(last_words(consents, PROFILING), config.profiling, ids)
    if not left_out:
        return list(frames)
    ledger.warn(told_left_out(len(left_out)))
    return [frame.filter(~pl.col("lead_id").is_in(sorted(left_out))) for frame in frames]


def _events(config: Config, file: Path | None, ledgers: list[Ledger], *, optional: bool) -> pl.DataFrame:
    if config.events is None:
        if file is not None:
            raise _no_place_for(file, "events")
        return empty_events(config)
    if file is None and optional and not config.events.file.is_file():
        ledgers[0].warn(f"{config.events.file.name} is not there any more; these leads are read without events")
        return empty_events(config)
    events, ledger = read_events(config, config.events, file)
    ledgers.append(ledger)
    return events


def _no_place_for(file: Path, what: str) -> HistoryError:
    return HistoryError(
        f"{file.name} is given as {what}.",
        f"a workspace that knows {what}; leadscore.yaml names no {what} file.",
        f"Leave --{what} away, or make the workspace with {what} and train it again.",
    )
