import errno
from pathlib import Path

import pytest

from features.domain import ConfigError, InputError, WorkspaceError
from serving.calls.rules import RulesMovedError
from serving.store.audit import Audit

ENTRY = {"when": {"attribute": "country", "is": "DE"}, "points": 5}


def test_a_change_is_written_kept_and_audited(desk):
    before = desk.book.text
    desk.revise("germany", ENTRY)
    assert [rule.rule_id for rule in desk.book.rule_set.rules] == ["mid_size", "demo_request", "germany"]
    assert desk.book.rule_set.version == 3
    newest, found = desk.history()
    assert (newest.change, newest.recorded_by, newest.content) == (
        {"kind": "added", "rule": "germany"}, "Mia", desk.book.text,
    )  # fmt: skip
    assert (found.change, found.content) == ({"kind": "found"}, before)
    with desk.store.read() as tx:
        (entry,) = tx.audit.entries()
    assert (entry.action, entry.by, entry.details["rule"], entry.details["now"]) == (
        "rules.changed",
        "Mia",
        "germany",
        3,
    )


def test_each_change_says_what_it_did(desk):
    desk.revise("germany", ENTRY)
    desk.revise("germany", {**ENTRY, "points": 7})
    desk.revise("germany", None)
    assert [one.change["kind"] for one in desk.history()] == ["removed", "changed", "added", "found"]
    assert [one.version for one in desk.history()] == [5, 4, 3, 2]


@pytest.mark.parametrize(
    "entry",
    [
        {"when": {"attribute": "county", "is": "DE"}, "points": 5},
        {"when": {"attribute": "country", "is": "DE"}, "points": "many"},
        {"when": {"event": "won"}, "points": 5},
        {"when": {"attribute": "employees", "from": 9, "below": 3}, "points": 5},
        {"points": 5},
    ],
)
def test_a_rule_that_cannot_be_used_changes_nothing(desk, entry):
    before = desk.book.text
    with pytest.raises(ConfigError):
        desk.revise("germany", entry)
    assert (desk.book.text, desk.history()) == (before, [])


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(desk):
    seen = desk.book.sha256
    desk.revise("germany", ENTRY)
    with pytest.raises(RulesMovedError):
        desk.revise("mid_size", None, seen=seen)
    assert len(desk.book.rule_set.rules) == 3


def test_an_earlier_version_comes_back_as_a_new_one_and_can_be_undone_too(desk):
    original = desk.book
    desk.revise("mid_size", None)
    without = desk.book
    desk.restore(desk.history()[-1].number)
    assert desk.book.rule_set.rules == original.rule_set.rules
    assert desk.book.rule_set.version == 4
    assert desk.history()[0].change == {"kind": "restored", "version": 2}
    desk.restore(desk.history()[1].number)
    assert desk.book.rule_set.rules == without.rule_set.rules


def test_what_was_changed_by_hand_between_is_kept_too(desk):
    desk.revise("germany", ENTRY)
    text = desk.book.text.replace("base_points: 10", "base_points: 12")
    desk.workspace.rules_file.write_text(text, encoding="utf-8")
    desk.revise("mid_size", None)
    assert [one.change["kind"] for one in desk.history()] == ["removed", "found", "added", "found"]
    assert "base_points: 12" in desk.book.text


def test_a_version_that_is_not_there_is_not_restored(desk):
    with pytest.raises(InputError, match="no such version"):
        desk.restore(99)


def test_the_file_stays_as_it_was_where_the_store_cannot_keep_the_change(desk, monkeypatch):
    def fail(*_, **__):
        raise OSError("no space")

    before = desk.book.text
    monkeypatch.setattr(Audit, "append", fail)
    with pytest.raises(OSError, match="no space"):
        desk.revise("germany", ENTRY)
    assert (desk.book.text, desk.history()) == (before, [])


def test_the_file_is_as_private_or_public_as_it_was(desk):
    desk.workspace.rules_file.chmod(0o640)
    desk.revise("germany", ENTRY)
    assert desk.workspace.rules_file.stat().st_mode & 0o777 == 0o640


def test_nothing_is_kept_of_a_change_that_the_file_cannot_take(desk, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = desk.book.text
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(WorkspaceError, match="no space left"):
        desk.revise("germany", ENTRY)
    assert (desk.book.text, desk.history()) == (before, [])
    assert not list(desk.workspace.root.glob(".rules*"))
