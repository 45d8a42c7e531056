"""A group of entries of leadscore.yaml, read entry by entry; every fault names its place."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from features.domain import ConfigError, Text

_LONGEST_DAYS = 36_525


class Part:
    """A mapping in the file that knows its own path, for errors that name the place."""

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, Mapping):
            raise ConfigError(f"{where} is {data!r}.", "a group of entries.", "Indent its entries below it.")
        self.data: Mapping[str, Any] = data
        self.where = where

    def only(self, *known: str) -> None:
        """Refuse entries that are not known."""
        unknown = sorted(str(key) for key in self.data if key not in known)
        if unknown:
            raise ConfigError(
                f"Unknown entry {', '.join(unknown)} in {self.where}.",
                f"some of {', '.join(known)}.",
                "Correct the spelling or take it out.",
            )

    def has(self, key: str) -> bool:
        """Return whether an entry says something."""
        return self.data.get(key) is not None

    def part(self, key: str) -> Part:
        """Return a group that has to be there."""
        if not self.has(key):
            raise ConfigError(f"{self.where} lacks {key}.", f"an entry {key}.", "Run leadscore init, or add it.")
        return Part(self.data[key], f"{self.where}: {key}")

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that has to be there, unless there is a default."""
        value = self.data.get(key, default)
        if value is None or isinstance(value, Mapping | list):
            raise ConfigError(f"{self.where} has {key}: {value!r}.", "a text.", f"Write {key}: followed by a text.")
        return str(value)

    def optional(self, key: str) -> str | None:
        """Return a text, None where the entry says nothing."""
        return self.text(key) if self.has(key) else None

    def label(self) -> Text | None:
        """Return the label, one text or one for each language; None where there is none."""
        if not isinstance(self.data.get("label"), Mapping):
            return None if (same := self.optional("label")) is None else Text.same(same)
        both = self.part("label")
        both.only("en", "de")
        return Text(both.text("en"), both.text("de"))

    def flag(self, key: str) -> bool:
        """Return a yes or no; no where the entry is missing."""
        value = self.data[key] if self.has(key) else False
        if not isinstance(value, bool):
            raise ConfigError(f"{self.where} has {key}: {value!r}.", "true or false.", f"Correct {key}.")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; one alone needs no list."""
        value = self.data.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            value = [value]
        return tuple("true" if v is True else "false" if v is False else str(v) for v in value)

    def days(self, key: str, default: float) -> float:
        """Return a span in days, more than none and at most a hundred years."""
        value = self.data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST_DAYS:
            expected = f"a number of days above 0, at most {_LONGEST_DAYS} (a century)."
            raise ConfigError(f"{key} is {value!r}.", expected, f"Correct {key}.")
        return float(value)

    def word(self, key: str, words: type[StrEnum], default: str) -> Any:
        """Return one of the words of a list."""
        value = self.text(key, default)
        try:
            return words(value)
        except ValueError:
            raise ConfigError(
                f"{self.where} has {key}: {value}.", f"one of {', '.join(words)}.", f"Correct {key}."
            ) from None
