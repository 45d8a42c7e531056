"""What was fixed before the outcomes of a certificate's leads were looked at: one row in the audit log, written first.

The confidence of a certificate covers clauses, a level, leads and an order of tests that were chosen without these
outcomes. The row shows a later reader that they were, and whether the same leads were judged by another agreement
before (pre-registration; step 0 of a Learn-then-Test procedure, Angelopoulos et al. 2021).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from features.domain import CLAUSES, Sla
from features.workspace import Workspace
from models.audit import append_audit, read_audit
from models.cutoffs.leads import MOST_THRESHOLDS
from models.cutoffs.measure import promise_of, statistical_clauses

ACTION = "preregister"
"""Of these rows in the audit log."""

_START = "where the probabilities alone promise most power; outcomes are not read"
_GRID = f"ends of tie groups, from high to low until one test fails; at most {MOST_THRESHOLDS} by rank"


@dataclass(frozen=True, slots=True)
class Preregistration:
    """A row as it was written.

    Parameters
    ----------
    digest : str
        Sixteen hexadecimal digits that stand for the row; later rows name it.
    earlier_agreements : int
        Other agreements, in their clauses or confidence, that were registered on the same leads before.
    """

    digest: str
    earlier_agreements: int

    @property
    def sentence(self) -> str | None:
        """What an earlier look at these outcomes takes from the certificate; None where there was none."""
        if not self.earlier_agreements:
            return None
        others = "another agreement" if self.earlier_agreements == 1 else f"{self.earlier_agreements} other agreements"
        return (
            f"These outcomes were judged by {others} before. The confidence does not cover promises that were chosen "
            "after a look at the same leads: certify on leads that came later."
        )


def preregister(
    workspace: Workspace,
    sla: Sla,
    *,
    verb: str,
    split: str,
    files: Mapping[str, Mapping[str, Any]],
    leads: Mapping[str, Any],
    at: datetime,
    by: str = "leadscore",
) -> Preregistration:
    """Write what is about to be certified to the audit log, before anything is compared with outcomes.

    Parameters
    ----------
    workspace : Workspace
        Whose log.
    sla : Sla
        The agreement.
    verb : str
        What will certify, e.g. ``train``.
    split : str
        Which leads, in words.
    files : mapping from name to mapping
        ``sha256`` and ``bytes`` of each file that the leads come from; they stand for the leads.
    leads : mapping
        What is known of the leads without their outcomes: how many there are, from when until when.
    at : datetime
        The present.
    by : str
        Who asked.
    """
    promises = {name: promise_of(sla, name) for name in CLAUSES}
    clauses = {name: _plain(promise) for name, promise in promises.items() if promise is not None}
    entry: dict[str, Any] = {
        "at": at.isoformat(), "action": ACTION, "by": by, "verb": verb, "split": split, "leads": dict(leads),
        "files": {name: dict(file) for name, file in files.items()}, "sla_version": sla.version,
        "sla_sha256": _digest(dataclasses.asdict(sla)), "clauses": clauses, "confidence": sla.confidence,
        "alpha": round(1.0 - sla.confidence, 12), "alpha_shared_by": statistical_clauses(sla), "start": _START,
        "grid": _GRID,
    }  # fmt: skip
    entry["digest"] = _digest(entry)[:16]
    before = {
        _agreement(row) for row in read_audit(workspace) if row.get("action") == ACTION and _data(row) == _data(entry)
    }
    append_audit(workspace, entry)
    return Preregistration(entry["digest"], len(before - {_agreement(entry)}))


def _plain(promise: object) -> float | str:
    return promise if isinstance(promise, int | float) else str(promise)


def _agreement(row: Mapping[str, Any]) -> str:
    return _digest([row.get("clauses"), row.get("confidence")])


def _data(row: Mapping[str, Any]) -> str:
    """Return what stands for the leads of a row: its files' contents, whatever the files are called, and the split."""
    files = row.get("files")
    contents = sorted(str(file.get("sha256")) for file in files.values()) if isinstance(files, dict) else None
    return _digest([row.get("split"), row.get("leads"), contents])


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
