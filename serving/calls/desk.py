"""The desk where calls wait for the store: writes in line, each kept whole or not at all, each done once.

SQLite has one writer, and its own way of waiting (asking again after a while) is neither fair nor quick, so writes wait
here, first come first served (:mod:`serving.calls.line`). A call that waits too long is told to come back, with nothing
done; one whose work has begun is finished even when its caller is told that it took too long, and the same
``Idempotency-Key`` then gets the one answer.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from serving.calls.line import Line, ManyWriters, OneWriter
from serving.errors import Problem, RefusedError
from serving.store import StoreBusyError, Transaction
from serving.store.columns import canonical_json
from serving.store.database import BUSY_SECONDS
from serving.store.idempotency import Standing
from serving.store_door import StoreDoor

_LOG = logging.getLogger("bentoml.leadscore")
_READERS = 8
_CROWDED_SECONDS = 2

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is to be done once.

    Parameters
    ----------
    caller : str
        Whose key it is.
    key : str
        The ``Idempotency-Key``.
    request_hash : str
        Of method, address and body.
    """

    caller: str
    key: str
    request_hash: str

    def part(self, number: int) -> Once:
        """Return the same for one part of a request that takes several transactions."""
        return Once(self.caller, f"{self.key}#{number}", self.request_hash)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of a write.

    Parameters
    ----------
    status : int
        HTTP status.
    content : Mapping[str, Any]
        Plain data.
    lead_ids : tuple of str
        Whom it is about.
    replayed : bool
        Whether the request was done before, and this is what it was answered then.
    """

    status: int
    content: Mapping[str, Any]
    lead_ids: tuple[str, ...] = field(default=(), compare=False)
    replayed: bool = False


class Desk:
    """Takes work for the store.

    Parameters
    ----------
    door : StoreDoor
        The store.
    seconds : float
        How long a caller waits before it is told that it took too long.
    is_server : bool
        Whether the database has several writers (PostgreSQL) or one (SQLite).
    """

    def __init__(self, door: StoreDoor, seconds: float, *, is_server: bool) -> None:
        self.door = door
        self._seconds = seconds
        # Whoever ran before may have been killed before it could.
        self._is_clean = False
        self._line: Line = ManyWriters(door.store) if is_server else OneWriter(door.store)
        self._readers = ThreadPoolExecutor(_READERS, "store-reader")

    async def write(self, work: Callable[[Transaction], Reply], once: Once | None = None) -> Reply:
        """Do a write in one transaction; the same request again is answered as before.

        Parameters
        ----------
        work : callable
            Does it; what it raises undoes everything.
        once : Once, optional
            The request's key.

        Raises
        ------
        StoreError
            If the store cannot do it; nothing was kept.
        RefusedError
            If the key was used with other content, or the work took too long (and goes on).
        """
        context = contextvars.copy_context()
        return await self._in_line(self._line.submit(lambda tx: context.run(_once, tx, work, once)))

    async def change(self, work: Callable[[Transaction], T]) -> T:
        """Do a write in one transaction and return what it returns: for what a person sends, who sees what was done.

        Raises
        ------
        StoreError, RefusedError
            As of :meth:`write`.
        """
        context = contextvars.copy_context()
        return await self._in_line(self._line.submit(lambda tx: context.run(work, tx)))

    async def read(self, work: Callable[[Transaction], T], *, seconds: float | None = None) -> T:
        """Read one state of the store.

        Parameters
        ----------
        work : callable
            Reads.
        seconds : float, optional
            How long the caller waits at most; by default as long as for a write.

        Raises
        ------
        StoreError
            If the store does not answer.
        """

        def reading() -> T:
            with self.door.store().read() as tx:
                return work(tx)

        return await self._wait(self._readers.submit(contextvars.copy_context().run, reading), seconds)

    async def cleanse(self) -> None:
        """Let nothing deleted stay readable in the store's files; where somebody reads them now, a moment later."""
        self._is_clean = False
        await self._in_line(self._line.submit_alone(self.cleanse_again))

    def cleanse_again(self) -> None:
        """Do what could not be done when it was asked for."""
        if self._is_clean:
            return
        try:
            self.door.store().overwrite_deleted()
        except StoreBusyError:
            # The rows are gone for everybody; only their old pages wait for whoever reads an older state.
            _LOG.info("overwriting what was deleted waits for readers")
        else:
            self._is_clean = True

    def in_line(self, work: Callable[[Transaction], None]) -> None:
        """Do a write of the service's own, in line with all others; returns when it is done."""
        self._line.submit(work).result()

    def begin_in_line(self, work: Callable[[Transaction], None]) -> Future[None]:
        """Put a write of the service's own in line; what waits together is kept together, each kept or undone alone."""
        return self._line.submit(work)

    def look(self, work: Callable[[Transaction], T]) -> T:
        """Read something for the service itself."""
        with self.door.store().read() as tx:
            return work(tx)

    def close(self) -> None:
        """Finish what has begun, and close the store."""
        self._line.close()
        self._readers.shutdown(wait=True, cancel_futures=True)
        self.door.close()

    async def _in_line(self, future: Future[T]) -> T:
        before = self._line.answered
        try:
            return await self._wait(future)
        except StoreBusyError:
            if not future.cancelled() or self._line.answered == before:
                raise
            # The store keeps up with itself, but not with its callers.
            detail = "More waits for the store than it can keep in time; nothing of the request was done."
            raise RefusedError(Problem("too-many-requests", detail, retry_after=_CROWDED_SECONDS)) from None

    async def _wait(self, future: Future[T], seconds: float | None = None) -> T:
        longest = self._seconds if seconds is None else seconds
        answer = asyncio.wrap_future(future)
        await asyncio.wait([answer], timeout=min(BUSY_SECONDS, longest))
        if not answer.done() and future.cancel():
            raise StoreBusyError(
                "The work before this one takes long.", "a store that is free within seconds.", "Try again."
            )
        if not answer.done():
            await asyncio.wait([answer], timeout=max(longest - BUSY_SECONDS, 0.0))
        if answer.done():
            return answer.result()
        answer.add_done_callback(_log_late)
        detail = "The work goes on. Send the request again with the same Idempotency-Key to learn its one answer."
        raise RefusedError(Problem("timeout", detail))


