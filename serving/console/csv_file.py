"""A table as a CSV file that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.responses import Response

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


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
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_cell(one) for one in head])
    writer.writerows([[_cell(one) for one in row] for row in rows])
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    # With its mark, spreadsheets read UTF-8 as that.
    return Response("\N{ZERO WIDTH NO-BREAK SPACE}" + out.getvalue(), media_type="text/csv", headers=headers)


def _cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula (OWASP: CSV injection); numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
