"""The questions a rule asks of one value: is it this, one of these, in this range, filled, does it contain that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from features.domain import Value


class Question(Protocol):
    """A yes-or-no question to one canonical value."""

    def accepts(self, value: Value) -> bool:
        """Return the answer; a missing value answers no unless the question is whether it is filled."""
        ...


@dataclass(frozen=True, slots=True)
class IsOneOf:
    """Whether the value is one of these, case and outer blanks ignored for texts.

    Parameters
    ----------
    texts : frozenset of str
        Accepted texts, case folded.
    numbers : frozenset of float
        Accepted numbers.
    """

    texts: frozenset[str]
    numbers: frozenset[float]

    def accepts(self, value: Value) -> bool:
        """Return whether the value is among them."""
        if isinstance(value, str):
            return value.strip().casefold() in self.texts
        return isinstance(value, int | float) and float(value) in self.numbers


@dataclass(frozen=True, slots=True)
class IsInRange:
    """Whether a number is at least ``low`` and below ``high``; None leaves that side open."""

    low: float | None
    high: float | None

    def accepts(self, value: Value) -> bool:
        """Return whether the number lies in the range."""
        if not isinstance(value, int | float):
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value < self.high)


@dataclass(frozen=True, slots=True)
class Contains:
    """Whether a text contains any of these, case ignored.

    Parameters
    ----------
    texts : tuple of str
        Case folded.
    """

    texts: tuple[str, ...]

    def accepts(self, value: Value) -> bool:
        """Return whether one of them occurs in the value."""
        return isinstance(value, str) and any(text in value.casefold() for text in self.texts)


@dataclass(frozen=True, slots=True)
class IsFilled:
    """Whether there is a value at all (``filled`` true), or none (false)."""

    filled: bool

    def accepts(self, value: Value) -> bool:
        """Return whether presence is as asked."""
        return (value is not None) is self.filled
