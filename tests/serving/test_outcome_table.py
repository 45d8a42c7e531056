"""The table that ``leadscore cutoffs`` reads: what it takes, and what it refuses by row and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.domain import InputError
from serving.outcome_table import read_outcome_table


def table(folder: Path, text: str) -> Path:
    file = folder / "scores.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_what_sales_said_and_the_chance_of_a_hand_over_are_read(tmp_path: Path) -> None:
    file = table(tmp_path, "probability,converted,accepted,propensity\n0.5,1,yes,1\n0.2,0,,0.05\n0.4,0,no,\n")
    found = read_outcome_table(file, "UTC")
    assert found.accepted is not None
    assert found.propensity is not None
    assert found.accepted.to_list() == [True, None, False]
    assert found.propensity.to_list() == [1.0, 0.05, None]
    assert found.arrived_at is None


def test_without_these_columns_nothing_is_said_of_acceptance(tmp_path: Path) -> None:
    found = read_outcome_table(table(tmp_path, "probability,converted\n0.5,1\n"), "UTC")
    assert found.accepted is None
    assert found.propensity is None


@pytest.mark.parametrize(("column", "value"), [("accepted", "maybe"), ("propensity", "often")])
def test_another_value_is_refused_by_row_and_column(tmp_path: Path, column: str, value: str) -> None:
    file = table(tmp_path, f"probability,converted,{column}\n0.5,1,1\n0.2,0,{value}\n")
    with pytest.raises(InputError) as refused:
        read_outcome_table(file, "UTC")
    assert refused.value.given == f"Row 2 has {column} {value!r}."


def test_a_table_from_a_german_spreadsheet_is_read(tmp_path: Path) -> None:
    found = read_outcome_table(table(tmp_path, "probability;converted\n0,25;ja\n0,5;nein\n1;WAHR\n"), "UTC")
    assert found.probability.to_list() == [0.25, 0.5, 1.0]
    assert found.converted.to_list() == [True, False, True]
