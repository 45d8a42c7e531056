"""What people said on profiling, for calls that keep nothing: scoring goes on while the store is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from features.config import LawfulBasis, Profiling
from features.domain.consent import PROFILING, Word
from features.profiling import Lack, lack_of_basis
from serving.calls.desk import Desk
from serving.errors import RefusedError
from serving.store import StoreError, Transaction

_LOG = logging.getLogger("bentoml.leadscore")
_WAIT_SECONDS = 1.0
_AGAIN_SECONDS = 5.0


class KnownWords:
    """Looks up who may not be profiled.

    While the store is away, nobody's word is known: where profiling rests on legitimate interest, it goes on; where it
    rests on consent, nobody is known to have given it.

    Parameters
    ----------
    desk : Desk
        Where calls wait for the store.
    profiling : Profiling
        What the company chose.
    seconds : callable
        A clock that only goes forward, in seconds.
    """

    def __init__(self, desk: Desk, profiling: Profiling, seconds: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._profiling = profiling
        self._seconds = seconds
        self._away_until = float("-inf")

    async def lacks(self, lead_ids: Iterable[str]) -> Mapping[str, Lack]:
        """Return why leads may not be profiled by what they do; who may is not in it."""
        asked = sorted(set(lead_ids))
        words = {}
        # A store that does not answer keeps one call waiting and not each.
        if asked and self._seconds() >= self._away_until:
            try:
                words = await self._desk.read(lambda tx: _words(tx, asked), seconds=_WAIT_SECONDS)
            except (StoreError, RefusedError):
                self._away_until = self._seconds() + _AGAIN_SECONDS
                goes_on = self._profiling.basis is LawfulBasis.LEGITIMATE_INTEREST
                _LOG.warning("consents cannot be looked up; profiling %s", "goes on" if goes_on else "waits")
        lacks = {one: lack_of_basis(self._profiling, words.get(one)) for one in asked}
        return {one: lack for one, lack in lacks.items() if lack is not None}


def _words(tx: Transaction, asked: Sequence[str]) -> dict[str, Word]:
    leads = tx.identities.resolve(asked)
    words = tx.consents.last_words(PROFILING, leads.values())
    return {one: words[lead_id] for one, lead_id in leads.items() if lead_id in words}
