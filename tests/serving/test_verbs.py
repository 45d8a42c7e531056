"""Every verb about a model, through the command line: what it shows, its JSON, its exit codes and its errors."""

import json
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest
from click.testing import CliRunner, Result

from features.workspace import Workspace
from models.audit import read_audit
from serving.cli import main
from training.simulation import simulate

PLAN = (
    "\ntraining: {gate_draws: 200, moments_days: [0, 14], max_trees: 40, crossfit_folds: 2, gate_min_positives: 30}\n"
)
NAMES = ("leads", "events", "outcomes")
ABOUT_A_MODEL = ("compare", "evaluate", "recalibrate", "monitor", "rollback", "promote", "backtest")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def arguments_of(verb: str, folder: Path) -> tuple[object, ...]:
    return (verb, folder, "1") if verb == "promote" else (verb, folder)


class Company(NamedTuple):
    """A workspace that never had a model, and the same with a version that serves."""

    fresh: Workspace
    trained: Workspace
    history: Path


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    folder = tmp_path_factory.mktemp("company")
    history = folder / "history"
    simulate(history, leads=2500, months=30, seed=5)
    files = [part for name in NAMES for part in (f"--{name}", history / f"{name}.csv")]
    assert run("init", folder / "acme", *files).exit_code == 0
    trained = Workspace.open(folder / "acme")
    # Two months and a half leave a past to train on before every stretch of a backtest.
    config = re.sub(r"horizon_days: \d+", "horizon_days: 75", trained.config_file.read_text(encoding="utf-8"))
    trained.config_file.write_text(config + PLAN, encoding="utf-8")
    shutil.copytree(trained.root, folder / "fresh")
    told = run("train", trained.root, "--json")
    assert told.exit_code in {0, 3}
    assert json.loads(told.stdout)["version"] == "1"
    assert run("promote", trained.root, "1", "--reason", "a test").exit_code == 0
    return Company(Workspace.open(folder / "fresh"), trained, history)


def refused(answer: Result, code: str | None = None) -> str:
    """Hold that an answer is a fault of the user in three parts, and return what was given."""
    assert answer.exit_code == 2, answer.output
    assert "Traceback" not in answer.output
    if code is None:
        said = [line for line in answer.stderr.splitlines() if not line.endswith("...")]
        assert said[-2].startswith("Expected: ")
        assert said[-1].endswith(".")
        return said[-3]
    error = json.loads(answer.stdout)["error"]
    assert error["code"] == code
    assert error["expected"]
    assert error["remedy"]
    return str(error["given"])


@pytest.mark.parametrize("verb", ABOUT_A_MODEL)
def test_a_folder_that_is_no_workspace_is_refused(verb: str, tmp_path: Path) -> None:
    assert "holds no leadscore.yaml" in refused(run(*arguments_of(verb, tmp_path / "nowhere")))
    refused(run(*arguments_of(verb, tmp_path), "--json"), "workspace-invalid")


@pytest.mark.parametrize("verb", [verb for verb in ABOUT_A_MODEL if verb != "backtest"])
def test_a_workspace_without_a_model_is_refused_with_what_to_do(verb: str, company: Company) -> None:
    given = refused(run(*arguments_of(verb, company.fresh.root)))
    assert re.search(r"No (model|version)", given)
    refused(run(*arguments_of(verb, company.fresh.root), "--json"), "registry-unavailable")


@pytest.mark.parametrize(
    "arguments",
    [("promote", "7"), ("promote", "nonsense"), ("compare", "--model", "7"), ("evaluate", "--model", "7")],
)
def test_a_version_that_nobody_made_is_refused_with_those_there_are(
    arguments: tuple[str, ...], company: Company
) -> None:
    verb, *rest = arguments
    assert f"No version or alias {rest[-1]}" in refused(run(verb, company.trained.root, *rest))
    assert "one of the versions 1" in run(verb, company.trained.root, *rest).stderr


def test_promote_makes_a_version_serve_and_rollback_needs_one_before(company: Company) -> None:
    told = run("promote", company.trained.root, "1", "--json")
    assert (told.exit_code, json.loads(told.stdout)) == (0, {"champion": "1"})
    assert "Version 1 is the champion." in run("promote", company.trained.root, "1").stdout
    assert "a test" in [row.get("why") for row in read_audit(company.trained)]
    assert "No version served before" in refused(run("rollback", company.trained.root))
    assert company.trained.champion.resolve().name == "1"


def test_compare_shows_tables_and_a_verdict_which_is_its_exit_code(company: Company) -> None:
    told = run("compare", company.trained.root, "--model", "rules", "--model", "champion", "--json")
    verdict = json.loads(told.stdout)["verdict"]["decision"]
    assert told.exit_code == (0 if verdict == "promoted" else 3)
    shown = run("compare", company.trained.root, "--model", "rules", "--model", "champion")
    assert shown.exit_code == told.exit_code
    assert "On leads that none learned from" in shown.stdout
    assert f"Verdict on the champion (1): {verdict.replace('_', ' ')}." in shown.stdout
    assert "Only the rules are named" in refused(run("compare", company.trained.root, "--model", "rules"))


