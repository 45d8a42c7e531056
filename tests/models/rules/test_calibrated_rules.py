"""Rules give a probability only by a map fitted on these very rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.domain import BundleError
from models.rules import RulesCalibration, read_calibration
from models.rules.calibrated import FILE_NAME


@pytest.fixture
def rules_file(tmp_path: Path) -> Path:
    file = tmp_path / "rules.yaml"
    file.write_text("version: 1\n", encoding="utf-8")
    return file


def fitted(rules_file: Path, now: datetime, positives_every: int = 8) -> RulesCalibration:
    rng = np.random.default_rng(5)
    points = rng.normal(35, 18, 4_000)
    odds = np.exp((points - 50) / 25) / positives_every * 2
    converted = (rng.random(4_000) < odds / (1 + odds)).astype(float)
    return RulesCalibration.fit(points, converted, rules_file=rules_file, fitted_at=now)


def test_the_map_finds_the_true_probability(rules_file: Path, now: datetime) -> None:
    calibration = fitted(rules_file, now)
    for points in (20.0, 50.0, 75.0):
        odds = np.exp((points - 50) / 25) / 4
        assert calibration.probability(points) == pytest.approx(odds / (1 + odds), rel=0.2)


def test_more_points_never_mean_a_lower_probability(rules_file: Path, now: datetime) -> None:
    probabilities = fitted(rules_file, now).probabilities(np.linspace(-500, 500, 300))
    assert (np.diff(probabilities) >= 0).all()
    assert np.isfinite(probabilities).all()


def test_what_is_written_is_read_again(rules_file: Path, now: datetime) -> None:
    file = rules_file.with_name(FILE_NAME)
    calibration = fitted(rules_file, now)
    calibration.write(file)
    assert read_calibration(file, rules_file) == calibration


def test_changed_rules_have_no_probability(rules_file: Path, now: datetime) -> None:
    file = rules_file.with_name(FILE_NAME)
    fitted(rules_file, now).write(file)
    rules_file.write_text("version: 2\n", encoding="utf-8")
    assert read_calibration(file, rules_file) is None


def test_without_a_file_there_is_no_probability(rules_file: Path) -> None:
    assert read_calibration(rules_file.with_name(FILE_NAME), rules_file) is None


@pytest.mark.parametrize("content", ["{", "{}", "[]", '{"format": 99}', '{"format": 1, "calibration": {}}'])
def test_a_damaged_file_is_refused(rules_file: Path, content: str) -> None:
    file = rules_file.with_name(FILE_NAME)
    file.write_text(content, encoding="utf-8")
    with pytest.raises(BundleError):
        read_calibration(file, rules_file)


def test_too_few_outcomes_give_no_probability(rules_file: Path, now: datetime) -> None:
    few = RulesCalibration.fit(
        np.linspace(0, 100, 50), (np.arange(50) > 40).astype(float), rules_file=rules_file, fitted_at=now
    )
    assert few.probability(60.0) is None
    assert np.isnan(few.probabilities(np.array([60.0]))).all()


def test_a_calibrated_scorer_tells_the_probability_and_keeps_the_points(
    rules: dict[str, Any], scorer_of: Callable[..., Any], lead: Callable[..., Any], rules_file: Path, now: datetime
) -> None:
    calibration = fitted(rules_file, now)
    plain = scorer_of(rules).score(lead(industry="Software"), [], now, scored_at=now)
    calibrated = scorer_of(rules, calibration=calibration).score(lead(industry="Software"), [], now, scored_at=now)
    assert plain.probability is None
    assert calibrated.probability == calibration.probability(25.0)
    assert calibrated.points == plain.points == 25.0
