"""``leadscore settings``."""

from __future__ import annotations

import click

from serving.cli.terminal import Terminal, json_option


@click.command()
@json_option
def settings() -> None:
    """Show every setting, its name in the environment, value, default and meaning."""
    from serving.settings import Settings

    terminal = Terminal()
    rows = Settings.from_environment().table()
    terminal.table("Settings", ("Name", "Value", "Default", "Meaning"), (tuple(row.values()) for row in rows))
    terminal.result({"settings": rows})
