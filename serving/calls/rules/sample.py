"""The leads on which rules are tried out: those that were scored last, as they are known now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from features.domain import Event, Lead
from serving.store import Transaction
from serving.store.worklist import LARGEST_PAGE, Sort, Wanted, WorklistRow


@dataclass(frozen=True, slots=True)
class SampledLead:
    """A lead with what it did and where it stands."""

    lead: Lead
    events: Sequence[Event]
    row: WorklistRow


def latest_leads(tx: Transaction, most: int) -> Iterator[SampledLead]:
    """Yield up to ``most`` leads, the last scored one first."""
    cursor, left = None, most
    while left > 0:
        page = tx.worklist.page(Wanted(), sort=Sort.NEWEST, cursor=cursor, limit=min(left, LARGEST_PAGE))
        did = tx.events.of_many([row.lead_id for row in page.rows])
        for row in page.rows:
            yield SampledLead(Lead(row.lead_id, None, row.attributes), did.get(row.lead_id, ()), row)
        cursor, left = page.cursor, left - len(page.rows)
        if cursor is None:
            return
