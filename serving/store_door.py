"""The door to the store: opened when the service starts, and tried again while the store is away.

A store that does not answer must not keep the service from scoring, so opening it may fail; whoever needs it then gets
the error, and the next one tries again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from serving.store import Store, StoreError
from serving.store.probe import write_probe

_LOG = logging.getLogger("bentoml.leadscore")
_TRY_AGAIN_SECONDS = 1.0
_PROBE_SECONDS = 1.0


class StoreDoor:
    """Gives the store, if it answers.

    Parameters
    ----------
    open_store : callable
        Opens it and brings its tables up to date; raises StoreError while it does not answer.
    """

    def __init__(self, open_store: Callable[[], Store]) -> None:
        self._open_store = open_store
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._fault: StoreError | None = None
        self._tried = float("-inf")
        self._probed = float("-inf")
        self._probe_fault: StoreError | None = None

    def store(self) -> Store:
        """Return the open store.

        Raises
        ------
        StoreError
            If it does not answer; it is tried again at most once a second.
        """
        return self._store or self._opened()

    @property
    def journal(self) -> str | None:
        """The store's journal (``delete``, ``wal`` or ``server``), None before it was opened."""
        return None if self._store is None else self._store.journal

    def fault(self) -> StoreError | None:
        """Return why the store cannot be written to now, None where it can; looked at once a second at most."""
        now = time.monotonic()
        if now - self._probed >= _PROBE_SECONDS:
            self._probed = now
            self._probe_fault = self._probe()
        return self._probe_fault

    def close(self) -> None:
        """Close the store's connections."""
        with self._lock:
            if self._store is not None:
                self._store.close()

    def _opened(self) -> Store:
        with self._lock:
            if self._store is not None:
                return self._store
            if self._fault is not None and time.monotonic() - self._tried < _TRY_AGAIN_SECONDS:
                raise self._fault
            try:
                self._store = self._open_store()
            except StoreError as error:
                _LOG.warning("the store does not open: %s", error.given)
                self._fault = error
                raise
            finally:
                self._tried = time.monotonic()
            return self._store

    def _probe(self) -> StoreError | None:
        try:
            with self.store().begin() as tx:
                write_probe(tx.connection, tx.now)
        except StoreError as error:
            return error
        return None
