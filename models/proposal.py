"""The cutoffs that a model's own bundle proposes, and of which agreement its certificate speaks."""

from __future__ import annotations

import math
from dataclasses import dataclass

from features.domain import Sla
from features.domain.sla import CLAUSES
from features.workspace import Workspace
from models.bundle.contents import CUTOFFS, MANIFEST, parse_json, read_listed, sha256
from models.cutoffs import Cutoffs
from models.cutoffs.measure import promise_of


@dataclass(frozen=True, slots=True)
class ModelProposal:
    """What a model proposes.

    Parameters
    ----------
    version : str
        The model's, in the registry.
    sha256 : str
        Of its bundle's manifest.
    cutoffs : Cutoffs
        With their certificate.
    """

    version: str
    sha256: str
    cutoffs: Cutoffs

    @classmethod
    def of_champion(cls, workspace: Workspace) -> ModelProposal | None:
        """Return what the model that serves proposes, None where none serves.

        Raises
        ------
        BundleError
            If the bundle's files are not what its manifest lists.
        """
        if not workspace.champion.is_dir():
            return None
        # Resolved once: the champion's link may move to another bundle while this one is read.
        folder = workspace.champion.resolve()
        texts = read_listed(folder)
        digest = sha256((folder / MANIFEST).read_bytes())
        return cls(folder.name, digest, Cutoffs.from_mapping(parse_json(texts, CUTOFFS)))

    def speaks_of(self, sla: Sla) -> bool:
        """Return whether the certificate is of these promises, at this confidence."""
        certified = {clause.name: clause.promise for stage in (self.cutoffs.mql, self.cutoffs.sql)
                     for clause in stage.clauses}  # fmt: skip
        agreed = {name: promise_of(sla, name) for name in CLAUSES}
        promises = {name: one if isinstance(one, int | float) else str(one) for name, one in agreed.items()
                    if one is not None}  # fmt: skip
        return certified == promises and math.isclose(self.cutoffs.confidence, sla.confidence)

    def is_at(self, mql: float | None, sql: float | None) -> bool:
        """Return whether these are the cutoffs that it proposes."""
        return (self.cutoffs.mql.probability, self.cutoffs.sql.probability) == (mql, sql)
