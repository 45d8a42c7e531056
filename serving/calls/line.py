"""The line in which writes wait for the store, first come first served, and timed."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from serving.metrics.measures import STORE_WAIT_SECONDS, STORE_WRITE_SECONDS, STORE_WRITES_WAITING

P = ParamSpec("P")
T = TypeVar("T")


class WriterLine(ThreadPoolExecutor):
    """An executor that tells how long its work waited and took."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Put work at the end of the line."""
        queued = time.perf_counter()

        def timed() -> T:
            begun = time.perf_counter()
            STORE_WRITES_WAITING.dec()
            STORE_WAIT_SECONDS.observe(begun - queued)
            try:
                return fn(*args, **kwargs)
            finally:
                STORE_WRITE_SECONDS.observe(time.perf_counter() - begun)

        future = super().submit(timed)
        STORE_WRITES_WAITING.inc()
        future.add_done_callback(_left_the_line)
        return future


def _left_the_line(future: Future[Any]) -> None:
    # What was cancelled never got its turn.
    if future.cancelled():
        STORE_WRITES_WAITING.dec()
