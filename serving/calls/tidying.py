"""Remove what is over, some rows at a time, so that nobody waits long."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from serving.store import Transaction
from serving.store.retention import AT_ONCE, Retention, tidy

_LOG = logging.getLogger("bentoml.leadscore")

EVERY = timedelta(hours=1)


class Tidying:
    """Looks once an hour for what is over, and goes on round after round until nothing is.

    Parameters
    ----------
    kept : Retention
        How long is kept what.
    at_once : int
        Rows of a table that are removed in one round.
    """

    def __init__(self, kept: Retention, at_once: int = AT_ONCE) -> None:
        self._kept = kept
        self._at_once = at_once
        self._done_at: datetime | None = None

    def __call__(self, tx: Transaction) -> None:
        """Remove some of what is over, if it is time to."""
        # A clock that was set back would otherwise stop it for as long.
        if self._done_at is not None and timedelta(0) <= tx.now - self._done_at < EVERY:
            return
        removed = {name: count for name, count in tidy(tx.connection, tx.now, self._kept, at_once=self._at_once).items()
                   if count}  # fmt: skip
        if removed:
            _LOG.info("removed what is over: %s", ", ".join(f"{count} of {name}" for name, count in removed.items()))
        if all(count < self._at_once for count in removed.values()):
            self._done_at = tx.now
