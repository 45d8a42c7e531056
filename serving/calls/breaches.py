"""Tell where sales did not contact a lead in time, once for each hand-over."""

from __future__ import annotations

from features.domain.score import iso
from serving.store import Transaction

BREACHED = "sla.breached"


def tell_breaches(tx: Transaction) -> None:
    """Mark hand-overs whose time is over, and tell of each."""
    for one in tx.handovers.overdue():
        tx.handovers.breached(one.handover_id)
        told = {
            "lead_id": one.lead_id, "handed_over_at": iso(one.handed_over_at), "due_at": iso(one.due_at),
            "sla_version": one.sla_version,
        }  # fmt: skip
        tx.outbox.tell(BREACHED, told, lead_id=one.lead_id)
        tx.audit.append(BREACHED, by="leadscore", lead_id=one.lead_id, details={"sla_version": one.sla_version})
