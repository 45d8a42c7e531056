"""After a new model began to serve, all scored leads are scored again: behind everything else, a few at a time."""

from __future__ import annotations

import logging

from serving.champion import Champion, Loaded
from serving.store import Transaction
from serving.store.renewals import CAUSE, Renewal

_LOG = logging.getLogger("bentoml.leadscore")
_FEW = 100
_AT_ONCE = 500
"""Few enough that filling the queue keeps no other writer waiting for more than some milliseconds."""


class Renewing:
    """Fills the queue with the leads of a round, from the first lead to the last, however often it is interrupted.

    Parameters
    ----------
    champion : Champion
        The model that serves.
    """

    def __init__(self, champion: Champion) -> None:
        self._champion = champion

    @property
    def model_version(self) -> str | None:
        """The model that serves here; None while rules do."""
        loaded = self._champion.loaded
        return None if loaded is None else loaded.scorer.reference.version

    def is_to_do(self, tx: Transaction) -> bool:
        """Return whether a round is to be begun, or the queue to be filled."""
        loaded, renewal = self._champion.loaded, tx.renewals.current()
        if loaded is None or loaded.since is None:
            return False
        if _is_new(loaded, renewal):
            return renewal is not None or tx.renewals.is_other_model_known(loaded.scorer.reference.version)
        return _is_its_own(loaded, renewal) and tx.renewals.waiting() < _FEW

    def step(self, tx: Transaction) -> None:
        """Begin the round, or go on with it, or end it."""
        loaded = self._champion.loaded
        if loaded is None or loaded.since is None:
            return
        version = loaded.scorer.reference.version
        if _is_new(loaded, tx.renewals.current()) and tx.renewals.begin(version, loaded.since):
            _LOG.info("all leads are scored again by version %s", version)
        renewal = tx.renewals.current(for_change=True)
        if renewal is None or not _is_its_own(loaded, renewal):
            return
        leads = tx.renewals.next_leads(renewal, _AT_ONCE)
        if not leads and not tx.renewals.waiting():
            leads = tx.renewals.left_behind(renewal, _AT_ONCE)
            if not leads:
                tx.renewals.finish()
                _LOG.info("all leads are scored by version %s", version)
        tx.rescoring.ask_later(leads, CAUSE, version)


def _is_new(loaded: Loaded, renewal: Renewal | None) -> bool:
    if renewal is None:
        return True
    differs = renewal.model_version != loaded.scorer.reference.version
    return differs and loaded.since is not None and loaded.since > renewal.champion_since


def _is_its_own(loaded: Loaded, renewal: Renewal | None) -> bool:
    if renewal is None or renewal.finished_at is not None:
        return False
    return renewal.model_version == loaded.scorer.reference.version
