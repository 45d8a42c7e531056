"""Cells of a CSV file that a spreadsheet would run: marked when a file is written, plain again when it is read.

A text that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break gets an apostrophe before it (OWASP, CSV
Injection, 2025). So does one that looks marked already, so that reading takes back exactly what writing added.
"""

from __future__ import annotations

import re

import polars as pl

_RISKY = r"^'*[=+\-@\t\r\n]"
_MARKED = r"^'('*[=+\-@\t\r\n])"


def marked(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula.

    Examples
    --------
    >>> marked("=1+1"), marked("'s-Hertogenbosch"), marked("'=1")
    ("'=1+1", "'s-Hertogenbosch", "''=1")
    """
    return f"'{text}" if re.match(_RISKY, text) else text


def unmarked(cell: str) -> str:
    """Return the text that :func:`marked` was given.

    Examples
    --------
    >>> unmarked("'=1+1"), unmarked("'s-Hertogenbosch")
    ('=1+1', "'s-Hertogenbosch")
    """
    return cell[1:] if re.match(_MARKED, cell) else cell


def marked_in(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table whose texts are all :func:`marked`."""
    return frame.with_columns(pl.col(pl.String).str.replace(f"({_RISKY})", "'${1}"))


def unmarked_in(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table whose texts are all :func:`unmarked`."""
    return frame.with_columns(pl.col(pl.String).str.replace(_MARKED, "${1}"))
