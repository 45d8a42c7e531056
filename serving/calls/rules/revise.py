"""Change the rules: checked, kept with who and when, written whole, and undone by restoring an earlier version."""

from __future__ import annotations

from features.domain import InputError, Text, WorkspaceError
from features.schema import Schema
from features.workspace import Workspace, write_whole
from models.rules.editing import RuleChange
from serving.calls.rules.book import RuleBook, read_book
from serving.store import Transaction

CHANGED = "rules.changed"
_BY_HAND = "rules.yaml"
"""Who wrote what stood in the file before the service changed it."""

_NO_VERSION = Text("There is no such version of the rules.", "Diese Fassung der Regeln gibt es nicht.")
_OF_THE_LIST = Text("one of the list.", "eine Fassung der Liste.")
_MOVED = Text(
    "Somebody changed the rules since this page was loaded.",
    "Seit diese Seite geladen wurde, hat jemand die Regeln geändert.",
)
_AS_NOW = Text("the rules as they are now.", "die Regeln, wie sie jetzt sind.")
_LOAD_ANEW = Text("Load the page anew.", "Laden Sie die Seite neu.")
_WRITABLE = Text(
    "a workspace that the service may write, with space left.",
    "ein Arbeitsbereich, in den der Dienst schreiben darf und in dem noch Platz ist.",
)
_LET_CORRECT = Text(
    "Let whoever runs the service correct it, or change the file where it lies.",
    "Lassen Sie es von denen beheben, die den Dienst betreiben, oder ändern Sie die Datei an ihrem Ort.",
)


class RulesMovedError(InputError):
    """The rules are not any more what the person saw who changes them."""

    code = "rules-moved"


def revise_rules(
    tx: Transaction, workspace: Workspace, schema: Schema, change: RuleChange, *, seen: str, by: str
) -> RuleBook:
    """Change one rule; every process takes the new rules up when it next looks at the file.

    Parameters
    ----------
    tx : Transaction
        In which the version is kept; the file is written last, and stays as it was if anything before fails.
    workspace : Workspace
        Whose rules.
    schema : Schema
        Against which they are checked.
    change : RuleChange
        What to do.
    seen : str
        SHA-256 of the file that the change was made for.
    by : str
        Who changes it.

    Raises
    ------
    RulesMovedError
        If somebody changed the rules meanwhile.
    ConfigError
        If the changed rule would not be usable.
    WorkspaceError
        If the file cannot be written; nothing was kept.
    """
    book, version = _begin(tx, workspace, schema, seen)
    known = {rule.rule_id for rule in book.rule_set.rules}
    kind = "removed" if change.entry is None else "changed" if change.rule_id in known else "added"
    return _keep(tx, workspace, book.after(change, version), {"kind": kind, "rule": change.rule_id}, by)


def restore_rules(
    tx: Transaction, workspace: Workspace, schema: Schema, number: int, *, seen: str, by: str
) -> RuleBook:
    """Put an earlier version in force again, as a new one (parameters as of :func:`revise_rules`).

    Raises
    ------
    RulesMovedError
        If somebody changed the rules meanwhile.
    ConfigError
        If it is not usable any more.
    InputError
        If there is no such version.
    """
    book, version = _begin(tx, workspace, schema, seen)
    earlier = tx.rule_versions.get(number)
    if earlier is None:
        raise InputError(_NO_VERSION, _OF_THE_LIST, _LOAD_ANEW)
    restored = book.restored(earlier.content, version)
    return _keep(tx, workspace, restored, {"kind": "restored", "version": earlier.version}, by)


def _begin(tx: Transaction, workspace: Workspace, schema: Schema, seen: str) -> tuple[RuleBook, int]:
    newest = tx.rule_versions.newest(for_change=True)
    book = read_book(workspace, schema)
    if book.sha256 != seen:
        raise RulesMovedError(_MOVED, _AS_NOW, _LOAD_ANEW)
    if newest is None or newest.sha256 != book.sha256:
        tx.rule_versions.keep(book.rule_set.version, book.text, book.sha256, {"kind": "found"}, by=_BY_HAND)
    return book, max(book.rule_set.version, 0 if newest is None else newest.version) + 1


def _keep(tx: Transaction, workspace: Workspace, book: RuleBook, change: dict[str, object], by: str) -> RuleBook:
    version = book.rule_set.version
    tx.rule_versions.keep(version, book.text, book.sha256, change, by=by)
    tx.audit.append(CHANGED, by=by, details={**change, "now": version, "sha256": book.sha256})
    try:
        write_whole(workspace.rules_file, book.text)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise WorkspaceError(
            Text(f"rules.yaml cannot be written: {why}.", f"rules.yaml lässt sich nicht schreiben: {why}."),
            _WRITABLE,
            _LET_CORRECT,
        ) from None
    return book
