"""What was inferred from the data, and the evidence for it: printed by ``init`` and written into leadscore.yaml."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How much attention a finding wants."""

    INFERRED = "inferred"
    ASSUMED = "assumed"
    SUSPECT = "suspect"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing inferred.

    Parameters
    ----------
    place : tuple of str
        Where it stands in leadscore.yaml, e.g. ``("leads", "created_at")``.
    what : str
        What was concluded.
    evidence : str
        Why, in numbers wherever there are some.
    level : Level
        ``assumed`` is worth a look; ``suspect`` needs one.
    """

    place: tuple[str, ...]
    what: str
    evidence: str
    level: Level = Level.INFERRED

    @property
    def sentence(self) -> str:
        """The finding as one line."""
        return f"{self.what}: {self.evidence}"

    def to_mapping(self) -> dict[str, Any]:
        """Return the finding as plain data."""
        return {
            "place": ".".join(self.place),
            "what": self.what,
            "evidence": self.evidence,
            "level": self.level.value,
        }


@dataclass(slots=True)
class Findings:
    """The findings of one ``init``, in the order in which they were made."""

    made: list[Finding] = field(default_factory=list)

    def add(
        self, place: str, what: str, evidence: str, level: Level = Level.INFERRED, *, entry: str | None = None
    ) -> None:
        """Note one finding.

        Parameters
        ----------
        place : str
            With points, e.g. ``leads.created_at``.
        what, evidence, level
            As in :class:`Finding`.
        entry : str or None
            A company's own name below the place, e.g. a column's, which may hold points itself.
        """
        steps = tuple(place.split("."))
        self.made.append(Finding(steps if entry is None else (*steps, entry), what, evidence, level))
