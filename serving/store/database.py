"""The connection to the database: an embedded SQLite file, or a PostgreSQL server.

SQLite runs with foreign keys, full synchronisation (what is acknowledged survives a power cut), deleted content
overwritten, and a wait of five seconds for another writer. Writing transactions take the writer's place at their
beginning (``BEGIN IMMEDIATE``), so none fails halfway because another one was quicker.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from features.domain import InputError
from serving.store.faults import StoreBusyError, StoreError
from serving.store.journal import journal_mode

BUSY_SECONDS = 5.0
"""How long a writer waits for another one."""

READS = "leadscore_reads"
"""Execution option of transactions that only read."""

_CONNECT_SECONDS = 5
_CACHE_KILOBYTES = 32_000
_POOL, _OVERFLOW = 5, 15


def store_url(named: str | Path) -> URL:
    """Return the address of a store: a file's path, or ``postgresql://user:password@host/database``.

    Raises
    ------
    InputError
        If it is neither.
    """
    if isinstance(named, Path):
        return URL.create("sqlite", database=str(named))
    try:
        url = make_url(named)
    except ArgumentError:
        raise _not_an_address() from None
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database and url.database != ":memory:":
        return url
    raise _not_an_address()


def connect(url: URL) -> Engine:
    """Return the engine of a store's database; nothing is opened yet.

    Raises
    ------
    StoreError
        If PostgreSQL's driver is not installed, or the file's folder cannot be made.
    """
    if url.drivername == "sqlite":
        return _sqlite(Path(str(url.database)))
    try:
        return create_engine(
            url,
            # Parameters are personal data, and errors end up in logs.
            hide_parameters=True,
            pool_size=_POOL,
            max_overflow=_OVERFLOW,
            pool_timeout=BUSY_SECONDS,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": _CONNECT_SECONDS,
                "application_name": "leadscore",
                "options": f"-c timezone=UTC -c lock_timeout={BUSY_SECONDS * 1000:.0f}",
            },
        )
    except (ImportError, NoSuchModuleError):
        raise StoreError(
            "The store is on PostgreSQL, whose driver psycopg is not installed.",
            "the extra postgres.",
            'Install it: pip install "leadscore[postgres]".',
        ) from None


def set_journal(engine: Engine) -> str:
    """Give a SQLite file the journal that its version makes safe, and return which one it has.

    Raises
    ------
    StoreBusyError
        If the file has another one and is in use by somebody.
    """
    wanted = journal_mode()
    # On the driver's own connection: SQLite changes its journal only outside of transactions.
    try:
        with closing(engine.raw_connection()) as raw:
            found = str(raw.cursor().execute(f"PRAGMA journal_mode={wanted}").fetchone()[0]).lower()
    except sqlite3.DatabaseError as error:
        raise DatabaseError("PRAGMA journal_mode", None, error) from error
    if found != wanted:
        raise StoreBusyError(
            f"The store's journal is {found!r} and cannot be changed now.",
            f"{wanted!r}, the one that is safe with SQLite {sqlite3.sqlite_version}.",
            "Stop the other programs that use the file, and start again.",
        )
    return found


def reset_log(engine: Engine) -> None:
    """Bring the whole write-ahead log into the file and empty it.

    Raises
    ------
    StoreBusyError
        If somebody still reads from it.
    """
    with closing(engine.raw_connection()) as raw:
        busy, _, _ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreBusyError(
            "The write-ahead log is being read.", "no reader of an older state.", "Try again in a moment."
        )


def _sqlite(file: Path) -> Engine:
    _make_private(file)
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        hide_parameters=True,
        pool_size=_POOL,
        max_overflow=_OVERFLOW,
        pool_timeout=BUSY_SECONDS,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        # Python's own transactions begin too late to take the writer's place first.
        connection.isolation_level = None
        # EXTRA: with a rollback journal a power cut may bring back a journal whose removal was not synced, and with it
        # the state before an acknowledged write (sqlite.org/pragma.html#pragma_synchronous).
        for pragma in ("foreign_keys=ON", "synchronous=EXTRA", "secure_delete=ON", f"cache_size=-{_CACHE_KILOBYTES}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reads = bool(connection.get_execution_options().get(READS))
        connection.exec_driver_sql(f"PRAGMA query_only={int(reads)}")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _make_private(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # SQLite gives its journals the rights of the file itself; it holds personal data.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except PermissionError:
        if file.is_file():
            return
        raise _no_place(file, "may not be made here") from None
    except OSError as error:
        if file.is_file():
            return
        raise _no_place(file, (error.strerror or str(error)).lower()) from None


def _no_place(file: Path, why: str) -> StoreError:
    return StoreError(
        f"The store {file}: {why}.", "a folder that this user may write.", "Correct the folder, or its permissions."
    )


def _not_an_address() -> InputError:
    return InputError(
        "The store's address is neither a SQLite file nor a PostgreSQL database.",
        "sqlite:////path/to/store.db or postgresql://user:password@host/database.",
        "Correct LEADSCORE_STORE_URL, or unset it to use the workspace's var/store.db.",
    )