def test_evaluate_shows_calibration_and_promises_of_which_a_broken_one_is_code_3(company: Company) -> None:
    told = run("evaluate", company.trained.root, "--json")
    promises = json.loads(told.stdout)["promises"]
    broken = any(promise["state"] == "broken" for promise in promises)
    assert told.exit_code == (3 if broken else 0)
    shown = run("evaluate", company.trained.root)
    assert shown.exit_code == told.exit_code
    assert "Spiegelhalter" in shown.stdout
    assert "The agreement at the cutoffs" in shown.stdout


@pytest.mark.parametrize("verb", ["evaluate", "monitor"])
@pytest.mark.parametrize("name", NAMES)
def test_newer_files_that_are_missing_or_empty_are_refused(
    verb: str, name: str, company: Company, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    assert "empty.csv is empty" in refused(run(verb, company.trained.root, f"--{name}", empty))
    missing = run(verb, company.trained.root, f"--{name}", tmp_path / "nope.csv", "--json")
    assert "nope.csv cannot be opened" in refused(missing, "history-unreadable")


def test_outcomes_of_one_kind_are_refused_where_they_are_measured(company: Company, tmp_path: Path) -> None:
    outcomes = pl.read_csv(company.history / "outcomes.csv", infer_schema_length=0)
    outcomes.with_columns(pl.lit("lost").alias("outcome")).write_csv(tmp_path / "lost.csv")
    given = refused(run("evaluate", company.trained.root, "--outcomes", tmp_path / "lost.csv"))
    assert "did not reach the target" in given


def test_monitor_shows_one_finding_per_question_and_an_alarm_is_code_3(company: Company, tmp_path: Path) -> None:
    told = run("monitor", company.trained.root, "--json")
    answer = json.loads(told.stdout)
    assert told.exit_code == (3 if answer["alarms"] else 0)
    assert {one["name"] for one in answer["findings"]} >= {"schema", "level", "certificate"}
    leads = pl.read_csv(company.history / "leads.csv", infer_schema_length=0)
    leads.drop("industry").write_csv(tmp_path / "leads.csv")
    alarmed = run("monitor", company.trained.root, "--leads", tmp_path / "leads.csv")
    assert alarmed.exit_code == 3
    assert "gone or empty: industry" in " ".join(alarmed.stdout.split())


def test_recalibrate_that_changes_nothing_is_code_3_and_says_why(company: Company) -> None:
    told = run("recalibrate", company.trained.root, "--json")
    answer = json.loads(told.stdout)
    assert told.exit_code == (0 if answer["promoted"] else 3)
    assert answer["sentences"]


def test_backtest_shows_every_stretch_and_whether_the_gain_holds_is_its_exit_code(company: Company) -> None:
    told = run("backtest", company.fresh.root, "--folds", "2", "--json")
    answer = json.loads(told.stdout)
    assert told.exit_code == (0 if answer["holds"] else 3)
    assert [fold["number"] for fold in answer["folds"]] == [1, 2]
    assert any(fold["why_not"] is None for fold in answer["folds"])
    assert not company.fresh.champion.exists()


def test_backtest_shows_its_table_on_the_terminal(company: Company) -> None:
    shown = run("backtest", company.fresh.root, "--folds", "2")
    assert shown.exit_code in {0, 3}
    assert "Trained on the past, tested on the next stretch" in shown.stdout
    assert "The gain over the rules, over all stretches together" in shown.stdout
    assert "The report, in English and German:" in shown.stdout


@pytest.mark.parametrize("folds", ["1", "25", "many"])
def test_backtest_refuses_other_numbers_of_stretches(folds: str, company: Company) -> None:
    answer = run("backtest", company.fresh.root, "--folds", folds, "--json")
    assert answer.exit_code == 2
    assert json.loads(answer.stdout)["error"]["code"] == "usage"


def test_cutoffs_of_promises_that_clash_are_code_3_with_the_ways_out(tmp_path: Path) -> None:
    scores, agreed = tmp_path / "scores.csv", tmp_path / "sla.yaml"
    rows = [f"{(n % 1000) / 1000:.3f},{int((n * 7919) % 1000 < n % 1000)}" for n in range(6000)]
    scores.write_text("probability,converted\n" + "\n".join(rows) + "\n")
    agreed.write_text("version: 1\nmql: {min_conversion_rate: 0.9, max_missed_customers: 0.05}\n")
    told = run("cutoffs", "--scores", scores, "--sla", agreed, "--json")
    assert told.exit_code == 3
    assert json.loads(told.stdout)["state"] == "infeasible"
    assert "Until that is decided" in run("cutoffs", "--scores", scores, "--sla", agreed).stdout
    assert "nope.csv cannot be opened" in refused(run("cutoffs", "--scores", tmp_path / "nope.csv", "--sla", agreed))
