"""The store of a workspace, at the address that the settings name."""

from __future__ import annotations

from features.config import Config
from features.domain import Clock, SystemClock
from features.history import History
from features.history.source import StoreReader
from features.schema import Schema
from features.workspace import Workspace
from serving.settings import Settings
from serving.store import Store, StoreHistory
from serving.store.store import FILE_NAME


def open_store(
    workspace: Workspace, schema: Schema, *, settings: Settings | None = None, clock: Clock | None = None
) -> Store:
    """Open a workspace's store: ``LEADSCORE_STORE_URL``, or var/store.db.

    Raises
    ------
    StoreError
        If the database does not answer, cannot be written, or was migrated by a newer leadscore.
    """
    url = (settings or Settings.from_environment()).store_url
    return Store.open(url or workspace.var / FILE_NAME, schema, clock or SystemClock())


def store_reader(workspace: Workspace) -> StoreReader:
    """Return how training reads a workspace's store; it is opened only when it is read."""

    def read(config: Config, clock: Clock) -> History:
        with open_store(workspace, config.schema, clock=clock) as store:
            return StoreHistory.read(store, config)

    return read
