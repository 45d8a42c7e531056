"""A text in the languages that the product speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or label in English and German."""

    en: str
    de: str

    @classmethod
    def same(cls, text: str) -> Text:
        """Return a text that reads the same in both languages, e.g. a column's own name."""
        return cls(en=text, de=text)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, str]) -> Text:
        """Return the text stored as ``{"en": ..., "de": ...}``; a missing German text repeats the English."""
        return cls(en=mapping["en"], de=mapping.get("de", mapping["en"]))

    def to_mapping(self) -> dict[str, str]:
        """Return ``{"en": ..., "de": ...}``."""
        return {"en": self.en, "de": self.de}
