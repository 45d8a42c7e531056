"""The worklist: scored leads, the best first, each with its strongest reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.responses import Response

from features.domain import Stage, Text, Value
from serving.api.queries import Asked, wanted_leads
from serving.console.lead import address_of
from serving.console.visit import DONE, Visit
from serving.console.words import worklist as words
from serving.store import Transaction
from serving.store.worklist import Sort, WorklistRow

_DESCRIBED = 3


@dataclass(frozen=True, slots=True)
class Because:
    """One reason in a row: its sentence, and its points."""

    text: Text
    points: float


@dataclass(frozen=True, slots=True)
class Row:
    """One lead.

    Parameters
    ----------
    address : str
        Of its page.
    about : str
        What is known of it, in a few words.
    previous : int or None
        The score before.
    """

    lead_id: str
    address: str
    about: str
    score: int
    previous: int | None
    stage: Stage
    grade: str
    owner: str | None
    persona: str | None
    degraded: bool
    because: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """What stands on the page.

    Parameters
    ----------
    rows : tuple of Row
        The leads of this page.
    count : int
        How many leads there are in all that fit.
    asked : Asked
        The filters.
    is_filtered : bool
        Whether any filter is set.
    next_page, first_page : str or None
        Addresses; None where there is no other page.
    workspace : str
        For the command that is shown while there are no leads.
    """

    rows: tuple[Row, ...]
    count: int
    asked: Asked
    is_filtered: bool
    next_page: str | None
    first_page: str | None
    workspace: str
    stages: tuple[Stage, ...] = tuple(Stage)
    sorts: tuple[Sort, ...] = tuple(Sort)
    grades: tuple[str, ...] = ("A", "B", "C", "D")


async def show(visit: Visit) -> Response:
    """Show one page of the worklist."""
    given = [(name, value) for name, value in visit.request.query_params.multi_items() if value and name != DONE]
    asked = wanted_leads(QueryParams(given))
    return visit.page("worklist.html", await visit.read(lambda tx: _page(tx, asked, given, visit)), words)


def _page(tx: Transaction, asked: Asked, given: list[tuple[str, str]], visit: Visit) -> WorklistPage:
    page = tx.worklist.page(asked.wanted, sort=asked.sort, cursor=asked.cursor, limit=asked.limit)
    filters = [(name, value) for name, value in given if name != "cursor"]
    return WorklistPage(
        rows=tuple(map(_row, page.rows)),
        count=tx.worklist.count(asked.wanted),
        asked=asked,
        is_filtered=any(name not in ("sort", "limit") for name, _ in filters),
        next_page=None if page.cursor is None else _address([*filters, ("cursor", page.cursor)]),
        first_page=None if asked.cursor is None else _address(filters),
        workspace=visit.settings.workspace or "DIR",
    )


def _row(row: WorklistRow) -> Row:
    return Row(
        lead_id=row.lead_id,
        address=address_of(row.lead_id),
        about=_about(row.attributes),
        score=row.score,
        previous=row.previous_score,
        stage=row.stage,
        grade=row.grade,
        owner=row.owner,
        persona=row.persona,
        degraded=row.degraded,
        because=tuple(Because(Text.from_mapping(one["text"]), one["points"]) for one in row.strongest),
    )


def _about(attributes: Mapping[str, Value]) -> str:
    texts = [value for value in attributes.values() if isinstance(value, str)]
    return " · ".join(texts[:_DESCRIBED])


def _address(query: list[tuple[str, str]]) -> str:
    return f"/?{urlencode(query)}" if query else "/"
