"""Entries of rules.yaml that know their own place, so that an error names the rule and the entry."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from features.domain import ConfigError, Text
from features.domain.say import short

LARGEST = 1e15
"""The largest number that a rule may name; NaN and infinity are none either."""

A_NUMBER = Text("a number.", "eine Zahl.")


class EntryError(ConfigError):
    """An entry has a value of the wrong form.

    Parameters
    ----------
    where : str
        How its place is named, e.g. ``"rule demo_request"``.
    entry : str
        Its name, by which a form finds the field.
    value : object
        What stands there.
    expected : str or Text
        What would have been right.
    """

    def __init__(self, where: str, entry: str, value: object, expected: str | Text) -> None:
        super().__init__(
            Text(f"{where} in rules.yaml has {entry}: {value!r}.", f"{where} in rules.yaml hat {entry}: {value!r}."),
            expected,
            Text(f"Correct {entry}.", f"{entry} berichtigen."),
        )
        self.entry = entry
        self.value = value


class Entries:
    """A mapping in rules.yaml.

    Parameters
    ----------
    data : object
        What stands there; anything but a mapping is refused.
    where : str
        How to name the place, e.g. ``"rule demo_request"``.
    """

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, Mapping):
            raise ConfigError(
                f"{where} in rules.yaml is {data!r}.", "a group of entries.", "Indent its entries below it."
            )
        self.data: Mapping[str, Any] = data
        self.where = where

    def only(self, *known: str) -> None:
        """Refuse entries with other names than these."""
        for key in self.data:
            if key not in known:
                raise ConfigError(
                    f"{self.where} in rules.yaml has an unknown entry {key!r}.{near(str(key), known).en}",
                    f"some of {', '.join(known)}.",
                    "Correct the spelling or take it out.",
                )

    def has(self, key: str) -> bool:
        """Return whether the entry is there."""
        return self.data.get(key) is not None

    def number(self, key: str, default: float | None = None, *, above: float | None = None) -> float:
        """Return a number within plus and minus ``LARGEST``, above a limit if there is one."""
        value = self.data.get(key, default)
        good = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST
        if not good or (above is not None and not value > above):
            raise self.wrong(key, A_NUMBER if above is None else _above(above))
        return float(value)

    def optional_number(self, key: str, *, above: float | None = None) -> float | None:
        """Return a number, or None where the entry is missing."""
        return self.number(key, above=above) if self.has(key) else None

    def whole(self, key: str, default: int) -> int:
        """Return a whole number from 1."""
        value = self.data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.wrong(key, Text("a whole number from 1.", "eine ganze Zahl ab 1."))
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """Return one text or a list of texts as a tuple."""
        value = self.data.get(key)
        listed = [value] if not isinstance(value, Sequence) or isinstance(value, str) else list(value)
        if not listed or any(item is None or isinstance(item, Mapping | list) for item in listed):
            raise self.wrong(key, Text("a text or a list of texts.", "ein Text oder mehrere."))
        return tuple(as_text(item) for item in listed)

    def text(self, key: str) -> Text | None:
        """Return a text in both languages, or None where the entry is missing."""
        if not self.has(key):
            return None
        value = self.data[key]
        if isinstance(value, str) and value.strip():
            return Text.same(value.strip())
        part = Entries(value, f"{key} of {self.where}")
        part.only("en", "de")
        if not part.has("en") and not part.has("de"):
            raise self.wrong(key, Text("a sentence in en, de or both.", "ein Satz in en, de oder beiden."))
        en, de = part.data.get("en"), part.data.get("de")
        return Text(en=str(en if en is not None else de), de=str(de if de is not None else en))

    def wrong(self, key: str, expected: str | Text) -> EntryError:
        """Return the error about an entry of the wrong form."""
        return EntryError(self.where, key, self.data.get(key), expected)


def as_text(value: object) -> str:
    """Return a YAML scalar as the text that a history's cell would hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def near(word: str, known: Collection[str]) -> Text:
    """Return a sentence that offers the known word nearest to this one, or nothing."""
    folded = {name.casefold(): name for name in known}
    match = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    if not match:
        return Text.same("")
    return Text(f" Did you mean {folded[match[0]]!r}?", f" Meinten Sie {folded[match[0]]!r}?")


def _above(limit: float) -> Text:
    least = short(limit)
    return Text(f"a number above {least.en}.", f"eine Zahl über {least.de}.")
