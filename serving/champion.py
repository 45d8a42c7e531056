"""The model that serves and the rules beside it: loaded once, watched, and swapped only after they were verified."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from features.domain import BundleError, Clock, Event, Lead, LeadscoreError, ModelReference, Score
from models.agreement import Agreement
from models.scoring import Scorer
from serving.metrics.measures import WorkerEngine

_LOG = logging.getLogger("bentoml.leadscore")

NO_MODEL = "no-model"
_LOOK_EVERY_SECONDS = 1.0
_RETRY_AFTER_SECONDS = 60.0


class NamedScorer(Scorer, Protocol):
    """A scorer that says which model it is."""

    @property
    def reference(self) -> ModelReference:
        """The model's name, version and day."""
        ...

    def score_each(
        self, leads: Sequence[tuple[Lead, Sequence[Event], datetime | None]], *, scored_at: datetime
    ) -> list[Score]:
        """Return what ``score`` returns for each of many leads."""
        ...


class AgreedRules(Scorer, Protocol):
    """The company's rules as an engine."""

    @property
    def agreement(self) -> Agreement:
        """The SLA and the cutoffs in force."""
        ...

    @property
    def fit_only(self) -> Scorer:
        """The same without any rule that asks what a lead did."""
        ...


@dataclass(frozen=True, slots=True)
class Loaded:
    """A verified bundle in memory.

    Parameters
    ----------
    scorer : NamedScorer
        Answers.
    card : Mapping[str, Any]
        The model card as data.
    since : datetime or None
        When it became the champion of this machine, where that is known.
    """

    scorer: NamedScorer
    card: Mapping[str, Any]
    since: datetime | None = None


Stamp: TypeAlias = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A bundle that was not taken on.

    Parameters
    ----------
    reason : str
        ``no-model`` or ``bundle-invalid: ...``.
    at : datetime
        When it was refused.
    """

    reason: str
    at: datetime


class Champion:
    """Holds the serving model and the rules, and looks, at most once a second, whether the workspace has others.

    A new bundle is verified and loaded in a thread of its own while the old one goes on answering; the change is one
    assignment, so no request sees half of it. A bundle that does not verify is refused and the old one stays, and so
    do rules that cannot be read any more. Both follow the cutoffs in force, so both are loaded again with them.

    Parameters
    ----------
    folder : Path
        The local copy of the champion.
    watched : tuple of Path
        Files whose change means that both have to be loaded again.
    load : callable
        Verifies and loads the folder; raises BundleError if it is not trustworthy.
    load_rules : callable
        Returns the agreed rules; raises ConfigError if they are not usable.
    clock : Clock
        Tells when a bundle was refused.
    """

    def __init__(
        self,
        folder: Path,
        watched: tuple[Path, ...],
        load: Callable[[Path], Loaded],
        load_rules: Callable[[], AgreedRules],
        clock: Clock,
    ) -> None:
        self._folder = folder
        self._watched = watched
        self._load = load
        self._load_rules = load_rules
        self._clock = clock
        self._lock = threading.Lock()
        self._looked = 0.0
        self._tried = 0.0
        self._stamp = self._read_stamp()
        self.rules = load_rules()
        self.loaded: Loaded | None = None
        self.refusal: Refusal | None = None
        self.loaded_at: datetime | None = None
        self._stopped = threading.Event()
        self._measure = WorkerEngine()
        self._take()

    def watch(self) -> None:
        """Look by itself from now on, so that a process that nobody calls moves like the others."""
        threading.Thread(target=self._look_on, name="champion-watch", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def _look_on(self) -> None:
        while not self._stopped.wait(_LOOK_EVERY_SECONDS):
            self.look()

    def look(self) -> None:
        """Start taking over a changed bundle; returns at once."""
        now = time.monotonic()
        if now - self._looked < _LOOK_EVERY_SECONDS or not self._lock.acquire(blocking=False):
            return
        try:
            self._looked = now
            stamp = self._read_stamp()
            again = self.refusal is not None and now - self._tried > _RETRY_AFTER_SECONDS
            if stamp == self._stamp and not again:
                return
            self._stamp = stamp
            threading.Thread(target=self._take_both, name="champion", daemon=True).start()
        finally:
            self._lock.release()

    def _take_both(self) -> None:
        try:
            self.rules = self._load_rules()
        except LeadscoreError as error:
            _LOG.warning("the rules before these go on: %s", error.given)
        self._take()

    def _take(self) -> None:
        with self._lock:
            self._tried = time.monotonic()
            try:
                if not self._folder.is_dir():
                    raise _AbsentError
                loaded = self._load(self._folder)
            except _AbsentError:
                self.refusal = Refusal(NO_MODEL, self._clock.now())
            except LeadscoreError as error:
                self._refuse(f"{BundleError.code}: {error.given}")
            except Exception as error:  # noqa: BLE001 - whatever a damaged bundle raises, scoring goes on
                _LOG.exception("loading the champion failed")
                self._refuse(f"{BundleError.code}: {type(error).__name__}")
            else:
                self.loaded, self.refusal, self.loaded_at = loaded, None, self._clock.now()
                _LOG.info("champion loaded")
            self._measure.serves_by(None if self.loaded is None else self.loaded.scorer.reference)

    def _refuse(self, reason: str) -> None:
        self.refusal = Refusal(reason, self._clock.now())
        _LOG.warning("champion refused: %s", reason)

    def _read_stamp(self) -> Stamp:
        return tuple(_stamp(path) for path in self._watched)


class _AbsentError(Exception):
    """There is no champion."""


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
