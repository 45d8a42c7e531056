"""Predictions kept in a folder under everything that they depend on, so that slow peers run once."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a method said of the rows to judge.

    Parameters
    ----------
    probability : array of shape (n,)
        In [0, 1].
    fit_seconds, predict_seconds : float
        How long it took when it was made.
    processor_seconds : float
        What the fit used of all processors, which other work on the machine does not lengthen.
    versions : dict of str to str
        Of the libraries that made it.
    reused : bool
        Whether it came from the folder.
    """

    probability: Floats
    fit_seconds: float
    processor_seconds: float
    predict_seconds: float
    versions: Mapping[str, str]
    reused: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """Everything that a prediction depends on.

    Parameters
    ----------
    name, split, fold, method, seed
        Which fit.
    rows : str
        Fingerprint of the rows learned from and judged.
    code : str
        Fingerprint of the code that fits.
    threads : int
        Sums in another order differ in the last digit.
    versions : dict of str to str
        Of the libraries; empty where they are not installed here.
    """

    name: str
    split: str
    fold: int
    method: str
    seed: int
    rows: str
    code: str
    threads: int
    versions: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """Where predictions of this fit lie, whatever they were made with."""
        return Path(self.name) / f"{self.split}-{self.fold}"

    @property
    def stem(self) -> str:
        """File name up to the libraries' versions."""
        return f"{self.method}.{_digest([self.seed, self.rows, self.code, self.threads])}"

    @property
    def path(self) -> Path:
        """Name of the file within the folder of kept predictions."""
        return self.folder / f"{self.stem}.{_digest(dict(self.versions))}.npz"


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Kept:
    """The folder.

    Parameters
    ----------
    folder : Path
        Made when the first prediction is kept.
    """

    folder: Path

    def find(self, key: Key) -> Prediction | None:
        """Return what was kept under a key, or None.

        A method whose library is not installed here may have been run in another environment: then the newest of
        its predictions for the same rows, code, seed and threads is the one, and it says its versions.
        """
        if key.versions:
            path = self.folder / key.path
            return _read(path) if path.is_file() else None
        made = sorted((self.folder / key.folder).glob(f"{key.stem}.*.npz"), key=lambda path: path.stat().st_mtime)
        return _read(made[-1]) if made else None

    def keep(self, key: Key, made: Prediction) -> None:
        """Write a prediction; a run that is stopped leaves no half of one."""
        path = self.folder / key.path
        path.parent.mkdir(parents=True, exist_ok=True)
        about = {
            "fit_seconds": made.fit_seconds,
            "processor_seconds": made.processor_seconds,
            "predict_seconds": made.predict_seconds,
            "versions": dict(made.versions),
        }
        # A name of its own for each process, and no .npz at its end, or ``find`` would take it.
        half = path.with_suffix(f".{os.getpid()}")
        with half.open("wb") as file:
            np.savez(file, probability=made.probability, about=np.array(json.dumps(about)))
        half.replace(path)


def _read(path: Path) -> Prediction:
    with np.load(path, allow_pickle=False) as content:
        about = json.loads(str(content["about"]))
        return Prediction(probability=content["probability"], reused=True, **about)
