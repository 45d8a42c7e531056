"""Histories in which nothing tells who will buy: training says so, reports the coin's figures and promotes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from features.domain import FixedClock
from features.workspace import Workspace
from training.intake.infer import initialise
from training.progress import SilentProgress
from training.result import TrainingResult
from training.run import train

NOW = datetime(2026, 7, 1, tzinfo=UTC)
PLAN = (
    "\ntraining: {search_trials: 1, gate_draws: 200, moments_days: [0, 14], max_trees: 60, crossfit_folds: 2, "
    "gate_min_positives: 40}\n"
)
LEADS = 1600


def attributes(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "lead_id": [f"L{n}" for n in range(LEADS)],
        "industry": rng.choice(["retail", "software", "chemicals", "health", ""], LEADS),
        "employees": np.round(np.exp(rng.normal(4.0, 1.5, LEADS))).astype(int),
        "source": rng.choice(["web", "fair", "partner"], LEADS, p=[0.6, 0.3, 0.1]),
        "country": rng.choice(["DE", "AT", "CH", "FR"], LEADS),
    }


def flat(folder: Path, rng: np.random.Generator, *, telling: bool) -> Workspace:
    """Write one table of leads and outcomes, oldest first."""
    columns = attributes(rng)
    chance = np.where(columns["source"] == "web", 0.08, 0.35) if telling else np.full(LEADS, 0.15)
    columns["converted"] = np.where(rng.random(LEADS) < chance, "yes", "no")
    pl.DataFrame(columns).write_csv(folder / "leads.csv")
    return opened(folder, target="converted", leads=folder / "leads.csv", events=None, outcomes=None)


def timed(folder: Path, rng: np.random.Generator, *, telling: bool) -> Workspace:
    """Write leads over two years, what they did, and who was won."""
    columns = attributes(rng)
    ids = np.array(columns["lead_id"])
    created = [NOW - timedelta(days=float(days)) for days in np.sort(rng.uniform(1, 730, LEADS))[::-1]]
    pl.DataFrame({**columns, "created_at": created}).write_csv(folder / "leads.csv")
    who = rng.integers(0, LEADS, 6 * LEADS)
    did = {
        "lead_id": ids[who],
        "occurred_at": [created[n] + timedelta(days=float(rng.exponential(20.0))) for n in who],
        "event": rng.choice(["page_view", "email_open", "form_submit"], who.size, p=[0.6, 0.3, 0.1]),
    }
    pl.DataFrame(did).filter(pl.col("occurred_at") < NOW).write_csv(folder / "events.csv")
    chance = np.where(columns["source"] == "web", 0.08, 0.35) if telling else np.full(LEADS, 0.15)
    won = np.flatnonzero(rng.random(LEADS) < chance)
    ended = {
        "lead_id": ids[won],
        "occurred_at": [created[n] + timedelta(days=float(rng.uniform(5, 80))) for n in won],
        "outcome": ["won"] * won.size,
    }
    pl.DataFrame(ended).filter(pl.col("occurred_at") < NOW).write_csv(folder / "outcomes.csv")
    names = ("leads", "events", "outcomes")
    return opened(folder, target=None, **{name: folder / f"{name}.csv" for name in names})


def opened(folder: Path, *, target: str | None, **files: Path | None) -> Workspace:
    initialise(folder / "acme", target=target, clock=FixedClock(NOW), **files)
    workspace = Workspace.open(folder / "acme")
    with workspace.config_file.open("a", encoding="utf-8") as file:
        file.write(PLAN)
    return workspace


def trained(workspace: Workspace) -> TrainingResult:
    return train(workspace, clock=FixedClock(NOW), progress=SilentProgress())


def says_no_signal(result: TrainingResult) -> bool:
    return any(reason.startswith("No signal") for reason in result.verdict.reasons)


@pytest.mark.parametrize("history", [flat, timed])
def test_where_nothing_tells_who_buys_training_says_so_and_promotes_nothing(
    truth: Any, tmp_path: Path, history: Any
) -> None:
    # A whole training each time: 20 in full, whatever the other simulations draw.
    draws = min(truth.draws(1), 20)
    areas, said = [], 0
    for seed in range(draws):
        folder = tmp_path / str(seed)
        folder.mkdir()
        workspace = history(folder, np.random.default_rng([seed, 30]), telling=False)
        result = trained(workspace)
        assert not result.promoted, result.verdict.reasons
        assert not workspace.champion.exists()
        areas.append(result.evaluations["model"].auc)
        said += says_no_signal(result)
    # Chance alone lifts the lower end of a 95 % interval above a half in one of forty.
    assert said >= (draws - 2 if draws > 1 else 1)
    assert abs(float(np.mean(areas)) - 0.5) < 0.12 / np.sqrt(draws), areas


@pytest.mark.parametrize("history", [flat, timed])
def test_the_same_history_with_one_telling_column_is_not_called_without_signal(tmp_path: Path, history: Any) -> None:
    result = trained(history(tmp_path, np.random.default_rng(30), telling=True))
    assert not says_no_signal(result)
    assert result.evaluations["model"].auc > 0.6
