"""A company's folder: its configuration and everything the program writes."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.config import Config, read_config, read_yaml
from features.domain import ConfigError, Sla, WorkspaceError


@dataclass(frozen=True, slots=True)
class Workspace:
    """The places in a workspace; reading is done on demand, so that a half-made one can be repaired.

    Parameters
    ----------
    root : Path
        The folder.
    """

    root: Path

    @classmethod
    def open(cls, folder: Path | str) -> Workspace:
        """Return the workspace in ``folder``.

        Raises
        ------
        WorkspaceError
            If there is no leadscore.yaml.
        """
        root = Path(folder).expanduser().resolve()
        if not (root / "leadscore.yaml").is_file():
            raise WorkspaceError(
                f"{folder} holds no leadscore.yaml.",
                "a workspace.",
                f"Run leadscore init {folder} --leads FILE, or name another folder.",
            )
        return cls(root)

    @property
    def config_file(self) -> Path:
        """leadscore.yaml."""
        return self.root / "leadscore.yaml"

    @property
    def sla_file(self) -> Path:
        """sla.yaml."""
        return self.root / "sla.yaml"

    @property
    def rules_file(self) -> Path:
        """rules.yaml."""
        return self.root / "rules.yaml"

    @property
    def var(self) -> Path:
        """The folder of everything that the program writes."""
        return self.root / "var"

    @property
    def champion(self) -> Path:
        """The local copy of the bundle that serves, so that a start needs no registry."""
        return self.var / "champion"

    @property
    def reports(self) -> Path:
        """Reports of checks and training runs."""
        return self.var / "reports"

    @property
    def artifacts(self) -> Path:
        """Artifacts of MLflow runs."""
        return self.var / "artifacts"

    @property
    def tracking_uri(self) -> str:
        """The workspace's own MLflow database; settings may name a server instead."""
        return f"sqlite:///{self.var / 'mlflow.db'}"

    def config(self) -> Config:
        """Return leadscore.yaml, checked."""
        return read_config(self.config_file)

    def sla(self) -> Sla:
        """Return sla.yaml, checked; a workspace without one has an agreement without clauses."""
        return Sla.from_mapping(read_yaml(self.sla_file)) if self.sla_file.is_file() else Sla()

    def rules(self) -> Mapping[str, Any]:
        """Return rules.yaml as plain data (``models.rules.RuleSet`` checks it).

        Raises
        ------
        ConfigError
            If the file is missing or empty: without rules every lead would get the same score.
        """
        rules = read_yaml(self.rules_file)
        if not rules:
            raise ConfigError("rules.yaml is empty.", "base_points and a list of rules.", "See docs/rules.md.")
        return rules


def write_json(path: Path, content: object) -> None:
    """Write JSON so that a reader sees the old file or the new one, never half of it, also after the power failed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a text so that a reader sees the old file or the new one, never half of it, also after the power failed.

    Who may read the file stays.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with draft.open("wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            draft.chmod(stat.S_IMODE(path.stat().st_mode))
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
