"""What one column of texts holds, counted."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.history.times import read_dates, read_times
from features.history.values import read_values
from features.schema import ColumnType

_SAMPLE = 50_000
_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_WEBSITE = (
    r"(?i)^(https?://|www\.)\S+$|^([\w-]+\.)+(com|org|net|io|de|at|ch|co|uk|eu|fr|nl|it|es|ai|us|info|biz)(/\S*)?$"
)

TIME_FORMATS = (
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y",
    "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p", "%d %b %Y",
    "%b %d, %Y",
)  # fmt: skip
"""Patterns tried where times are not in ISO 8601, the likelier first."""

_READS = 0.95


@dataclass(frozen=True, slots=True)
class Profile:
    """A column's contents; shares are of the filled cells.

    Parameters
    ----------
    name : str
        The column.
    rows, filled, unique : int
        Cells, cells with a value, and different values.
    numbers, whole, dates, emails, websites : float
        Shares that read as a number, a whole number, an date, an address.
    words : float
        Mean number of words.
    top : tuple of (str, int)
        The most frequent values, at most 30.
    """

    name: str
    rows: int
    filled: int
    unique: int
    numbers: float
    whole: float
    dates: float
    emails: float
    websites: float
    words: float
    top: tuple[tuple[str, int], ...]

    @property
    def missing_share(self) -> float:
        """Share of cells without a value, in [0, 1]."""
        return 1 - self.filled / self.rows if self.rows else 1.0

    @property
    def unique_share(self) -> float:
        """Different values over filled cells, in [0, 1]."""
        return self.unique / self.filled if self.filled else 0.0

    @property
    def is_date(self) -> bool:
        """Whether the column reads as dates and not as numbers."""
        return self.dates >= _READS and self.numbers < _READS


def profile(name: str, texts: pl.Series, decimal: str = ".", time_format: str | None = None) -> Profile:
    """Return what the column holds; shares are measured on at most 50,000 cells spread over the file.

    ``time_format`` is the file's own form of dates, beside ISO 8601.
    """
    filled = texts.drop_nulls()
    sample = filled.gather_every(max(1, len(filled) // _SAMPLE))
    numbers, _ = read_values(sample, ColumnType.NUMBER, (), decimal=decimal)
    whole = (numbers == numbers.floor()).fill_null(False)
    counts = filled.value_counts(sort=True, name="n").head(30)
    return Profile(
        name=name,
        rows=len(texts),
        filled=len(filled),
        unique=filled.n_unique(),
        numbers=_share(numbers.is_not_null()),
        whole=_share(whole),
        dates=_share(read_dates(sample, time_format).is_not_null()),
        emails=_share(sample.str.contains(_EMAIL)),
        websites=_share(sample.str.contains(_WEBSITE)),
        words=float(pl.Series(sample.str.count_matches(r"\S+")).mean() or 0.0),  # type: ignore[arg-type]  # a mean of counts is a float
        top=tuple((str(value), int(count)) for value, count in counts.iter_rows()),
    )


def time_format_of(texts: pl.Series) -> tuple[str | None, bool] | None:
    """Return how a column's times are written.

    Returns
    -------
    tuple of (str or None, bool) or None
        The pattern (None for ISO 8601), and whether another pattern would read them as well; None if the column
        holds no times.
    """
    filled = texts.drop_nulls()
    sample = filled.gather_every(max(1, len(filled) // _SAMPLE))
    if sample.is_empty():
        return None
    if _share(read_dates(sample).is_not_null()) >= _READS and not _bare_numbers(sample):
        return None, False
    if _bare_numbers(sample):
        return None
    shares = {form: _share(read_times(sample, "UTC", form)[0].is_not_null()) for form in TIME_FORMATS}
    best = max(shares.values())
    if best < _READS:
        return None
    fitting = [form for form, share in shares.items() if share == best]
    return fitting[0], len(fitting) > 1


def epoch_format_of(texts: pl.Series) -> str | None:
    """Return ``epoch_s`` or ``epoch_ms`` where whole numbers lie between 2000 and 2100 in that unit."""
    sample = texts.drop_nulls().head(1000)
    numbers = sample.cast(pl.Float64, strict=False)
    for form, unit in (("epoch_s", 1.0), ("epoch_ms", 1000.0)):
        if len(sample) and _share(numbers.is_between(946_684_800 * unit, 4_102_444_800 * unit)) >= _READS:
            return form
    return None


def _bare_numbers(sample: pl.Series) -> bool:
    return _share(sample.cast(pl.Float64, strict=False).is_not_null()) >= _READS


def _share(flags: pl.Series) -> float:
    return float(flags.fill_null(False).sum()) / len(flags) if len(flags) else 0.0
