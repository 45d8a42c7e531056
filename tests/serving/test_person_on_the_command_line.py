"""``leadscore export`` and ``leadscore erase``: a person's data without the service."""

import json

import pytest
from click.testing import CliRunner

from features.domain import Lead
from serving.cli import main
from serving.opened_store import open_store


def run(*arguments):
    return CliRunner().invoke(main, [str(one) for one in arguments])


def put(workspace, *lead_ids):
    with open_store(workspace, workspace.config().schema) as store, store.begin() as tx:
        for one in lead_ids:
            tx.leads.put(Lead(one, None, {"email": f"{one}@x.example"}))


def here(workspace):
    with open_store(workspace, workspace.config().schema) as store, store.read() as tx:
        return {one for one in ("L1", "L2", "L3") if tx.leads.get(one) is not None}


def test_all_that_is_held_on_a_person_is_printed_and_who_asked_is_kept(workspace):
    put(workspace, "L1", "L2")
    told = json.loads(run("export", workspace.root, "L1").stdout)
    assert told["lead_versions"][0]["attributes"] == {"email": "L1@x.example"}
    assert "L2" not in json.dumps(told)
    newest = json.loads(run("audit", workspace.root, "--json").stdout)["newest"]
    assert [(row["action"], row["by"]) for row in newest] == [("lead.exported", "command line")]
    missing = run("export", workspace.root, "nobody")
    assert (missing.exit_code, "nothing on this lead" in missing.output) == (2, True)
    assert (
        "nothing on this lead" in json.loads(run("export", workspace.root, "nobody", "--json").stdout)["error"]["given"]
    )


def test_people_are_erased_by_their_ids(workspace):
    put(workspace, "L1", "L2", "L3")
    done = run("erase", workspace.root, "L1", "L2", "nobody", "--json")
    assert json.loads(done.stdout) == {"erased": 2, "asked": 3}
    assert here(workspace) == {"L3"}


def test_whom_a_restored_backup_brings_back_is_erased_again(workspace, tmp_path):
    put(workspace, "L1", "L2")
    file = workspace.var / "store.db"
    backup = file.read_bytes()
    run("erase", workspace.root, "L1")
    log = tmp_path / "erased.json"
    log.write_text(run("erase", workspace.root, "--log").stdout)
    assert "L1" not in log.read_text()
    file.write_bytes(backup)
    assert here(workspace) == {"L1", "L2"}
    done = run("erase", workspace.root, "--again", log, "--json")
    assert json.loads(done.stdout) == {"erased": 1, "asked": 1}
    assert here(workspace) == {"L2"}


@pytest.mark.parametrize("given", [(), ("L1", "--log")])
def test_whom_to_erase_must_be_said_once(workspace, given):
    assert run("erase", workspace.root, *given).exit_code == 2


def test_a_file_that_is_no_log_is_refused_in_words(workspace, tmp_path):
    (tmp_path / "file").write_text("[1]")
    result = run("erase", workspace.root, "--again", tmp_path / "file")
    assert (result.exit_code, "no list of pseudonyms" in result.output) == (2, True)
