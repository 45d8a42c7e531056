"""What was last seen of the registry, kept in a file that every process of the service reads."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from features.workspace import Workspace, write_json

FILE_NAME = "registry.json"


@dataclass(frozen=True, slots=True)
class RegistryState:
    """What was last seen of the registry.

    Parameters
    ----------
    looked_at : str
        When, ISO 8601.
    alias : str or None
        The version that the alias ``champion`` named when the registry last answered; None where it is not set.
    fault : str or None
        Code of the error where it did not answer.
    refused : str or None
        Why the version that the alias names was not taken on.
    refused_at : str or None
        When it was refused.
    """

    looked_at: str
    alias: str | None = None
    fault: str | None = None
    refused: str | None = None
    refused_at: str | None = None

    def write(self, workspace: Workspace) -> None:
        """Keep it, whole or not at all."""
        write_json(_file(workspace), asdict(self))

    def to_mapping(self) -> dict[str, Any]:
        """Return it in the shape of the API."""
        return {"alias": self.alias, "looked_at": self.looked_at, "fault": self.fault}

    @classmethod
    def read(cls, workspace: Workspace) -> RegistryState | None:
        """Return what was kept, None where nothing was or it cannot be read."""
        try:
            kept: dict[str, Any] = json.loads(_file(workspace).read_text(encoding="utf-8"))
            return cls(**kept)
        except (OSError, ValueError, TypeError):
            return None


def _file(workspace: Workspace) -> Path:
    return workspace.var / FILE_NAME
