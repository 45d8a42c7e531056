"""What reading a history found: read = used + rejected + duplicate for every table, with line numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SHOWN = 20
"""How many line numbers are kept for each reason; the counts are always whole."""


@dataclass(frozen=True, slots=True)
class RowNote:
    """Rows of one table that share a fate.

    Parameters
    ----------
    reason : str
        Why, in a few words.
    count : int
        How many rows.
    lines : tuple of int
        The first of their lines in the file, from 1.
    """

    reason: str
    count: int
    lines: tuple[int, ...]

    def to_mapping(self) -> dict[str, Any]:
        """Return the note as plain data."""
        return {"reason": self.reason, "count": self.count, "lines": list(self.lines)}


@dataclass(frozen=True, slots=True)
class TableQuality:
    """How every row of a table was accounted for.

    Parameters
    ----------
    table : str
        ``leads``, ``events`` or ``outcomes``.
    file : str
        The file's name.
    written : str
        How the file is written, e.g. ``csv, utf-8, delimiter ','``.
    read, used, rejected, duplicate : int
        Rows; ``read == used + rejected + duplicate``.
    rejections, duplicates : tuple of RowNote
        By reason.
    bad_values : tuple of RowNote
        Cells that could not be read; the rows are used, the values count as missing.
    warnings : tuple of str
        Sentences, e.g. about missing columns.
    """

    table: str
    file: str
    written: str
    read: int
    used: int
    rejected: int
    duplicate: int
    rejections: tuple[RowNote, ...] = ()
    duplicates: tuple[RowNote, ...] = ()
    bad_values: tuple[RowNote, ...] = ()
    warnings: tuple[str, ...] = ()

    def to_mapping(self) -> dict[str, Any]:
        """Return the table's account as plain data."""
        return {
            "table": self.table,
            "file": self.file,
            "written": self.written,
            "read": self.read,
            "used": self.used,
            "rejected": self.rejected,
            "duplicate": self.duplicate,
            "rejections": [note.to_mapping() for note in self.rejections],
            "duplicates": [note.to_mapping() for note in self.duplicates],
            "bad_values": [note.to_mapping() for note in self.bad_values],
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class Oddities:
    """What is kept but worth knowing; each a number of rows unless said otherwise.

    Parameters
    ----------
    leads_in_future, events_in_future, outcomes_in_future : int
        Dated after the present; no feature as of an earlier moment can read them.
    events_before_creation, outcomes_before_creation : int
        Dated before the lead they belong to was created.
    outcomes_on_day_of_creation : int
        Dated by their day alone, which is that of the creation; they count as just after it.
    events_without_lead, outcomes_without_lead : int
        Of a lead that the leads file does not hold.
    rounded_ids : int
        Rows whose lead id a spreadsheet turned into a rounded number (``1,73688E+05``): its lead cannot be told.
    same_moment_repeats : int
        Events equal to an earlier one in lead, time, kind and properties; true repeats exist, so they stay.
    shared_emails, leads_with_shared_email : int
        E-mail addresses (case and spaces ignored) that several lead ids share, and how many leads have one.
    """

    leads_in_future: int = 0
    events_in_future: int = 0
    outcomes_in_future: int = 0
    events_before_creation: int = 0
    outcomes_before_creation: int = 0
    outcomes_on_day_of_creation: int = 0
    events_without_lead: int = 0
    outcomes_without_lead: int = 0
    rounded_ids: int = 0
    same_moment_repeats: int = 0
    shared_emails: int = 0
    leads_with_shared_email: int = 0

    def to_mapping(self) -> dict[str, int]:
        """Return the numbers by name."""
        return {name: getattr(self, name) for name in self.__slots__}

    def told(self) -> tuple[tuple[str, int, str], ...]:
        """Return what was found for people: what it is, how many, and what becomes of it."""
        counts = self.to_mapping()
        return tuple((what, counts[name], fate) for name, what, fate in _FATES if counts[name])


def _unread(table: TableQuality) -> Iterator[str]:
    for notes, fate in ((table.rejections, "not used"), (table.bad_values, "a value not read")):
        for note in notes:
            rows = f"{note.count:,} of {table.read:,} rows" if note.count > 1 else "1 row"
            more = ", ..." if note.count > _LINES_TOLD else ""
            lines = f"line{'s' if note.count > 1 else ''} {', '.join(map(str, note.lines[:_LINES_TOLD]))}{more}"
            yield f"{table.file}: {rows}: {fate}: {note.reason} ({lines})"


_LINES_TOLD = 5

_FATES = (
    ("leads_in_future", "leads created in the future", "teach nothing until then; is time_zone right?"),
    ("events_in_future", "events in the future", "no moment before them reads them; is time_zone right?"),
    ("outcomes_in_future", "outcomes in the future", "not known yet; is time_zone right?"),
    ("events_before_creation", "events before the lead's creation", "count as known when it comes in"),
    (
        "outcomes_before_creation",
        "outcomes before the lead's creation",
        "a lead that was closed before it came in teaches nothing",
    ),
    ("outcomes_on_day_of_creation", "outcomes dated by the day on which the lead came in", "count as just after that"),
    ("events_without_lead", "events of no lead in the leads file", "not read"),
    ("outcomes_without_lead", "outcomes of no lead in the leads file", "not read"),
    (
        "rounded_ids",
        "lead ids like 1,73688E+05",
        "a spreadsheet rounded them, and they fit nothing: export ids as text",
    ),
    ("same_moment_repeats", "events said again in the same moment", "kept: true repeats exist"),
    ("shared_emails", "e-mail addresses that several leads share", "kept as several leads"),
    ("leads_with_shared_email", "leads with such an address", ""),
)


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What reading a history found, table by table and across tables."""

    tables: tuple[TableQuality, ...]
    oddities: Oddities

    def table(self, name: str) -> TableQuality | None:
        """Return the account of one table, or None where the history has no such file."""
        return next((table for table in self.tables if table.table == name), None)

    @property
    def warnings(self) -> tuple[str, ...]:
        """All tables' warnings."""
        return tuple(warning for table in self.tables for warning in table.warnings)

    @property
    def unread(self) -> tuple[str, ...]:
        """Sentences about rows that are not used and values that could not be read, with their first lines."""
        return tuple(sentence for table in self.tables for sentence in _unread(table))

    def to_mapping(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {"tables": [table.to_mapping() for table in self.tables], "oddities": self.oddities.to_mapping()}
