"""Tell where sales did not contact a lead in time, once for each hand-over."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeAlias

from features.domain import LeadscoreError
from features.domain.score import iso
from serving.store import Transaction

_LOG = logging.getLogger("bentoml.leadscore")

BREACHED = "sla.breached"
_EVERY_SECONDS = 10.0

Write: TypeAlias = Callable[[Callable[[Transaction], None]], None]


def tell_breaches(tx: Transaction) -> None:
    """Mark hand-overs whose time is over, and tell of each."""
    for one in tx.handovers.overdue():
        tx.handovers.breached(one.handover_id)
        told = {
            "lead_id": one.lead_id, "handed_over_at": iso(one.handed_over_at), "due_at": iso(one.due_at),
            "sla_version": one.sla_version,
        }  # fmt: skip
        tx.outbox.tell(BREACHED, told, lead_id=one.lead_id)
        tx.audit.append(BREACHED, by="leadscore", lead_id=one.lead_id, details={"sla_version": one.sla_version})


class BreachWatch:
    """Looks for hand-overs whose time is over, in a thread of its own; several processes may look at once.

    Parameters
    ----------
    write : callable
        Does a write in one transaction, in line with the other writers of the process.
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="breaches", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the look at hand and stop."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(_EVERY_SECONDS):
            try:
                self._write(tell_breaches)
            except LeadscoreError as error:
                _LOG.warning("looking for breaches waits for the store: %s", error.code)
            except Exception:  # noqa: BLE001 - the next look comes; what was not told is still to be told
                _LOG.exception("looking for breaches failed")
