"""Which journal keeps a SQLite file whole, by the version of SQLite that is linked.

Write-ahead logging lets readers and a writer go on side by side, but from 3.7.0 until 3.51.2 a race between two
connections could corrupt the file or lose committed writes (sqlite.org/wal.html, the WAL-reset bug, 2026). It is mended
in 3.51.3, and in 3.50.7 and 3.44.6 of the older lines. Where it is not, the rollback journal is used: it does not
have the race.
"""

from __future__ import annotations

import sqlite3

_MENDED = (3, 51, 3)
_MENDED_LINES = {(3, 50): 7, (3, 44): 6}
_WITHDRAWN = {(3, 52, 0)}


def is_wal_safe(version: tuple[int, int, int]) -> bool:
    """Return whether write-ahead logging is safe with more than one connection.

    Examples
    --------
    >>> is_wal_safe((3, 40, 1)), is_wal_safe((3, 50, 7)), is_wal_safe((3, 51, 2)), is_wal_safe((3, 51, 3))
    (False, True, False, True)
    """
    if version in _WITHDRAWN:
        return False
    needed = _MENDED_LINES.get(version[:2])
    return version >= _MENDED or (needed is not None and version[2] >= needed)


def linked_version() -> tuple[int, int, int]:
    """Return the version of SQLite that this Python uses."""
    major, minor, patch = sqlite3.sqlite_version_info[:3]
    return major, minor, patch


def journal_mode(version: tuple[int, int, int] | None = None) -> str:
    """Return ``wal`` or ``delete``, by the linked SQLite or another version of it."""
    return "wal" if is_wal_safe(linked_version() if version is None else version) else "delete"
