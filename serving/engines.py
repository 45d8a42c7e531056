"""The engines of a workspace: its agreed rules, its champion, or a version somebody names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from features.config import Config
from features.domain import ModelReference, Sla
from features.workspace import Workspace
from models.agreement import FILE_NAME as CUTOFFS_FILE
from models.agreement import Agreement
from models.rules import RuleSet, RulesScorer, read_calibration
from models.scoring import Scorer
from serving.champion import Loaded

RULES_CALIBRATION = "rules_calibration.json"


def rules_scorer(workspace: Workspace, config: Config, sla: Sla) -> Scorer:
    """Return the agreed rules as an engine, with their calibration where a training run left one.

    Raises
    ------
    ConfigError
        If rules.yaml is missing or not usable.
    """
    rule_set = RuleSet.from_mapping(workspace.rules(), config.schema)
    return RulesScorer(
        rule_set,
        Agreement.read(workspace, sla),
        calibration=read_calibration(workspace.var / RULES_CALIBRATION, workspace.rules_file),
        reference=ModelReference(f"{config.name} rules", str(rule_set.version), None),
    )


def watched_files(workspace: Workspace) -> tuple[Path, ...]:
    """Return the files whose change means that the model has to be loaded again."""
    return workspace.champion / "MANIFEST.json", workspace.var / CUTOFFS_FILE


def cutoffs_in_force(workspace: Workspace) -> dict[str, Any] | None:
    """Return the cutoffs in force as plain data, or None before any model."""
    agreement = Agreement.read(workspace)
    return agreement.to_mapping() if agreement.has_cutoffs else None


def load_champion(workspace: Workspace, folder: Path, sla: Sla) -> Loaded:
    """Return the champion, verified and loaded.

    Raises
    ------
    BundleError
        If the bundle is damaged, of a forbidden format or does not give its golden rows.
    """
    # LightGBM is loaded only where there is a model to load.
    from models.bundle import load_scorer

    scorer = load_scorer(folder, Agreement.read(workspace, sla))
    return Loaded(scorer, json.loads((folder / "card.json").read_text(encoding="utf-8")))
