"""The certificate after it was issued: what leads did since, told to its watch once and in order, and its expiry."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.domain import Sla, Text, WorkspaceError
from features.domain.say import day, sentence
from features.workspace import Workspace, write_json
from models.agreement import Agreement
from models.audit import append_audit, read_audit
from models.bundle.assemble import Bundle
from models.bundle.contents import MANIFEST, sha256
from models.champion import bundle_folder
from models.cutoffs import State, Watch
from models.cutoffs.words import STATES
from training.dataset import Side
from training.monitor.findings import Finding, standing_of, unknown
from training.monitor.recent import WEEK_SECONDS, monday, weeks_of

Floats = NDArray[np.float64]

FILE_NAME = "certificate_watch.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Since:
    """What leads did since the certificate was issued.

    Parameters
    ----------
    side : Side
        Mature rows of leads that the model never learned from and that were not held out.
    probability : array of shape (n,)
        Of these rows.
    mature_until : datetime
        Every moment up to this one has its whole horizon behind it.
    last_moment_days : float
        Age at which a lead becomes a row for the last time.
    """

    side: Side
    probability: Floats
    mature_until: datetime
    last_moment_days: float


def check_certificate(
    workspace: Workspace, bundle: Bundle, version: str, agreement: Agreement, since: Since | None, now: datetime
) -> Finding:
    """Return whether the certificate still stands, and tell its watch what became known since the last time.

    An expired or violated certificate leaves the cutoffs as they are; an audit row says what happened.

    Parameters
    ----------
    workspace : Workspace
        Keeps the watch and the audit log.
    bundle, version
        The model that serves.
    agreement : Agreement
        In force.
    since : Since or None
        What leads did; None where nothing has matured.
    now : datetime
        The present.
    """
    if not agreement.has_cutoffs or agreement.model_version is None:
        return unknown("certificate", Text("No cutoffs are in force.", "Es gelten keine Schwellen."))
    if agreement.model_version != version:
        return unknown(
            "certificate",
            sentence(
                "The cutoffs in force were set on version {set_on}; for version {version} they are uncertified, so "
                "there is nothing to watch.",
                "Die geltenden Schwellen wurden an Version {set_on} festgelegt; für Version {version} sind sie nicht "
                "zertifiziert, es gibt also nichts zu beobachten.",
                set_on=agreement.model_version,
                version=version,
            ),
            state=State.UNCERTIFIED.value,
        )
    proposed = (bundle.cutoffs.mql.probability, bundle.cutoffs.sql.probability)
    if not np.allclose((agreement.mql or 0.0, agreement.sql or 0.0), proposed, rtol=0.0, atol=1e-9):
        return unknown(
            "certificate",
            Text(
                "The cutoffs in force are not those of this version's certificate, so there is nothing to watch.",
                "Die geltenden Schwellen sind nicht die des Zertifikats dieser Version, es gibt also nichts zu "
                "beobachten.",
            ),
            state=agreement.state,
        )
    if not Watch.of(bundle.cutoffs, agreement.sla).bets:
        return unknown(
            "certificate",
            sentence(
                "No clause was certified (the cutoffs are {state}), so there is nothing to watch.",
                "Keine Zusage wurde zertifiziert (die Schwellen sind {state}), es gibt also nichts zu beobachten.",
                state=STATES[bundle.cutoffs.state],
            ),
            state=bundle.cutoffs.state.value,
        )
    state = _stored(workspace, version) or Watch.of(bundle.cutoffs, agreement.sla)
    watch = state if since is None else _told(state, agreement, since)
    _store(workspace, version, watch)
    # The service reads the cutoffs in force again when they change, so that every score says what became of them.
    if watch.violated and agreement.state != State.VIOLATED.value:
        agreement.violated().write(workspace)
    until = agreement.valid_until or bundle.card.trained_at + timedelta(days=agreement.sla.certificate_days)
    expired = now > until
    for happened, action in ((bool(watch.violated), "certificate_violated"), (expired, "certificate_expired")):
        if happened:
            _audit_once(workspace, action, version, agreement, now)
    state_now = State.EXPIRED if expired and not watch.violated else watch.state
    return Finding(
        "certificate",
        standing_of(expired or bool(watch.violated)),
        _sentence(watch, expired=expired, until=until),
        {"state": state_now.value, "valid_until": until.isoformat(), "clauses": [_clause(bet) for bet in watch.bets]},
    )


def _sentence(watch: Watch, *, expired: bool, until: datetime) -> Text:
    stands = (
        sentence(
            "The certificate expired on {day}; the cutoffs stay. Run leadscore recalibrate or train.",
            "Das Zertifikat ist am {day} abgelaufen; die Schwellen bleiben. Führen Sie leadscore recalibrate oder "
            "train aus.",
            day=day(until),
        )
        if expired
        else sentence("The certificate is valid until {day}.", "Das Zertifikat gilt bis {day}.", day=day(until))
    )
    parts = [stands, *(bet.sentence for bet in watch.bets)]
    return Text(" ".join(part.en for part in parts), " ".join(part.de for part in parts))


def _clause(bet: Any) -> dict[str, Any]:
    return {
        "name": bet.name, "seen": bet.seen, "broken": bet.broken, "allowed": bet.allowed, "capital": bet.capital,
        "alarm_at": 1 / bet.alpha, "violated": bet.alarm_after is not None,
    }  # fmt: skip


def _told(watch: Watch, agreement: Agreement, since: Since) -> Watch:
    """Return the watch after the cases of every clause that became known since it was last told."""
    for bet in watch.bets:
        cases = cases_of(bet.name, agreement.sla, _cutoff(bet.name, agreement), since)
        if cases is None:
            continue
        at, kept = cases
        fresh = at > (bet.through or datetime.min.replace(tzinfo=UTC))
        watch = watch.update(bet.name, kept.filter(fresh).to_numpy(), since.mature_until)
    return watch


def _cutoff(name: str, agreement: Agreement) -> float:
    cutoff = agreement.mql if name.startswith("mql.") else agreement.sql
    return 1.0 if cutoff is None else cutoff


def cases_of(name: str, sla: Sla, cutoff: float, since: Since) -> tuple[pl.Series, pl.Series] | None:
    """Return the moments and whether each case kept its clause, the oldest first; None where the data do not tell.

    A lead is a case of a rate when it first crosses the cutoff; a customer is one of missed customers when all of its
    moments have passed; a week is one of the weekly limit when it is over.

    Parameters
    ----------
    name : str
        The clause, e.g. ``mql.min_conversion_rate``.
    sla : Sla
        The agreement.
    cutoff : float
        In force.
    since : Since
        What leads did.
    """
    rows = since.side.examples.with_columns(
        pl.Series("probability", since.probability), pl.Series("label", since.side.label)
    )
    rows = rows.filter(pl.Series(since.side.mature)).drop_nulls("as_of").sort("as_of", maintain_order=True)
    crossed = rows.filter(pl.col("probability") >= cutoff).unique("lead_id", keep="first", maintain_order=True)
    crossed = crossed.filter(pl.col("as_of") <= since.mature_until)
    if name.endswith("min_conversion_rate"):
        return crossed["as_of"], crossed["label"]
    if name.endswith("min_acceptance_rate"):
        known = crossed.filter(pl.col("accepted").is_not_null()) if "accepted" in crossed.columns else crossed.clear()
        return known["as_of"], known["accepted"] if "accepted" in known.columns else known["label"]
    if name.endswith("max_missed_customers"):
        return _customers(rows, cutoff, since)
    if name.endswith("max_per_week") and sla.sql.max_per_week is not None:
        return _weeks(crossed, sla.sql.max_per_week, since.mature_until)
    return None


def _customers(rows: pl.DataFrame, cutoff: float, since: Since) -> tuple[pl.Series, pl.Series]:
    leads = rows.group_by("lead_id", maintain_order=True).agg(
        (pl.col("created_at").first() + timedelta(days=since.last_moment_days)).alias("at"),
        (pl.col("label").max() == 1).alias("customer"),
        (pl.col("probability").max() >= cutoff).cast(pl.Float64).alias("kept"),
    )
    over = leads.filter(pl.col("customer") & (pl.col("at") <= since.mature_until)).sort("at", maintain_order=True)
    return over["at"], over["kept"]


def _weeks(crossed: pl.DataFrame, limit: float, mature_until: datetime) -> tuple[pl.Series, pl.Series]:
    if crossed.is_empty():
        return crossed["as_of"], crossed["label"]
    week = weeks_of(crossed["as_of"])
    counted = np.bincount(week - week.min())
    starts = [monday(int(week.min()) + place) for place in range(counted.size)]
    ends = pl.Series("at", [start + timedelta(seconds=WEEK_SECONDS) for start in starts])
    kept = pl.Series("kept", (counted <= limit).astype(np.float64))
    over = ends <= mature_until
    return ends.filter(over), kept.filter(over)


def _audit_once(workspace: Workspace, action: str, version: str, agreement: Agreement, now: datetime) -> None:
    since = None if agreement.since is None else agreement.since.isoformat()
    told = {"action": action, "version": version, "since": since}
    if any(all(entry.get(key) == value for key, value in told.items()) for entry in read_audit(workspace)):
        return
    cutoffs = {"mql": agreement.mql, "sql": agreement.sql}
    append_audit(workspace, {"at": now.isoformat(), "by": "leadscore", "cutoffs": cutoffs, **told})


def _file(workspace: Workspace) -> Path:
    return workspace.var / FILE_NAME


def _manifest(workspace: Workspace, version: str) -> str:
    return sha256((bundle_folder(workspace, version) / MANIFEST).read_bytes())


def _stored(workspace: Workspace, version: str) -> Watch | None:
    """Return the watch kept of this very certificate; None begins anew.

    Raises
    ------
    WorkspaceError
        If the file is damaged.
    """
    try:
        stored = json.loads(_file(workspace).read_text(encoding="utf-8"))
        if stored["format"] != _FORMAT:
            raise ValueError(f"format {stored['format']!r}")
        if stored["manifest_sha256"] != _manifest(workspace, version):
            return None
        return Watch.from_mapping(stored["watch"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorkspaceError(
            f"{FILE_NAME} in {workspace.var} is damaged: {error}.",
            "the watch as leadscore writes it.",
            "Restore it from a copy, or remove it; the watch then begins anew.",
        ) from None


def _store(workspace: Workspace, version: str, watch: Watch) -> None:
    write_json(
        _file(workspace),
        {
            "format": _FORMAT, "version": version, "manifest_sha256": _manifest(workspace, version),
            "watch": watch.to_mapping(),
        },
    )  # fmt: skip
