"""Files to measure on instead of the workspace's own, and the history that is read from them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from features.config import Config
from features.domain import Clock, HistoryError
from features.history.files import FileHistory
from features.history.port import History
from features.history.source import StoreReader, read_history


@dataclass(frozen=True, slots=True)
class OtherFiles:
    """Files to measure on instead of the workspace's own; None where its own is read."""

    leads: Path | None = None
    events: Path | None = None
    outcomes: Path | None = None

    @property
    def given(self) -> dict[str, Path]:
        """The files by table; empty where the workspace's own history is meant."""
        named = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {table: file for table, file in named.items() if file is not None}

    def history(
        self, config: Config, *, clock: Clock, store: StoreReader | None = None, need_outcomes: bool = True
    ) -> History:
        """Return the history that these files hold, or the workspace's own where none is given.

        Parameters
        ----------
        config : Config
            What each column means, and where the workspace's own files are.
        clock : Clock
            The present.
        store : StoreReader, optional
            How the service's store is read, for a workspace that says ``history: store``.
        need_outcomes : bool
            Whether leads of which nothing is known yet are an error; else they are read without outcomes.

        Raises
        ------
        HistoryError
            If a file cannot be read.
        """
        if not self.given:
            return read_history(config, clock=clock, store=store)
        try:
            return self._read(config, clock, outcomes=True)
        except HistoryError:
            if need_outcomes or self.leads is None or self.outcomes is not None:
                raise
            return self._read(config, clock, outcomes=False)

    def _read(self, config: Config, clock: Clock, *, outcomes: bool) -> FileHistory:
        return FileHistory.read(
            config, leads_file=self.leads, events_file=self.events, outcomes_file=self.outcomes, clock=clock,
            require_outcomes=outcomes,
        )  # fmt: skip
