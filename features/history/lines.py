"""Physical lines of a CSV file's records, counted only when a row is to be reported."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable
from pathlib import Path

from features.config import FileFormat
from features.history.dialect import open_bytes


def physical_lines(file: Path, form: FileFormat, skipped: int, records: Iterable[int]) -> dict[int, int]:
    """Return the line on which each of these records begins.

    Parameters
    ----------
    file : Path
        The file.
    form : FileFormat
        How it is written.
    skipped : int
        Lines before the header (see ``dialect.leading_lines``).
    records : iterable of int
        Positions of records; 0 is the first after the header. Empty lines are no records.

    Returns
    -------
    dict of int to int
        Line numbers from 1, as an editor shows them, also where quoted cells hold line breaks.
    """
    wanted = set(records)
    if not wanted:
        return {}
    if form.kind == "parquet":
        return {record: record + 1 for record in wanted}
    last, found = max(wanted), {}
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    encoding = "utf-8-sig" if form.encoding == "utf-8" else form.encoding
    with io.TextIOWrapper(open_bytes(file), encoding=encoding, errors="replace", newline="") as text:
        for _ in range(skipped):
            text.readline()
        reader = csv.reader(text, delimiter=form.delimiter)
        position, begin = -1, 1
        for record in reader:
            if record:
                if position in wanted:
                    found[position] = begin + skipped
                if position >= last:
                    break
                position += 1
            begin = reader.line_num + 1
    return found


def quotation_left_open(file: Path, form: FileFormat) -> bool:
    """Return whether the file ends inside a quoted cell, so that its last row swallowed the rest."""
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    encoding = "utf-8-sig" if form.encoding == "utf-8" else form.encoding
    with io.TextIOWrapper(open_bytes(file), encoding=encoding, errors="replace", newline="") as text:
        try:
            for _ in csv.reader(text, delimiter=form.delimiter, strict=True):
                pass
        except csv.Error as error:
            return "unexpected end of data" in str(error)
    return False
