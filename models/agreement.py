"""The agreement in force: the SLA and the cutoffs that hold now, whichever model serves.

``var/cutoffs.json`` keeps the cutoffs. The first promoted model's are used at once, unsigned. A later model keeps
those in force: they are probabilities, and both models are calibrated; but what was certified was the other model, so
the state reads ``uncertified`` until people sign.

What two roles signed stands in the same file, the SLA with its cutoffs, so that whatever scores reads both at once and
neither without the other. An sla.yaml that says something else is then a proposal, and holds nothing.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from features.domain import ConfigError, Sla, SlaReference, WorkspaceError
from features.workspace import Workspace, write_json
from models.cutoffs import Cutoffs, State
from models.scale import Scale

FILE_NAME = "cutoffs.json"
NO_CUTOFFS = "none"
"""State of an agreement before any model has proposed cutoffs."""

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Signing:
    """What the two roles signed last.

    Parameters
    ----------
    proposal : int
        Its number in the store.
    at : datetime
        When the second signature put it in force.
    """

    proposal: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Agreement:
    """The SLA with the cutoffs that hold.

    Parameters
    ----------
    sla : Sla
        What was agreed.
    mql, sql : float or None
        Cutoffs as calibrated probabilities; None before the first model.
    state : str
        State of the certificate (``models.cutoffs.State``), or ``none`` without cutoffs.
    signed : bool
        Whether two roles signed these cutoffs.
    model_version : str or None
        The model whose data certified them.
    model_sha256 : str or None
        SHA-256 of that bundle's manifest: another database counts versions from 1 again, and calls another model 1.
    since : datetime or None
        When they came into force.
    signing : Signing or None
        The signatures by which the SLA holds; None where nobody signed, and sla.yaml holds as it is.
    """

    sla: Sla
    mql: float | None = None
    sql: float | None = None
    state: str = NO_CUTOFFS
    signed: bool = False
    model_version: str | None = None
    since: datetime | None = None
    model_sha256: str | None = None
    signing: Signing | None = None

    @property
    def valid_until(self) -> datetime | None:
        """When the certificate runs out; None where it is not known since when the cutoffs are in force."""
        return None if self.since is None else self.since + timedelta(days=self.sla.certificate_days)

    def state_at(self, now: datetime) -> str:
        """Return the state of the certificate at a moment: one that ran out is expired, one that was broken stays so.

        Parameters
        ----------
        now : datetime
            The moment, with a zone.
        """
        over = self.valid_until is not None and now > self.valid_until
        return State.EXPIRED.value if over and self.state == State.CERTIFIED.value else self.state

    def reference_at(self, now: datetime) -> SlaReference:
        """Return the agreement as a score of a moment names it."""
        return SlaReference(self.sla.version, self.mql, self.sql, self.state_at(now))

    def violated(self) -> Agreement:
        """Return the agreement after new outcomes broke its certificate; the cutoffs stay until people decide."""
        return dataclasses.replace(self, state=State.VIOLATED.value)

    @property
    def has_cutoffs(self) -> bool:
        """Whether cutoffs are in force."""
        return self.mql is not None or self.sql is not None

    def scale(self) -> Scale:
        """Return the scale on which these cutoffs are 50 and 75."""
        return Scale.from_cutoffs(self.mql, self.sql)

    def for_model(self, version: str, sha256: str | None = None) -> Agreement:
        """Return the agreement as it holds for one model: certified for the model that was measured only.

        A model that is not the one whose data set the cutoffs is ``uncertified``; rolling back to that one brings
        its certificate back.

        Parameters
        ----------
        version : str
            In the registry.
        sha256 : str, optional
            Of the bundle's manifest; where both are known it decides, because a version is only a number.
        """
        if not self.has_cutoffs:
            return self
        told = self.model_sha256 is not None and sha256 is not None
        if self.model_sha256 == sha256 if told else self.model_version == version:
            return self
        return dataclasses.replace(self, state=State.UNCERTIFIED.value)

    def adopt(self, cutoffs: Cutoffs, version: str, at: datetime, sha256: str | None = None) -> Agreement:
        """Return what holds after a model was promoted: its cutoffs if there are none in force, else the old ones.

        Parameters
        ----------
        cutoffs : Cutoffs
            What the model proposes.
        version : str
            The model's version in the registry.
        at : datetime
            When it was promoted.
        sha256 : str, optional
            Of the bundle's manifest.
        """
        if self.has_cutoffs:
            return self
        adopted = Agreement.proposed(self.sla, cutoffs, version=version, since=at, sha256=sha256)
        return dataclasses.replace(adopted, signing=self.signing)

    @classmethod
    def proposed(
        cls,
        sla: Sla,
        cutoffs: Cutoffs,
        *,
        version: str | None = None,
        since: datetime | None = None,
        sha256: str | None = None,
    ) -> Agreement:
        """Return an unsigned agreement on the cutoffs that a model proposes."""
        return cls(
            sla=sla,
            mql=cutoffs.mql.probability,
            sql=cutoffs.sql.probability,
            state=cutoffs.state.value,
            model_version=version,
            since=since,
            model_sha256=sha256,
        )

    @classmethod
    def read(cls, workspace: Workspace, sla: Sla | None = None) -> Agreement:
        """Return the agreement in force in a workspace; without cutoffs.json there are no cutoffs yet.

        Parameters
        ----------
        workspace : Workspace
            The workspace.
        sla : Sla, optional
            Its sla.yaml, where it has been read already; it holds where nobody signed another.

        Raises
        ------
        WorkspaceError
            If cutoffs.json is not what leadscore writes.
        """
        path = _file(workspace)
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(workspace.sla() if sla is None else sla)
        except (OSError, ValueError) as error:
            raise _unreadable(path, str(error)) from None
        try:
            signed = stored.get("signing")
            if signed is not None:
                sla = Sla.from_mapping(signed["sla"])
        except (AttributeError, KeyError, TypeError, ConfigError) as error:
            raise _unreadable(path, str(error)) from None
        agreed = workspace.sla() if sla is None else sla
        try:
            return cls.of_cutoffs(agreed, stored, signing=None if signed is None else _signing(signed))
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable(path, str(error)) from None

    @classmethod
    def of_cutoffs(cls, sla: Sla, stored: Mapping[str, Any], *, signing: Signing | None = None) -> Agreement:
        """Return an agreement at the cutoffs that :meth:`cutoffs` told.

        Raises
        ------
        KeyError, TypeError, ValueError
            If they are not what it tells.
        """
        return cls(
            sla=sla,
            signing=signing,
            mql=_probability(stored["mql"]),
            sql=_probability(stored["sql"]),
            state=NO_CUTOFFS if stored["state"] == NO_CUTOFFS else State(stored["state"]).value,
            signed=stored["signed"] is True,
            model_version=stored["model_version"],
            since=None if stored["since"] is None else datetime.fromisoformat(stored["since"]),
            model_sha256=None if stored.get("model_sha256") is None else str(stored["model_sha256"]),
        )

    def write(self, workspace: Workspace) -> None:
        """Write var/cutoffs.json, whole or not at all."""
        write_json(_file(workspace), self.to_mapping())

    def to_mapping(self) -> dict[str, Any]:
        """Return what stands in var/cutoffs.json."""
        told = None
        if self.signing is not None:
            told = {**dataclasses.asdict(self.signing), "at": self.signing.at.isoformat(), "sla": self.sla.to_mapping()}
        return {"format": _FORMAT, **self.cutoffs(), "signing": told}

    def cutoffs(self) -> dict[str, Any]:
        """Return the cutoffs in force as plain data."""
        return {
            "sla_version": self.sla.version,
            "mql": self.mql,
            "sql": self.sql,
            "state": self.state,
            "signed": self.signed,
            "model_version": self.model_version,
            "model_sha256": self.model_sha256,
            "since": None if self.since is None else self.since.isoformat(),
        }


def _file(workspace: Workspace) -> Path:
    return workspace.var / FILE_NAME


def _signing(stored: Mapping[str, Any]) -> Signing:
    return Signing(int(stored["proposal"]), datetime.fromisoformat(stored["at"]))


def _probability(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise ValueError(f"a cutoff of {value!r}")
    return float(value)


def _unreadable(path: Path, what: str) -> WorkspaceError:
    return WorkspaceError(
        f"{path.name} in {path.parent} is damaged: {what}.",
        "the cutoffs in force as leadscore writes them.",
        "Restore the file from a copy, or remove it and promote a model again.",
    )
