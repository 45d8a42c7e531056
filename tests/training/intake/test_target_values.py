"""Target columns with more than two values: which value means what."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.domain import ConfigError, FixedClock
from features.history import FileHistory
from features.workspace import Workspace
from training.intake.check import check
from training.intake.conclusions import infer
from training.intake.findings import Findings, Level
from training.intake.sources import read_sources

CLOCK = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))


def leads(folder: Path, column: str, values: list[str]) -> Path:
    lines = [f"L{i},{i % 7},{i % 3},{values[i % len(values)]}" for i in range(300)]
    (folder / "leads.csv").write_text("\n".join([f"lead_id,visits,size,{column}", *lines]), encoding="utf-8")
    return folder / "leads.csv"


@pytest.mark.parametrize("target", [None, "given"])
@pytest.mark.parametrize(
    ("column", "values", "won", "lost"),
    [
        ("Status", ["gewonnen", "verloren", "offen"], ("gewonnen",), {"verloren"}),
        ("stage", ["won", "lost", "open"], ("won",), {"lost"}),
        ("Verkaufsphase", ["Closed Won", "Closed Lost", "Kein Interesse", "qualified"],
         ("Closed Won",), {"Closed Lost", "Kein Interesse"}),
    ],
)  # fmt: skip
def test_values_without_an_outcome_yet_are_not_learned_as_lost(
    tmp_path: Path, target: str | None, column: str, values: list[str], won: tuple[str, ...], lost: set[str]
) -> None:
    findings = Findings()
    given = None if target is None else f"{column}={won[0]}"
    config, history, _ = infer(
        read_sources(leads(tmp_path, column, values), None, None, given), "acme", CLOCK, findings
    )
    assert config.target.column == column
    assert config.target.positive == won
    assert set(config.target.negative) == lost
    assert history.outcomes().height == 300 * (len(won) + len(lost)) // len(values)
    assert history.outcomes()["outcome"].unique().sort().to_list() == ["lost", "won"]
    assert FileHistory.read(config, clock=CLOCK).outcomes().equals(history.outcomes())


def test_values_of_which_none_is_named_like_a_loss_are_listed_as_assumed(tmp_path: Path) -> None:
    findings = Findings()
    sources = read_sources(leads(tmp_path, "stage", ["won", "alpha", "beta"]), None, None, "stage=won")
    config, history, _ = infer(sources, "acme", CLOCK, findings)
    assert config.target.negative == ()
    assert history.outcomes().height == 300
    said = [f for f in findings.made if f.level is Level.ASSUMED and "stage" in f.what]
    assert len(said) == 1
    assert "'alpha' (100)" in said[0].evidence


def test_several_columns_that_speak_of_a_win_are_named_and_none_is_taken(tmp_path: Path) -> None:
    values = [f"{a},{b}" for a, b in (("won", "sold"), ("lost", "rejected"), ("lost", "sold"))]
    with pytest.raises(ConfigError, match="'ausgang', 'weg'"):
        infer(read_sources(leads(tmp_path, "ausgang,weg", values), None, None, None), "acme", CLOCK, Findings())


def test_check_shows_what_each_value_means_and_names_values_that_never_occur(tmp_path: Path) -> None:
    leads(tmp_path, "stage", ["won", "lost", "open"])
    text = "name: a\nleads: {file: leads.csv, lead_id: lead_id}\n"
    text += "target: {column: stage, positive: [Won, sold], negative: [lost]}\n"
    (tmp_path / "leadscore.yaml").write_text(text, encoding="utf-8")
    report = check(Workspace.open(tmp_path), clock=CLOCK)
    meanings = {entry.value: (entry.rows, entry.meaning) for entry in report.values}
    assert meanings == {"won": (100, "reached"), "lost": (100, "not reached"), "open": (100, "unlabelled")}
    assert len(report.warnings) == 1
    assert "'sold'" in report.warnings[0]
    assert "'open'" in report.warnings[0]
