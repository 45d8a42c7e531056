"""The engines of a workspace: its agreed rules, its champion, or a version somebody names."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from features.config import Config
from features.domain import BundleError, LeadscoreError, ModelReference, Sla
from features.schema import Schema
from features.workspace import Workspace
from models.agreement import FILE_NAME as CUTOFFS_FILE
from models.agreement import Agreement
from models.rules import RuleSet, RulesScorer, read_calibration
from models.scoring import Scorer
from serving.batch_engines import Engines
from serving.champion import NO_MODEL, Champion, Loaded
from serving.soundness import check_itself

RULES_CALIBRATION = "rules_calibration.json"


def rules_scorer(workspace: Workspace, config: Config, sla: Sla) -> RulesScorer:
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


def unknown_requirements(schema: Schema, sla: Sla) -> tuple[str, ...]:
    """Return a warning for each field that the agreement requires of an SQL and leadscore.yaml does not know."""
    known = {column.name for column in schema.columns}
    return tuple(
        f"sla.yaml requires {name!r} of an SQL, which leadscore.yaml does not know: no lead can become one."
        for name in sla.sql.requires
        if name not in known
    )


def watched_files(workspace: Workspace) -> tuple[Path, ...]:
    """Return the files whose change means that the engines have to be loaded again."""
    var = workspace.var
    return workspace.champion / "MANIFEST.json", var / CUTOFFS_FILE, workspace.rules_file, var / RULES_CALIBRATION


def agreement_that_serves(workspace: Workspace, champion: Champion) -> Agreement:
    """Return the agreement in force as it holds for the model that serves.

    Raises
    ------
    LeadscoreError
        If sla.yaml or cutoffs.json is not usable.
    """
    agreement, loaded = Agreement.read(workspace), champion.loaded
    return agreement if loaded is None else agreement.for_model(loaded.scorer.reference.version)


def load_champion(workspace: Workspace, folder: Path, sla: Sla) -> Loaded:
    """Return the champion, verified and loaded.

    Raises
    ------
    BundleError
        If the bundle is damaged, of a forbidden format, does not give its golden rows or no score that adds up.
    """
    # What models need, numba among it, is loaded only where there is a model to load.
    from models.bundle import load_bundle

    # Resolved once: the champion's link may move to another bundle while this one is read.
    since, place = _linked_at(folder), folder.resolve()
    bundle = load_bundle(place)
    scorer = bundle.scorer(Agreement.read(workspace, sla), place.name)
    check_itself(scorer, bundle.catalog.schema)
    return Loaded(scorer, bundle.card.for_readers(), since)


def _linked_at(folder: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(folder.lstat().st_mtime, UTC)
    except OSError:
        return None


def load_version(workspace: Workspace, named: str, sla: Sla, tracking_uri: str | None) -> Scorer:
    """Return the scorer of a version or an alias of the registry.

    Raises
    ------
    RegistryError
        If there is no such version, or the registry does not answer and no copy is here.
    BundleError
        If the bundle is damaged.
    """
    # MLflow takes seconds to import; serving the champion does without.
    from models.bundle import load_scorer
    from models.registry import Registry

    registry = Registry(workspace, tracking_uri)
    version = registry.version_of(named)
    return load_scorer(registry.fetch(version), Agreement.read(workspace, sla), version=version)


def choose_engines(workspace: Workspace, named: str, tracking_uri: str | None = None) -> Engines:
    """Return who scores a batch.

    Parameters
    ----------
    workspace : Workspace
        The workspace.
    named : str
        ``champion``, ``challenger``, a version, or ``rules``.
    tracking_uri : str or None
        Of an MLflow server; None takes the workspace's own database.

    Raises
    ------
    RegistryError
        If the challenger or the version does not exist; a champion that cannot be used is replaced by the rules.
    """
    config, sla = workspace.config(), workspace.sla()
    rules = rules_scorer(workspace, config, sla)
    if named == "rules":
        return Engines(None, rules)
    if named != "champion":
        return Engines(load_version(workspace, named, sla, tracking_uri), rules)
    if not workspace.champion.is_dir():
        return Engines(None, rules, absence=NO_MODEL)
    try:
        return Engines(load_champion(workspace, workspace.champion, sla).scorer, rules)
    except LeadscoreError as error:
        return Engines(None, rules, absence=f"{BundleError.code}: {error.given}")
