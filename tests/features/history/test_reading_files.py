import gzip
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from features.config import Config, config_from_mapping
from features.domain import FixedClock, HistoryError
from features.history import FileHistory
from features.history.dialect import detect_format
from features.history.reading import read_table

CLOCK = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))

GERMAN = (
    "Lead Nr;Angelegt am;Firma;Umsatz;Notiz\r\n"
    'L1;01.02.2024 10:00;Müller & Söhne;1.234,56;"zwei\r\nZeilen"\r\n'
    "L2;02.02.2024 11:30;Bäcker;17,5;ok\r\n"
    "L3;03.02.2024 09:15;zu;viele;Zellen;hier\r\n"
    "Lead Nr;Angelegt am;Firma;Umsatz;Notiz\r\n"
    "\r\n"
    "L4;04.02.2024 12:00;Größe;viel;ok\r\n"
    ";05.02.2024 12:00;ohne Nummer;1,5;ok\r\n"
    "L5;irgendwann;Ohne Zeit;2,5;ok\r\n"
    "L6;06.02.2024 12:00;Nu\0ll;2,5;ok\r\n"
    "L2;07.02.2024 12:00;Noch einmal;3,5;ok\r\n"
    "L7;31.03.2024 02:30;Sommerzeit;4,5;ok\r\n"
    "L8;27.10.2024 02:30;Winterzeit;5,5;ok\r\n"
)


def german_config(folder: Path, **leads: object) -> Config:
    return config_from_mapping(
        {
            "name": "acme",
            "time_zone": "Europe/Berlin",
            "leads": {
                "file": "leads.csv",
                "format": {"delimiter": ";", "encoding": "cp1252", "decimal": ","},
                "lead_id": "Lead Nr",
                "created_at": "Angelegt am",
                "time_format": "%d.%m.%Y %H:%M",
                "columns": {
                    "Firma": {"type": "category"},
                    "Umsatz": {"type": "number"},
                    "Notiz": {"type": "free_text"},
                },
                **leads,
            },
            "target": {"outcome": "won"},
        },
        folder,
    )


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
def test_every_row_of_a_german_excel_file_is_accounted_for(tmp_path: Path, encoding: str, packed: bool) -> None:
    data = GERMAN.encode(encoding)
    file = tmp_path / "leads.csv"
    file.write_bytes(gzip.compress(data) if packed else data)
    history = FileHistory.read(german_config(tmp_path), leads_file=file, clock=CLOCK)
    leads = history.leads()
    assert leads["lead_id"].to_list() == ["L1", "L2", "L4"]
    assert leads["attribute.Umsatz"].to_list() == [1234.56, 17.5, None]
    assert leads["attribute.Firma"].to_list() == ["Müller & Söhne", "Bäcker", "Größe"]
    assert leads["created_at"][0] == datetime(2024, 2, 1, 9, 0, tzinfo=UTC)
    table = history.quality.tables[0]
    assert (table.read, table.used, table.rejected, table.duplicate) == (11, 3, 7, 1)
    lines = {note.reason: note.lines for note in table.rejections}
    assert lines["another number of cells than the header"] == (5,)
    assert lines["the header again"] == (6,)
    assert lines["no Lead Nr"] == (9,)
    assert lines["Angelegt am: unreadable time"] == (10,)
    assert lines["a NUL character"] == (11,)
    assert lines["Angelegt am: local time skipped when the clocks go forward"] == (13,)
    assert lines["Angelegt am: local time occurs twice when the clocks go back"] == (14,)
    assert [(note.reason, note.lines) for note in table.bad_values] == [("Umsatz: not a number", (8,))]
    assert [note.lines for note in table.duplicates] == [(12,)]
    assert history.input_ids.to_list() == ["L1", "L2", "L3", "Lead Nr", "L4", None, "L5", "L6", "L2", "L7", "L8"]


