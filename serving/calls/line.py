"""The lines in which writes wait for the store, first come first served, and timed.

PostgreSQL has several writers, each with a transaction of its own. SQLite has one, and what a transaction costs there
is the disk's answer at its end: so whatever waits when the writer's turn comes is kept by one transaction, each work as
a part of it that is undone alone where it fails. Nobody is answered before the whole is on the disk.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Generic, Protocol, TypeVar

from serving.metrics.measures import STORE_WAIT_SECONDS, STORE_WRITE_SECONDS, STORE_WRITES_WAITING
from serving.store import Store, Transaction

TOGETHER_SECONDS = 0.05
"""How long a transaction takes in further work: about what a busy disk takes to answer."""

_SERVER_WRITERS = 8

T = TypeVar("T")


class Line(Protocol):
    """Takes work for the store."""

    answered: int
    """How much work has had its turn and been kept so far."""

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """Put work at the end of the line: it is kept whole once its result is there, or not at all."""
        ...

    def submit_alone(self, work: Callable[[], T]) -> Future[T]:
        """Put work at the end of the line that is to be done between transactions."""
        ...

    def close(self) -> None:
        """Finish what has begun; what waits is cancelled, and more is refused with a RuntimeError."""
        ...


class ManyWriters:
    """A line for PostgreSQL.

    Parameters
    ----------
    store : callable
        Returns the store; raises what keeps it from it.
    """

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store
        self.answered = 0
        self._writers = ThreadPoolExecutor(_SERVER_WRITERS, "store-writer")

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """Put work at the end of the line (see :class:`Line`)."""

        def whole() -> T:
            with self._store().begin() as tx:
                return work(tx)

        return self.submit_alone(whole)

    def submit_alone(self, work: Callable[[], T]) -> Future[T]:
        """Put work at the end of the line (see :class:`Line`)."""
        turn = _Turn[Any](work, None)
        job = self._writers.submit(turn.do, work)
        job.add_done_callback(lambda done: turn.future.cancel() if done.cancelled() else self._count(turn.future))
        return turn.future

    def _count(self, future: Future[Any]) -> None:
        self.answered += not future.cancelled() and future.exception() is None

    def close(self) -> None:
        """Finish what has begun (see :class:`Line`)."""
        self._writers.shutdown(wait=True, cancel_futures=True)


class OneWriter:
    """A line for SQLite.

    Parameters
    ----------
    store : callable
        Returns the store; raises what keeps it from it.
    together_seconds : float
        How long a transaction takes in further work.
    """

    def __init__(self, store: Callable[[], Store], together_seconds: float = TOGETHER_SECONDS) -> None:
        self._store = store
        self.answered = 0
        self._together_seconds = together_seconds
        self._turns: SimpleQueue[_Turn[Any] | None] = SimpleQueue()
        self._is_closed = False
        self._writer = Thread(target=self._run, name="store-writer", daemon=True)
        self._writer.start()

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """Put work at the end of the line (see :class:`Line`)."""
        return self._put(_Turn(None, work))

    def submit_alone(self, work: Callable[[], T]) -> Future[T]:
        """Put work at the end of the line (see :class:`Line`)."""
        return self._put(_Turn(work, None))

    def close(self) -> None:
        """Finish what has begun (see :class:`Line`)."""
        self._is_closed = True
        self._turns.put(None)
        self._writer.join()
        while (turn := self._next(wait=False)) is not None:
            turn.future.cancel()

    def _put(self, turn: _Turn[T]) -> Future[T]:
        if self._is_closed:
            raise RuntimeError("the line is closed")
        self._turns.put(turn)
        return turn.future

    def _next(self, *, wait: bool) -> _Turn[Any] | None:
        try:
            return self._turns.get(block=wait)
        except Empty:
            return None

    def _run(self) -> None:
        turn = self._next(wait=True)
        while turn is not None and not self._is_closed:
            turn = self._from(turn) or self._next(wait=True)
        if turn is not None:
            turn.future.cancel()

    def _from(self, turn: _Turn[Any]) -> _Turn[Any] | None:
        """Do this turn and, in the same transaction, what waits behind it; return what may not be among it."""
        if turn.alone is not None:
            turn.do(turn.alone)
            self.answered += 1
            return None
        done: list[_Turn[Any]] = []
        here: _Turn[Any] | None = turn
        left: _Turn[Any] | None = None
        try:
            store, until = self._store(), time.perf_counter() + self._together_seconds
            with store.begin() as whole:
                while here is not None:
                    if here.in_transaction is None:
                        left = here
                        break
                    if here.begin():
                        done.append(here)
                        here.try_in(store, whole, here.in_transaction)
                    is_time_over = time.perf_counter() >= until or self._is_closed
                    here = None if is_time_over else self._next(wait=False)
        except BaseException as error:  # noqa: BLE001 - whatever it is, nothing was kept, and everybody must be told
            if not done and turn.begin():
                done.append(turn)
            for one in done:
                one.fail(error)
        else:
            self.answered += len(done)
            for one in done:
                one.answer()
        return left


class _Turn(Generic[T]):
    """One work in line: either within a transaction or alone."""

    def __init__(self, alone: Callable[[], T] | None, in_transaction: Callable[[Transaction], T] | None) -> None:
        self.alone = alone
        self.in_transaction = in_transaction
        self.future: Future[T] = Future()
        self._queued = self._begun = time.perf_counter()
        self._result: T | None = None
        self._error: BaseException | None = None
        STORE_WRITES_WAITING.inc()
        self.future.add_done_callback(_left_the_line)

    def begin(self) -> bool:
        """Return whether somebody still waits for it; from now on it cannot be cancelled."""
        if not self.future.set_running_or_notify_cancel():
            return False
        self._begun = time.perf_counter()
        STORE_WRITES_WAITING.dec()
        STORE_WAIT_SECONDS.observe(self._begun - self._queued)
        return True

    def try_in(self, store: Store, whole: Transaction, work: Callable[[Transaction], T]) -> None:
        """Do the work as a part of a transaction; what it raises undoes this part alone.

        Raises
        ------
        BaseException
            If the database gave up the whole transaction with it.
        """
        try:
            with store.part(whole) as tx:
                self._result = work(tx)
        except BaseException as error:
            if not store.is_whole(whole):
                raise
            self._error = error

    def do(self, alone: Callable[[], T]) -> None:
        """Do work that is no part of a transaction, and answer."""
        if not self.begin():
            return
        try:
            self._result = alone()
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is awaited
            self._error = error
        self.answer()

    def answer(self) -> None:
        """Give the answer, once it is on the disk."""
        if self._error is None:
            self._end(lambda: self.future.set_result(self._result))  # type: ignore[arg-type]  # the work's own result
        else:
            self.fail(self._error)

    def fail(self, error: BaseException) -> None:
        """Tell that nothing was kept."""
        self._end(lambda: self.future.set_exception(error))

    def _end(self, tell: Callable[[], None]) -> None:
        STORE_WRITE_SECONDS.observe(time.perf_counter() - self._begun)
        tell()


def _left_the_line(future: Future[Any]) -> None:
    # What was cancelled never got its turn.
    if future.cancelled():
        STORE_WRITES_WAITING.dec()