def _once(tx: Transaction, work: Callable[[Transaction], Reply], once: Once | None) -> Reply:
    if once is None:
        return work(tx)
    known = tx.idempotency.begin(once.caller, once.key, once.request_hash)
    if known.standing is Standing.ANSWERED and known.status is not None:
        return Reply(known.status, known.answer or {}, replayed=True)
    if known.standing is not Standing.NEW:
        raise RefusedError(_not_new(known.standing))
    reply = work(tx)
    tx.idempotency.answer(once.caller, once.key, reply.status, reply.content, _held(tx, reply.lead_ids))
    # As it is kept, so that the first answer and every later one are the same text.
    return replace(reply, content=json.loads(canonical_json(reply.content)))


def _held(tx: Transaction, lead_ids: Iterable[str]) -> list[str]:
    # An answer hangs on the leads it is about; one that was erased by this very request is not there any more.
    return [one for one in lead_ids if tx.leads.get(one) is not None]


def _not_new(standing: Standing) -> Problem:
    if standing is Standing.OTHER_CONTENT:
        return Problem("idempotency-key-reused", "Send a new Idempotency-Key with every new request.")
    if standing is Standing.ERASED:
        return Problem("answer-erased", "The request was done; the lead has been erased since, and the answer with it.")
    return Problem("still-running", "The first request with this Idempotency-Key is being worked on.")


def _log_late(answer: asyncio.Future[Any]) -> None:
    error = None if answer.cancelled() else answer.exception()
    if error is not None:
        _LOG.error("work that had taken too long failed: %s", type(error).__name__)
