"""Sees to it that one process of a workspace follows the registry's alias, whatever dies."""

from __future__ import annotations

import fcntl
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.workspace import Workspace
from models.champion_alias import noted_at
from serving.settings import Settings

_LOG = logging.getLogger("bentoml.leadscore")
_PACKAGES = Path(__file__).resolve().parents[1]
_LOCK = "alias_watch.lock"
_DATABASE = ("mlflow.db", "mlflow.db-wal")
_LOOK_EVERY_SECONDS = 1.0
_STOP_SECONDS = 2.0


class AliasWatch:
    """Runs :mod:`serving.following` beside the service: one for all of a workspace's service processes.

    Parameters
    ----------
    workspace : Workspace
        Whose champion follows.
    settings : Settings
        Where the registry is, and how often it is looked at (0: never).
    """

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        self._workspace = workspace
        self._seconds = settings.registry_seconds
        self._is_local = not settings.tracking_uri
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alias-watch", daemon=True)

    def start(self) -> None:
        """Begin, if the settings want it."""
        if self._seconds:
            self._thread.start()

    def stop(self) -> None:
        """End the process that follows."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(_LOOK_EVERY_SECONDS):
            try:
                with self._place() as is_ours:
                    if is_ours:
                        self._keep_following()
            except OSError as error:
                # No room for the lock or for another process; what serves goes on.
                _LOG.warning("the registry's alias cannot be watched: %s", error.strerror)

    @contextmanager
    def _place(self) -> Iterator[bool]:
        self._workspace.var.mkdir(parents=True, exist_ok=True)
        with (self._workspace.var / _LOCK).open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def _keep_following(self) -> None:
        pause = 0.0
        while not self._stopped.wait(pause):
            pause = float(self._seconds)
            if not self._is_local or self._database_changed():
                self._follow()

    def _database_changed(self) -> bool:
        """Return whether the workspace's database was written after the alias was last noted."""
        noted = noted_at(self._workspace)
        return any(_written(self._workspace.var / name) > noted for name in _DATABASE)

    def _follow(self) -> None:
        command = [sys.executable, "-m", "serving.following", str(self._workspace.root)]
        with subprocess.Popen(command, cwd=_PACKAGES, stdin=subprocess.PIPE) as process:  # noqa: S603 - our own module
            while process.poll() is None and not self._stopped.wait(_LOOK_EVERY_SECONDS):
                pass
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
