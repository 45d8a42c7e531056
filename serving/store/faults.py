"""What can go wrong with a database, as errors that say what to do; programs branch on the code."""

from __future__ import annotations

import sqlite3
from typing import ClassVar

from sqlalchemy.exc import DBAPIError, StatementError

from features.domain import LeadscoreError


class StoreError(LeadscoreError):
    """The store does not answer; nothing of the transaction was kept."""

    code: ClassVar[str] = "store-unavailable"


class StoreBusyError(StoreError):
    """Somebody else wrote for longer than we waited; trying again is right."""

    code: ClassVar[str] = "store-busy"


class StoreFullError(StoreError):
    """There is no space left to write; reading goes on."""

    code: ClassVar[str] = "storage-full"


class StoreReadOnlyError(StoreError):
    """The store may be read but not written."""

    code: ClassVar[str] = "store-read-only"


class StoreDamagedError(StoreError):
    """The file is not a database, or a damaged one."""

    code: ClassVar[str] = "store-damaged"


class StoreTooNewError(StoreError):
    """A newer leadscore has migrated the store; this one must not write to it."""

    code: ClassVar[str] = "store-too-new"


_BUSY = (
    StoreBusyError,
    "one writer at a time, each for a moment.",
    "Try again in a moment; if it stays, look for a program that holds the database open.",
)
_FULL = (
    StoreFullError,
    "space to write.",
    "Free space or enlarge the disk; nothing acknowledged is lost, and no restart is needed.",
)
_READ_ONLY = (
    StoreReadOnlyError,
    "a database that this user may write, and its folder too.",
    "Correct the owner or the permissions of the file and its folder.",
)
_DAMAGED = (StoreDamagedError, "a whole database of leadscore.", "Restore the file from a backup (docs/store.md).")
_AWAY = (
    StoreError,
    "a database that answers.",
    "See that it runs and that LEADSCORE_STORE_URL names it; the password is not shown here.",
)
_Kind = tuple[type[StoreError], str, str]

_SQLITE: dict[int, _Kind] = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: _AWAY,
    sqlite3.SQLITE_IOERR: _AWAY,
}
# SQLSTATE of PostgreSQL (appendix A of its manual): whole codes first, then classes.
_POSTGRES: dict[str, _Kind] = {
    "55P03": _BUSY,
    "57014": _BUSY,
    "40001": _BUSY,
    "40P01": _BUSY,
    "53100": _FULL,
    "25006": _READ_ONLY,
    "42501": _READ_ONLY,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
    "08": _AWAY,
    "28": _AWAY,
    "3D": _AWAY,
    "53": _AWAY,
    "57": _AWAY,
    "58": _AWAY,
}


def fault_of(error: StatementError) -> LeadscoreError | None:
    """Return what a database's error means, or None where it is a fault of the program.

    Parameters
    ----------
    error : StatementError
        As SQLAlchemy raised it; its statement and parameters are not repeated, for they hold personal data.
    """
    if isinstance(error.orig, LeadscoreError):
        # A type in columns.py refused a value.
        return error.orig
    if not isinstance(error, DBAPIError):
        return None
    kind = _kind(error)
    if kind is None:
        return None
    raised, expected, remedy = kind
    return raised(f"The store says: {_said(error)}.", expected, remedy)


def _kind(error: DBAPIError) -> _Kind | None:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(int(code) & 0xFF)
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    # A connection that never came about, or broke, has no code at all.
    return _AWAY if type(error.orig).__name__ in ("OperationalError", "ConnectionTimeout", "InterfaceError") else None


def _said(error: DBAPIError) -> str:
    # The first line only: PostgreSQL's further ones (DETAIL) repeat values of the row.
    lines = str(error.orig).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error.orig).__name__
