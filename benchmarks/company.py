"""A company to measure with: a copy of a workspace, or an invented one that was trained on."""

from __future__ import annotations

import shutil
from pathlib import Path

from features.workspace import Workspace


def company(given: Path | None, leads: int, folder: Path) -> Workspace:
    """Return a workspace with a champion and an empty store.

    Parameters
    ----------
    given : Path or None
        A workspace to copy; None invents one.
    leads : int
        Of the invented company's history.
    folder : Path
        Where it is made.
    """
    if given is None:
        return _invented(leads, folder)
    # Its own store stays out: what is measured begins empty, and keeps nothing there.
    shutil.copytree(given, folder, symlinks=True, ignore=shutil.ignore_patterns("store.db*", "bentoml"))
    return Workspace.open(folder)


def _invented(leads: int, folder: Path) -> Workspace:
    """Invent a company and train on its history, as ``leadscore demo`` does."""
    # Only this way needs training.
    from features.domain import SystemClock
    from models.registry import Registry
    from training.intake.infer import initialise
    from training.progress import SilentProgress
    from training.run import train
    from training.simulation import simulate

    history, clock = folder / "history", SystemClock()
    simulate(history, leads=leads, months=24, seed=42)
    initialise(
        folder,
        leads=history / "leads.csv",
        events=history / "events.csv",
        outcomes=history / "outcomes.csv",
        target=None,
        clock=clock,
        name="bench",
        horizon_days=90.0,
    )
    result = train(Workspace.open(folder), clock=clock, progress=SilentProgress())
    if result.version is not None and not result.promoted:
        Registry(Workspace.open(folder)).promote(result.version, by="bench")
    return Workspace.open(folder)
