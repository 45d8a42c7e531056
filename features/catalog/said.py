"""What has been said of a feature before: building a sentence costs ten times what looking it up does."""

from __future__ import annotations

from collections.abc import Hashable

from features.catalog.event_wording import DecayedInWords
from features.catalog.feature import Feature, Row
from features.domain import Text

MOST_SENTENCES = 20_000
"""Sentences kept, about 15 MB; then all are forgotten, which bounds memory without any bookkeeping."""

_RAISES = Text("(raises)", "(erhöht)")
_LOWERS = Text("(lowers)", "(senkt)")


def without_direction(text: Text) -> Text:
    """Return a reason's sentence without the word that tells its direction, for where a sign shows it.

    Examples
    --------
    >>> without_direction(Text("Employees: 22 (lowers)", "Mitarbeiterzahl: 22 (senkt)"))
    Text(en='Employees: 22', de='Mitarbeiterzahl: 22')
    """
    for direction in (_RAISES, _LOWERS):
        if text.en.endswith(f" {direction.en}"):
            german = text.de.removesuffix(f" {direction.de}").removesuffix(f" {direction.en}")
            return Text(text.en.removesuffix(f" {direction.en}"), german)
    return text


class Said:
    """Says features' values with their direction, and remembers what it said."""

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[str | None, Text]] = {}

    def say(self, feature: Feature, row: Row, raises: bool) -> tuple[str | None, Text]:
        """Return the bare value, None where it is missing, and the sentence that tells the direction.

        Parameters
        ----------
        feature : Feature
            What to speak of.
        row : Mapping
            The lead's feature values by name.
        raises : bool
            Whether it raised the score.
        """
        key = (feature.name, raises, _read(feature, row))
        known = self._known.get(key)
        if known is None:
            known = _sentence(feature, row, raises)
            if len(self._known) >= MOST_SENTENCES:
                # Another thread may be looking up: it keeps the old one.
                self._known = {}
            self._known[key] = known
        return known


def _read(feature: Feature, row: Row) -> Hashable:
    """Return all of the row that the feature's sentence depends on."""
    value = row.get(feature.name)
    if not isinstance(feature.wording, DecayedInWords):
        return value
    counts = tuple(row.get(name) for name, _ in feature.wording.counts)
    return counts if any(counts) else (*counts, value)


def _sentence(feature: Feature, row: Row, raises: bool) -> tuple[str | None, Text]:
    seen = feature.wording.say(row.get(feature.name), row)
    direction = _RAISES if raises else _LOWERS
    return seen.value, Text(f"{seen.text.en} {direction.en}", f"{seen.text.de} {direction.de}")
