"""Versions of the model in MLflow's registry, and the verified copy of each on this machine.

MLflow keeps runs, versions and aliases; it never loads a model here. A version is a bundle of plain files that is
fetched, compared with what was registered, verified and only then used. MLflow takes seconds to import, so it is
imported inside the functions that need it: serving starts without.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from features.domain import BundleError, Clock, RegistryError, SystemClock, Text
from features.workspace import Workspace
from models.agreement import Agreement
from models.audit import append_audit, read_audit
from models.bundle import verify
from models.bundle.contents import CUTOFFS, MANIFEST, parse_json, read_listed, sha256
from models.champion import bundle_folder, champion_version, point_champion, require_link
from models.champion_alias import ChampionAlias, champion_lock, note_alias, seen_alias
from models.cutoffs import Cutoffs
from models.registry_client import AliasNotMovedError, RegistryClient

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion
    from mlflow.tracking import MlflowClient

CHAMPION, CHALLENGER = "champion", "challenger"
PROMOTE, ROLLBACK, FOLLOW = "promote", "rollback", "follow"
"""How a version came to serve, as the audit log says it."""

ARTIFACT = "bundle"
"""Name of the bundle among a run's artifacts."""

_MANIFEST_TAG = "manifest_sha256"
# An alias that nobody set is an invalid parameter to MLflow, a version that nobody made is not.
_UNKNOWN = frozenset({"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"})
_NOT_IN_NAMES = re.compile(r"[^\w .-]+")


