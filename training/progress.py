"""How a run tells where it is; the command line gives a bar, everything else stays silent."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told of a run's stages as they begin, and of steps within one."""

    def stage(self, name: str, steps: int | None = None) -> None:
        """Begin a stage, e.g. ``"Searching shapes of trees"``, of ``steps`` steps where they are known."""
        ...

    def step(self, detail: str = "") -> None:
        """Finish one step of the stage, e.g. with the best figure so far."""
        ...

    def note(self, sentence: str) -> None:
        """Say something the reader should know at once."""
        ...


class SilentProgress:
    """Says nothing."""

    def stage(self, name: str, steps: int | None = None) -> None:
        """Begin a stage without a word."""

    def step(self, detail: str = "") -> None:
        """Finish a step without a word."""

    def note(self, sentence: str) -> None:
        """Keep the sentence to itself."""
