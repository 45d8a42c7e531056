"""Which column identifies a lead, which says when it came, and which digits are a code."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.config import Config
from features.domain import FixedClock
from features.schema import ColumnType
from training.intake.conclusions import infer
from training.intake.findings import Findings, Level
from training.intake.sources import read_sources

CLOCK = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))


def concluded(folder: Path, columns: dict[str, Callable[[int], object]], n: int = 300) -> tuple[Config, Findings]:
    cells = columns | {"size": lambda i: i % 7, "converted": lambda i: "yes" if i * 7 % 4 == 0 else "no"}
    lines = [";".join(str(cell(i)) for cell in cells.values()) for i in range(n)]
    (folder / "leads.csv").write_text("\n".join([";".join(cells), *lines]), encoding="utf-8")
    findings = Findings()
    config, _, _ = infer(read_sources(folder / "leads.csv", None, None, None), "acme", CLOCK, findings)
    return config, findings


@pytest.mark.parametrize("name", ["Kundennummer", "Customer Code", "record_key", "LeadGuid", "Vorgang"])
@pytest.mark.parametrize("cell", [lambda i: 50_000 + i * 7 % 300, lambda i: f"K{i * 7 % 300:05d}"])
def test_a_column_of_different_keys_identifies_the_lead(
    tmp_path: Path, name: str, cell: Callable[[int], object]
) -> None:
    config, _ = concluded(tmp_path, {"visits": lambda i: i % 3, name: cell})
    assert config.leads.lead_id == name
    assert name not in {column.name for column in config.schema.columns}


@pytest.mark.parametrize(
    ("name", "cell"),
    [("Umsatz", lambda i: 1000 + i * 37), ("Kontakt", lambda i: f"p{i}@x.de"), ("Score", lambda i: i / 7)],
)
def test_amounts_and_addresses_are_no_lead_ids_although_all_are_different(
    tmp_path: Path, name: str, cell: Callable[[int], object]
) -> None:
    assert concluded(tmp_path, {name: cell})[0].leads.lead_id is None


@pytest.mark.parametrize("name", ["id", "lead_id", "Customer ID"])
def test_a_repeated_id_is_still_the_id_and_no_feature(tmp_path: Path, name: str) -> None:
    config, _ = concluded(tmp_path, {name: lambda i: f"L{i * 4 // 5}"})
    assert config.leads.lead_id == name
    assert name not in {column.name for column in config.schema.columns}


@pytest.mark.parametrize("name", ["Mitarbeiter", "Employees", "user_count"])
def test_counts_with_thousands_set_apart_are_numbers(tmp_path: Path, name: str) -> None:
    config, _ = concluded(
        tmp_path, {name: lambda i: f"{1 + i % 9}.639" if i % 3 else i, "Preis": lambda i: f"{i % 11},5"}
    )
    types = {column.name: column.type for column in config.schema.columns}
    assert types[name] is ColumnType.NUMBER


def test_digits_of_a_postcode_stay_a_code(tmp_path: Path) -> None:
    config, _ = concluded(tmp_path, {"PLZ": lambda i: 10_115 + i % 40})
    assert {column.name: column.type for column in config.schema.columns}["PLZ"] is ColumnType.CATEGORY


@pytest.mark.parametrize(("unit", "written"), [(1, "epoch_s"), (1000, "epoch_ms")])
@pytest.mark.parametrize("name", ["signup_ts", "created", "Anlagezeit am"])
def test_seconds_since_1970_are_the_creation_where_the_name_speaks_of_time(
    tmp_path: Path, name: str, unit: int, written: str
) -> None:
    config, _ = concluded(tmp_path, {name: lambda i: (1_700_000_000 + i * 60) * unit})
    assert (config.leads.created_at, config.leads.time_format) == (name, written)


def test_numbers_of_that_size_are_no_times_under_another_name(tmp_path: Path) -> None:
    assert concluded(tmp_path, {"Umsatz": lambda i: 1_700_000_000 + i * 60})[0].leads.created_at is None


def test_leads_without_times_beside_events_with_times_are_said(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(
        "lead_id,size,converted\n" + "\n".join(f"L{i},{i % 3},{'yes' if i % 4 else 'no'}" for i in range(100))
    )
    (tmp_path / "events.csv").write_text(
        "lead_id,occurred_at,event\n" + "\n".join(f"L{i},2025-01-{1 + i % 28:02d},visit" for i in range(100))
    )
    findings = Findings()
    infer(read_sources(tmp_path / "leads.csv", tmp_path / "events.csv", None, "converted=yes"), "acme", CLOCK, findings)
    said = [f for f in findings.made if f.what == "the leads have no time of creation"]
    assert [f.level for f in said] == [Level.ASSUMED]
