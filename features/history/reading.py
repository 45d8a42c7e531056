"""A file as a table of texts: every cell a text, every ragged row set aside with its place."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from features.config import FileFormat
from features.domain import HistoryError
from features.history.dialect import damage_said, detect_format, leading_lines, open_bytes
from features.history.formula_cells import unmarked, unmarked_in
from features.history.lines import quotation_left_open

_BLOCK_BYTES = 1 << 24
_LARGEST_BLOCK_BYTES = 1 << 30
_EXACT_INTEGERS = 2.0**53
_HEADER_BYTES = 1 << 20
WHITESPACE = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
"""What ``str.strip`` removes; polars' own list lacks the four separators of ASCII."""


@dataclass(frozen=True, slots=True)
class RaggedRow:
    """A row with too few or too many cells: its position among the records, and what it holds."""

    position: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class TextTable:
    """A file's rows as trimmed texts.

    Parameters
    ----------
    file : Path
        Where it was read from.
    format : FileFormat
        How it is written.
    columns : tuple of str
        All columns of the file, in its order; repeated or empty names made unique.
    frame : pl.DataFrame
        The columns asked for, as trimmed String; null for the empty text.
    positions : pl.Series of UInt32
        Each row's position among the file's records, 0 for the first after the header.
    ragged : tuple of RaggedRow
        Rows with another number of cells than the header; not in ``frame``.
    skipped : int
        Lines before the header.
    notes : tuple of str
        What was done to the header, in sentences.
    """

    file: Path
    format: FileFormat
    columns: tuple[str, ...]
    frame: pl.DataFrame
    positions: pl.Series
    ragged: tuple[RaggedRow, ...] = ()
    skipped: int = 0
    notes: tuple[str, ...] = field(default=())

    @property
    def read(self) -> int:
        """How many rows the file holds after its header."""
        return self.frame.height + len(self.ragged)

    @cached_property
    def ends_in_quotation(self) -> bool:
        """Whether a quotation mark is opened and never closed, so that the last row swallowed the rest."""
        if self.format.kind != "csv" or self.frame.is_empty():
            return False
        last = [str(cell) for cell in self.frame.row(-1) if cell is not None]
        return any("\n" in cell or "\r" in cell for cell in last) and quotation_left_open(self.file, self.format)


def header(file: Path, form: FileFormat) -> tuple[str, ...]:
    """Return the names of the file's columns as :func:`read_table` calls them.

    Raises
    ------
    HistoryError
        If the file cannot be read.
    """
    if form.kind == "parquet":
        return tuple(_parquet_schema(file).names)
    return _header(file, form)[0]


def read_table(file: Path, form: FileFormat | None = None, columns: Collection[str] | None = None) -> TextTable:
    """Return the file's rows as texts.

    Parameters
    ----------
    file : Path
        CSV (also compressed by gzip) or Parquet.
    form : FileFormat or None
        How it is written; None detects it.
    columns : collection of str or None
        Which columns to read, for files with many more than are needed; names that the file lacks are
        ignored. None reads all.

    Raises
    ------
    HistoryError
        If the file cannot be read as this format at all.
    """
    form = detect_format(file) if form is None else form
    return _read_parquet(file, form, columns) if form.kind == "parquet" else _read_csv(file, form, columns)


def _header(file: Path, form: FileFormat) -> tuple[tuple[str, ...], int, tuple[str, ...]]:
    encoding = "utf-8-sig" if form.encoding == "utf-8" else form.encoding
    try:
        with damage_said(file), io.TextIOWrapper(open_bytes(file), encoding=encoding, newline="") as text:
            lines = text.read(_HEADER_BYTES).splitlines(keepends=True)
    except (UnicodeError, LookupError) as error:
        raise _wrong_encoding(file, form, error) from None
    skipped = leading_lines(lines)
    try:
        raw = next(csv.reader(iter(lines[skipped:]), delimiter=form.delimiter), [])
    except csv.Error as error:
        raise HistoryError(f"The header of {file.name} ({error}).", "a line of names.", "Correct the file.") from None
    if not raw:
        raise HistoryError(f"{file.name} is empty.", "a header and rows.", "Export the file again.")
    names: list[str] = []
    notes = []
    for number, given in enumerate(raw, start=1):
        name = unmarked(given).strip() or f"column {number}"
        base, repeat = name, 2
        while name in names:
            name, repeat = f"{base} ({repeat})", repeat + 1
        if name != unmarked(given).strip():
            notes.append(f"column {number} of {file.name} is named {given.strip()!r} and is called {name!r} here")
        names.append(name)
    return tuple(names), skipped, tuple(notes)


