"""What monitoring found: one finding per question, each with its state, a sentence and its figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from features.domain import Text


class Standing(StrEnum):
    """What a finding asks for."""

    FINE = "fine"
    ALARM = "alarm"
    UNKNOWN = "unknown"


class Basis(StrEnum):
    """What a finding rests on."""

    MEASURED = "measured"
    ESTIMATE = "estimate"


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question.

    Parameters
    ----------
    name : str
        ``schema``, ``features``, ``score``, ``volume``, ``level``, ``estimate`` or ``certificate``.
    standing : Standing
        Fine, an alarm, or not known (too few leads).
    sentence : Text
        In words.
    figures : Mapping[str, Any]
        Plain data.
    basis : Basis
        Measured, or an estimate that rests on an assumption; an estimate never raises an alarm.
    """

    name: str
    standing: Standing
    sentence: Text
    figures: Mapping[str, Any] = field(default_factory=dict)
    basis: Basis = Basis.MEASURED

    def __post_init__(self) -> None:
        """Hold that nothing estimated is taken for something seen."""
        if self.basis is Basis.ESTIMATE and self.standing is Standing.ALARM:
            raise ValueError(f"{self.name} is an estimate and raises an alarm")

    @property
    def told_standing(self) -> str:
        """Standing and what it rests on; what is not known rests on nothing.

        Examples
        --------
        >>> unknown("level", Text("Wait.", "Warten.")).told_standing
        'unknown'
        >>> Finding("score", Standing.FINE, Text("As before.", "Wie zuvor.")).told_standing
        'fine, measured'
        """
        standing = self.standing.value
        return standing if self.standing is Standing.UNKNOWN else f"{standing}, {self.basis.value}"

    def to_mapping(self) -> dict[str, Any]:
        """Return the finding as plain data."""
        return {
            "name": self.name, "standing": self.standing.value, "basis": self.basis.value,
            "sentence": self.sentence.en, "sentence_de": self.sentence.de, "figures": dict(self.figures),
        }  # fmt: skip


def unknown(name: str, sentence: Text, **figures: Any) -> Finding:
    """Return the finding of a question that cannot be answered yet."""
    return Finding(name, Standing.UNKNOWN, sentence, figures)


def standing_of(alarm: bool) -> Standing:
    """Return an alarm or fine."""
    return Standing.ALARM if alarm else Standing.FINE
