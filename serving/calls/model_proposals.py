"""Propose the cutoffs of a model that came to serve, once; people sign them, or not."""

from __future__ import annotations

import hashlib
import logging
import uuid

from features.domain import BundleError, InputError, Sla
from features.schema import Schema
from features.workspace import Workspace
from models.agreement import Agreement
from serving.calls.proposals import propose
from serving.store import Transaction

_LOG = logging.getLogger("bentoml.leadscore")
TASK = "model-proposals"
BY = "leadscore"
"""Who proposes: the training run spoke through the model's bundle."""


class ModelProposals:
    """Looks whether another model serves than the one whose cutoffs were proposed.

    Parameters
    ----------
    workspace : Workspace
        Whose champion it is.
    schema : Schema
        What the workspace's columns mean.
    """

    def __init__(self, workspace: Workspace, schema: Schema) -> None:
        self._workspace = workspace
        self._schema = schema
        self._holder = uuid.uuid4().hex
        self._looked_at: tuple[str, Sla] | None = None

    def propose(self, tx: Transaction) -> None:
        """Propose the champion's cutoffs under the agreement that they were certified for, if nobody has."""
        digest = self._champion()
        if digest is None:
            return
        looked_at = digest, self._workspace.sla()
        if looked_at == self._looked_at or not tx.leases.take(TASK, self._holder):
            return
        if not tx.agreements.was_proposed(digest):
            self._propose(tx)
        self._looked_at = looked_at

    def _propose(self, tx: Transaction) -> None:
        # What models need, numba among it, is loaded only where there is a model.
        from models.proposal import ModelProposal

        try:
            model = ModelProposal.of_champion(self._workspace)
            if model is None:
                return
            # Where the promises have changed since, the certificate says nothing of these.
            agreed = (self._workspace.sla(), Agreement.read(self._workspace).sla)
            sla = next((one for one in agreed if model.speaks_of(one)), None)
            if sla is not None:
                cutoffs = model.cutoffs.mql.probability, model.cutoffs.sql.probability
                propose(tx, self._workspace, self._schema, sla, cutoffs, BY)
        except (BundleError, InputError) as error:
            _LOG.warning("the cutoffs of the model that serves are not proposed: %s", error.given)

    def _champion(self) -> str | None:
        try:
            return hashlib.sha256((self._workspace.champion / "MANIFEST.json").read_bytes()).hexdigest()
        except OSError:
            return None
