"""``leadscore import`` loads the files, and ``train`` then learns from the store."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from features.domain import ConfigError, FixedClock
from features.history.source import read_history
from features.workspace import Workspace
from serving.cli import main
from serving.opened_store import open_store
from serving.settings import Settings
from training.intake.infer import initialise
from training.simulation import simulate

PLAN = "\ntraining: {gate_draws: 200, moments_days: [0, 14], gate_min_positives: 40}\n"
CLOCK = FixedClock(datetime(2025, 7, 1, tzinfo=UTC))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def answer(result: Result) -> Any:
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    simulate(folder / "history", leads=2500, months=24, seed=5, end=CLOCK.moment)
    files = {name: folder / "history" / f"{name}.csv" for name in ("leads", "events", "outcomes")}
    with files["leads"].open("a", encoding="utf-8") as file:
        file.write("too,few,cells\n")
    initialise(folder / "acme", target=None, clock=CLOCK, **files)
    with (folder / "acme" / "leadscore.yaml").open("a", encoding="utf-8") as file:
        file.write(PLAN)
    return folder


@pytest.fixture
def company(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "company")
    folder = tmp_path / "company" / "acme"
    config = (folder / "leadscore.yaml").read_text(encoding="utf-8")
    (folder / "leadscore.yaml").write_text(config.replace(str(made), str(tmp_path / "company")), encoding="utf-8")
    return folder


def learn_from_the_store(company: Path) -> None:
    with (company / "leadscore.yaml").open("a", encoding="utf-8") as file:
        file.write("history: store\n")


def test_import_tells_every_row_and_doing_it_again_adds_nothing(company: Path) -> None:
    first = run("import", company, "--json")
    again = run("import", company, "--json")
    assert (first.exit_code, again.exit_code) == (0, 0)
    loaded = answer(first)
    leads = next(table for table in loaded["quality"]["tables"] if table["table"] == "leads")
    assert leads["rejected"] == 1
    assert loaded["stored"]["leads"] == leads["used"] > 2500
    assert "another number of cells" in first.stderr
    assert set(answer(again)["stored"].values()) == {0}
    assert "history: store" in first.stderr


def test_training_learns_the_same_from_the_store_as_from_the_files(company: Path) -> None:
    before = run("train", company, "--json")
    assert before.exit_code in (0, 3), before.stderr
    files = answer(before)
    run("import", company)
    learn_from_the_store(company)
    for file in (company.parent / "history").glob("*.csv"):
        file.unlink()
    done = run("train", company, "--json")
    assert done.exit_code in (0, 3), done.stderr
    store = answer(done)
    assert store["evaluations"]["model"]["log_loss"] == pytest.approx(
        files["evaluations"]["model"]["log_loss"], abs=1e-9
    )
    assert store["counts"] == files["counts"]


def test_without_a_way_to_the_store_training_says_what_to_do(company: Path) -> None:
    learn_from_the_store(company)
    with pytest.raises(ConfigError, match="history: store"):
        read_history(Workspace.open(company).config(), clock=CLOCK)


def test_an_empty_store_teaches_nothing_and_says_so(company: Path) -> None:
    learn_from_the_store(company)
    result = run("train", company)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_check_says_that_it_looked_at_files(company: Path) -> None:
    learn_from_the_store(company)
    result = run("check", company)
    assert result.exit_code == 0
    assert "training reads the store" in result.stderr


def test_another_word_for_the_history_is_refused(company: Path) -> None:
    with (company / "leadscore.yaml").open("a", encoding="utf-8") as file:
        file.write("history: lake\n")
    result = run("import", company)
    assert result.exit_code == 2
    assert "files, store" in result.stderr


def test_a_store_that_cannot_be_opened_is_a_sentence(company: Path) -> None:
    (company / "var").mkdir(exist_ok=True)
    (company / "var" / "store.db").write_bytes(b"no database " * 999)
    result = run("import", company, "--json")
    assert result.exit_code == 2
    assert answer(result)["error"]["code"] == "store-damaged"


def test_a_changed_audit_log_is_found(company: Path) -> None:
    workspace = Workspace.open(company)
    with open_store(workspace, workspace.config().schema) as store:
        for number in range(3):
            with store.begin() as tx:
                tx.audit.append("key.created", by="ann", details={"number": number})
    whole = run("audit", company, "--json")
    assert (whole.exit_code, answer(whole)["entries"]) == (0, 3)
    assert [entry["number"] for entry in answer(whole)["newest"]] == [3, 2, 1]
    with sqlite3.connect(company / "var" / "store.db") as connection:
        connection.execute("UPDATE audit_log SET details = '{}' WHERE number = 2")
    connection.close()
    changed = run("audit", company, "--json")
    assert (changed.exit_code, answer(changed)["broken_at"]) == (3, 2)
    assert run("audit", company, "--seal", "f" * 64).exit_code == 3


def test_a_seal_is_told_apart_from_a_changed_row_and_from_a_slip_of_the_pen(company: Path) -> None:
    empty = run("audit", company)
    assert "The log is empty" in empty.stdout
    assert "audit.jsonl" in empty.stderr
    workspace = Workspace.open(company)
    with open_store(workspace, workspace.config().schema) as store, store.begin() as tx:
        seal = tx.audit.append("key.created", by="ann").seal
    assert run("audit", company, "--seal", seal).exit_code == 0
    foreign = run("audit", company, "--seal", "f" * 64)
    assert (foreign.exit_code, "none bears this seal" in foreign.stdout) == (3, True)
    with sqlite3.connect(company / "var" / "store.db") as connection:
        connection.execute("UPDATE audit_log SET details = '[]'")
    connection.close()
    assert "was changed at row 1" in run("audit", company, "--seal", seal).stdout
    slip = run("audit", company, "--seal", seal[:-1])
    assert (slip.exit_code, "64 digits" in slip.stderr) == (2, True)


def test_people_who_were_erased_are_not_loaded_again(company: Path) -> None:
    run("import", company)
    workspace = Workspace.open(company)
    with open_store(workspace, workspace.config().schema) as store:
        with store.read() as tx:
            lead_id = tx.connection.exec_driver_sql("SELECT lead_id FROM outcomes ORDER BY id").scalars().first()
            held = tx.erasure.export(lead_id)
        with store.begin() as tx:
            tx.erasure.erase(lead_id, by="ann")
        again = answer(run("import", company, "--json"))
        assert set(again["stored"].values()) == {0}
        assert held is not None
        assert again["erased"] == {
            "leads": len(held["lead_versions"]), "events": len(held["events"]), "outcomes": len(held["outcomes"]),
        }  # fmt: skip
        with store.read() as tx:
            assert tx.leads.get(lead_id) is None


def test_the_address_of_the_store_is_a_setting(company: Path, tmp_path: Path) -> None:
    settings = Settings.from_environment({"LEADSCORE_STORE_URL": f"sqlite:///{tmp_path / 'other.db'}"})
    with open_store(Workspace.open(company), Workspace.open(company).config().schema, settings=settings):
        pass
    assert (tmp_path / "other.db").is_file()
    assert not (company / "var" / "store.db").exists()


def test_the_password_of_the_address_is_not_printed_but_passed_on() -> None:
    url = "postgresql://leadscore:hunter2@db:5432/leads?password=hunter2&sslmode=require"
    settings = Settings.from_environment({"LEADSCORE_STORE_URL": url})
    shown = next(row["value"] for row in settings.table() if row["name"] == "LEADSCORE_STORE_URL")
    assert shown == "postgresql://leadscore:***@db:5432/leads?password=***&sslmode=require"
    assert settings.as_environment()["LEADSCORE_STORE_URL"] == url
