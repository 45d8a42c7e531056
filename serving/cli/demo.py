"""``leadscore demo``: the main job in one go."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.domain import InputError
from serving.cli.serve import show_sign_in
from serving.cli.showcase import show_addresses, show_examples
from serving.cli.terminal import Terminal
from serving.cli.train import show_result

if TYPE_CHECKING:
    from features.workspace import Workspace
    from training.progress import Progress

_MARK = Path("var") / "demo.json"
_MONTHS = 24
_HORIZON_DAYS = 90.0


@click.command()
@click.argument("folder", metavar="[DIR]", default="demo", type=click.Path(file_okay=False, path_type=Path))
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--leads", default=20_000, show_default=True, type=click.IntRange(1_000, 200_000), help="How many leads.")
@click.option("--seed", default=42, show_default=True, help="The same seed invents the same company.")
def demo(folder: Path, port: int, leads: int, seed: int) -> None:
    """Invent a company's history, train, promote and serve, and show where to look."""
    # Only this verb pays for all of it.
    from features.history import FileHistory
    from features.workspace import Workspace
    from serving.launch import check_address, check_startable, local_sign_in, serve
    from serving.settings import Settings

    terminal = Terminal()
    settings = replace(Settings.from_environment(), port=port)
    check_address(settings.host, settings.port)
    recipe = Recipe(leads, seed)
    if recipe.is_made(folder):
        terminal.note(f"{folder} holds this demo already; it is served again.")
    else:
        make(terminal, folder, recipe)
    workspace = Workspace.open(folder)
    check_startable(workspace, settings)
    history = FileHistory.read(workspace.config(), require_outcomes=False)
    show_examples(terminal, workspace, history)
    show_addresses(terminal, workspace, history, settings)
    show_sign_in(local_sign_in(workspace, workspace.config(), settings))
    serve(workspace, settings)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a demo was made from."""

    leads: int
    seed: int

    def is_made(self, folder: Path) -> bool:
        """Return whether ``folder`` holds this demo, whole; one that is not of our making is refused.

        Raises
        ------
        InputError
            If the folder holds something else.
        """
        if not folder.exists() or not any(folder.iterdir()):
            return False
        try:
            mark = json.loads((folder / _MARK).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise InputError(
                f"{folder} is not empty and no demo.", "a new folder, or one that a demo made.", "Name another folder."
            ) from None
        return bool(mark == self._mark(complete=True))

    def write(self, folder: Path, *, complete: bool) -> None:
        """Mark the folder as ours."""
        (folder / _MARK).parent.mkdir(parents=True, exist_ok=True)
        (folder / _MARK).write_text(json.dumps(self._mark(complete=complete)) + "\n", encoding="utf-8")

    def _mark(self, *, complete: bool) -> dict[str, object]:
        return {"leads": self.leads, "seed": self.seed, "complete": complete}


def make(terminal: Terminal, folder: Path, recipe: Recipe) -> Workspace:
    """Invent the company's history, make its workspace and train its first model."""
    from features.domain import SystemClock
    from features.workspace import Workspace
    from models.registry import Registry
    from training.intake.infer import initialise
    from training.run import train
    from training.simulation import simulate

    if folder.exists() and any(folder.iterdir()):
        terminal.note(f"{folder} holds a demo that is not this one or was left half-made; starting over.")
        shutil.rmtree(folder)
    recipe.write(folder, complete=False)
    history, clock = folder / "history", SystemClock()
    with terminal.progress() as progress:
        # Up to now, so that the newest leads have just done something, as in a company at work.
        made = simulate(
            history, leads=recipe.leads, months=_MONTHS, seed=recipe.seed, end=clock.now(), progress=progress
        )
        progress.note(f"Invented {made.leads:,} leads and {made.events:,} events; {made.won_share:.1%} were won.")
        progress.stage("Understanding the files")
        initialise(
            folder,
            leads=history / "leads.csv",
            events=history / "events.csv",
            outcomes=history / "outcomes.csv",
            target=None,
            clock=clock,
            name="demo",
            # The invented company's truth is written for this horizon.
            horizon_days=_HORIZON_DAYS,
        )
        result = train(Workspace.open(folder), clock=clock, progress=progress)
        fill_store(Workspace.open(folder), progress)
    for warning in result.warnings:
        terminal.warn(warning)
    show_result(terminal, Workspace.open(folder), result)
    if result.version is not None and not result.promoted:
        terminal.note("The gate said no. A demo is to show a model, so it is promoted all the same, as a person may.")
        Registry(Workspace.open(folder)).promote(result.version, by="demo")
    recipe.write(folder, complete=True)
    return Workspace.open(folder)


def fill_store(workspace: Workspace, progress: Progress) -> None:
    """Load the history into the store, so that the console has leads; the service scores them, the newest first."""
    from serving.opened_store import open_store
    from serving.store.importing import import_files

    config = workspace.config()
    with open_store(workspace, config.schema) as store:
        import_files(store, config, progress)
        with store.begin() as tx:
            tx.rescoring.ask_for_never_scored("import")
