"""Who can be measured: the champion, the challenger, a version by its number, or the rules."""

from __future__ import annotations

from dataclasses import dataclass

from features.domain import RegistryError
from features.workspace import Workspace
from models.bundle import load_bundle
from models.bundle.assemble import Bundle
from models.champion import champion_version
from models.registry import CHALLENGER, CHAMPION, Registry

RULES_NAME = "rules"
"""How people name the rules; figures of them stand under the name of what was measured."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A version with its bundle.

    Parameters
    ----------
    name : str
        ``champion``, ``challenger`` or ``version 7``: in tables, and in the names of metrics.
    version : str
        In the registry.
    bundle : Bundle
        Verified and loaded.
    """

    name: str
    version: str
    bundle: Bundle


def load_contender(workspace: Workspace, named: str, tracking_uri: str | None) -> Contender:
    """Return the version that a word names.

    Parameters
    ----------
    workspace : Workspace
        The company's.
    named : str
        ``champion``, ``challenger`` or a version.
    tracking_uri : str or None
        Of an MLflow server.

    Raises
    ------
    RegistryError
        If there is no such version, or the registry does not answer and no copy is here.
    BundleError
        If the bundle is damaged.
    """
    if named == CHAMPION:
        serving = champion_version(workspace)
        if serving is None:
            raise RegistryError(
                "No model serves yet.", "a champion.", "Promote a version, or name one with --model (or rules)."
            )
        # The copy here serves also while the registry is away.
        return Contender(CHAMPION, serving, load_bundle(workspace.champion.resolve()))
    registry = Registry(workspace, tracking_uri)
    version = registry.version_of(named)
    name = CHALLENGER if named == CHALLENGER else f"version {version}"
    return Contender(name, version, load_bundle(registry.fetch(version)))
