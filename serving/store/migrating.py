"""Bringing a store to the tables of this leadscore: under a lock, whole or not at all, never backwards."""

from __future__ import annotations

import threading
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from serving.store.columns import metadata
from serving.store.database import READS
from serving.store.faults import StoreTooNewError

_FOLDER = Path(__file__).with_name("migrations")
_ADVISORY_LOCK = 0x6C656164
# Alembic's operations go through a module's global state.
_ONE_AT_A_TIME = threading.Lock()


def newest_revision() -> str:
    """Return the revision of the tables that this leadscore works with."""
    head = _scripts().get_current_head()
    if head is None:
        raise RuntimeError("the package holds no migrations")
    return head


def revision_of(connection: Connection) -> str | None:
    """Return the revision of a store's tables, None where it has none yet."""
    return MigrationContext.configure(connection).get_current_revision()


def migrate(engine: Engine, target: str = "head") -> bool:
    """Bring the store to ``target``; return whether anything had to be done.

    Several workers that start together do it once: the others wait and find it done.

    Raises
    ------
    StoreTooNewError
        If a newer leadscore has migrated the store.
    """
    scripts = _scripts()
    wanted = newest_revision() if target == "head" else target
    with engine.execution_options(**{READS: True}).connect() as connection:
        found = revision_of(connection)
    if found == wanted:
        return False
    with _ONE_AT_A_TIME, engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        found = revision_of(connection)
        _refuse_newer(scripts, found)
        if found == wanted:
            return False
        _upgrade(connection, scripts, wanted)
    return True


def _refuse_newer(scripts: ScriptDirectory, found: str | None) -> None:
    if found is None or found in {script.revision for script in scripts.walk_revisions()}:
        return
    raise StoreTooNewError(
        f"The store has tables of revision {found}, which this leadscore does not know.",
        f"at most {newest_revision()}: a newer leadscore has migrated it.",
        "Install that newer leadscore, or restore the backup made before it.",
    )


def _upgrade(connection: Connection, scripts: ScriptDirectory, target: str) -> None:
    def steps(revision: object, _: object) -> object:
        return scripts._upgrade_revs(target, revision)  # type: ignore[arg-type]  # as alembic's own upgrade does

    with EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(connection=connection, target_metadata=metadata)
        environment.run_migrations()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_FOLDER))
