"""Measure exact reasons against LightGBM's ``pred_contrib`` and shap's TreeExplainer, on the same boosters and rows.

Run ``python -m benchmarks.reasons`` (10,000 rows; ``--rows 2000`` for a quick look). With ``--workspace DIR`` also one
lead's way from its events to a score with reasons, with that workspace's newest bundle. All contributions are compared
before a ratio is printed; of several runs in turn the fastest counts, of single rows the median.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import polars as pl

from features.domain import SystemClock
from features.history import FileHistory
from features.snapshots import snapshots
from features.workspace import Workspace
from models.agreement import Agreement
from models.bundle import load_scorer
from models.scorer import ModelScorer
from models.tree_shap.forest import Forest
from models.tree_shap.text import read_forest

TURNS = 3
SINGLE_ROWS = 400
SHAP_ROWS = 300

Answer = Callable[[np.ndarray], Any]


@dataclass(frozen=True)
class Size:
    """A size of model to measure."""

    name: str
    trees: int
    columns: int
    parameters: dict[str, Any]


SIZES = (
    Size("the recipe's usual: 350 trees, 6 leaves, 40 columns", 350, 40, {"num_leaves": 6, "min_data_in_leaf": 80}),
    Size("large: 300 trees, 31 leaves, 40 columns", 300, 40, {"num_leaves": 31, "min_data_in_leaf": 20}),
)


def invent(size: Size, rows: int, seed: int) -> tuple[np.ndarray, lightgbm.Booster]:
    """Return rows (a tenth missing, every fifth column a category) and a booster grown on 20,000 like them."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(20_000 + rows, size.columns))
    categorical = list(range(4, size.columns, 5))
    matrix[:, categorical] = rng.integers(0, 12, (len(matrix), len(categorical)))
    z = matrix[:, 0] + matrix[:, 1] * matrix[:, 2] + 0.5 * (matrix[:, 4] % 3 == 1) - 1.0
    label = (rng.random(len(matrix)) < 1 / (1 + np.exp(-z))).astype(float)
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    data = lightgbm.Dataset(matrix[:20_000], label[:20_000], categorical_feature=categorical, params={"verbosity": -1})
    parameters = {
        "objective": "binary", "learning_rate": 0.05, "feature_fraction": 0.45, "verbosity": -1, "seed": seed,
        "num_threads": 1, **size.parameters,
    }  # fmt: skip
    return matrix[20_000:], lightgbm.train(parameters, data, size.trees)


