"""Why sales rejects a lead: a list that marketing and sales agree on, for free words cannot be counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from features.domain.text import Text

OTHER = "other"
"""The reason that is always there, and that stands for every word that is not on the list."""

_USUAL: Mapping[str, Text] = {
    "no_need": Text("No need", "Kein Bedarf"),
    "no_budget": Text("No budget", "Kein Budget"),
    "no_authority": Text("No authority", "Keine Entscheidungsbefugnis"),
    "bad_timing": Text("Bad timing", "Falscher Zeitpunkt"),
    "wrong_contact": Text("Wrong contact person", "Falscher Ansprechpartner"),
    "not_a_fit": Text("Bad fit", "Passt nicht zu uns"),
    "not_reachable": Text("Not reachable", "Nicht erreichbar"),
    "competitor": Text("Chose a competitor", "Hat sich für einen Wettbewerber entschieden"),
    "duplicate": Text("Already in the system", "Bereits im System vorhanden"),
    "invalid_data": Text("Contact data not valid", "Kontaktdaten ungültig"),
}
_LAST = Text("Another reason", "Anderer Grund")


@dataclass(frozen=True, slots=True)
class RejectionReasons:
    """The agreed reasons.

    Parameters
    ----------
    labels : Mapping[str, Text]
        What each is called, in the order in which they are offered; ``other`` is added at the end where it is missing.
    """

    labels: Mapping[str, Text] = field(default_factory=lambda: _USUAL)

    def __post_init__(self) -> None:
        """Add what is always there."""
        if OTHER not in self.labels:
            object.__setattr__(self, "labels", {**self.labels, OTHER: _LAST})

    def find(self, said: str) -> str | None:
        """Return the reason that is meant by its name or by its label in either language, case ignored.

        Examples
        --------
        >>> RejectionReasons().find("Kein Budget"), RejectionReasons().find("nobody liked it")
        ('no_budget', None)
        """
        wanted = said.strip().casefold()
        for name, label in self.labels.items():
            if wanted in (name.casefold(), label.en.casefold(), label.de.casefold()):
                return name
        return None

    def to_mapping(self) -> dict[str, dict[str, str]]:
        """Return the labels as plain data."""
        return {name: label.to_mapping() for name, label in self.labels.items()}
