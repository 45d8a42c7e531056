"""Our road from a bank's raw events beside LightGBM's defaults on features that people made of them, in one run.

    python -m benchmarks.events bpic2012_day1 bpic2012_day7 --peers lightgbm logreg

Cases, labels and the time split are those of ../shared/peers/baselines.py (relative to the repository): applications
still open N days after they came in and decided later; the oldest 70 % teach, the newest 30 % judge. The peers get that
file's hand-made features. Ours get the two raw files alone: ``init`` infers what each column and each kind of event
means, and catalog, builder, encoder and fit do the rest.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.quality.comparison import Comparison, compare
from benchmarks.quality.fitting import predict_part, processor_seconds
from benchmarks.quality.kept import Prediction
from benchmarks.quality.methods import METHODS, OURS
from benchmarks.quality.report import table
from benchmarks.quality.sets import BASELINES, parts, read_baselines
from features.builder import FeatureBuilder
from features.catalog import Catalog
from features.domain import SystemClock
from features.encoding import Encoder
from features.history import FileHistory
from training.fit import fit_scorer
from training.intake.infer import initialise
from training.plan import TrainingPlan
from training.progress import SilentProgress

DATA = BASELINES.parents[1] / "data" / "bpic2012_loan_leads"
DAYS = {"bpic2012_day1": 1, "bpic2012_day7": 7}
TARGET = "A_APPROVED"
PEERS = tuple(name for name, method in METHODS.items() if name != OURS and "time" in method.splits)
DECISIONS = (TARGET, "A_DECLINED", "A_CANCELLED")

Floats = NDArray[np.float64]


def loan_history(data: Path, folder: Path) -> FileHistory:
    """Return the history of the raw files as ``leadscore init`` understands it.

    Parameters
    ----------
    data : Path
        Folder of the two files.
    folder : Path
        Where the workspace is made.
    """
    inferred = initialise(
        folder,
        leads=data / "applications.csv.gz",
        events=data / "events.csv.gz",
        outcomes=None,
        target=f"activity={TARGET}",
        clock=SystemClock(),
    )
    return FileHistory.read(inferred.config)


def open_cases(history: FileHistory, days: float) -> pl.DataFrame:
    """Return the cases that were open ``days`` after they came in and were decided later, in the file's order.

    Returns
    -------
    DataFrame
        ``lead_id``, ``created_at``, ``as_of``, ``label`` (0 or 1: by the first decision).
    """
    decided = (
        history.events()
        .filter(pl.col("event").is_in(DECISIONS))
        .sort("occurred_at", maintain_order=True)
        .unique("lead_id", keep="first", maintain_order=True)
        .select("lead_id", "event", decided_at="occurred_at")
        .collect()
    )
    return (
        history.leads()
        .select("lead_id", "created_at", as_of=pl.col("created_at") + timedelta(days=days))
        .join(decided, on="lead_id", maintain_order="left")
        .filter(pl.col("decided_at") > pl.col("as_of"))
        .select("lead_id", "created_at", "as_of", label=pl.col("event").eq(TARGET).cast(pl.Float64))
    )


def predict_ours(
    history: FileHistory, cases: pl.DataFrame, train: NDArray[np.intp], test: NDArray[np.intp], seed: int
) -> Prediction:
    """Return what our road says of the test rows; ``train`` is in order of registration.

    The seconds of the fit hold the features, the encoder and the fit, that is all a history in memory needs to become
    a scorer; those of the prediction hold the features too.
    """
    begun, used = time.perf_counter(), processor_seconds()
    catalog = Catalog.from_schema(history.schema)
    builder = FeatureBuilder(catalog)

    def features(rows: NDArray[np.intp]) -> pl.DataFrame:
        return builder.frame(history.leads(), history.events(), cases[rows].select("lead_id", "as_of"))

    frame, label = features(train), cases["label"].to_numpy()
    encoder = Encoder.fit(catalog, frame)
    rows = np.arange(train.size, dtype=np.int64)
    fitted = fit_scorer(
        encoder, encoder.matrix(frame), label[train], np.ones(train.size), rows, rows,
        TrainingPlan(seed=seed), SilentProgress(),
    )  # fmt: skip
    fitted_at, used = time.perf_counter(), processor_seconds() - used
    for sentence in fitted.choices:
        print(f"    {sentence}")
    margin = fitted.model.margin(fitted.encoder.matrix(features(test)))
    probability = np.asarray(fitted.calibration.probability(margin), dtype=np.float64)
    done = time.perf_counter()
    return Prediction(probability, fitted_at - begun, used, done - fitted_at, METHODS[OURS].versions())


def compare_on(baselines: ModuleType, history: FileHistory, task: str, names: Sequence[str]) -> Comparison:
    """Return what ours and the named peers reach on one task, as ``benchmarks.quality`` measures it.

    Parameters
    ----------
    baselines : module
        ../shared/peers/baselines.py.
    history : FileHistory
        From :func:`loan_history`.
    task : str
        One of ``DAYS``.
    names : sequence of str
        Peers to fit on the hand-made features.
    """
    data, cases = baselines.REGISTRY[task](), open_cases(history, DAYS[task])
    # The same rows in the same order, or two tasks would be compared.
    registered = cases["created_at"].dt.epoch("us").to_numpy()
    assert np.array_equal(cases["label"].to_numpy(), data.y)
    assert np.array_equal(np.argsort(registered, kind="stable"), np.argsort(data.order, kind="stable"))
    train, test = data.splits["time"][0]
    (part,) = parts(data, "time")
    predictions = {OURS: [predict_ours(history, cases, train, test, baselines.SEED)]}
    for name in names:
        predictions[name] = [predict_part(METHODS[name], part, baselines, None, baselines.SEED)]
    return compare(f"{task}, from raw events, time", [part.test_label], predictions, baselines.SEED)


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", default=list(DAYS))
    parser.add_argument("--peers", nargs="+", default=["lightgbm"])
    options = parser.parse_args()
    baselines = read_baselines()
    if not DATA.is_dir():
        print(f"{DATA} is missing: the data lie beside the repository in ../shared.", file=sys.stderr)
        return 2
    for kind, names, known in (("task", options.tasks, DAYS), ("peer", options.peers, PEERS)):
        if unknown := [name for name in names if name not in known]:
            parser.error(f"no such {kind}: {', '.join(unknown)}; known are {', '.join(known)}")
    for reason in filter(None, (METHODS[name].missing() for name in options.peers)):
        parser.error(reason)
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        history = loan_history(DATA, Path(folder) / "loans")
    for task in options.tasks:
        print(f"\n{table(compare_on(baselines, history, task, options.peers))}\n", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
