"""The errors a user can cause, each with what was given, what was expected and what to do.

One base class, so that the edges (command line, HTTP) need a single handler. ``code`` is stable:
programs may branch on it; sentences may change.
"""

from __future__ import annotations

from typing import ClassVar

from features.domain.text import Text


class LeadscoreError(Exception):
    """Base of every error that a user can cause or mend.

    Parameters
    ----------
    given : str or Text
        What was found, e.g. ``"column 'createdat' in leads.csv"``. Where people meet the error on a page it is said in
        both languages; the error itself speaks English.
    expected : str or Text
        What would have been right.
    remedy : str or Text
        What the reader can do about it.
    """

    code: ClassVar[str] = "leadscore-error"

    def __init__(self, given: str | Text, expected: str | Text, remedy: str | Text) -> None:
        said = [part if isinstance(part, Text) else Text.same(part) for part in (given, expected, remedy)]
        self.in_words = (said[0], said[1], said[2])
        self.given, self.expected, self.remedy = (part.en for part in said)
        super().__init__(f"{self.given} Expected: {self.expected} {self.remedy}")

    @property
    def is_in_both_languages(self) -> bool:
        """Whether a German reader is told it in German."""
        return any(part.en != part.de for part in self.in_words)


class ConfigError(LeadscoreError):
    """A configuration file (leadscore.yaml, sla.yaml, rules.yaml) says something unusable."""

    code = "config-invalid"


class WorkspaceError(LeadscoreError):
    """A folder is not a workspace, or a workspace lacks what the command needs."""

    code = "workspace-invalid"


class HistoryError(LeadscoreError):
    """A history file cannot be read at all (single bad rows are rejected and counted instead)."""

    code = "history-unreadable"


class InputError(LeadscoreError):
    """A value given to the API or the command line is not acceptable."""

    code = "input-invalid"


class NotTrainedError(LeadscoreError):
    """There is too little to learn from: one class only, or too few outcomes."""

    code = "not-trained"


class TooFewLeadsError(LeadscoreError):
    """There is nothing to measure a model on: no mature lead that it never learned from, or one kind of outcome."""

    code = "too-few-leads"


class BundleError(LeadscoreError):
    """A model bundle is damaged, incomplete, of a forbidden format or does not reproduce its golden rows."""

    code = "bundle-invalid"


class RegistryError(LeadscoreError):
    """The MLflow registry cannot be reached or does not hold what was asked for."""

    code = "registry-unavailable"


class ModelUnavailableError(LeadscoreError):
    """No trustworthy model can answer; the rules do."""

    code = "model-unavailable"
