"""The files given to ``init``, read once as tables of texts."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from features.domain import ConfigError, HistoryError
from features.history.reading import TextTable, read_table
from training.intake.target import split_target


@dataclass(frozen=True, slots=True)
class Sources:
    """The tables, and what ``--target`` names in them.

    Parameters
    ----------
    leads : TextTable
        The leads file.
    events, outcomes : TextTable or None
        The other files, where given.
    target_place : str or None
        ``leads``, ``events`` or ``outcomes``: which of them ``--target`` names; None without it.
    target_column, target_value : str or None
        What it names there.
    """

    leads: TextTable
    events: TextTable | None
    outcomes: TextTable | None
    target_place: str | None = None
    target_column: str | None = None
    target_value: str | None = None

    @property
    def others(self) -> list[TextTable]:
        """The files that join to the leads."""
        return [table for table in (self.events, self.outcomes) if table is not None]

    def given_in(self, place: str) -> str | None:
        """Return the column that ``--target`` names in one of the files, or None."""
        return self.target_column if self.target_place == place else None


def read_sources(leads: Path, events: Path | None, outcomes: Path | None, target: str | None) -> Sources:
    """Return the files as tables.

    Raises
    ------
    HistoryError
        If a file cannot be read, or the leads file has no rows.
    ConfigError
        If ``target`` names a column that no file has.
    """
    table = read_table(leads)
    if table.frame.is_empty():
        raise HistoryError(f"{leads.name} holds no rows.", "a header and rows.", "Export the file again.")
    sources = Sources(
        table,
        None if events is None else read_table(events),
        None if outcomes is None else read_table(outcomes),
    )
    if target is None:
        return sources
    # A column's name may hold "=" itself.
    places = {"leads": sources.leads, "outcomes": sources.outcomes, "events": sources.events}
    for column, value in ((target, None), split_target(target)):
        for place, found in places.items():
            if found is not None and column in found.frame.columns:
                return Sources(sources.leads, sources.events, sources.outcomes, place, column, value)
    column = split_target(target)[0]
    columns = [name for found in places.values() if found is not None for name in found.columns]
    near = get_close_matches(column, columns, n=1)
    raise ConfigError(
        f"--target names the column {column!r}, which no file has.",
        f"one of {', '.join(map(repr, columns[:40]))}.",
        f"Did you mean {near[0]!r}?" if near else "Write --target COLUMN=VALUE.",
    )
