"""``leadscore init``."""

from __future__ import annotations

from pathlib import Path

import click

from serving.cli.front_door import leads_option, workspace_argument
from serving.cli.terminal import Terminal, json_option


@click.command()
@workspace_argument
@leads_option
@click.option("--events", metavar="F", type=click.Path(path_type=Path), help="What the leads did.")
@click.option("--outcomes", metavar="F", type=click.Path(path_type=Path), help="What became of them.")
@click.option("--target", metavar="COLUMN[=VALUE]", help="What to predict; without it, it is looked for.")
@click.option(
    "--horizon",
    "horizon_days",
    metavar="DAYS",
    type=click.FloatRange(0, min_open=True),
    help="Within how many days to predict it; default: 90, or longer where outcomes take longer.",
)
@click.option("--name", help="The company's name; default: the folder's.")
@click.option("--overwrite", is_flag=True, help="Write over an existing leadscore.yaml.")
@json_option
def init(
    folder: Path,
    leads: Path,
    events: Path | None,
    outcomes: Path | None,
    target: str | None,
    horizon_days: float | None,
    name: str | None,
    overwrite: bool,
) -> None:
    """Make a workspace from files; what was inferred is shown and written down."""
    # Only this verb pays for reading tables.
    from features.domain import SystemClock
    from training.intake.infer import initialise

    terminal = Terminal()
    with terminal.progress() as progress:
        progress.stage("Reading the files and weighing every column")
        found = initialise(
            folder,
            leads=leads,
            events=events,
            outcomes=outcomes,
            target=target,
            clock=SystemClock(),
            name=name,
            horizon_days=horizon_days,
            overwrite=overwrite,
        )
    terminal.table(f"Inferred for {folder}", ("Level", "Conclusion", "Evidence"), found.rows())
    for warning in (*found.quality.warnings, *found.quality.unread):
        terminal.warn(warning)
    terminal.line(f"Written: {', '.join(found.written)}. Look through leadscore.yaml, then: leadscore train {folder}")
    terminal.result(found.to_mapping())
