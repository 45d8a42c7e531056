"""Our recipe beside the peers on the public sets, in one run: figures, intervals and the ratio of fit times.

    python -m benchmarks.quality x_education olist --splits time cv5 --peers lightgbm logreg

The peers and the splits are those of ../shared/peers/baselines.py (relative to the repository), where a model is
compared by one more ``fit(X, y, seed) -> predict(X)``. Ours goes the whole road: schema, feature builder, encoder, fit.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray
from scipy.special import logit

from features.builder import FeatureBuilder
from features.catalog import Catalog
from features.encoding import Encoder
from features.schema import Column, ColumnType, Schema
from training.bootstrap import cluster_means
from training.evaluate import EDGE, evaluate
from training.fit import fit_scorer
from training.losses import log_losses
from training.plan import TrainingPlan
from training.progress import SilentProgress

BASELINES = Path(__file__).resolve().parents[1] / ".." / "shared" / "peers" / "baselines.py"
SETS = ("x_education", "bank_additional", "bank_full", "olist", "bpic2012_day1", "bpic2012_day7")
OURS = "leadscore"
MOMENT = pl.Datetime("us", "UTC")

Floats = NDArray[np.float64]
Predict = Callable[[pd.DataFrame], Floats]


def leads_frame(table: pd.DataFrame) -> pl.DataFrame:
    """Return a flat table as the leads frame of an untimed history."""
    columns = {f"attribute.{name}": pl.Series(column.tolist(), strict=False) for name, column in table.items()}
    numbers = {f"attribute.{name}" for name, column in table.items() if pd.api.types.is_numeric_dtype(column)}
    frame = pl.DataFrame(
        {
            name: column.cast(pl.Float64).fill_nan(None)
            if name in numbers
            else pl.Series([value if isinstance(value, str) else None for value in column], dtype=pl.String)
            for name, column in columns.items()
        }
    )
    count = len(table)
    return frame.with_columns(
        pl.Series("lead_id", [f"row {row}" for row in range(count)]),
        pl.lit(None, MOMENT).alias("created_at"),
        pl.lit(None, MOMENT).alias("known_at"),
        pl.Series("order", np.arange(count)),
    )


def features_of(builder: FeatureBuilder, table: pd.DataFrame) -> pl.DataFrame:
    """Return the features of a flat table's rows."""
    leads = leads_frame(table)
    return builder.frame(leads, None, leads.select("lead_id", pl.lit(None, MOMENT).alias("as_of")))


def fit_ours(table: pd.DataFrame, label: NDArray[Any], seed: int, *, ordered: bool) -> Predict:
    """Return our scorer's prediction; with ``ordered``, the rows are in order of time."""
    types = {True: ColumnType.NUMBER, False: ColumnType.CATEGORY}
    columns = tuple(Column(str(n), types[pd.api.types.is_numeric_dtype(c)]) for n, c in table.items())
    catalog = Catalog.from_schema(Schema(columns=columns, timed=False))
    builder = FeatureBuilder(catalog)
    frame = features_of(builder, table)
    encoder = Encoder.fit(catalog, frame)
    rows = np.arange(len(table), dtype=np.int64)
    fitted = fit_scorer(
        encoder, encoder.matrix(frame), np.asarray(label, dtype=np.float64), np.ones(len(table)),
        rows if ordered else None, rows, TrainingPlan(seed=seed), SilentProgress(),
    )  # fmt: skip
    for sentence in fitted.choices:
        print(f"    {sentence}")

    def predict(other: pd.DataFrame) -> Floats:
        margin = fitted.model.margin(fitted.encoder.matrix(features_of(builder, other)))
        return np.asarray(fitted.calibration.probability(margin), dtype=np.float64)

    return predict


