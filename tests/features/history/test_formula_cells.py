import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from features.history.formula_cells import marked, marked_in, unmarked, unmarked_in
from features.history.reading import read_table

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
texts = st.text(st.sampled_from("'=+-@\t\r\nab "), max_size=6) | st.text(max_size=6)


@given(texts)
def test_a_marked_cell_is_no_formula_and_reads_back_as_it_was(text: str) -> None:
    assert not marked(text).startswith(RISKY)
    assert unmarked(marked(text)) == text


@given(st.lists(texts | st.none(), min_size=1))
def test_tables_are_marked_cell_by_cell(cells: list[str | None]) -> None:
    frame = pl.DataFrame({"text": cells, "number": range(-1, len(cells) - 1)}, schema_overrides={"text": pl.String})
    safe = marked_in(frame)
    assert safe["text"].to_list() == [None if cell is None else marked(cell) for cell in cells]
    assert safe["number"].to_list() == frame["number"].to_list()
    assert unmarked_in(safe).equals(frame)


def test_a_file_for_spreadsheets_is_read_without_its_marks(tmp_path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("lead_id,'=note,town\nL1,'+49 30,'s-Hertogenbosch\nL2,''=1,plain\n", encoding="utf-8")
    table = read_table(file)
    assert table.columns == ("lead_id", "=note", "town")
    assert table.frame.rows() == [("L1", "+49 30", "'s-Hertogenbosch"), ("L2", "'=1", "plain")]
