from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from benchmarks.quality import fitting
from benchmarks.quality.__main__ import compare_on
from benchmarks.quality.fitting import MissingLibraryError, fingerprint_of, predict_part
from benchmarks.quality.kept import Kept, Key, Prediction
from benchmarks.quality.methods import METHODS, Method
from benchmarks.quality.sets import Part, read_baselines

KEY = Key("olist", "time", 0, "lightgbm", 42, "rows", "code", 2, {"lightgbm": "4.7.0"})
MADE = Prediction(np.array([0.25, 0.5]), 1.5, 2.5, 0.125, {"lightgbm": "4.7.0"})

PEERS = """
THREADS = 2
FITS = []


def fit_rate(X, y, seed):
    FITS.append(seed)
    rate = y.mean()
    return lambda Z: [rate] * len(Z)


PEERS = {"rate": fit_rate, "lost": fit_rate}
"""


@pytest.fixture
def baselines(tmp_path: Path) -> ModuleType:
    path = tmp_path / "baselines.py"
    path.write_text(PEERS, encoding="utf-8")
    return read_baselines(path)


def part(value: float = 1.0) -> Part:
    train = pd.DataFrame({"size": [value, 2.0, np.nan, 4.0], "kind": ["a", "b", np.nan, "a"]})
    return Part("toy", "time", 0, train, np.array([0, 1, 0, 1]), train[:2], np.array([0.0, 1.0]))


RATE = Method("rate", "Rate", {"numpy": "numpy"})
LOST = Method("lost", "Lost", {"no_such_module": "no-such-library"}, install="`make peers` installs it")


def test_what_is_kept_is_found_as_it_was_with_its_times(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept")
    assert kept.find(KEY) is None
    kept.keep(KEY, MADE)
    found = kept.find(KEY)
    assert found is not None
    np.testing.assert_array_equal(found.probability, MADE.probability)
    assert replace(found, probability=MADE.probability, reused=False) == MADE
    assert found.reused


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"}, {"split": "cv5"}, {"fold": 1}, {"method": "histgb"}, {"seed": 43}, {"rows": "others"},
        {"code": "other"}, {"threads": 1}, {"versions": {"lightgbm": "4.8.0"}},
    ],
)  # fmt: skip
def test_a_prediction_is_found_only_under_everything_that_it_depends_on(tmp_path: Path, change: dict) -> None:
    kept = Kept(tmp_path)
    kept.keep(KEY, MADE)
    assert kept.find(replace(KEY, **change)) is None


def test_where_the_library_is_missing_the_newest_kept_prediction_is_taken(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    newer = replace(MADE, probability=np.array([0.75, 0.5]), versions={"lightgbm": "4.8.0"})
    newer_key = replace(KEY, versions={"lightgbm": "4.8.0"})
    kept.keep(newer_key, newer)
    kept.keep(KEY, MADE)
    os.utime(tmp_path / KEY.path, (1, 1))
    found = kept.find(replace(KEY, versions={}))
    assert found is not None
    assert found.versions == {"lightgbm": "4.8.0"}
    assert kept.find(replace(KEY, versions={}, rows="others")) is None


def test_a_method_is_fitted_once_and_then_reused(tmp_path: Path, baselines: ModuleType) -> None:
    kept = Kept(tmp_path / "kept")
    first = predict_part(RATE, part(), baselines, kept, seed=7)
    again = predict_part(RATE, part(), baselines, kept, seed=7)
    assert (first.reused, again.reused) == (False, True)
    assert baselines.FITS == [7]
    assert again.probability.tolist() == [0.5, 0.5]
    predict_part(RATE, part(value=1.5), baselines, kept, seed=7)
    assert baselines.FITS == [7, 7]


def test_a_missing_method_is_skipped_with_the_reason(
    tmp_path: Path, baselines: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MissingLibraryError, match="no-such-library is not installed: `make peers` installs it"):
        predict_part(LOST, part(), baselines, Kept(tmp_path), seed=7)

    class Data:
        name = "toy"
        X = part().train
        y = part().train_label
        splits = {"time": [(np.arange(4), np.arange(2))]}  # noqa: RUF012

    found = compare_on(Data(), "time", [RATE, LOST], baselines, None, seed=7)
    assert list(found.reached) == ["rate"]
    assert found.skipped == {"lost": "no-such-library is not installed: `make peers` installs it"}


def test_a_missing_method_takes_part_where_another_environment_kept_it(
    tmp_path: Path, baselines: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(tmp_path / "kept")
    with monkeypatch.context() as there:
        there.setattr(Method, "missing", lambda self: None)
        there.setattr(Method, "versions", lambda self: {"no-such-library": "3.1"})
        there.setattr(fitting, "importlib", type("Importer", (), {"import_module": staticmethod(lambda name: name)}))
        predict_part(LOST, part(), baselines, kept, seed=7)
    found = predict_part(LOST, part(), baselines, kept, seed=7)
    assert found.reused
    assert found.versions == {"no-such-library": "3.1"}


def test_rows_have_one_fingerprint_whatever_the_last_bit_of_a_number_is() -> None:
    assert part(np.nextafter(1.1, 2)).fingerprint == part(1.1).fingerprint
    assert part(1.1 + 1e-8).fingerprint != part(1.1).fingerprint
    assert part(float("nan")).fingerprint != part(0.0).fingerprint


def test_a_changed_or_renamed_file_changes_the_fingerprint_of_code(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    one = tmp_path / "code" / "one.py"
    one.write_text("a = 1\n", encoding="utf-8")
    before = fingerprint_of([tmp_path / "code"])
    (tmp_path / "code" / "notes.txt").write_text("no code", encoding="utf-8")
    assert fingerprint_of([tmp_path / "code"]) == before
    renamed = one.rename(one.with_name("two.py"))
    assert fingerprint_of([tmp_path / "code"]) != before
    renamed.rename(one).write_text("a = 2\n", encoding="utf-8")
    assert fingerprint_of([tmp_path / "code"]) != before


def test_what_a_method_merely_takes_is_told_apart_but_not_missed() -> None:
    with_it = Method("rate", "Rate", {"numpy": "numpy"}, {"pandas": "pandas"})
    without = Method("rate", "Rate", {"numpy": "numpy"}, {"no_such_module": "no-such-library"})
    assert without.missing() is None
    assert with_it.versions() == {"numpy": np.__version__, "pandas": pd.__version__}
    assert without.versions() == {"numpy": np.__version__}


def test_the_slowest_methods_run_only_where_they_are_said_to() -> None:
    assert METHODS["flaml60"].applies("olist", "time")
    assert not METHODS["flaml60"].applies("olist", "cv5")
    assert not METHODS["autogluon_best300"].applies("bank_full", "time")
