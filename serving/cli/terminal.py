"""What people see: tables on standard output, progress and warnings on standard error; or one JSON object alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from serving.cli.stage_lines import StageLines, stage_lines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars

_Verb = TypeVar("_Verb", bound=Callable[..., Any])
_WANTS_JSON = "leadscore.json"

_WIDTH_OF_A_FILE = 120

GATE_SAID_NO = 3
"""Exit code of a verb that did its work, but whose gate said no."""


def json_option(verb: _Verb) -> _Verb:
    """Add ``--json`` to a verb; :class:`Terminal` then answers with one JSON object on standard output."""

    def remember(context: click.Context, _: click.Parameter, given: bool) -> None:
        context.meta[_WANTS_JSON] = given

    option = click.option(
        "--json",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=remember,
        help="Answer in one JSON object.",
    )
    return option(verb)


def wants_json(context: click.Context) -> bool:
    """Return whether the running verb was given ``--json``."""
    return bool(context.meta.get(_WANTS_JSON, False))


class Terminal:
    """The screen of one verb."""

    def __init__(self) -> None:
        self._json = wants_json(click.get_current_context())

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Show a table on standard output, unless JSON was asked for."""
        if self._json:
            return
        from rich.table import Table

        table = Table(header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        console = _console(stderr=False)
        console.print(f"\n{title}", style="bold")
        console.print(table)

    def line(self, text: str = "") -> None:
        """Show a line on standard output, unless JSON was asked for."""
        if not self._json:
            click.echo(text)

    def note(self, text: str) -> None:
        """Show a line on standard error."""
        click.echo(text, err=True)

    def warn(self, text: str) -> None:
        """Show a warning on standard error."""
        click.secho(f"Warning: {text}", fg="yellow", err=True)

    def result(self, mapping: Mapping[str, Any]) -> None:
        """Put the JSON object on standard output, if it was asked for."""
        if self._json:
            click.echo(json.dumps(mapping, ensure_ascii=False, allow_nan=False, indent=2, default=str))

    @contextmanager
    def progress(self) -> Iterator[StageBar | StageLines]:
        """Show a run's stages on standard error while the block runs: as bars, or as lines in a file."""
        if not sys.stderr.isatty():
            with stage_lines() as lines:
                yield lines
            return
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=_console(stderr=True)) as bars:
            bar = StageBar(bars)
            yield bar
            bar.finish()


class StageBar:
    """A run's progress as one bar per stage (``training.progress.Progress``)."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task: Any = None
        self._name = ""

    def stage(self, name: str, steps: int | None = None) -> None:
        """Begin a stage."""
        self.finish()
        self._name = name
        self._task = self._bars.add_task(name, total=steps)

    def step(self, detail: str = "") -> None:
        """Finish one step of the stage."""
        if self._task is not None:
            self._bars.update(self._task, advance=1, description=f"{self._name} {detail}".strip())

    def note(self, sentence: str) -> None:
        """Show a sentence above the bars."""
        self._bars.console.print(sentence, markup=False, highlight=False)

    def finish(self) -> None:
        """Fill the present stage's bar."""
        if self._task is not None:
            task = self._bars.tasks[self._task]
            total = task.total or max(task.completed, 1)
            self._bars.update(self._task, total=total, completed=total, description=self._name)
            self._task = None


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    # A file or a pipe has no width of its own, and the 80 columns that it is given fold every sentence.
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _WIDTH_OF_A_FILE
    return Console(stderr=stderr, soft_wrap=False, markup=False, highlight=False, width=width)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
