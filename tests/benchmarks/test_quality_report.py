from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.comparison import Comparison, compare
from benchmarks.quality.kept import Prediction
from benchmarks.quality.methods import OURS
from benchmarks.quality.report import BEGIN, END, table, verdict, written_into


def compared(ours: tuple[float, float], peer: tuple[float, float]) -> Comparison:
    """One set of 150 rows, a third positive; each side's probabilities of the negative and the positive rows."""
    label = np.repeat([0.0, 1.0], [100, 50])

    def prediction(pair: tuple[float, float], seconds: float, *, reused: bool) -> Prediction:
        return Prediction(np.repeat(pair, [100, 50]), seconds, seconds, 0.001, {}, reused)

    predictions = {
        OURS: [prediction(ours, 2.0, reused=False)],
        "autogluon_medium": [prediction(peer, 40.0, reused=True)],
    }
    return compare("toy, time", [label], predictions, seed=1, skipped={"catboost": "catboost is not installed"})


def test_a_table_marks_what_was_reused_and_says_what_was_not_run() -> None:
    shown = table(compared((0.2, 0.8), (0.4, 0.6)))
    row = next(line for line in shown.splitlines() if "AutoGluon" in line)
    assert row.startswith("| AutoGluon, medium quality° | 0.5108 | 1.0000 | 0.1600 | 0.4000 | 3.00 | 40.0 | 7 |")
    assert "+0.2877 (+0.2877 to +0.2877)" in row
    assert "| leadscore |" in shown
    assert "Not run: CatBoost (catboost is not installed)." in shown


def test_the_verdict_names_who_is_ahead_in_what_and_the_share_of_time() -> None:
    assert "| toy, time | 0.2231 / 1.0000 | none | 1 of 1 | 0.05 |" in verdict([compared((0.2, 0.8), (0.4, 0.6))])
    worse = verdict([compared((0.4, 0.6), (0.2, 0.8))])
    assert "| AutoGluon, medium quality (log-loss) | 0 of 1 | 0.05 |" in worse
    inverted = verdict([compared((0.6, 0.4), (0.2, 0.8))])
    assert "AutoGluon, medium quality (log-loss and AUC)" in inverted


def test_the_section_is_written_between_the_markers_again_and_again(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Before\n\n{BEGIN}\nold\n{END}\n\n# After\n", encoding="utf-8")
    for text in ("first", "second"):
        written_into(page, text)
        assert page.read_text(encoding="utf-8") == f"# Before\n\n{BEGIN}\n\n{text}\n\n{END}\n\n# After\n"


def test_a_page_without_a_place_is_left_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    for content in ("no markers\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n"):
        page.write_text(content, encoding="utf-8")
        with pytest.raises(ValueError, match="has no place for the tables"):
            written_into(page, "text")
        assert page.read_text(encoding="utf-8") == content


def test_a_new_page_can_be_written_into_again(tmp_path: Path) -> None:
    page = tmp_path / "new.md"
    written_into(page, "first")
    written_into(page, "second")
    assert page.read_text(encoding="utf-8") == f"{BEGIN}\n\nsecond\n\n{END}\n"
