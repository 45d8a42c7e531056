"""A run's progress in a file or a pipe: a line per stage, and a sign of life where one takes long."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import click

SIGN_OF_LIFE_SECONDS = 30.0
"""After so long without a line the reader is told that the run goes on."""


class StageLines:
    """Tells stages as lines on standard error (``training.progress.Progress``)."""

    def __init__(self) -> None:
        self._name = ""
        self._steps: int | None = None
        self._done = 0
        self._began = monotonic()

    def stage(self, name: str, steps: int | None = None) -> None:
        """Tell that a stage begins."""
        self._name, self._steps, self._done, self._began = name, steps, 0, monotonic()
        click.echo(f"{name} ...", err=True)

    def step(self, detail: str = "") -> None:
        """Count a step; single ones are not told."""
        self._done += 1

    def note(self, sentence: str) -> None:
        """Tell a sentence."""
        click.echo(sentence, err=True)

    def sign_of_life(self) -> None:
        """Tell how far the present stage is; nothing before the first one."""
        if not self._name:
            return
        far = f", {self._done} of {self._steps} steps" if self._steps else ""
        click.echo(f"{self._name}: {monotonic() - self._began:.0f} s so far{far}", err=True)


@contextmanager
def stage_lines(every_seconds: float = SIGN_OF_LIFE_SECONDS) -> Iterator[StageLines]:
    """Yield the lines of a run; while the block runs, a sign of life follows every ``every_seconds`` seconds."""
    lines, over = StageLines(), threading.Event()

    def go_on() -> None:
        while not over.wait(every_seconds):
            lines.sign_of_life()

    # A daemon, so that a run that is stopped is not kept waiting.
    teller = threading.Thread(target=go_on, name="sign-of-life", daemon=True)
    teller.start()
    try:
        yield lines
    finally:
        over.set()
        teller.join()
