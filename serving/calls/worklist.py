"""The worklist, page by page."""

from __future__ import annotations

from typing import Any

from features.domain.score import iso
from serving.store import Transaction
from serving.store.worklist import Sort, Wanted, WorklistRow


def worklist_page(tx: Transaction, wanted: Wanted, sort: Sort, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page in the shape of the API.

    Raises
    ------
    InputError
        If the cursor is none of this order.
    """
    page = tx.worklist.page(wanted, sort=sort, cursor=cursor, limit=limit)
    return {"leads": [_row(row) for row in page.rows], "cursor": page.cursor}


def _row(row: WorklistRow) -> dict[str, Any]:
    return {
        "lead_id": row.lead_id,
        "score": row.score,
        "previous_score": row.previous_score,
        "points": row.points,
        "probability": row.probability,
        "stage": row.stage.value,
        "stage_since": iso(row.stage_since),
        "grade": row.grade,
        "persona": row.persona,
        "owner": row.owner,
        "engine": row.engine,
        "degraded": row.degraded,
        "scored_at": iso(row.scored_at),
        "blocked_by": list(row.blocked_by),
        "reasons": [dict(reason) for reason in row.strongest],
        "attributes": {
            name: value if value is None or isinstance(value, str | float) else iso(value)
            for name, value in row.attributes.items()
        },
    }
