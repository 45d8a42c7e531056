"""rules.yaml as it is now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from features.domain import ConfigError
from features.schema import Schema
from features.workspace import Workspace
from models.rules import RuleSet
from models.rules.editing import RuleChange, changed, plain_rules, renumbered


@dataclass(frozen=True)
class RuleBook:
    """The rules of a workspace.

    Parameters
    ----------
    text : str
        The file.
    rule_set : RuleSet
        What it says, checked.
    schema : Schema
        Against which names are checked.
    """

    text: str
    rule_set: RuleSet
    schema: Schema

    @property
    def sha256(self) -> str:
        """Of the file's bytes: whoever changes the rules names it, so that nobody overwrites what they did not see."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    @cached_property
    def entries(self) -> Mapping[str, Mapping[str, Any]]:
        """What the file says of each rule, by its id."""
        return {str(entry["id"]): entry for entry in plain_rules(self.text).get("rules") or ()}

    @cached_property
    def spelled(self) -> Mapping[str, str]:
        """How the file spells each text, by the text with its case ignored."""
        return {text.strip().casefold(): text for entry in self.entries.values() for text in _texts(entry.get("when"))}

    def after(self, change: RuleChange, version: int) -> RuleBook:
        """Return the book after a change.

        Raises
        ------
        ConfigError
            If the rule would not be usable; it names the entry.
        """
        return _checked(changed(self.text, change, version), self.schema)

    def restored(self, text: str, version: int) -> RuleBook:
        """Return an earlier text of the book under a new version number.

        Raises
        ------
        ConfigError
            If it is not usable any more, because leadscore.yaml has changed.
        """
        return _checked(renumbered(text, version), self.schema)


def _texts(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        yield from (text for value in data.values() for text in _texts(value))
    elif isinstance(data, Sequence):
        yield from (text for value in data for text in _texts(value))


def read_book(workspace: Workspace, schema: Schema) -> RuleBook:
    """Return the rules as they stand in the file.

    Raises
    ------
    ConfigError
        If there is no such file, or it is not usable.
    """
    try:
        text = workspace.rules_file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise ConfigError(
            "rules.yaml is not in the workspace.", "the agreed rules.", "Run leadscore init, or restore the file."
        ) from None
    except UnicodeDecodeError:
        raise ConfigError("rules.yaml is not UTF-8.", "a text file in UTF-8.", "Save it as UTF-8.") from None
    return _checked(text, schema)


def _checked(text: str, schema: Schema) -> RuleBook:
    return RuleBook(text, RuleSet.from_mapping(plain_rules(text), schema), schema)
