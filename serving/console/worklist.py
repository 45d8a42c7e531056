"""The worklist: scored leads, the best first, each with its trend and its strongest reasons."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.responses import Response

from features.catalog.said import without_direction
from features.domain import InputError, Stage, Text, Value
from serving.api.queries import Asked, wanted_leads
from serving.console.csv_file import csv_stream
from serving.console.facts import Who, who_is
from serving.console.language import said
from serving.console.lead import address_of
from serving.console.visit import DONE, Visit
from serving.console.words import worklist as words
from serving.store import Transaction
from serving.store.saved_views import SavedView
from serving.store.worklist import LARGEST_PAGE, Sort, Wanted, WorklistRow
from serving.store.worklist import WorklistPage as Found

TREND = timedelta(days=7)
EXPORT = "/console/leads.csv"
_REASONS = 2

OPEN = (Stage.LEAD, Stage.MQL, Stage.SQL, Stage.OPPORTUNITY)
"""Stages in which there is something left to do: what the page shows unless a stage is chosen."""

EVERY = "every"
"""Choice of a stage that leaves none out."""

Given: TypeAlias = Sequence[tuple[str, str]]
Part: TypeAlias = tuple[Sequence[Sequence[object]], str | None]


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
    trend : int or None
        By how much its score has changed since a week ago; None where it had none then.
    """

    lead_id: str
    address: str
    who: Who
    score: int
    trend: int | None
    stage: Stage
    grade: str
    owner: str | None
    persona: str | None
    degraded: bool
    because: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A saved view: its name and its address."""

    name: str
    address: str
    is_here: bool


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
    filters : str
        The same as an address says them, without the page.
    is_filtered : bool
        Whether any filter is set.
    has_leads : bool
        Whether there is any lead at all, whatever the filters.
    chosen_stages : tuple of str
        As the address says them; empty: those of ``OPEN``.
    views : tuple of View
        What the visitor has saved.
    personas, owners : tuple of str
        What there is to choose from.
    next_page, first_page : str or None
        Addresses; None where there is no other page.
    export : str
        Address of the same leads as a file.
    workspace : str
        For the command that is shown while there are no leads.
    """

    rows: tuple[Row, ...]
    count: int
    asked: Asked
    filters: str
    is_filtered: bool
    has_leads: bool
    chosen_stages: tuple[str, ...]
    views: tuple[View, ...]
    personas: tuple[str, ...]
    owners: tuple[str, ...]
    next_page: str | None
    first_page: str | None
    export: str
    workspace: str
    stages: tuple[Stage, ...] = tuple(Stage)
    sorts: tuple[Sort, ...] = tuple(Sort)
    grades: tuple[str, ...] = ("A", "B", "C", "D")


async def show(visit: Visit) -> Response:
    """Show one page of the worklist."""
    given = _given(visit.request.query_params)
    asked = _asked(given)
    return visit.page("worklist.html", await visit.read(lambda tx: _page(tx, asked, given, visit)), words)


async def export(visit: Visit) -> Response:
    """Send all leads that fit as a CSV file, read page by page."""
    asked = _asked([one for one in _given(visit.request.query_params) if one[0] != "cursor"])
    names = [column.name for column in visit.scoring.scoring.schema.columns]

    def part(tx: Transaction, cursor: str | None) -> Part:
        page = tx.worklist.page(asked.wanted, sort=asked.sort, cursor=cursor, limit=LARGEST_PAGE)
        before = tx.worklist.scores_at([row.lead_id for row in page.rows], tx.now - TREND)
        return [_exported(row, before.get(row.lead_id), names, visit) for row in page.rows], page.cursor

    first, following = await visit.read(lambda tx: part(tx, None))

    async def pages() -> AsyncIterator[Sequence[Sequence[object]]]:
        rows, cursor = first, following
        yield rows
        while cursor is not None:
            rows, cursor = await visit.read(functools.partial(part, cursor=cursor))
            yield rows

    return csv_stream("leads.csv", [*words.COLUMNS, *names], pages())


