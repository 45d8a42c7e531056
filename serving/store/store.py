"""The store: opened, brought to the tables of this leadscore, and worked with in transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from features.domain import Clock, SystemClock
from features.schema import Schema
from serving.store.database import READS, connect, reset_log, set_journal, store_url
from serving.store.faults import StoreBusyError, fault_of
from serving.store.migrating import migrate
from serving.store.pseudonyms import draw_key
from serving.store.transaction import Transaction

FILE_NAME = "store.db"
"""The embedded store's file in a workspace's var/."""


@dataclass(frozen=True, slots=True)
class Store:
    """A company's store.

    Parameters
    ----------
    engine : Engine
        The database.
    schema : Schema
        What the workspace's columns mean.
    clock : Clock
        The present.
    journal : str
        ``delete`` or ``wal`` of SQLite (:mod:`serving.store.journal`); ``server`` of PostgreSQL.
    """

    engine: Engine
    schema: Schema
    clock: Clock
    journal: str

    @classmethod
    def open(cls, named: str | Path, schema: Schema, clock: Clock | None = None) -> Self:
        """Open a store and bring its tables to this leadscore's.

        Parameters
        ----------
        named : str or Path
            A SQLite file, or the address of a database (:func:`serving.store.database.store_url`).
        schema : Schema
            What the workspace's columns mean.
        clock : Clock, optional
            The present; by default the machine's clock.

        Raises
        ------
        StoreError
            If the database does not answer, cannot be written, or was migrated by a newer leadscore.
        InputError
            If the address is none.
        """
        url = store_url(named)
        engine = connect(url)
        try:
            with _told():
                journal = _journal(engine)
                if migrate(engine):
                    with engine.begin() as connection:
                        draw_key(connection)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, schema, clock or SystemClock(), journal)

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """Give a transaction that writes: kept when the block ends, undone when it raises.

        Raises
        ------
        StoreError
            If the database cannot do it; nothing of the transaction was kept.
        """
        with _told(), self.engine.begin() as connection:
            tx = Transaction(connection, self.schema, self.clock.now())
            yield tx
        tx.was_kept()

    @contextmanager
    def part(self, whole: Transaction) -> Iterator[Transaction]:
        """Give a part of a transaction that writes: undone alone when the block raises, kept with the whole.

        Parameters
        ----------
        whole : Transaction
            From :meth:`begin`; one part at a time.

        Raises
        ------
        StoreError
            If the database cannot do it; whether the other parts stand, :meth:`is_whole` tells.
        """
        connection = whole.connection
        with _told():
            connection.exec_driver_sql("SAVEPOINT part")
            tx = Transaction(connection, self.schema, self.clock.now())
            try:
                yield tx
            except BaseException:
                if self.is_whole(whole):
                    connection.exec_driver_sql("ROLLBACK TO part")
                    connection.exec_driver_sql("RELEASE part")
                raise
            connection.exec_driver_sql("RELEASE part")
        # Kept with the whole only.
        whole.once_kept(tx.was_kept)

    def is_whole(self, whole: Transaction) -> bool:
        """Return whether a transaction of SQLite's is under way still: a full disk ends it with all of its parts."""
        return bool(getattr(whole.connection.connection.driver_connection, "in_transaction", False))

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Give a transaction that only reads, and sees one state of the store throughout.

        Raises
        ------
        StoreError
            If the database cannot do it.
        """
        with _told(), self._reader() as connection, connection.begin():
            yield Transaction(connection, self.schema, self.clock.now())

    def _reader(self) -> Connection:
        if self.engine.dialect.name == "postgresql":
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            return self.engine.connect().execution_options(**options)
        return self.engine.execution_options(**{READS: True}).connect()

    def overwrite_deleted(self) -> None:
        """Let nothing deleted stay readable in SQLite's files; PostgreSQL's vacuum does it in its own time.

        Deleted rows are overwritten in the file at once; a write-ahead log would keep their old pages until it is
        reset.

        Raises
        ------
        StoreBusyError
            If somebody reads an older state; try again.
        """
        if self.journal == "wal":
            with _told():
                reset_log(self.engine)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _journal(engine: Engine) -> str:
    if engine.dialect.name != "sqlite":
        return "server"
    return set_journal(engine)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the database says into errors that say what to do."""
    try:
        yield
    except StatementError as error:
        fault = fault_of(error)
        if fault is None:
            raise
        raise fault from None
    except PoolTimeoutError:
        raise StoreBusyError(
            "All connections to the store are in use.", "one of them free within seconds.", "Try again in a moment."
        ) from None
