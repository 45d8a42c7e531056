"""``python -m serving.following FOLDER``: take on what the registry's alias ``champion`` is moved to.

A process of its own, because MLflow takes seconds to import and a registry may hang: neither may touch a request. It
changes the local copy of the champion; the service's processes see that the copy moved, and verify it once more.
"""

from __future__ import annotations

import logging
import select
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from features.domain import BundleError, Clock, LeadscoreError, SystemClock
from features.domain.score import iso
from features.workspace import Workspace
from models.champion_alias import ChampionAlias
from models.registry import Registry
from serving.logs import begin_logs
from serving.registry_state import RegistryState
from serving.settings import Settings

_LOG = logging.getLogger("bentoml.leadscore")
_REFUSED_AGAIN_SECONDS = 600.0


class Follower:
    """Looks where the alias is, and makes the workspace's champion follow.

    Parameters
    ----------
    workspace : Workspace
        Whose champion.
    registry : Registry
        Where the alias is.
    clock : Clock
        Tells when it looked.
    """

    def __init__(self, workspace: Workspace, registry: Registry, clock: Clock) -> None:
        self._workspace = workspace
        self._registry = registry
        self._clock = clock
        self._state = RegistryState.read(workspace) or RegistryState("")
        self._refused: ChampionAlias | None = None
        self._refused_at = float("-inf")

    def look(self) -> RegistryState:
        """Follow the alias if it moved; return and keep what was seen. Whatever fails, what serves goes on."""
        now = str(iso(self._clock.now()))
        seen = replace(self._state, looked_at=now)
        try:
            alias = self._registry.alias()
            seen = replace(seen, fault=None, alias=None if alias is None else alias.version)
            if alias is not None and not self._is_refused(alias):
                seen = self._follow(alias, seen)
        except LeadscoreError as error:
            if self._state.fault is None:
                _LOG.warning("the registry cannot be followed: %s", error.given)
            seen = replace(seen, fault=error.code)
        self._state = seen
        seen.write(self._workspace)
        return seen

    def _follow(self, alias: ChampionAlias, seen: RegistryState) -> RegistryState:
        try:
            taken = self._registry.follow(alias)
        except BundleError as error:
            self._refused, self._refused_at = alias, time.monotonic()
            _LOG.warning("version %s of the registry refused: %s", alias.version, error.given)
            reason = f"version {alias.version}: {error.code}: {error.given}"
            return replace(seen, refused=reason, refused_at=seen.looked_at)
        if taken is not None:
            _LOG.info("version %s follows the alias", taken)
        return replace(seen, refused=None, refused_at=None)

    def _is_refused(self, alias: ChampionAlias) -> bool:
        # What is broken stays broken for a while; fetching it costs the registry and this machine much.
        return alias == self._refused and time.monotonic() - self._refused_at < _REFUSED_AGAIN_SECONDS


def main(arguments: Sequence[str]) -> int:
    """Follow a server's alias until standard input ends, that is, until the process that began this one is gone."""
    settings = Settings.from_environment()
    begin_logs(settings)
    workspace = Workspace.open(arguments[0])
    follower = Follower(workspace, Registry(workspace, settings.tracking_uri or None), SystemClock())
    while True:
        follower.look()
        # A database of the workspace's own is looked at when its file changes, by whoever begins this process.
        if not settings.tracking_uri or select.select([sys.stdin], [], [], settings.registry_seconds)[0]:
            return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
