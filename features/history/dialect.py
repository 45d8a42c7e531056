"""How a file is written: CSV or Parquet, compressed or not, its encoding, delimiter and decimal mark."""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from features.config import FileFormat
from features.domain import HistoryError

DELIMITERS = (",", ";", "\t", "|")
"""The delimiters looked for; of equals the first wins."""

_SAMPLE_BYTES = 1 << 20
_SAMPLE_RECORDS = 1000
_PIECE_BYTES = 1 << 22
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Three digits after the mark may be thousands, so they are evidence for neither.
_COMMA_DECIMAL = re.compile(r"^[+-]?(\d{1,3}(\.\d{3})+,\d+|\d+,(\d{1,2}|\d{4,}))$")
_POINT_DECIMAL = re.compile(r"^[+-]?(\d{1,3}(,\d{3})+\.\d+|\d+\.(\d{1,2}|\d{4,}))$")
_COMMA_UNCLEAR = re.compile(r"^[+-]?\d{1,3},\d{3}$")


_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\ufffd]")
_MOST_CONTROLS = 0.02
"""Share of a text that may be control characters and undefined bytes; of random bytes a tenth are."""


def open_bytes(file: Path) -> IO[bytes]:
    """Return the file's bytes, unpacked where its content (not its name) says gzip.

    Raises
    ------
    HistoryError
        If the file is missing, unreadable, or an archive or workbook.
    """
    try:
        with file.open("rb") as raw:
            magic = raw.read(8)
        if magic[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
            raise HistoryError(
                f"{file.name} is a ZIP archive or an Excel workbook.",
                "CSV (also .gz) or Parquet.",
                "Unpack it, or save it from Excel as CSV UTF-8.",
            )
        return cast("IO[bytes]", gzip.open(file, "rb")) if magic[:2] == b"\x1f\x8b" else file.open("rb")
    except OSError as error:
        raise HistoryError(
            f"{file} cannot be opened ({error.strerror or error}).",
            "a file that exists and may be read.",
            "Correct the path, or the permissions.",
        ) from None


@contextmanager
def damage_said(file: Path) -> Iterator[None]:
    """Turn the errors of a file that ends too soon or is broken into a sentence."""
    try:
        yield
    except (EOFError, OSError, zlib.error) as error:
        raise HistoryError(
            f"{file.name} is damaged ({error}).", "a complete file.", "Copy or export the file again."
        ) from None


def detect_format(file: Path) -> FileFormat:
    """Return how ``file`` is written, read from its content.

    The whole file is decoded once, because a single byte late in the file decides between UTF-8 and
    Windows-1252 (what a German Excel writes).

    Raises
    ------
    HistoryError
        If the file cannot be read, or is empty.
    """
    with damage_said(file), open_bytes(file) as stream:
        sample = stream.read(_SAMPLE_BYTES)
        if sample.startswith(b"PAR1"):
            return FileFormat(kind="parquet")
        encoding = _encoding(file)
    text = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)("replace").decode(sample)
    if not text.strip():
        raise HistoryError(f"{file.name} is empty.", "a header and rows.", "Export the file again.")
    _require_table(file, text, encoding)
    lines = text.splitlines(keepends=True)
    if len(sample) == _SAMPLE_BYTES and len(lines) > 1:
        lines.pop()
    named = leading_lines(lines)
    declared = _declared_delimiter(lines[:named])
    delimiter = declared or _delimiter(lines[named:])
    return FileFormat(kind="csv", delimiter=delimiter, encoding=encoding, decimal=_decimal(lines[named:], delimiter))


def _require_table(file: Path, text: str, encoding: str) -> None:
    """Refuse what is no table, before it is taken for an odd one."""
    what = None
    if text.lstrip().startswith(("{", "[{", "[\n")):
        what = "JSON"
    elif text.lstrip()[:14].lower().startswith(("<html", "<!doctype html", "<?xml")):
        what = "a page or XML"
    elif encoding == "cp1252" and len(_CONTROLS.findall(text)) > _MOST_CONTROLS * len(text):
        what = "no text"
    if what is not None:
        raise HistoryError(
            f"{file.name} is {what}.", "CSV (also .gz) or Parquet.", "Export the table again, as CSV UTF-8."
        )


def leading_lines(lines: list[str]) -> int:
    """Return how many lines stand before the header: empty ones and Excel's ``sep=;``."""
    count = 0
    for line in lines:
        if line.strip() and _declared_delimiter([line]) is None:
            break
        count += 1
    return count


def _declared_delimiter(lines: list[str]) -> str | None:
    for line in lines:
        bare = line.strip("\r\n\ufeff ").strip('"')
        if bare.lower().startswith("sep=") and len(bare) == 5:
            return bare[4]
    return None


def _encoding(file: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid, ended = True, False
    try:
        with open_bytes(file) as stream:
            piece = stream.read(_PIECE_BYTES)
            for bom, name in _BOMS:
                if piece.startswith(bom):
                    return name
            if piece[1:2000:2].count(0) > len(piece[1:2000:2]) * 0.4:
                return "utf-16-le"
            while not ended:
                ended = not piece
                decoder.decode(piece, final=ended)
                piece = stream.read(_PIECE_BYTES)
    except UnicodeDecodeError:
        valid = False
    return "utf-8" if valid else "cp1252"


def _records(lines: list[str], delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(iter(lines), delimiter=delimiter)
    try:
        for number, record in enumerate(reader):
            if number >= _SAMPLE_RECORDS:
                return
            if record:
                yield record
    except csv.Error:
        # A field longer than the csv module takes: what was seen up to there decides.
        return


def _delimiter(lines: list[str]) -> str:
    best, best_merit = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        widths = Counter(len(record) for record in _records(lines, delimiter))
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        merit = (round(count / widths.total(), 1), width)
        if width > 1 and merit > best_merit:
            best, best_merit = delimiter, merit
    return best


def _decimal(lines: list[str], delimiter: str) -> str:
    comma = point = unclear = 0
    for record in _records(lines, delimiter):
        for cell in record:
            bare = cell.strip()
            comma += _COMMA_DECIMAL.match(bare) is not None
            point += _POINT_DECIMAL.match(bare) is not None
            unclear += _COMMA_UNCLEAR.match(bare) is not None
    # Who separates fields with something else did it because the comma was taken by decimals.
    return "," if comma > point or (not comma and not point and unclear and delimiter != ",") else "."
