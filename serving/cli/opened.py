"""The store of the workspace that a verb was given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serving.store import Store


@contextmanager
def opened_store(folder: Path) -> Iterator[Store]:
    """Give the store of a workspace's folder while the block runs."""
    # Only verbs that work on the store pay for the database.
    from features.workspace import Workspace
    from serving.opened_store import open_store

    workspace = Workspace.open(folder)
    with open_store(workspace, workspace.config().schema) as store:
        yield store
