from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.config import config_from_mapping
from features.domain import FixedClock
from features.history import FileHistory
from training.intake.leakage import Evidence, find_leakage

N = 4000
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def planted(tmp_path: Path, columns: dict[str, tuple[str, list[object]]], won: np.ndarray) -> dict[str, Evidence]:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            "id": [f"L{i}" for i in range(len(won))],
            "created": [(start + timedelta(hours=3 * i)).isoformat() for i in range(len(won))],
            "won": ["yes" if flag else "no" for flag in won],
            **{name: pl.Series(values, strict=False) for name, (_, values) in columns.items()},
        }
    )
    frame.write_csv(tmp_path / "leads.csv")
    config = config_from_mapping(
        {
            "name": "acme",
            "leads": {
                "file": "leads.csv",
                "lead_id": "id",
                "created_at": "created",
                "columns": {name: {"type": kind} for name, (kind, _) in columns.items()},
            },
            "target": {"column": "won", "positive": ["yes"]},
        },
        tmp_path,
    )
    history = FileHistory.read(config, clock=FixedClock(NOW))
    return {evidence.column: evidence for evidence in find_leakage(history, config)}


@pytest.fixture
def won() -> np.ndarray:
    return np.random.default_rng(7).random(N) < 0.12


def noisy(won: np.ndarray, strength: float, seed: int) -> np.ndarray:
    return strength * won + np.random.default_rng(seed).normal(size=len(won))


def test_honest_columns_stay_whatever_their_strength_below_certainty(tmp_path: Path, won: np.ndarray) -> None:
    found = planted(
        tmp_path,
        {
            "employees": ("number", noisy(won, 0.8, 1).round(3).tolist()),
            "total_time_on_website": ("number", noisy(won, 1.1, 2).round(3).tolist()),
            "industry": ("category", np.random.default_rng(3).choice(["a", "b", "c"], N).tolist()),
            "phone_given": ("category", ["x" if r < 0.6 else None for r in np.random.default_rng(4).random(N)]),
        },
        won,
    )
    assert [name for name, evidence in found.items() if evidence.suspect] == []
    assert found["total_time_on_website"].alone.auc > 0.7


def test_a_column_that_nearly_decides_is_suspect_by_any_name(tmp_path: Path, won: np.ndarray) -> None:
    found = planted(tmp_path, {"x17": ("number", noisy(won, 3.0, 1).round(3).tolist())}, won)
    assert found["x17"].suspect
    assert "AUC 0.9" in found["x17"].why


def test_a_column_filled_for_one_class_only_is_suspect_by_any_name(tmp_path: Path, won: np.ndarray) -> None:
    rng = np.random.default_rng(5)
    for_winners = [float(rng.integers(1, 9)) if flag and rng.random() < 0.4 else None for flag in won]
    for_losers = ["cheaper" if not flag and rng.random() < 0.4 else None for flag in won]
    found = planted(tmp_path, {"amount": ("number", for_winners), "competitor": ("category", for_losers)}, won)
    assert found["amount"].suspect
    assert found["competitor"].suspect
    assert found["amount"].alone.auc < 0.9
    assert "100.0% reach the target where it is filled" in found["amount"].why


def test_a_name_of_hindsight_needs_some_statistics_and_statistics_need_a_name(tmp_path: Path, won: np.ndarray) -> None:
    strong, weak = noisy(won, 1.0, 1).round(3).tolist(), noisy(won, 0.1, 2).round(3).tolist()
    found = planted(
        tmp_path,
        {
            "call_duration": ("number", strong),
            "duration_seconds": ("number", weak),
            "session_duration": ("number", strong),
            "lead_rating": ("number", strong),
            "credit_score": ("number", strong),
        },
        won,
    )
    assert {name for name, evidence in found.items() if evidence.suspect} == {"call_duration", "lead_rating"}


def test_judgements_written_together_for_the_same_leads_are_suspect_as_a_block(tmp_path: Path, won: np.ndarray) -> None:
    rated = np.random.default_rng(6).random(N) < 0.5
    scores = {
        name: (
            "number",
            [v if there else None for v, there in zip(noisy(won, strength, seed).round(3), rated, strict=True)],
        )
        for name, strength, seed in (("fit_score", 1.3, 1), ("profile_grade", 0.3, 2), ("floor_space", 0.3, 3))
    }
    found = planted(tmp_path, scores, won)
    assert found["profile_grade"].suspect
    assert found["profile_grade"].alone.auc < 0.65
    assert not found["floor_space"].suspect


def test_a_date_from_after_the_lead_was_created_is_suspect(tmp_path: Path, won: np.ndarray) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    created = [start + timedelta(hours=3 * i) for i in range(N)]
    found = planted(
        tmp_path,
        {
            "last_touch": ("date", [str((moment + timedelta(days=i % 30)).date()) for i, moment in enumerate(created)]),
            "company_founded": (
                "date",
                [str((moment - timedelta(days=900 + i % 700)).date()) for i, moment in enumerate(created)],
            ),
        },
        won,
    )
    assert "dates from after the lead was created" in found["last_touch"].why
    assert not found["company_founded"].suspect


def test_a_clock_named_like_a_judgement_is_not_a_judgement(tmp_path: Path) -> None:
    rate = np.linspace(0.02, 0.5, N)
    won = np.random.default_rng(8).random(N) < rate
    index = (np.arange(N) // 200 * 1.5).tolist()
    found = planted(tmp_path, {"consumer_index": ("number", index)}, won)
    assert found["consumer_index"].alone.auc > 0.65
    assert not found["consumer_index"].suspect


def test_too_few_outcomes_give_no_evidence_at_all(tmp_path: Path) -> None:
    won = np.zeros(200, dtype=bool)
    won[:10] = True
    assert planted(tmp_path, {"x": ("number", won.astype(float).tolist())}, won) == {}
