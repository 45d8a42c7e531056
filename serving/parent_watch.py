"""A worker whose server was killed stops too, instead of holding the port against the next start."""

from __future__ import annotations

import logging
import os
import signal
import threading

_LOG = logging.getLogger("bentoml.leadscore")
_LOOK_EVERY_SECONDS = 1.0


def stop_with_parent() -> None:
    """Watch the parent process, and stop this one gracefully once it is gone.

    The server stops its workers when it is told to stop. Killed outright (SIGKILL, out of memory) it cannot, and its
    workers would go on answering unseen.
    """
    parent = os.getppid()

    def watch() -> None:
        # Waiting on an event that is never set sleeps without a clock.
        never = threading.Event()
        while os.getppid() == parent:
            never.wait(_LOOK_EVERY_SECONDS)
        _LOG.error("the server is gone; this worker stops")
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
