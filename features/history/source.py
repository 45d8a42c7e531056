"""The workspace's history, from where leadscore.yaml says it is.

The service's store is not known here: whoever starts the program passes in how it is opened.
"""

from __future__ import annotations

from typing import Protocol

from features.config import Config, HistorySource
from features.domain import Clock, ConfigError
from features.history.files import FileHistory
from features.history.port import History


class StoreReader(Protocol):
    """Reads the history that the service's store holds."""

    def __call__(self, config: Config, clock: Clock) -> History:
        """Return the store's history; outcomes included."""
        ...


def read_history(config: Config, *, clock: Clock, store: StoreReader | None = None) -> History:
    """Return the history that a workspace learns from.

    Parameters
    ----------
    config : Config
        Says whether files or the store are learned from.
    clock : Clock
        The present.
    store : StoreReader, optional
        How the store is read; needed where leadscore.yaml says ``history: store``.

    Raises
    ------
    HistoryError
        If a file cannot be read.
    ConfigError
        If the store is asked for where there is none to be had.
    """
    if config.history is HistorySource.FILES:
        return FileHistory.read(config, clock=clock)
    if store is None:
        raise ConfigError(
            "leadscore.yaml says history: store.",
            "a program that knows the store, as the command leadscore does.",
            "Run the leadscore command, pass store=, or write history: files.",
        )
    return store(config, clock)
