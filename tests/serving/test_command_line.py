import errno
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from serving.cli import main
from serving.cli.front_door import FrontDoor

PAGE = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, flags=re.DOTALL | re.MULTILINE))


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_page_holds_every_verb():
    assert sorted(SECTIONS) == sorted(main.commands)


@pytest.mark.parametrize("verb", sorted(main.commands))
def test_the_page_holds_every_option(verb):
    options = {
        name
        for parameter in main.commands[verb].params
        if isinstance(parameter, click.Option)
        for name in parameter.opts
    }
    assert set(re.findall(r"^\| `(--[\w-]+)`", SECTIONS[verb], flags=re.MULTILINE)) == options


@pytest.mark.parametrize("verb", sorted(main.commands))
def test_every_verb_explains_itself(verb):
    answer = run(verb, "--help")
    assert answer.exit_code == 0
    assert main.commands[verb].help.endswith(".")


@pytest.mark.parametrize("verb", sorted(set(main.commands) - {"demo", "serve"}))
def test_every_verb_that_ends_answers_in_json(verb):
    command = main.commands[verb]
    leaves = list(command.commands.values()) if isinstance(command, click.Group) else [command]
    for leaf in leaves:
        assert "--json" in {option for parameter in leaf.params for option in parameter.opts}


def test_help_is_quick_because_heavy_libraries_wait_for_their_verb():
    heavy = ("numpy", "polars", "bentoml", "mlflow", "rich")
    code = f"import sys, serving.cli; print([name for name in {heavy} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_a_fault_of_the_user_is_three_sentences_and_exit_code_2(tmp_path):
    answer = run("check", tmp_path)
    assert answer.exit_code == 2
    assert "holds no leadscore.yaml" in answer.stderr
    assert "Expected: a workspace." in answer.stderr
    assert "Run leadscore init" in answer.stderr
    assert answer.stdout == ""


@pytest.mark.parametrize(
    "arguments", [("init", "x", "--json"), ("check", "x", "--jsn", "--json"), ("promote", "x", "--json")]
)
def test_a_fault_of_usage_with_json_is_one_object_too(arguments):
    answer = run(*arguments)
    assert answer.exit_code == 2
    assert json.loads(answer.stdout)["error"]["code"] == "usage"
    assert "Usage:" in answer.stderr


def test_a_verb_that_is_stopped_says_so_with_its_own_code():
    @click.command()
    def wait():
        raise KeyboardInterrupt

    answer = CliRunner().invoke(FrontDoor(commands={"wait": wait}), ["wait"])
    assert answer.exit_code == 130
    assert "Stopped." in answer.stderr


def test_a_fault_with_json_is_one_object_on_standard_output(tmp_path):
    answer = run("check", tmp_path, "--json")
    assert answer.exit_code == 2
    assert json.loads(answer.stdout)["error"]["code"] == "workspace-invalid"


def test_an_unexpected_fault_is_a_sentence_and_a_log(workspace, monkeypatch):
    from features.workspace import Workspace

    def fail(*_):
        raise RuntimeError("boom")

    monkeypatch.setattr(Workspace, "open", fail)
    answer = run("score", workspace.root, "--leads", "x.csv", "--out", "y.csv")
    log = workspace.var / "leadscore-error.log"
    assert answer.exit_code == 1
    assert "Traceback" not in answer.output
    assert str(log) in answer.stderr.replace("\n", "")
    assert "boom" in log.read_text()