async def save_view(visit: Visit) -> Response:
    """Keep the filters under a name."""
    given = _given(QueryParams(visit.sent("filters")))
    # Only what the page would show can be kept.
    _asked(given)
    view = SavedView(visit.sent("name").strip(), urlencode(given))
    await visit.change(lambda tx: tx.saved_views.save(visit.visitor.name, view))
    return visit.done("/", "saved")


async def remove_view(visit: Visit) -> Response:
    """Remove a view."""
    name = visit.sent("name")
    if not name:
        raise InputError("A view without a name.", "the name of a view.", "Use the page's buttons.")
    await visit.change(lambda tx: tx.saved_views.remove(visit.visitor.name, name))
    return visit.done("/", "removed")


def _given(query: QueryParams) -> list[tuple[str, str]]:
    # Forms send fields that nobody filled in.
    return [(name, value) for name, value in query.multi_items() if value and name != DONE]


def _asked(given: Given) -> Asked:
    chosen = [one for one in given if one != ("stage", EVERY)]
    if not any(name == "stage" for name, _ in given):
        chosen += [("stage", stage.value) for stage in OPEN]
    return wanted_leads(QueryParams(chosen))


def _page(tx: Transaction, asked: Asked, given: Given, visit: Visit) -> WorklistPage:
    page = tx.worklist.page(asked.wanted, sort=asked.sort, cursor=asked.cursor, limit=asked.limit)
    filters = urlencode([(name, value) for name, value in given if name != "cursor"])
    before = tx.worklist.scores_at([row.lead_id for row in page.rows], tx.now - TREND)
    return WorklistPage(
        rows=tuple(_row(row, before.get(row.lead_id)) for row in page.rows),
        count=_count(tx, asked, page),
        asked=asked,
        filters=filters,
        is_filtered=any(name not in ("sort", "limit", "cursor") for name, _ in given),
        has_leads=bool(page.rows) or tx.worklist.page(Wanted(), limit=1).rows != (),
        chosen_stages=tuple(value for name, value in given if name == "stage"),
        views=tuple(
            View(one.name, f"/?{one.filters}", one.filters == filters) for one in tx.saved_views.of(visit.visitor.name)
        ),
        personas=tuple(tx.worklist.personas()),
        owners=tuple(tx.worklist.owners()),
        next_page=None if page.cursor is None else f"/?{_with(filters, cursor=page.cursor)}",
        first_page=None if asked.cursor is None else f"/?{filters}",
        export=f"{EXPORT}?{filters}",
        workspace=visit.settings.workspace or "DIR",
    )


def _count(tx: Transaction, asked: Asked, page: Found) -> int:
    # A first page that is the last one has been counted; a search that finds little looks at every lead.
    if asked.cursor is None and page.cursor is None:
        return len(page.rows)
    return tx.worklist.count(asked.wanted)


def _row(row: WorklistRow, week_ago: int | None) -> Row:
    return Row(
        lead_id=row.lead_id,
        address=address_of(row.lead_id),
        who=who_is(row.lead_id, row.attributes),
        score=row.score,
        trend=None if week_ago is None else row.score - week_ago,
        stage=row.stage,
        grade=row.grade,
        owner=row.owner,
        persona=row.persona,
        degraded=row.degraded,
        because=tuple(
            Because(without_direction(Text.from_mapping(one["text"])), one["points"]) for one in row.strongest
        ),
    )


def _exported(row: WorklistRow, week_ago: int | None, names: Sequence[str], visit: Visit) -> Sequence[object]:
    reasons = [said(Text.from_mapping(one["text"]), visit.language) for one in row.strongest[:_REASONS]]
    return (
        row.lead_id, row.score, week_ago, row.probability, row.stage.value, row.stage_since.isoformat(), row.grade,
        row.persona, row.owner, row.engine, row.scored_at.isoformat(),
        *reasons, *[None] * (_REASONS - len(reasons)),
        *(_plain(row.attributes.get(name)) for name in names),
    )  # fmt: skip


def _plain(value: Value) -> object:
    return value if value is None or isinstance(value, str | float) else value.isoformat()


def _with(filters: str, **more: str) -> str:
    return "&".join(part for part in (filters, urlencode(more)) if part)
