"""``leadscore simulate``."""

from __future__ import annotations

from pathlib import Path

import click

from serving.cli.terminal import Terminal, json_option

_FILES = ("leads.csv", "events.csv", "outcomes.csv")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--leads", default=20_000, show_default=True, help="How many leads.")
@click.option("--months", default=24, show_default=True, help="Over how many months they come in.")
@click.option("--seed", default=42, show_default=True, help="The same seed writes the same bytes.")
@json_option
def simulate(folder: Path, leads: int, months: int, seed: int) -> None:
    """Write a realistic history (leads, events, outcomes) with known truth apart."""
    # Only this verb pays for numpy and polars: leadscore --help stays quick.
    from features.domain import InputError
    from training.simulation import simulate as write

    there = [name for name in _FILES if (folder / name).exists()]
    if there and not (folder / "truth").is_dir():
        raise InputError(
            f"{folder} holds {', '.join(there)}, which leadscore did not invent.",
            "a new folder, or one with an invented history, which is written over.",
            "Name another folder.",
        )
    terminal = Terminal()
    with terminal.progress() as progress:
        summary = write(folder, leads=leads, months=months, seed=seed, progress=progress)
    terminal.table(
        f"Written to {folder}",
        ("Leads", "Versions", "Events", "Outcomes", "Won"),
        [(summary.leads, summary.versions, summary.events, sum(summary.outcomes.values()), f"{summary.won_share:.1%}")],
    )
    terminal.result(summary.to_mapping())
