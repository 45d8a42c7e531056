"""The account of one table while it is read: which rows stay, which do not, and why."""

from __future__ import annotations

import polars as pl

from features.history.lines import physical_lines
from features.history.quality import SHOWN, RowNote, TableQuality
from features.history.reading import TextTable

RAGGED = "another number of cells than the header"
OPEN_QUOTATION = "a quotation mark is opened and never closed; the rest of the file is in this row"
REPEATED_HEADER = "the header again"
NUL = "a NUL character"


class Ledger:
    """Every row of a table, none lost.

    Parameters
    ----------
    name : str
        ``leads``, ``events`` or ``outcomes``.
    table : TextTable
        What was read; its structural faults are entered at once.
    """

    def __init__(self, name: str, table: TextTable) -> None:
        self._name = name
        self._table = table
        self._keep = pl.repeat(True, table.frame.height, eager=True)
        self._rejections: list[tuple[str, list[int], int]] = []
        self._duplicates: list[tuple[str, list[int], int]] = []
        self._bad_values: list[tuple[str, list[int], int]] = []
        self._warnings: list[str] = list(table.notes)
        ragged = [row.position for row in table.ragged]
        if ragged:
            self._rejections.append((RAGGED, ragged[:SHOWN], len(ragged)))
        self._enter_structural_faults()

    @property
    def keep(self) -> pl.Series:
        """Boolean, shape (rows of the text table,): which rows are still used."""
        return self._keep

    def reject(self, rows: pl.Series, reason: str) -> None:
        """Take rows out for good; rows already out keep their first reason."""
        self._take_out(rows, reason, self._rejections)

    def reject_by_reason(self, reasons: pl.Series, what: str) -> None:
        """Take out every row with a reason, e.g. of unreadable times; ``what`` names the column."""
        for reason in reasons.drop_nulls().unique().sort():
            self.reject((reasons == reason).fill_null(False), f"{what}: {reason}")

    def mark_duplicate(self, rows: pl.Series, reason: str) -> None:
        """Take rows out because an earlier one says the same."""
        self._take_out(rows, reason, self._duplicates)

    def note_bad_values(self, rows: pl.Series, column: str, kind: str) -> None:
        """Note cells that could not be read; their rows stay."""
        rows = rows & self._keep
        if rows.any():
            self._bad_values.append((f"{column}: not a {kind}", *self._places(rows)))

    def warn(self, sentence: str) -> None:
        """Add a sentence for people."""
        self._warnings.append(sentence)

    def close(self) -> TableQuality:
        """Return the account, with the lines of what is to be reported."""
        entries = [*self._rejections, *self._duplicates, *self._bad_values]
        positions = [position for _, places, _ in entries for position in places]
        table = self._table
        lines = physical_lines(table.file, table.format, table.skipped, positions)

        def notes(collected: list[tuple[str, list[int], int]]) -> tuple[RowNote, ...]:
            return tuple(
                RowNote(reason, count, tuple(lines[place] for place in places if place in lines))
                for reason, places, count in collected
            )

        return TableQuality(
            table=self._name,
            file=table.file.name,
            written=_written(table),
            read=table.read,
            used=int(self._keep.sum()),
            rejected=sum(count for _, _, count in self._rejections),
            duplicate=sum(count for _, _, count in self._duplicates),
            rejections=notes(self._rejections),
            duplicates=notes(self._duplicates),
            bad_values=notes(self._bad_values),
            warnings=tuple(self._warnings),
        )

    def _enter_structural_faults(self) -> None:
        frame = self._table.frame
        if not frame.width or frame.is_empty():
            return
        if self._table.ends_in_quotation:
            self.reject(pl.int_range(frame.height, eager=True) == frame.height - 1, OPEN_QUOTATION)
        first = frame.columns[0]
        if (frame[first] == first).any():
            same = frame.select(pl.all_horizontal(pl.col(name).eq_missing(pl.lit(name)) for name in frame.columns))
            self.reject(same.to_series(), REPEATED_HEADER)
        nul = frame.select(pl.any_horizontal(pl.all().str.contains("\0", literal=True).fill_null(False)))
        self.reject(nul.to_series(), NUL)

    def _take_out(self, rows: pl.Series, reason: str, collected: list[tuple[str, list[int], int]]) -> None:
        rows = rows & self._keep
        if rows.any():
            collected.append((reason, *self._places(rows)))
            self._keep &= ~rows

    def _places(self, rows: pl.Series) -> tuple[list[int], int]:
        places = self._table.positions.filter(rows)
        return places.head(SHOWN).to_list(), len(places)


def _written(table: TextTable) -> str:
    form = table.format
    if form.kind == "parquet":
        return "parquet"
    delimiter = "tab" if form.delimiter == "\t" else repr(form.delimiter)
    return f"csv, {form.encoding}, delimiter {delimiter}, decimal {form.decimal!r}"
