"""A table as a CSV file that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence

from starlette.responses import Response, StreamingResponse

from features.history.formula_cells import marked

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""With it, spreadsheets read UTF-8 as that."""


def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return a file to download.

    Parameters
    ----------
    name : str
        Of the file, plain ASCII.
    head : sequence of str
        Names of the columns.
    rows : iterable of sequence
        Cells: texts, numbers, or None for nothing.
    """
    return Response(MARK + _lines([head, *rows]), media_type="text/csv", headers=_headers(name))


def csv_stream(name: str, head: Sequence[str], pages: AsyncIterable[Iterable[Sequence[object]]]) -> Response:
    """Return a file that is sent while it is read, page by page.

    Parameters
    ----------
    name, head
        As of :func:`csv_answer`.
    pages : async iterable of iterables of sequences
        Rows, some at a time.
    """

    async def lines() -> AsyncIterator[str]:
        yield MARK + _lines([head])
        async for rows in pages:
            yield _lines(rows)

    return StreamingResponse(lines(), media_type="text/csv", headers=_headers(name))


def _lines(rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([[_cell(one) for one in row] for row in rows])
    return out.getvalue()


def _headers(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}


def _cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if isinstance(value, str):
        return marked(value)
    return "" if value is None else value
