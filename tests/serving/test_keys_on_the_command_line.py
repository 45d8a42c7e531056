"""``leadscore keys``, and the service that does not listen to others without one."""

import json

import pytest
from click.testing import CliRunner

from features.domain import InputError
from serving.cli import main
from serving.launch import check_keys
from serving.settings import Settings


def run(*arguments):
    return CliRunner().invoke(main, [str(one) for one in arguments])


def answer(*arguments):
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(workspace):
    made = answer("keys", workspace.root, "create", "HubSpot", "--role", "crm", "--days", "30")
    assert made["key"].startswith(f"ls_{made['key_id']}_")
    listed = run("keys", workspace.root, "list", "--json")
    assert made["key"].removeprefix(f"ls_{made['key_id']}_") not in listed.stdout
    (one,) = json.loads(listed.stdout)["keys"]
    assert (one["name"], one["role"], one["revoked_at"]) == ("HubSpot", "crm", None)
    assert answer("keys", workspace.root, "revoke", made["key_id"])["revoked_at"] is not None
    whole = answer("audit", workspace.root)
    assert [row["action"] for row in whole["newest"]] == ["key.revoked", "key.created"]


def test_a_key_that_does_not_exist_cannot_be_revoked(workspace):
    result = run("keys", workspace.root, "revoke", "nothing")
    assert (result.exit_code, "does not exist" in result.output) == (2, True)


def test_the_service_listens_to_others_only_when_a_valid_key_has_been_made(workspace):
    config = workspace.config()
    everywhere = Settings(host="0.0.0.0")  # noqa: S104 - what is tested
    check_keys(workspace, config, Settings())
    with pytest.raises(InputError, match="no key has been made"):
        check_keys(workspace, config, everywhere)
    made = answer("keys", workspace.root, "create", "HubSpot", "--role", "crm")
    check_keys(workspace, config, everywhere)
    answer("keys", workspace.root, "revoke", made["key_id"])
    with pytest.raises(InputError):
        check_keys(workspace, config, everywhere)