@pytest.mark.parametrize(
    ("text", "delimiter", "decimal"),
    [
        ("a,b,c\n1,2.5,x\n", ",", "."),
        ('a,b\n"1,5",x\n"2,75",y\n', ",", ","),
        ('a,b\n"1,234",x\n"2,750",y\n', ",", "."),
        ("a;b\n1,5;x\n", ";", ","),
        ("a;b\n1.234,5;x\n", ";", ","),
        ("a;b\n1.5;x\n", ";", "."),
        ("a\tb\n1\tx, y\n", "\t", "."),
        ("a|b\n1|x\n", "|", "."),
        ("sep=;\na;b\n1;x\n", ";", "."),
        ("only\n1\n2\n", ",", "."),
    ],
)
def test_the_way_a_file_is_written_is_read_from_its_content(
    tmp_path: Path, text: str, delimiter: str, decimal: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(text, encoding="utf-8")
    form = detect_format(file)
    assert (form.delimiter, form.decimal, form.encoding) == (delimiter, decimal, "utf-8")
    assert read_table(file).columns[0] in {"a", "only"}


def test_one_byte_late_in_the_file_decides_for_windows_1252(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"a,b\n" + b"1,x\n" * 2_000_000 + "2,ü\n".encode("cp1252"))
    assert detect_format(file).encoding == "cp1252"
    assert read_table(file).frame["b"][-1] == "ü"


def test_lines_are_right_across_the_blocks_in_which_a_large_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    rows = [f'{i},"line\nbreak {"x" * 300}"' if i % 3 else f"{i},a,b" for i in range(100_000)]
    file.write_text("id,text\n" + "\n".join(rows) + "\n", encoding="utf-8")
    table = read_table(file)
    assert [row.position for row in table.ragged] == list(range(0, 100_000, 3))
    assert all(row.cells[0] == str(row.position) for row in table.ragged)
    assert (table.frame["id"].cast(pl.UInt32) == table.positions).all()


def test_a_quotation_mark_never_closed_does_not_swallow_rows_in_silence(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text('id,note\n1,a\n2,"b\n3,c\n4,d\n', encoding="utf-8")
    config = config_from_mapping(
        {"name": "a", "leads": {"file": "leads.csv", "lead_id": "id"}, "target": {"outcome": "won"}}, tmp_path
    )
    table = FileHistory.read(config, clock=CLOCK).quality.tables[0]
    assert table.used == 1
    assert table.rejections[0].lines == (3,)
    assert "never closed" in table.rejections[0].reason


def test_repeated_and_empty_column_names_are_told_apart_and_said(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(" a ,a,\n1,2,3\n", encoding="utf-8")
    table = read_table(file)
    assert table.columns == ("a", "a (2)", "column 3")
    assert len(table.notes) == 2


def test_a_missing_id_column_names_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("Lead_No;x\n1;2\n", encoding="utf-8")
    with pytest.raises(HistoryError, match="Lead_No") as caught:
        FileHistory.read(german_config(tmp_path), leads_file=tmp_path / "leads.csv", clock=CLOCK)
    assert "Did you mean 'Lead_No'" in caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"\n\n", b"PK\x03\x04rest", b"\x1f\x8bbroken"])
def test_a_file_that_is_no_table_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "leads.csv"
    file.write_bytes(content)
    with pytest.raises(HistoryError):
        read_table(file)


def test_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "lead": [1, 2, 3],
            "created": [datetime(2024, 1, 1, 5, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC), None],
            "size": [1.5, float("nan"), 3.0],
            "kind": ["a", " b ", ""],
            "opt": [True, False, None],
            "level": [1.0, 2.0, 2.5],
            "many": [[1], [2], [3]],
        }
    )
    frame.write_parquet(tmp_path / "leads.parquet")
    frame.drop("many").with_columns(pl.col("size").fill_nan(None)).write_csv(tmp_path / "leads.csv")
    histories = []
    for file, kind in (("leads.parquet", "parquet"), ("leads.csv", "csv")):
        config = config_from_mapping(
            {
                "name": "a",
                "leads": {
                    "file": file,
                    "format": {"kind": kind},
                    "lead_id": "lead",
                    "created_at": "created",
                    "columns": {
                        "size": {"type": "number"},
                        "kind": {"type": "category"},
                        "opt": {"type": "category"},
                        "level": {"type": "number"},
                    },
                },
                "target": {"outcome": "won"},
            },
            tmp_path,
        )
        histories.append(FileHistory.read(config, clock=CLOCK).leads())
    assert histories[0].equals(histories[1])
    assert histories[0]["attribute.opt"].to_list() == ["true", "false", None]
    assert histories[0]["lead_id"].to_list() == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param(b'[{"id": 1}, {"id": 2}]', "is JSON", id="a list"),
        pytest.param(b'{"id": 1}\n{"id": 2}\n', "is JSON", id="lines"),
        pytest.param(b"<!DOCTYPE html><html>", "is a page or XML", id="a page"),
        pytest.param(bytes(range(256)) * 40, "is no text", id="bytes"),
    ],
)
def test_what_is_no_table_is_refused_by_what_it_is(tmp_path: Path, content: bytes, what: str) -> None:
    file = tmp_path / "leads.csv"
    file.write_bytes(content)
    with pytest.raises(HistoryError, match=what):
        detect_format(file)


def test_a_stray_control_character_makes_a_file_no_less_a_table(tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_bytes("id;name\n1;Müller\x07\n2;\x81 & Söhne\n".encode("latin-1") + b"3;x\n" * 40)
    assert detect_format(file).encoding == "cp1252"
