"""Run ours and the peers, print the tables and the verdict.

    python -m benchmarks.quality --sets x_education olist --splits time --keep DIR --out docs/benchmarks.md

A method whose library is not installed is left out, with the reason, unless its predictions were kept. Everything takes
about an hour on two processors. See docs/benchmarks.md for AutoGluon.
"""

from __future__ import annotations

import argparse
import json
import logging
import platform
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.quality.choices import add_choices
from benchmarks.quality.comparison import Comparison, compare
from benchmarks.quality.fitting import MissingLibraryError, predict_part
from benchmarks.quality.kept import Kept, Prediction
from benchmarks.quality.methods import METHODS, Method
from benchmarks.quality.report import section, table, verdict, written_into
from benchmarks.quality.sets import parts, read_baselines
from features.domain import SystemClock


def compare_on(
    data: Any,
    split: str,
    methods: Sequence[Method],
    baselines: ModuleType,
    kept: Kept | None,
    seed: int,
    folds: int | None = None,
) -> Comparison:
    """Return what the methods reach on a set's split; those that cannot run here are left out, with the reason."""
    cut = list(parts(data, split, folds))
    predictions: dict[str, list[Prediction]] = {}
    skipped: dict[str, str] = {}
    for method in methods:
        if not method.applies(data.name, split):
            continue
        try:
            predictions[method.name] = [predict_part(method, part, baselines, kept, seed) for part in cut]
        except MissingLibraryError as reason:
            skipped[method.name] = str(reason)
    return compare(f"{data.name}, {split}", [part.test_label for part in cut], predictions, seed, skipped)


def environment_of(comparisons: Sequence[Comparison], threads: int, seed: int) -> str:
    """Return with what the figures were made."""
    made_with = {
        f"{name} {version}"
        for comparison in comparisons
        for one in comparison.reached.values()
        for name, version in one.versions.items()
    }
    day = f"{SystemClock().now():%Y-%m-%d}"
    return (
        f"{day}, Python {platform.python_version()}, {threads} threads of a machine shared with other work, so that "
        f"seconds are an upper bound; seed {seed}. {', '.join(sorted(made_with))}."
    )


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_choices(parser)
    told = "page to write the tables into, between its markers; a file beside it that ends in .json takes all figures"
    parser.add_argument("--out", type=Path, metavar="FILE", help=told)
    options = parser.parse_args()
    baselines = read_baselines()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    kept = None if options.keep is None else Kept(options.keep)
    methods = [METHODS[name] for name in options.methods]
    comparisons = []
    for name in options.sets:
        data = baselines.REGISTRY[name]()
        for split in options.splits:
            comparisons.append(compare_on(data, split, methods, baselines, kept, options.seed, options.folds))
            print(f"\n{table(comparisons[-1])}\n", flush=True)
    print(verdict(comparisons))
    if options.out is not None:
        environment = environment_of(comparisons, baselines.THREADS, options.seed)
        try:
            written_into(options.out, section(comparisons, environment))
        except ValueError as error:
            parser.error(str(error))
        figures = [one.to_mapping() for one in comparisons]
        options.out.with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
