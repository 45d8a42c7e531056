"""The options that both commands share."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.quality.methods import METHODS
from benchmarks.quality.sets import SETS, SPLITS

SEED = 42


def add_choices(parser: argparse.ArgumentParser) -> None:
    """Add what to run, and where predictions are kept."""
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=SETS, metavar="SET", help=", ".join(SETS))
    parser.add_argument("--splits", nargs="+", default=list(SPLITS), choices=SPLITS, metavar="SPLIT",
                        help=", ".join(SPLITS))  # fmt: skip
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS), metavar="METHOD",
                        help=", ".join(METHODS))  # fmt: skip
    parser.add_argument("--folds", type=int, help="only the first folds of cv5")
    parser.add_argument("--seed", type=int, default=SEED, help="of the methods; the splits stay (default 42)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="folder in which predictions are kept and found again")
