"""The public sets and their splits, part by part, each with a fingerprint of its rows.

Sets and splits are those of ../shared/peers/baselines.py (relative to the repository).
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BASELINES = Path(__file__).resolve().parents[2] / ".." / "shared" / "peers" / "baselines.py"
SETS = (
    "x_education", "x_education_strict", "x_education_leaky", "bank_additional", "bank_full",
    "olist", "olist_dated", "bpic2012_day1", "bpic2012_day7",
)  # fmt: skip
SPLITS = ("time", "cv5")
_NO_NUMBER = -1.2345e300
"""Stands in for a missing number in the fingerprint."""


def read_baselines(path: Path = BASELINES) -> ModuleType:
    """Return the module of sets and peers.

    Raises
    ------
    SystemExit
        With code 2 and a sentence if the file is not there.
    """
    if not path.is_file():
        print(f"{path} is missing: the peers and the data lie beside the repository, in ../shared.", file=sys.stderr)
        raise SystemExit(2)
    spec = importlib.util.spec_from_file_location("baselines", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look their module up by name.
    sys.modules["baselines"] = module
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Part:
    """Rows to learn from and rows to judge on: the time split, or one fold.

    Parameters
    ----------
    name, split : str
        Of the set and the split.
    fold : int
        From 0.
    train, test : DataFrame
        Numbers as float, everything else as text, missing as NaN; ``train`` of the time split is in order of time.
    train_label, test_label : arrays of float
        0 or 1.
    """

    name: str
    split: str
    fold: int
    train: pd.DataFrame
    train_label: NDArray[Any]
    test: pd.DataFrame
    test_label: Floats

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all values, numbers to ten digits: versions of pandas differ in the last bit of a duration."""
        digest = hashlib.sha256()
        for table, label in ((self.train, self.train_label), (self.test, self.test_label)):
            digest.update(np.asarray(label, dtype=np.float64).tobytes())
            for name, column in table.items():
                digest.update(str(name).encode())
                digest.update(_content(column))
        return digest.hexdigest()


def _content(column: pd.Series) -> bytes:
    if pd.api.types.is_numeric_dtype(column):
        mantissa, exponent = np.frexp(np.nan_to_num(column.to_numpy(dtype=np.float64), nan=_NO_NUMBER))
        digits = np.round(mantissa * 2**33).astype(np.int64)
        return bytes(digits.tobytes() + exponent.astype(np.int64).tobytes())
    return "\x1e".join(f"={value}" if isinstance(value, str) else "" for value in column).encode()


def parts(data: Any, split: str, folds: int | None = None) -> Iterator[Part]:
    """Return the parts of a set's split.

    Parameters
    ----------
    data : Dataset
        Of the module of sets and peers.
    split : str
        One of ``SPLITS``.
    folds : int, optional
        Only so many of them.
    """
    for fold, (train, test) in enumerate(data.splits[split][:folds]):
        yield Part(
            name=data.name, split=split, fold=fold,
            train=data.X.iloc[train].reset_index(drop=True), train_label=data.y[train],
            test=data.X.iloc[test].reset_index(drop=True), test_label=data.y[test].astype(np.float64),
        )  # fmt: skip
