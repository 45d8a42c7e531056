"""``leadscore users``, and the link that serve prints."""

import json
import sys

from click.testing import CliRunner

from serving.cli import main
from serving.launch import local_sign_in
from serving.opened_store import open_store
from serving.settings import Settings
from serving.store.users import is_password


def run(*arguments, **given):
    return CliRunner().invoke(main, [str(one) for one in arguments], **given)


def answer(*arguments):
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def secret_of(workspace, name):
    with open_store(workspace, workspace.config().schema) as store, store.read() as tx:
        return tx.users.secret(name)


def test_a_user_is_made_with_a_generated_password_listed_without_it_and_disabled(workspace):
    made = answer("users", workspace.root, "create", "ann", "--role", "marketing", "--language", "de", "--generate")
    assert is_password(made["password"], secret_of(workspace, "ann"))
    listed = run("users", workspace.root, "list", "--json")
    assert made["password"] not in listed.stdout
    (ann,) = json.loads(listed.stdout)["users"]
    assert (ann["name"], ann["role"], ann["language"], ann["signs_in_by"]) == ("ann", "marketing", "de", "password")
    assert answer("users", workspace.root, "disable", "ann")["disabled_at"] is not None
    assert [row["action"] for row in answer("audit", workspace.root)["newest"]] == ["user.disabled", "user.created"]


def test_a_password_is_asked_for_twice_and_must_be_long(workspace, monkeypatch):
    # The package holds the verb under the name of its module.
    monkeypatch.setattr(sys.modules["serving.cli.users"], "at_terminal", lambda: True)
    create = ("users", workspace.root, "create", "ann", "--role", "sales")
    assert run(*create, input="short\nshort\n").exit_code == 2
    assert run(*create, input="correct horse battery\nanother horse battery\n").exit_code != 0
    result = run(*create, input="correct horse battery\ncorrect horse battery\n")
    assert result.exit_code == 0, result.output
    assert "correct horse" not in result.output
    assert is_password("correct horse battery", secret_of(workspace, "ann"))


def test_a_program_gives_the_password_as_one_line_and_is_told_where_there_is_none(workspace):
    create = ("users", workspace.root, "create", "ann", "--role", "sales")
    assert run(*create, input="correct horse battery\r\n").exit_code == 0
    assert is_password("correct horse battery", secret_of(workspace, "ann"))
    refused = run(*create, input="")
    assert (refused.exit_code, "--by-link" in refused.stderr) == (2, True)


def test_a_link_leads_to_where_the_service_listens(workspace):
    answer("users", workspace.root, "create", "bob", "--role", "sales", "--by-link")
    made = answer("users", workspace.root, "link", "bob", "--port", "3100")["link"]
    assert made.startswith("http://127.0.0.1:3100/sign-in?link=")


def test_a_link_is_for_users_that_there_are(workspace):
    answer("users", workspace.root, "create", "bob", "--role", "sales", "--by-link")
    made = answer("users", workspace.root, "link", "bob")["link"]
    assert made.startswith("http://127.0.0.1:3000/sign-in?link=")
    for verb in ("link", "disable"):
        result = run("users", workspace.root, verb, "nobody")
        assert (result.exit_code, "the name of a user" in result.output) == (2, True)


def test_serve_has_a_link_on_this_machine_alone_and_not_for_one_who_is_disabled(workspace):
    config = workspace.config()
    link = local_sign_in(workspace, config, Settings(port=3100))
    assert link is not None
    assert link.startswith("http://127.0.0.1:3100/sign-in?link=")
    assert local_sign_in(workspace, config, Settings(host="0.0.0.0")) is None  # noqa: S104 - what is tested
    answer("users", workspace.root, "disable", "local")
    assert local_sign_in(workspace, config, Settings()) is None
