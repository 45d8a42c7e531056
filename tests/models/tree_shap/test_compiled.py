"""Machine code on disk: not there, not writable, cut short, asked for by several at once - the answers are the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.tree_shap import compiled
from models.tree_shap.forest import Forest
from models.tree_shap.text import read_forest

REPOSITORY = Path(__file__).resolve().parents[3]
PROGRAM = """
import sys
import numpy as np
from pathlib import Path
from models.tree_shap.forest import Forest
from models.tree_shap.text import read_forest
folder = Path(sys.argv[1])
forest = Forest(read_forest((folder / "trees.txt").read_text()))
sys.stdout.buffer.write(forest.contributions(np.load(folder / "rows.npy")).tobytes())
"""


@pytest.fixture(scope="module")
def given(grown: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """Return a folder with a forest and rows, and their contributions as this process gives them."""
    folder = tmp_path_factory.mktemp("given")
    booster = grown(seed=2)
    (folder / "trees.txt").write_text(booster.text)
    np.save(folder / "rows.npy", booster.rows[:50])
    return folder, Forest(read_forest(booster.text)).contributions(booster.rows[:50]).tobytes()


def start(given: Path, place: Path, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(given)], cwd=place, env={"PATH": os.defpath, **environment},
        stdout=subprocess.PIPE,
    )  # fmt: skip


def test_a_read_only_installation_without_a_home_answers_the_same(given: tuple[Path, bytes], tmp_path: Path) -> None:
    for package in ("features", "models"):
        shutil.copytree(REPOSITORY / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    # A file where the folder would be: not even root can write into it.
    (tmp_path / "models" / "tree_shap" / "__pycache__").touch()
    answer, _ = start(given[0], tmp_path, HOME="/dev/null", PYTHONDONTWRITEBYTECODE="1").communicate(timeout=120)
    assert answer == given[1]
    assert not list(tmp_path.rglob("*.nbi"))


def test_workers_that_start_together_and_code_cut_short_answer_the_same(
    given: tuple[Path, bytes], tmp_path: Path
) -> None:
    together = [start(given[0], REPOSITORY, NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2)]
    assert [worker.communicate(timeout=120)[0] for worker in together] == [given[1]] * 2
    code = sorted(tmp_path.rglob("*.nb[ci]"))
    assert {path.suffix for path in code} == {".nbc", ".nbi"}
    for path in code:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    answer, _ = start(given[0], REPOSITORY, NUMBA_CACHE_DIR=str(tmp_path)).communicate(timeout=120)
    assert answer == given[1]


def test_a_full_disk_does_not_stop_what_is_compiled_already() -> None:
    calls = []

    def call() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise OSError(28, "No space left on device")

    compiled.prepared(call)
    assert len(calls) == 2


def test_a_fault_of_the_call_itself_is_not_hidden() -> None:
    def call() -> None:
        raise ValueError("really")

    with pytest.raises(ValueError, match="really"):
        compiled.prepared(call)