def _read_csv(file: Path, form: FileFormat, columns: Collection[str] | None) -> TextTable:
    names, skipped, notes = _header(file, form)
    chosen = [name for name in names if columns is None or name in columns]
    ragged: list[RaggedRow] = []

    def set_aside(row: pc.InvalidRow) -> str:
        cells = next(csv.reader(io.StringIO(row.text, newline=""), delimiter=form.delimiter), [])
        # The reader counts the header as row 1.
        ragged.append(RaggedRow(row.number - 2, tuple(cells[: len(names)])))
        return "skip"

    block = _BLOCK_BYTES
    while True:
        ragged.clear()
        try:
            with damage_said(file), open_bytes(file) as stream:
                table = pc.read_csv(
                    stream,
                    read_options=pc.ReadOptions(
                        use_threads=False,  # rows are numbered only when one thread reads
                        block_size=block,
                        encoding="utf8" if form.encoding == "utf-8" else form.encoding,
                        column_names=list(names),
                        skip_rows=skipped,
                        skip_rows_after_names=1,
                    ),
                    parse_options=pc.ParseOptions(
                        delimiter=form.delimiter, newlines_in_values=True, invalid_row_handler=set_aside
                    ),
                    convert_options=pc.ConvertOptions(
                        column_types=dict.fromkeys(names, pa.string()),
                        strings_can_be_null=False,
                        include_columns=chosen,
                    ),
                )
            break
        except pa.ArrowInvalid as error:
            if "straddling" in str(error) and block < _LARGEST_BLOCK_BYTES:
                block *= 8
                continue
            raise _unreadable(file, form, error) from None
        except (UnicodeError, LookupError) as error:
            raise _wrong_encoding(file, form, error) from None
    frame = _trimmed(unmarked_in(pl.DataFrame(pl.from_arrow(table))) if chosen else pl.DataFrame())
    positions = _positions(table.num_rows, ragged)
    return TextTable(file, form, names, frame, positions, tuple(ragged), skipped, notes)


def _positions(rows: int, ragged: list[RaggedRow]) -> pl.Series:
    everything = pl.int_range(rows + len(ragged), dtype=pl.UInt32, eager=True)
    if not ragged:
        return everything
    return everything.filter(~everything.is_in([row.position for row in ragged]))


def _trimmed(frame: pl.DataFrame) -> pl.DataFrame:
    if not frame.width:
        return frame
    frame = frame.select(pl.all().str.strip_chars())
    if frame.select(pl.any_horizontal(pl.all().str.contains(r"[\x1c-\x1f]").any())).item():
        frame = frame.select(pl.all().str.strip_chars(WHITESPACE))
    return frame.select(pl.when(pl.all() != "").then(pl.all()))


def _parquet_schema(file: Path) -> pa.Schema:
    try:
        return pq.read_schema(file)
    except (OSError, pa.ArrowInvalid) as error:
        raise HistoryError(
            f"{file.name} is not readable as Parquet ({error}).", "a Parquet file.", "Export the file again."
        ) from None


def _read_parquet(file: Path, form: FileFormat, columns: Collection[str] | None) -> TextTable:
    names = tuple(_parquet_schema(file).names)
    chosen = [name for name in names if columns is None or name in columns]
    table = pq.read_table(file, columns=chosen)
    frame, notes = pl.DataFrame(pl.from_arrow(table)), []
    for name, dtype in frame.schema.items():
        if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
            notes.append(f"column {name!r} of {file.name} holds {dtype} and was not read")
            frame = frame.drop(name)
    texts = _trimmed(frame.select(_as_text(name, dtype) for name, dtype in frame.schema.items()))
    positions = pl.int_range(table.num_rows, dtype=pl.UInt32, eager=True)
    return TextTable(file, form, names, texts, positions, notes=tuple(notes))


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    value = pl.col(name)
    if dtype.is_float() or dtype.is_decimal():
        value = value.cast(pl.Float64).fill_nan(None)
        whole = (value == value.floor()) & (value.abs() < _EXACT_INTEGERS)
        return pl.when(whole).then(value.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(value.cast(pl.String))
    if dtype == pl.Boolean:
        return pl.when(value).then(pl.lit("true")).when(~value).then(pl.lit("false")).alias(name)
    if isinstance(dtype, pl.Datetime):
        pattern = "%Y-%m-%dT%H:%M:%S%.6f" + ("%:z" if dtype.time_zone else "")
        return value.dt.to_string(pattern)
    return value.cast(pl.String)


def _unreadable(file: Path, form: FileFormat, error: Exception) -> HistoryError:
    if "UTF8" in str(error):
        return _wrong_encoding(file, form, error)
    return HistoryError(
        f"{file.name} is not readable as {form.kind} with delimiter {form.delimiter!r} ({error}).",
        "rows below one header.",
        "Look for a quotation mark that is never closed, or correct the delimiter in leadscore.yaml.",
    )


def _wrong_encoding(file: Path, form: FileFormat, error: Exception) -> HistoryError:
    return HistoryError(
        f"{file.name} is not written in {form.encoding} ({error}).",
        f"the encoding {form.encoding}, as leadscore.yaml says.",
        "Correct format: encoding: in leadscore.yaml (a German Excel writes cp1252).",
    )
