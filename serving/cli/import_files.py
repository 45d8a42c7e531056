"""``leadscore import``: the workspace's files into the store."""

from __future__ import annotations

from pathlib import Path

import click

from serving.cli.front_door import workspace_argument
from serving.cli.terminal import Terminal, json_option


@click.command("import")
@workspace_argument
@json_option
def import_files(folder: Path) -> None:
    """Load the workspace's files into the store; what it holds already is not added again."""
    # Only this verb pays for reading tables.
    from features.config import HistorySource
    from features.domain import SystemClock
    from features.workspace import Workspace
    from serving.opened_store import open_store
    from serving.store.importing import import_files as run

    terminal = Terminal()
    workspace = Workspace.open(folder)
    config = workspace.config()
    with open_store(workspace, config.schema, clock=SystemClock()) as store, terminal.progress() as progress:
        result = run(store, config, progress)
        with store.begin() as tx:
            asked, left = tx.rescoring.ask_for_never_scored("import")
    terminal.table(
        "Loaded into the store",
        ("Table", "Stored", "There already", "Of erased leads"),
        [(name, count, result.present[name], result.erased[name]) for name, count in result.stored.items()],
    )
    terminal.table(
        "Rows of the files",
        ("Table", "File", "Read", "Used", "Rejected", "Duplicate"),
        [(t.table, t.file, t.read, t.used, t.rejected, t.duplicate) for t in result.quality.tables],
    )
    for warning in (*result.quality.warnings, *result.quality.unread):
        terminal.warn(warning)
    if asked:
        terminal.note(f"{asked:,} leads wait for their first score; a running service gives it, the newest first.")
    if left:
        terminal.note(f"{left:,} older leads have none yet; import again once these are scored.")
    if config.history is HistorySource.FILES:
        terminal.note("Training still reads the files; write history: store in leadscore.yaml to learn from the store.")
    terminal.result(result.to_mapping() | {"to_be_scored": asked, "left_unscored": left})
