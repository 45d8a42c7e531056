"""``leadscore init``: a workspace from files, everything inferred said with its evidence."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.config import Config
from features.domain import Clock, WorkspaceError
from features.history import QualityReport
from training.intake.conclusions import infer
from training.intake.findings import Finding, Findings
from training.intake.leakage import Evidence
from training.intake.rules_draft import draft_rules, study_rules
from training.intake.sla_draft import draft_sla
from training.intake.sources import read_sources
from training.intake.yaml_draft import config_text, writer

_FILES = ("leadscore.yaml", "rules.yaml", "sla.yaml")


_OTHER_FILES = ("events", "outcomes")


@dataclass(frozen=True, slots=True)
class Inference:
    """What ``init`` concluded and wrote.

    Parameters
    ----------
    folder : Path
        The workspace.
    config : Config
        leadscore.yaml, as it was written.
    findings : tuple of Finding
        Every conclusion with its evidence, in the order in which they were made.
    suspects : tuple of Evidence
        Columns left out because they may know the outcome.
    quality : QualityReport
        What reading the files found.
    written : tuple of str
        Names of the files written.
    """

    folder: Path
    config: Config
    findings: tuple[Finding, ...]
    suspects: tuple[Evidence, ...]
    quality: QualityReport
    written: tuple[str, ...]

    def to_mapping(self) -> dict[str, Any]:
        """Return the inference as plain data."""
        return {
            "workspace": str(self.folder),
            "written": list(self.written),
            "findings": [finding.to_mapping() for finding in self.findings],
            "suspects": [evidence.to_mapping() for evidence in self.suspects],
            "quality": self.quality.to_mapping(),
        }

    def rows(self) -> list[tuple[str, str, str]]:
        """Return level, conclusion and evidence of every finding, for a table; those of other files name their part."""
        return [
            (one.level.value, f"{one.place[0]}: {one.what}" if one.place[0] in _OTHER_FILES else one.what, one.evidence)
            for one in self.findings
        ]


def initialise(
    folder: Path,
    *,
    leads: Path,
    events: Path | None,
    outcomes: Path | None,
    target: str | None,
    clock: Clock,
    name: str | None = None,
    horizon_days: float | None = None,
    overwrite: bool = False,
) -> Inference:
    """Write leadscore.yaml, rules.yaml and sla.yaml from the files.

    Parameters
    ----------
    folder : Path
        The workspace to make.
    leads : Path
        The leads file.
    events, outcomes : Path or None
        The other files.
    target : str or None
        ``COLUMN`` or ``COLUMN=VALUE`` of one of the files; None looks for it.
    clock : Clock
        Tells which times lie in the future.
    name : str or None
        The company's name; None takes the folder's.
    horizon_days : float or None
        Within how long the target is to be predicted; None infers it from how long outcomes took.
    overwrite : bool
        Whether existing files may be replaced; the old ones stay beside the new as ``leadscore.yaml.old`` and so on.

    Raises
    ------
    WorkspaceError
        If there is a leadscore.yaml already.
    HistoryError
        If a file cannot be read.
    ConfigError
        If what is to be predicted, or a key column, is not clear.
    """
    folder = folder.expanduser().resolve()
    if (folder / "leadscore.yaml").exists() and not overwrite:
        raise WorkspaceError(
            f"{folder} is a workspace already.",
            "a new folder; leadscore.yaml holds people's decisions and is not written over.",
            "Name another folder, or give --overwrite, which keeps the old files as leadscore.yaml.old and so on.",
        )
    findings = Findings()
    sources = read_sources(leads, events, outcomes, target)
    config, history, suspects = infer(sources, name or folder.name or "leadscore", clock, findings, horizon_days)
    # Both drafts rest on the same study of the older half; it is the longest part of init.
    study = study_rules(history, config)
    drafts: Mapping[str, Mapping[str, Any]] = {
        "rules.yaml": draft_rules(history, config, study),
        "sla.yaml": draft_sla(history, config, study),
    }
    folder.mkdir(parents=True, exist_ok=True)
    kept = _keep_old(folder)
    if kept:
        findings.add(
            "version",
            f"the old files are kept as {', '.join(kept)}",
            "asked to write over them; an earlier .old is gone",
        )
    for file, content in drafts.items():
        with (folder / file).open("w", encoding="utf-8") as stream:
            writer().dump(content, stream)
    # Last, because its presence says that the workspace is whole.
    (folder / "leadscore.yaml").write_text(config_text(config, findings, folder), encoding="utf-8")
    written = _FILES
    return Inference(folder, config, tuple(findings.made), suspects, history.quality, written)


def _keep_old(folder: Path) -> list[str]:
    """Copy the files that are about to be written over, and return the copies' names."""
    there = [folder / name for name in _FILES if (folder / name).is_file()]
    for file in there:
        shutil.copy2(file, file.with_name(f"{file.name}.old"))
    return [f"{file.name}.old" for file in there]
