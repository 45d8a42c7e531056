"""What the outermost layer wants to know of a call that is answered further in, perhaps in another thread."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from features.domain import Engine


@dataclass(slots=True)
class Note:
    """What is noted of one call.

    Parameters
    ----------
    engine : Engine or None
        Who gave the last score in it.
    scores : int
        How many were given.
    """

    engine: Engine | None = None
    scores: int = 0


NOTE: ContextVar[Note | None] = ContextVar("note", default=None)
"""Set by the outermost layer; threads that work for the call see the same one."""


def note_score(engine: Engine) -> None:
    """Note that a score was given, where somebody wants to know."""
    note = NOTE.get()
    if note is not None:
        note.engine = engine
        note.scores += 1
