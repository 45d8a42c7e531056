"""The edge of the command: what a user caused becomes a sentence, anything else a sentence and a log."""

from __future__ import annotations

import errno
import json
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from features.domain import InputError, LeadscoreError
from serving.cli.terminal import wants_json

BAD_INPUT = 2
UNEXPECTED = 1
STOPPED = 130
"""What shells say of a command that was interrupted (128 + SIGINT)."""


class FrontDoor(click.Group):
    """A group of verbs that never shows a traceback for anything a user can cause."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command; with ``--json``, a fault of usage is one JSON object too."""
        given = sys.argv[1:] if args is None else args
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.Abort:
            click.echo("Stopped.", err=True)
            sys.exit(STOPPED)
        except click.ClickException as error:
            if "--json" in given:
                click.echo(
                    json.dumps({"error": {"code": "usage", "given": error.format_message()}}, ensure_ascii=False)
                )
            error.show()
            sys.exit(error.exit_code)
        sys.exit(code if isinstance(code, int) else 0)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs with their whole sentences; click would cut them off."""
        verbs = [(name, verb) for name in self.list_commands(ctx) if (verb := self.get_command(ctx, name)) is not None]
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.get_short_help_str(limit=200)) for name, verb in verbs])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb and turn its faults into sentences and exit codes."""
        try:
            return super().invoke(ctx)
        except LeadscoreError as error:
            _tell_known(ctx, error)
        except (click.ClickException, click.exceptions.Exit, click.Abort, KeyboardInterrupt):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            if isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
                _tell_known(ctx, _not_allowed(error))
            _tell_unexpected(ctx, error)


_OF_THE_MACHINE = frozenset(
    {
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENOSPC,
        errno.EDQUOT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.ENAMETOOLONG,
    }
)
"""What files and folders refuse for reasons that whoever runs the command can mend."""


def _not_allowed(error: OSError) -> InputError:
    place = error.filename or "A file or folder"
    return InputError(
        f"{place} cannot be read or written ({error.strerror}).",
        "files and folders that may be read and written, and space on the disk.",
        "Correct the path or the permissions, or make room.",
    )


def _tell_known(ctx: click.Context, error: LeadscoreError) -> NoReturn:
    if wants_json(ctx):
        told = {"code": error.code, "given": error.given, "expected": error.expected, "remedy": error.remedy}
        click.echo(json.dumps({"error": told}, ensure_ascii=False))
    click.secho(error.given, fg="red", err=True)
    click.echo(f"Expected: {error.expected}\n{error.remedy}", err=True)
    ctx.exit(BAD_INPUT)


def _tell_unexpected(ctx: click.Context, error: Exception) -> NoReturn:
    log = _log_folder() / "leadscore-error.log"
    with log.open("a", encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)) + "\n")
    if wants_json(ctx):
        click.echo(json.dumps({"error": {"code": "unexpected", "log": str(log)}}))
    click.secho(f"Something went wrong that should not have ({type(error).__name__}).", fg="red", err=True)
    click.echo(f"The details are in {log}; leadscore --debug ... shows them here.", err=True)
    ctx.exit(UNEXPECTED)


def _log_folder() -> Path:
    """Return the named workspace's var/, else the machine's folder for temporary files."""
    context = click.get_current_context()
    folder = context.meta.get(WORKSPACE)
    if folder is not None and (folder / "leadscore.yaml").is_file():
        (folder / "var").mkdir(exist_ok=True)
        return Path(folder / "var")
    return Path(tempfile.gettempdir())


WORKSPACE = "leadscore.workspace"


def _remember(context: click.Context, _: click.Parameter, given: Path) -> Path:
    context.meta[WORKSPACE] = given
    return given


workspace_argument = click.argument(
    "folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), callback=_remember
)
"""The workspace's folder."""

leads_option = click.option(
    "--leads", required=True, metavar="F", type=click.Path(path_type=Path), help="The leads: CSV (also .gz) or Parquet."
)
"""A file of leads."""