def measure(peers: ModuleType, data: Any, split: str, name: str, folds: int | None) -> dict[str, Any]:
    """Return labels, probabilities and fit seconds of one peer over a split's folds."""
    labels, probabilities, seconds, figures = [], [], [], []
    for fold, (train, test) in enumerate(data.splits[split][:folds]):
        table, label = data.X.iloc[train].reset_index(drop=True), data.y[train]
        begun = time.perf_counter()
        if name == OURS:
            predict = fit_ours(table, label, peers.SEED + fold, ordered=split == "time")
        else:
            predict = peers.PEERS[name](table, label, peers.SEED + fold)
        seconds.append(time.perf_counter() - begun)
        probability = np.asarray(predict(data.X.iloc[test].reset_index(drop=True)), dtype=np.float64)
        getattr(predict, "close", lambda: None)()
        labels.append(data.y[test].astype(np.float64))
        probabilities.append(probability)
        figures.append(evaluate(probability, labels[-1], np.arange(test.size)).to_mapping())
    mean = {
        key: float(np.mean([one[key] for one in figures]))
        for key in ("log_loss", "auc", "average_precision", "brier", "calibration_error", "lift_10")
    }
    return {
        "label": np.concatenate(labels), "probability": np.concatenate(probabilities),
        "seconds": float(np.mean(seconds)), **mean,
    }  # fmt: skip


def difference(ours: dict[str, Any], peer: dict[str, Any], seed: int) -> str:
    """Return the peer's log-loss minus ours with its paired 95 % bootstrap interval; above 0 is in our favour."""
    losses = [log_losses(logit(np.clip(one["probability"], EDGE, 1 - EDGE)), one["label"]) for one in (peer, ours)]
    gain = losses[0] - losses[1]
    draws = cluster_means(gain, np.ones_like(gain), np.arange(gain.size), 1000, seed)
    low, high = np.quantile(draws, [0.025, 0.975])
    return f"{gain.mean():+.4f} ({low:+.4f} to {high:+.4f})"


def table_of(results: dict[str, dict[str, Any]], seed: int) -> str:
    """Return a Markdown table of one set and split."""
    lines = [
        "| | log-loss | AUC | average precision | ECE | lift 10 % | fit, s | times our seconds | log-loss over ours |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    ours = results[OURS]
    for name, one in results.items():
        against = ("", "") if name == OURS else (f"{one['seconds'] / ours['seconds']:.2f}", difference(ours, one, seed))
        lines.append(
            f"| {name} | {one['log_loss']:.4f} | {one['auc']:.4f} | {one['average_precision']:.4f} | "
            f"{one['calibration_error']:.4f} | {one['lift_10']:.2f} | {one['seconds']:.1f} | "
            f"{against[0]} | {against[1]} |"
        )
    return "\n".join(lines)


def read_peers() -> ModuleType:
    """Return the peers' module, or leave with code 2 and a sentence."""
    if not BASELINES.is_file():
        print(f"{BASELINES} is missing: the peers and data lie beside the repository in ../shared.", file=sys.stderr)
        raise SystemExit(2)
    spec = importlib.util.spec_from_file_location("baselines", BASELINES)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look their module up by name.
    sys.modules["baselines"] = module
    spec.loader.exec_module(module)
    return module


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="*", default=list(SETS))
    parser.add_argument("--splits", nargs="+", default=["time", "cv5"], choices=["time", "cv5"])
    parser.add_argument("--peers", nargs="+", default=["lightgbm", "logreg"])
    parser.add_argument("--folds", type=int, help="only the first folds of cv5")
    options = parser.parse_args()
    peers = read_peers()
    for kind, names, known in (("dataset", options.datasets, peers.REGISTRY), ("peer", options.peers, peers.PEERS)):
        if unknown := [name for name in names if name not in known]:
            parser.error(f"no such {kind}: {', '.join(unknown)}; known are {', '.join(known)}")
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    for name in options.datasets:
        data = peers.REGISTRY[name]()
        for split in options.splits:
            results = {one: measure(peers, data, split, one, options.folds) for one in (OURS, *options.peers)}
            print(f"\n### {name}, {split}\n\n{table_of(results, peers.SEED)}\n", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
