"""The agreed rules: read, tried out, changed and restored."""

from serving.calls.rules.book import RuleBook, read_book
from serving.calls.rules.preview import Preview, preview
from serving.calls.rules.revise import RulesMovedError, restore_rules, revise_rules
from serving.calls.rules.weights import model_weights

__all__ = [
    "Preview", "RuleBook", "RulesMovedError", "model_weights", "preview", "read_book", "restore_rules", "revise_rules",
]  # fmt: skip