class Registry:
    """A workspace's model in MLflow.

    Parameters
    ----------
    workspace : Workspace
        Where bundles are kept and the champion is linked.
    tracking_uri : str, optional
        Of an MLflow server; by default the workspace's own database.
    name : str, optional
        The registered model; by default the workspace's name.
    clock : Clock, optional
        Tells when something was promoted; by default the machine's.
    timeout_seconds : int
        Of one request to a server; one retry follows.
    """

    def __init__(
        self,
        workspace: Workspace,
        tracking_uri: str | None = None,
        *,
        name: str | None = None,
        clock: Clock | None = None,
        timeout_seconds: int = 5,
    ) -> None:
        self._workspace = workspace
        self._registry = RegistryClient(workspace, tracking_uri or workspace.tracking_uri, timeout_seconds)
        # MLflow refuses names with a slash, a colon and the like.
        self.name = _NOT_IN_NAMES.sub("-", name or workspace.config().name)
        self._clock = clock or SystemClock()

    def register(
        self, bundle: Path, run_id: str, name: str | None = None, *, lineage: Mapping[str, str] | None = None
    ) -> str:
        """Return the new version of a bundle that a run has logged as its artifact ``bundle``.

        The version becomes the challenger.

        Parameters
        ----------
        bundle : Path
            The local bundle, of which the run holds a copy.
        run_id : str
            The run.
        name : str, optional
            The registered model; by default the registry's.
        lineage : mapping, optional
            Where the version comes from, as its tags, e.g. ``parent_version``.

        Raises
        ------
        BundleError
            If the bundle's files are not what its manifest lists.
        RegistryError
            If the registry does not answer.
        """
        read_listed(bundle)
        model = self.name if name is None else _NOT_IN_NAMES.sub("-", name)
        tags = {**(lineage or {}), _MANIFEST_TAG: sha256((bundle / MANIFEST).read_bytes())}
        with self._registry.to(f"register {bundle.name}") as client:
            from mlflow.exceptions import MlflowException

            # Another run may create the model at the same moment; that it exists is all we want.
            with contextlib.suppress(MlflowException):
                client.create_registered_model(model)
            version = client.create_model_version(model, f"runs:/{run_id}/{ARTIFACT}", run_id=run_id, tags=tags)
            client.set_registered_model_alias(model, CHALLENGER, version.version)
            return str(version.version)

    def version_of(self, version_or_alias: str) -> str:
        """Return the version that a number or an alias names.

        Raises
        ------
        RegistryError
            If there is none, or the registry does not answer.
        """
        if version_or_alias.isdigit():
            return version_or_alias
        with self._registry.to(f"look up {version_or_alias}") as client:
            return str(self._registered(client, version_or_alias).version)

    def fetch(self, version_or_alias: str) -> Path:
        """Return the folder of a version's verified bundle, downloading it if it is not here yet.

        Raises
        ------
        RegistryError
            If there is no such version, or the registry does not answer and no copy is here.
        BundleError
            If the bundle is damaged or is not the one that was registered.
        """
        version = self.version_of(version_or_alias)
        folder = bundle_folder(self._workspace, version)
        if not (folder.is_dir() and self._is_sound(folder) and self._is_registered(folder, version)):
            self._download(version, folder)
        return folder

    def promote(self, version_or_alias: str, *, by: str = "leadscore", why: str = "") -> str:
        """Make a version the champion and return its number.

        The bundle is fetched and verified first, then the alias moves, then the cutoffs come into force if there are
        none yet, then the link on this machine, then the audit log is written.

        Parameters
        ----------
        version_or_alias : str
            Which version.
        by, why : str
            Who decided and for what reason, for the audit log and the version's tags in MLflow.

        Raises
        ------
        RegistryError, BundleError
            As :meth:`fetch`; the old champion goes on serving.
        WorkspaceError
            If cutoffs.json or the champion's link is not what leadscore keeps; nothing was moved.
        """
        version = self.version_of(version_or_alias)
        self.fetch(version)
        # What this machine would refuse is refused before the alias moves, so that both name the same champion.
        Agreement.read(self._workspace)
        require_link(self._workspace)
        with champion_lock(self._workspace):
            self._move_aliases(version, PROMOTE, by, why)
            self._serve(version, PROMOTE, by, why)
        return version

    def rollback(self, *, by: str = "leadscore", why: str = "") -> str:
        """Make the version before the champion serve again and return its number.

        It serves again even while the registry is away, if its copy is here; the alias is moved afterwards.

        Parameters
        ----------
        by, why : str
            As for :meth:`promote`.

        Raises
        ------
        RegistryError
            If there is no earlier version.
        AliasNotMovedError
            If the earlier version serves again, but the alias could not be moved.
        BundleError
            If the earlier bundle is damaged.
        """
        current = champion_version(self._workspace)
        # Promoting what serves already (to move its alias, say) is no way by which it came to serve.
        came = [
            entry
            for entry in read_audit(self._workspace)
            if entry.get("action") in (PROMOTE, FOLLOW) and entry.get("version") == current != entry.get("previous")
        ]
        previous = came[-1].get("previous") if came else None
        if current is None or previous is None:
            raise RegistryError(
                Text("No version served before the champion.", "Vor dem Champion war keine Version im Einsatz."),
                Text("at least two promoted versions.", "mindestens zwei freigegebene Versionen."),
                Text("Promote another version.", "Geben Sie eine andere Version frei."),
            )
        self.fetch(previous)
        with champion_lock(self._workspace):
            if seen_alias(self._workspace) is None:
                # An alias that cannot be moved now must not count as moved later, and undo this.
                self._note(current)
            self._serve(previous, ROLLBACK, by, why)
            try:
                self._move_aliases(previous, ROLLBACK, by, why)
            except RegistryError as error:
                raise AliasNotMovedError(str(previous), error) from None
        return str(previous)

    def alias(self) -> ChampionAlias | None:
        """Return what the alias ``champion`` names, None where it is not set.

        Raises
        ------
        RegistryError
            If the registry does not answer.
        """
        with self._registry.to("look where the alias champion is") as client:
            from mlflow.exceptions import MlflowException

            try:
                found = client.get_model_version_by_alias(self.name, CHAMPION)
            except MlflowException as error:
                if error.error_code not in _UNKNOWN:
                    raise
                return None
            return ChampionAlias(str(found.version), found.tags.get(_MANIFEST_TAG))

    def follow(self, alias: ChampionAlias) -> str | None:
        """Make what the alias was moved to the champion of this machine; return its version if it was another one.

        Parameters
        ----------
        alias : ChampionAlias
            From :meth:`alias`; nothing happens if that is where it was last seen.

        Raises
        ------
        RegistryError, BundleError, WorkspaceError
            As :meth:`promote`; the old champion goes on serving.
        """
        if alias == seen_alias(self._workspace):
            return None
        self.fetch(alias.version)
        require_link(self._workspace)
        with champion_lock(self._workspace):
            # Somebody who moved it meanwhile has done the rest too, or the next look does.
            if self.alias() != alias or alias == seen_alias(self._workspace):
                return None
            is_another = champion_version(self._workspace) != alias.version
            if is_another:
                self._serve(alias.version, FOLLOW, "leadscore", "the alias champion was moved in the registry")
            note_alias(self._workspace, alias)
        return alias.version if is_another else None

    def _move_aliases(self, version: str, action: str, by: str, why: str) -> None:
        with self._registry.to(f"make version {version} the champion") as client:
            client.set_registered_model_alias(self.name, CHAMPION, version)
            at = self._clock.now().isoformat()
            for tag, text in ((f"{action}_at", at), (f"{action}_by", by), (f"{action}_why", why)):
                client.set_model_version_tag(self.name, version, tag, text)
            aliases = client.get_registered_model(self.name).aliases
            if str(aliases.get(CHALLENGER)) == version:
                client.delete_registered_model_alias(self.name, CHALLENGER)
        self._note(version)

    def _note(self, version: str) -> None:
        """Keep that the alias names a version whose bundle is here."""
        manifest = bundle_folder(self._workspace, version) / MANIFEST
        if manifest.is_file():
            note_alias(self._workspace, ChampionAlias(version, sha256(manifest.read_bytes())))

    def _serve(self, version: str, action: str, by: str, why: str) -> None:
        now = self._clock.now()
        previous = champion_version(self._workspace)
        folder = bundle_folder(self._workspace, version)
        texts, digest = read_listed(folder), sha256((folder / MANIFEST).read_bytes())
        in_force = Agreement.read(self._workspace)
        adopted = in_force.adopt(Cutoffs.from_mapping(parse_json(texts, CUTOFFS)), version, now, digest)
        if adopted is not in_force:
            adopted.write(self._workspace)
        point_champion(self._workspace, version)
        holds = adopted.for_model(version, digest)
        entry = {"at": now.isoformat(), "action": action, "by": by, "model": self.name, "version": version}
        cutoffs = {"mql": holds.mql, "sql": holds.sql, "state": holds.state, "signed": holds.signed}
        append_audit(self._workspace, entry | {"why": why, "previous": previous, "cutoffs": cutoffs})

    @staticmethod
    def _is_sound(folder: Path) -> bool:
        try:
            verify(folder)
        except BundleError:
            return False
        return True

    def _is_registered(self, folder: Path, version: str) -> bool:
        """Return whether the copy is what the registry calls this version; without an answer it is taken for it.

        A new database or another server counts from 1 again, while copies of the old one's versions are still here.
        """
        try:
            with self._registry.to(f"look up version {version}") as client:
                expected = client.get_model_version(self.name, version).tags.get(_MANIFEST_TAG)
        except RegistryError:
            return True
        return sha256((folder / MANIFEST).read_bytes()) == expected

    def _download(self, version: str, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as draft:
            with self._registry.to(f"fetch version {version}") as client:
                registered = self._registered(client, version)
                found = Path(client.download_artifacts(str(registered.run_id), ARTIFACT, draft))
            expected = registered.tags.get(_MANIFEST_TAG)
            read_listed(found)
            if sha256((found / MANIFEST).read_bytes()) != expected:
                raise BundleError(
                    Text(
                        f"Version {version} in the registry is not the bundle that was registered.",
                        f"Version {version} im Register ist nicht die, die angemeldet wurde.",
                    ),
                    Text(f"a manifest with SHA-256 {expected}.", f"ein Verzeichnis mit SHA-256 {expected}."),
                    Text(
                        "Find out who changed the artifacts; register the bundle anew.",
                        "Klären Sie, wer die Dateien geändert hat, und melden Sie die Version neu an.",
                    ),
                )
            verify(found)
            # Only now, with a sound one in hand, does a damaged or foreign copy go: it may be the one that serves.
            if folder.exists():
                folder.rename(Path(draft) / "replaced")
            found.rename(folder)

    def _registered(self, client: MlflowClient, version_or_alias: str) -> ModelVersion:
        """Return what the registry holds under a number or an alias, or refuse it naming what there is."""
        from mlflow.exceptions import MlflowException

        try:
            if not version_or_alias:
                raise RegistryError("The version is empty.", "a version's number or an alias.", "Name one.")
            if version_or_alias.isdigit():
                return client.get_model_version(self.name, version_or_alias)
            return client.get_model_version_by_alias(self.name, version_or_alias)
        except MlflowException as error:
            if error.error_code not in _UNKNOWN:
                raise
        versions = sorted(int(one.version) for one in client.search_model_versions(f"name='{self.name}'"))
        if not versions:
            raise RegistryError(
                Text(
                    f"No version {version_or_alias}: the registry holds no version of {self.name!r} yet.",
                    f"Keine Version {version_or_alias}: Das Register enthält noch keine Version von {self.name!r}.",
                ),
                Text("a trained model.", "ein trainiertes Modell."),
                Text("Run leadscore train first.", "Rufen Sie zuerst leadscore train auf."),
            )
        aliases = client.get_registered_model(self.name).aliases
        named = [f"{alias} (version {number})" for alias, number in sorted(aliases.items())]
        listed = ", ".join(map(str, versions))
        raise RegistryError(
            Text(
                f"No version or alias {version_or_alias} in the registry of {self.name!r}.",
                f"Weder Version noch Alias {version_or_alias} im Register von {self.name!r}.",
            ),
            Text(
                f"one of the versions {listed}"
                + (f" or of the aliases {', '.join(named)}." if named else "; no alias is set."),
                f"eine der Versionen {listed}"
                + (f" oder einer der Aliase {', '.join(named)}." if named else "; kein Alias ist gesetzt."),
            ),
            Text("Name one of these; what serves stays as it is.", "Nennen Sie davon eine."),
        )
