from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from features.domain import FixedClock
from features.schema import Role, Use
from features.workspace import Workspace
from training.intake.check import check
from training.intake.conclusions import infer
from training.intake.findings import Findings
from training.intake.infer import initialise
from training.intake.sources import read_sources
from training.simulation import simulate

CLOCK = FixedClock(datetime(2026, 7, 1, tzinfo=UTC))
LEAKS = {"contract_sent", "onboarding_started"}


def with_leaks(folder: Path, seed: int) -> dict[str, Path]:
    """Return a simulated history in which some kinds and a property of events are written by winning itself."""
    simulate(folder, leads=1500, months=20, seed=seed)
    files = {name: folder / f"{name}.csv" for name in ("leads", "events", "outcomes")}
    events = pl.read_csv(files["events"], infer_schema=False)
    won = pl.read_csv(files["outcomes"], infer_schema=False).filter(pl.col("outcome") == "won")
    moment = pl.col("occurred_at").str.to_datetime(time_zone="UTC")

    def beside(kind: str, after: timedelta, vat: str | None) -> pl.DataFrame:
        at = (moment + after).dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        return won.select("lead_id", occurred_at=at, event=pl.lit(kind), vat_number=pl.lit(vat))

    parts = [
        events.with_columns(vat_number=pl.lit(None, pl.String)),
        beside("contract_sent", -timedelta(hours=5), None),
        beside("onboarding_started", timedelta(days=3), None),
        beside("page_view", -timedelta(hours=4), "DE1"),
    ]
    pl.concat(parts, how="diagonal").write_csv(files["events"])
    return files


@pytest.mark.parametrize("seed", range(4))
def test_every_planted_leak_in_events_is_left_out_and_no_honest_kind(tmp_path: Path, seed: int) -> None:
    files = with_leaks(tmp_path, seed)
    config, _, suspects = infer(read_sources(*files.values(), None), "x", CLOCK, Findings())
    assert {kind.name for kind in config.schema.event_kinds if kind.use is Use.LEFT_OUT} == LEAKS
    assert {one.name for one in config.schema.properties if one.role is Role.LEFT_OUT} == {"vat_number"}
    assert suspects == ()


def test_check_shows_leaking_events_with_their_evidence_also_when_a_person_keeps_them(tmp_path: Path) -> None:
    initialise(tmp_path / "acme", target=None, clock=CLOCK, **with_leaks(tmp_path / "history", 9))
    workspace = Workspace.open(tmp_path / "acme")
    found = {entry["what"]: entry for entry in check(workspace, clock=CLOCK).to_mapping()["event_suspects"]}
    assert set(found) == {"event contract_sent", "event property vat_number"}
    assert found["event contract_sent"]["state"] == "suspect, left out"
    assert "nearly decides the outcome" in found["event contract_sent"]["evidence"]
    text = workspace.config_file.read_text(encoding="utf-8")
    lines = [
        line.replace("use: left_out", "use: engagement") if "contract_sent:" in line else line
        for line in text.splitlines()
    ]
    workspace.config_file.write_text("\n".join(lines), encoding="utf-8")
    kept = {what: state for what, state, _ in check(workspace, clock=CLOCK).event_suspects}
    assert kept["event contract_sent"] == "suspect, kept by a person"