def shap_answer(booster: lightgbm.Booster) -> Answer:
    """Return shap's own algorithm; left to itself it would ask LightGBM for ``pred_contrib``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap

        explainer = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent")
    explainer.model.model_type = "internal"
    return lambda rows: explainer.shap_values(rows, check_additivity=False)


def fastest(answers: dict[str, tuple[Answer, np.ndarray]]) -> dict[str, float]:
    """Return the least milliseconds per row of each, all measured in turn."""
    found: dict[str, list[float]] = {name: [] for name in answers}
    for _ in range(TURNS):
        for name, (answer, rows) in answers.items():
            begun = time.perf_counter()
            answer(rows)
            found[name].append(1e3 * (time.perf_counter() - begun) / len(rows))
    return {name: min(times) for name, times in found.items()}


def single(answers: dict[str, tuple[Answer, np.ndarray]]) -> dict[str, float]:
    """Return the median milliseconds of one row alone, a hundred rows of each in turn."""
    found: dict[str, list[float]] = {name: [] for name in answers}
    for start in range(0, SINGLE_ROWS, 100):
        for name, (answer, rows) in answers.items():
            for place in range(start, start + 100):
                row = rows[place % len(rows)][None].copy()
                begun = time.perf_counter()
                answer(row)
                found[name].append(1e3 * (time.perf_counter() - begun))
    return {name: statistics.median(times) for name, times in found.items()}


def line(what: str, times: dict[str, float]) -> str:
    """Return a line of a table: milliseconds a row, and how often ours goes into the others."""
    ours = times["ours"]
    others = "; ".join(
        f"{name} {value:.3f} ms ({value / ours:.1f} times)" for name, value in times.items() if name != "ours"
    )
    return f"  {what:<32} ours {ours:.4f} ms; {others}"


def measure(size: Size, rows: int) -> None:
    """Print what one size of model costs."""
    matrix, booster = invent(size, rows, 7)
    text = booster.model_to_string()
    forest = Forest(read_forest(text))
    wanted = booster.predict(matrix, pred_contrib=True)
    found = forest.contributions(matrix)
    report = forest.report
    margin = np.asarray(booster.predict(matrix, raw_score=True, num_threads=1))
    assert np.array_equal(forest.margin(matrix), margin)
    alone = max(np.abs(forest.contributions(matrix[i : i + 1]) - found[i]).max() for i in range(200))
    print(f"\n{size.name}; {len(matrix):,} rows")
    print(
        f"  largest difference to pred_contrib {np.abs(found - wanted).max():.1e}, alone and in the batch {alone:.0e}"
    )
    print(
        f"  tables {report.bytes / 2**20:.1f} MB in {report.blocks} blocks, cut and filled in {report.seconds:.2f} s; "
        f"longest pattern {report.longest} bits, {report.long_leaves} leaves without table"
    )
    of_shap = shap_answer(booster)
    everywhere = os.sched_getaffinity(0)
    # All first: threads that LightGBM starts while one processor is allowed would stay on it.
    for threads in sorted({1, len(everywhere)}, reverse=True):
        os.sched_setaffinity(0, set(sorted(everywhere)[:threads]))

        def contrib(part: np.ndarray, threads: int = threads) -> Any:
            return booster.predict(part, pred_contrib=True, num_threads=threads)

        batch: dict[str, tuple[Answer, np.ndarray]] = {
            "ours": (forest.contributions, matrix), "pred_contrib": (contrib, matrix),
        }  # fmt: skip
        if threads == 1:
            batch["shap"] = (of_shap, matrix[:SHAP_ROWS])
        print(line(f"batch, {threads} thread(s), a row", fastest(batch)))
        if threads == 1:
            print(line("one row alone, 1 thread", single(batch)))
    os.sched_setaffinity(0, everywhere)


def first_use() -> None:
    """Print what compiling costs where the machine code is not on disk yet, and where it is."""
    code = (
        "import time; begun = time.perf_counter(); import numpy as np; from models.tree_shap.forest import Forest; "
        "from models.tree_shap.text import ForestText; Forest(ForestText(3, ())); print(time.perf_counter() - begun)"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = {"NUMBA_CACHE_DIR": folder, "PATH": ""}
        command = [sys.executable, "-c", code]
        seconds = [
            float(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)  # noqa: S603
            for _ in range(2)
        ]
    print(f"\nfirst use in a process: {seconds[0]:.1f} s with compiling, {seconds[1]:.1f} s with the code on disk")


def one_lead(folder: Path) -> None:
    """Print what one lead costs from its events, and from its features, to a score with reasons."""
    workspace = Workspace.open(folder)
    bundles = sorted((folder / "var" / "bundles").iterdir(), key=lambda path: int(path.name))
    clock = SystemClock()
    loaded = load_scorer(bundles[-1], Agreement.read(workspace))
    plain = ModelScorer(
        loaded.catalog, loaded.builder, loaded.encoder, loaded.model, loaded.calibration, loaded.grades,
        loaded.agreement, loaded.reference, loaded.background, advise=False,
    )  # fmt: skip
    history = FileHistory.read(workspace.config())
    leads = history.leads()
    newest = leads.unique("lead_id", keep="last", maintain_order=True).tail(6 * SINGLE_ROWS)
    moments = newest.select("lead_id", (pl.col("created_at") + timedelta(days=14)).alias("as_of"))
    steps: dict[str, list[float]] = {name: [] for name in ("from its events", "from its features", "with advice")}
    # Every lead is scored once only, because sentences said before cost less.
    for number, (lead, events, as_of) in enumerate(snapshots(plain.catalog.schema, leads, history.events(), moments)):
        name, now = list(steps)[number % 3], clock.now()
        row = plain.builder.row(lead, events, as_of) if name == "from its features" else None
        begun = time.perf_counter()
        if row is not None:
            plain.score_row(lead, row, as_of, scored_at=now)
        else:
            (loaded if name == "with advice" else plain).score(lead, events, as_of, scored_at=now)
        steps[name].append(1e3 * (time.perf_counter() - begun))
    members = ", ".join(type(member).__name__ for member in plain.model.members)
    print(f"\none lead to a score with reasons ({members}; {plain.model.column_count} columns), milliseconds")
    for name, times in steps.items():
        ordered = sorted(times)
        print(f"  {name:<32} p50 {statistics.median(ordered):.3f}, p95 {ordered[int(0.95 * len(ordered))]:.3f}")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--workspace", type=Path, help="a workspace with a trained model")
    options = parser.parse_args()
    for size in SIZES:
        measure(size, options.rows)
    first_use()
    if options.workspace is not None:
        one_lead(options.workspace)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
