from datetime import UTC, datetime

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from features.domain import InputError
from features.history.reading import WHITESPACE
from features.history.values import read_values
from features.schema import ColumnType, canonical_value

MISSING = frozenset({"unknown", "n/a", "-"})
WORDS = ["True", "FALSE", "true", "unknown", " n/a ", "-", "", "Berlin", "\x1cA\x1c", "1,5", "inf", "nan", "1_000"]
TIMES = ["2024-01-31", "2024-02-30", "2024-01-31T10:00Z", "2024-01-31 10:00:00.1234567+02:00", "20240131", "2024-1-1",
         "2024-01-31T10:00:60", "2024-W01-1", "0000-01-01", "2024-01-01T10", "2024-01-01T10:00:00+25:00",
         "12"]  # fmt: skip
# Without a zone, as hypothesis wants its bounds.
EARLY = datetime(1, 1, 2, tzinfo=UTC).replace(tzinfo=None)
CELLS = st.one_of(
    st.sampled_from(WORDS + TIMES),
    st.text(max_size=8),
    st.integers().map(str),
    st.floats().map(str),
    st.floats().map(lambda x: f" {x:.3g}"),
    st.datetimes(min_value=EARLY).map(str),
    st.datetimes(min_value=EARLY, timezones=st.just(UTC)).map(lambda moment: moment.isoformat("T", "minutes")),
    st.dates().map(str),
)


@given(st.lists(CELLS, max_size=30), st.sampled_from(ColumnType))
@example(WORDS + TIMES, ColumnType.NUMBER)
@example(WORDS + TIMES, ColumnType.DATE)
@example(WORDS + TIMES, ColumnType.CATEGORY)
def test_a_column_read_at_once_equals_its_values_read_one_by_one(cells: list[str], kind: ColumnType) -> None:
    trimmed = pl.Series(cells, dtype=pl.String).str.strip_chars(WHITESPACE)
    texts = trimmed.set(trimmed == "", None) if len(trimmed) else trimmed
    values, bad = read_values(texts, kind, MISSING)
    for cell, value, is_bad in zip(cells, values, bad, strict=True):
        try:
            expected = canonical_value(cell, kind, MISSING, "cell")
        except InputError:
            assert is_bad
            assert value is None
        else:
            assert value == expected
            assert not is_bad


def test_numbers_follow_the_decimal_mark_of_the_file() -> None:
    texts = pl.Series(["1.234,56", "1.234", "-7,5", ",5", "12", "1,2,3", "1.5"])
    german, bad = read_values(texts, ColumnType.NUMBER, (), decimal=",")
    assert german.to_list() == [1234.56, 1234.0, -7.5, 0.5, 12.0, None, 1.5]
    assert bad.to_list() == [False] * 5 + [True, False]
    english, _ = read_values(pl.Series(["1,234.5", "1,234", "1,23", "1.234"]), ColumnType.NUMBER, ())
    assert english.to_list() == [1234.5, 1234.0, None, 1.234]
