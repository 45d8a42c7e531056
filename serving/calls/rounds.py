"""What the service looks after by itself, every few seconds."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Sequence
from typing import TypeAlias

from features.domain import LeadscoreError
from serving.store import Transaction

_LOG = logging.getLogger("bentoml.leadscore")
_EVERY_SECONDS = 5.0

Work: TypeAlias = Callable[[Transaction], None]


class Rounds:
    """Does each work in a transaction of its own, in a thread; several processes may do so at once.

    Parameters
    ----------
    write : callable
        Does a work in one transaction, in line with the other writers of the process.
    works : sequence of callable
        What is looked after.
    cleanse : callable
        Overwrites what was deleted where that still has to be done; outside of any transaction.
    """

    def __init__(self, write: Callable[[Work], None], works: Sequence[Work], cleanse: Callable[[], None]) -> None:
        self._write = write
        self.works = tuple(works)
        self._cleanse = cleanse
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rounds", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the work at hand and stop."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(_EVERY_SECONDS):
            for work in self.works:
                self.do(work)
            self._try(self._cleanse)

    def do(self, work: Work) -> None:
        """Do a work now; one that fails is done in a later round."""
        self._try(functools.partial(self._write, work))

    def _try(self, chore: Callable[[], None]) -> None:
        try:
            chore()
        except LeadscoreError as error:
            _LOG.warning("looking after the store waits for it: %s", error.code)
        except Exception:  # noqa: BLE001 - the next round comes; what was not done is still to be done
            _LOG.exception("looking after the store failed")
