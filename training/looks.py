"""How often the gate was asked lately: every look at new data is one more chance to promote a model by luck."""

from __future__ import annotations

from datetime import datetime, timedelta

from features.workspace import Workspace
from models.audit import append_audit, read_audit
from training.gates import Verdict

ACTION = "gate"
"""Of the gate's rows in the audit log."""

YEAR = timedelta(days=365)


def looks_before(workspace: Workspace, now: datetime) -> int:
    """Return how many times the gate compared models in the twelve months before ``now``.

    An answer that too little was held out looked at no difference and costs nothing.
    """
    asked = (entry for entry in read_audit(workspace) if entry.get("action") == ACTION)
    return sum(1 for entry in asked if entry.get("confidence") is not None and _within_a_year(entry, now))


def _within_a_year(entry: dict[str, object], now: datetime) -> bool:
    try:
        at = datetime.fromisoformat(str(entry.get("at")))
        return now - YEAR < at <= now
    except (TypeError, ValueError):
        return False


def record_look(
    workspace: Workspace, verdict: Verdict, version: str | None, now: datetime, *, preregistered: str | None = None
) -> None:
    """Write to the audit log that the gate was asked, of which version, and what it said.

    Parameters
    ----------
    workspace : Workspace
        Whose log.
    verdict : Verdict
        The answer.
    version : str or None
        The version that was judged; None where it has none.
    now : datetime
        The present.
    preregistered : str or None
        The digest of the row in which the certificate's leads and clauses were fixed.
    """
    append_audit(
        workspace,
        {
            "at": now.isoformat(), "action": ACTION, "by": "leadscore", "version": version,
            "decision": verdict.decision.value, "confidence": verdict.confidence, "reasons": list(verdict.reasons),
            "preregistered": preregistered,
        },
    )  # fmt: skip
