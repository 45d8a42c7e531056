"""Work off the queue of leads that are to be scored again, a few at a time."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Sequence

from features.domain import LeadscoreError
from serving.calls.desk import Desk
from serving.calls.drafts import draft, keep_drafts, read_leads
from serving.calls.renewing import Renewing
from serving.calls.scored import StoredScoring
from serving.store import StoreError, Transaction
from serving.store.rescoring import Waiting

_LOG = logging.getLogger("bentoml.leadscore")
_AT_ONCE = 100
_TOGETHER = 25
"""Leads that are read, scored and kept together: a call in line behind them waits some 10 ms."""

_IDLE_SECONDS = 0.5
_AWAY_SECONDS = 5.0


class RescoringWorker:
    """Scores waiting leads in a thread of its own, and keeps the scores in line with the other writers.

    Each lead is scored and taken out of the queue together or not at all; what was taken when the process died comes
    back by itself. Several processes may work at once.

    Parameters
    ----------
    desk : Desk
        Where writes wait.
    scoring : StoredScoring
        Scores.
    renewing : Renewing
        Fills the queue after a new model began to serve.
    """

    def __init__(self, desk: Desk, scoring: StoredScoring, renewing: Renewing) -> None:
        self._desk = desk
        self._scoring = scoring
        self._renewing = renewing
        # Taken, and not scored when the store went away.
        self._left: list[Waiting] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rescoring", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the leads at hand and stop."""
        self._stop.set()
        self._thread.join()

    def work_once(self) -> int:
        """Score some waiting leads; return how many there were."""
        taken: list[Waiting] = []
        self._give_back()
        # Looking is cheap; only writing needs the writer's place.
        if self._desk.look(self._renewing.is_to_do):
            self._desk.in_line(self._renewing.step)
        if not self._desk.look(lambda tx: tx.rescoring.depth()):
            return 0
        version = self._renewing.model_version
        self._desk.in_line(lambda tx: taken.extend(tx.rescoring.take(_AT_ONCE, model_version=version)))
        for start in range(0, len(taken), _TOGETHER):
            if self._stop.is_set():
                self._left += taken[start:]
                self._give_back()
                break
            self._score(taken[start : start + _TOGETHER], taken[start + _TOGETHER :])
        return len(taken)

    def _score(self, together: Sequence[Waiting], later: Sequence[Waiting]) -> None:
        try:
            self._score_together(together)
        except StoreError:
            self._left += [*together, *later]
            raise
        except Exception:  # noqa: BLE001 - nothing of it was kept; whichever lead it was, the others are scored
            _LOG.warning("%d leads are scored again each alone", len(together))
            self._score_apart(together, later)

    def _score_together(self, together: Sequence[Waiting]) -> None:
        ids = [one.lead_id for one in together]
        drafts = draft(self._scoring, self._desk.look(lambda tx: read_leads(tx, self._scoring, ids)))

        def keep(tx: Transaction) -> None:
            keep_drafts(tx, self._scoring, drafts, {one.lead_id: one.cause for one in together})
            tx.rescoring.done_all(together)

        self._desk.in_line(keep)

    def _score_apart(self, together: Sequence[Waiting], later: Sequence[Waiting]) -> None:
        begun = [self._desk.begin_in_line(functools.partial(self._score_one, waiting=waiting)) for waiting in together]
        away: StoreError | None = None
        for waiting, done in zip(together, begun, strict=True):
            try:
                done.result()
            except StoreError as error:
                away = error
                self._left.append(waiting)
            except Exception:  # noqa: BLE001 - one lead that fails must not stop the others; it stays in the queue
                _LOG.exception("scoring lead %s again failed", waiting.lead_id)
        if away is not None:
            self._left += later
            raise away

    def _give_back(self) -> None:
        if self._left:
            self._desk.in_line(lambda tx: tx.rescoring.give_back(self._left))
            self._left = []

    def _score_one(self, tx: Transaction, *, waiting: Waiting) -> None:
        record = tx.leads.get(waiting.lead_id, for_change=True)
        # A lead that is not known yet is scored when it arrives; one that was erased has left the queue.
        if record is not None and record.is_known:
            self._scoring.score(tx, record.lead, cause=waiting.cause, compared=False)
        tx.rescoring.done(waiting)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                found = self.work_once()
            except LeadscoreError as error:
                _LOG.warning("scoring again waits for the store: %s", error.code)
                self._stop.wait(_AWAY_SECONDS)
                continue
            except RuntimeError:
                # The desk has closed.
                return
            if not found:
                self._stop.wait(_IDLE_SECONDS)
