"""Changing rules.yaml as a person would: one rule at a time, with every comment and the order of the file kept."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from features.domain import ConfigError, Text

_WIDEST = 4_096


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One change.

    Parameters
    ----------
    rule_id : str
        The rule that is added, changed or removed.
    entry : Mapping[str, Any] or None
        What it is to say, in the form of rules.yaml and without its id; None removes it. Entries that are not named
        go, too.
    """

    rule_id: str
    entry: Mapping[str, Any] | None


def changed(text: str, change: RuleChange, version: int) -> str:
    """Return rules.yaml after a change, under a new version number.

    Parameters
    ----------
    text : str
        The file.
    change : RuleChange
        A rule that the file does not have is added at its end.
    version : int
        The new number.

    Raises
    ------
    ConfigError
        If the file cannot be read, or a rule is to be removed that is not there.
    """
    writer = _writer()
    document = _read(writer, text)
    document["version"] = version
    rules = document.get("rules")
    if rules is None:
        rules = document["rules"] = CommentedSeq()
    place = next((number for number, rule in enumerate(rules) if str(rule.get("id")) == change.rule_id), None)
    if change.entry is not None:
        if place is None:
            rules.append(_rule(CommentedMap({"id": change.rule_id}), change.entry))
        else:
            _rule(rules[place], change.entry)
    elif place is None:
        raise ConfigError(
            Text(
                f"A rule {change.rule_id!r}, which rules.yaml does not have.",
                f"Eine Regel {change.rule_id!r}, die es in rules.yaml nicht gibt.",
            ),
            Text("one of its rules.", "eine der Regeln."),
            Text("Load the page anew.", "Laden Sie die Seite neu."),
        )
    else:
        del rules[place]
    return _written(writer, document)


def renumbered(text: str, version: int) -> str:
    """Return rules.yaml under another version number, all else as it is.

    Raises
    ------
    ConfigError
        If the file cannot be read.
    """
    writer = _writer()
    document = _read(writer, text)
    document["version"] = version
    return _written(writer, document)


def plain_rules(text: str) -> dict[str, Any]:
    """Return what rules.yaml says as plain data.

    Raises
    ------
    ConfigError
        If it is not YAML, or not a mapping at its top.
    """
    reader = YAML(typ="safe", pure=True)
    loaded = _loaded(reader, text)
    return dict(loaded)


def _writer() -> YAML:
    writer = YAML()
    writer.preserve_quotes = True
    writer.width = _WIDEST
    writer.indent(mapping=2, sequence=4, offset=2)
    return writer


def _read(writer: YAML, text: str) -> CommentedMap:
    loaded = _loaded(writer, text)
    if not isinstance(loaded, CommentedMap):
        raise TypeError("the round-trip reader gives commented mappings")
    return loaded


def _loaded(reader: YAML, text: str) -> Mapping[str, Any]:
    try:
        loaded = reader.load(text)
    except YAMLError as error:
        first = " ".join(str(error).split())[:300]
        raise ConfigError(f"rules.yaml is not readable: {first}.", "YAML.", "Correct the line named.") from None
    if not isinstance(loaded, Mapping):
        raise ConfigError("rules.yaml holds no entries.", "base_points and a list of rules.", "See docs/rules.md.")
    return loaded


def _written(writer: YAML, document: CommentedMap) -> str:
    out = io.StringIO()
    writer.dump(document, out)
    return out.getvalue()


def _rule(rule: CommentedMap, entry: Mapping[str, Any]) -> CommentedMap:
    for name in [name for name in rule if name != "id" and name not in entry]:
        del rule[name]
    for name, value in entry.items():
        # What stays as it was keeps its own spelling and its comments.
        if rule.get(name) != value:
            rule[name] = _flow(value)
    return rule


def _flow(value: Any) -> Any:
    """Return nested entries so that they are written on one line, as in the rest of the file."""
    if isinstance(value, Mapping):
        entries = CommentedMap((name, _flow(inner)) for name, inner in value.items())
        entries.fa.set_flow_style()
        return entries
    if isinstance(value, list | tuple):
        listed = CommentedSeq(_flow(inner) for inner in value)
        listed.fa.set_flow_style()
        return listed
    return value