def test_what_the_disk_refuses_is_said_to_whoever_can_mend_it(workspace, monkeypatch):
    from features.workspace import Workspace

    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device", "/srv/acme/var/x")

    monkeypatch.setattr(Workspace, "open", fail)
    answer = run("score", workspace.root, "--leads", "x.csv", "--out", "y.csv")
    assert (answer.exit_code, "/srv/acme/var/x cannot be read or written (No space" in answer.stderr) == (2, True)


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_scored(workspace, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    for out in (tmp_path / "file" / "scores.csv", tmp_path / f"{300 * 'x'}.csv"):
        answer = run("score", workspace.root, "--leads", workspace.root / "leads.csv", "--out", out)
        assert (answer.exit_code, "cannot be written" in answer.stderr) == (2, True)


def test_score_answers_in_one_json_object_and_a_file(workspace, tmp_path):
    out = tmp_path / "scores.csv"
    answer = run("score", workspace.root, "--leads", workspace.root / "leads.csv", "--out", out, "--json")
    assert answer.exit_code == 0
    told = json.loads(answer.stdout)
    assert (told["leads"], told["degraded"]) == (4, {"no-model": told["scored"]})
    assert "no-model" in answer.stderr
    assert len(out.read_text().splitlines()) == 5


@pytest.mark.parametrize("moment", ["yesterday", "2026-03-01T00:00:00"])
def test_a_moment_without_a_zone_is_refused(workspace, tmp_path, moment):
    answer = run(
        "score", workspace.root, "--leads", workspace.root / "leads.csv", "--out", tmp_path / "o.csv", "--as-of", moment
    )
    assert answer.exit_code == 2
    assert "with its zone" in answer.stderr


def test_serve_refuses_a_host_that_is_no_address(workspace):
    answer = run("serve", workspace.root, "--host", "example")
    assert answer.exit_code == 2
    assert "an IP address" in answer.stderr


def test_serve_refuses_broken_rules_while_a_person_still_reads(workspace):
    workspace.rules_file.write_text("version: 1\nrulez: []\n")
    answer = run("serve", workspace.root)
    assert answer.exit_code == 2
    assert "rulez" in answer.stderr


def test_cutoffs_on_any_table(tmp_path):
    rows = ["probability,converted,arrived_at"]
    rows += [
        f"{(n % 100) / 100},{int(n % 100 > (n * 7) % 100)},2026-01-{1 + n % 28:02d}T00:00:00Z" for n in range(2_000)
    ]
    (tmp_path / "scores.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "sla.yaml").write_text("version: 1\nmql: {min_conversion_rate: 0.7}\n")
    answer = run("cutoffs", "--scores", tmp_path / "scores.csv", "--sla", tmp_path / "sla.yaml", "--json")
    assert answer.exit_code == 0
    told = json.loads(answer.stdout)
    assert 0 < told["mql"]["probability"] < 1


def test_cutoffs_writes_down_what_is_agreed_before_it_reads_outcomes_and_names_a_second_look(workspace):
    from models.audit import read_audit

    scores = workspace.root / "scores.csv"
    scores.write_text("probability,converted\n" + "".join(f"{n / 500},{int(n % 3 == 0)}\n" for n in range(500)))
    agreed = workspace.root / "sla.yaml"
    agreed.write_text("version: 1\nmql: {min_conversion_rate: 0.3}\n")
    first = run("cutoffs", "--scores", scores, "--sla", agreed, "--json")
    assert json.loads(first.stdout)["preregistered"] == read_audit(workspace)[-1]["digest"]
    assert "judged by" not in first.stderr
    agreed.write_text("version: 1\nmql: {min_conversion_rate: 0.25}\n")
    assert "judged by another agreement before" in run("cutoffs", "--scores", scores, "--sla", agreed).stderr
    elsewhere = run("cutoffs", "--scores", scores, "--sla", agreed, "--workspace", workspace.root)
    assert "judged by another agreement before" in elsewhere.stderr
    assert [row["clauses"]["mql.min_conversion_rate"] for row in read_audit(workspace)] == [0.3, 0.25, 0.25]


def test_cutoffs_outside_a_workspace_says_that_no_log_keeps_its_promises(tmp_path):
    (tmp_path / "scores.csv").write_text("probability,converted\n0.5,1\n")
    (tmp_path / "sla.yaml").write_text("version: 1\n")
    answer = run("cutoffs", "--scores", tmp_path / "scores.csv", "--sla", tmp_path / "sla.yaml", "--json")
    assert answer.exit_code == 0
    assert json.loads(answer.stdout)["preregistered"] is None
    assert "no audit log" in answer.stderr
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("table", "given"),
    [
        ("score,converted\n0.1,1\n", "the columns score, converted"),
        ("probability,converted\nhigh,1\n", "probability 'high'"),
        ("probability,converted\n0.1,maybe\n", "converted 'maybe'"),
        ("probability,converted,arrived_at\n0.1,1,soon\n", "arrived_at 'soon'"),
    ],
)
def test_cutoffs_names_what_it_cannot_read(tmp_path, table, given):
    (tmp_path / "scores.csv").write_text(table)
    (tmp_path / "sla.yaml").write_text("version: 1\n")
    answer = run("cutoffs", "--scores", tmp_path / "scores.csv", "--sla", tmp_path / "sla.yaml")
    assert answer.exit_code == 2
    assert given in answer.stderr


def test_help_comes_at_once():
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", "from serving.cli import main; main(['--help'])"], capture_output=True, check=True
    )
    assert time.perf_counter() - began < 1.5


@pytest.mark.parametrize("verb", ["train", "backtest"])
def test_rules_that_cannot_be_used_are_refused_before_anything_is_read(workspace, verb):
    (workspace.root / "leads.csv").unlink()
    (workspace.root / "rules.yaml").write_text("version: 1\nrules: [{id: a, points: many}]\n", encoding="utf-8")
    text = (workspace.root / "leadscore.yaml").read_text(encoding="utf-8")
    (workspace.root / "leadscore.yaml").write_text(
        text.replace("created_at: created_at", "created_at: created_at\n  order: created_at"), encoding="utf-8"
    )
    result = CliRunner().invoke(main, [verb, str(workspace.root)])
    assert (result.exit_code, "in rules.yaml" in result.stderr) == (2, True)


def test_an_agreement_that_is_not_there_is_named_with_its_place(tmp_path):
    (tmp_path / "scores.csv").write_text("probability,converted\n0.5,1\n", encoding="utf-8")
    for place in (tmp_path / "none.yaml", tmp_path):
        result = CliRunner().invoke(main, ["cutoffs", "--scores", str(tmp_path / "scores.csv"), "--sla", str(place)])
        assert (result.exit_code, f"{place} cannot be opened" in result.stderr) == (2, True)


def test_an_invented_history_is_written_over_and_a_companys_own_is_not(tmp_path):
    simulate = ["simulate", str(tmp_path / "made"), "--leads", "50", "--months", "2"]
    assert CliRunner().invoke(main, simulate).exit_code == 0
    assert CliRunner().invoke(main, simulate).exit_code == 0
    (tmp_path / "leads.csv").write_text("ours\n", encoding="utf-8")
    refused = CliRunner().invoke(main, ["simulate", str(tmp_path), "--leads", "50"])
    assert (refused.exit_code, "did not invent" in refused.stderr) == (2, True)
    assert (tmp_path / "leads.csv").read_text(encoding="utf-8") == "ours\n"
