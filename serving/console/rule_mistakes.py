"""Why a rule cannot be saved, in the words of its form rather than in those of rules.yaml."""

from __future__ import annotations

from dataclasses import dataclass

from features.domain import LeadscoreError, Text, say
from models.rules.entries import EntryError
from serving.console.words import rules as words

_FIELDS = {
    "text": ("text_en", words.SENTENCE),
    "about": ("about", words.SUBJECT),
    "when": ("question", words.COMPARISON),
    **dict.fromkeys(("is", "one_of", "contains", "seniority", "function", "email_kind"), ("values", words.VALUES)),
    "from": ("low", words.LOW),
    "below": ("high", words.HIGH),
    "within_days": ("within_days", words.WITHIN_DAYS),
    "at_least": ("at_least", words.AT_LEAST_TIMES),
    "half_life_days": ("half_life_days", words.HALF_LIFE),
    "points": ("points", words.POINTS),
    "max_points": ("max_points", words.MAX_POINTS),
}
"""A field's id and label, by the entry of rules.yaml that it fills."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake in words.

    Parameters
    ----------
    given, expected : Text
        What was found, and what would have been right.
    remedy : Text or None
        What to do; None where the field says it all.
    field : str or None
        Id of the field to correct.
    label : Text or None
        Its name.
    """

    given: Text
    expected: Text
    remedy: Text | None = None
    field: str | None = None
    label: Text | None = None


def mistake_of(error: LeadscoreError) -> Mistake:
    """Return what the form says of an error."""
    given, expected, remedy = error.in_words
    if not isinstance(error, EntryError) or error.entry not in _FIELDS:
        return Mistake(given, expected, remedy)
    field, label = _FIELDS[error.entry]
    return Mistake(_value(error.value), expected, field=field, label=label)


def _value(value: object) -> Text:
    if value is None or value in ("", [], {}):
        return words.NOTHING
    if isinstance(value, int | float) and not isinstance(value, bool):
        return say.short(value)
    listed = [str(one) for one in value] if isinstance(value, list) else [str(value)]
    return Text.same(", ".join(listed))
