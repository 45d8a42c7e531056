"""A method's prediction of a part: kept, or made now."""

from __future__ import annotations

import hashlib
import importlib
import resource
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.quality.kept import Kept, Key, Prediction
from benchmarks.quality.methods import OURS, Method
from benchmarks.quality.sets import Part

Predict = Callable[[pd.DataFrame], NDArray[np.float64]]

ROOT = Path(__file__).resolve().parents[2]
_WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
OUR_CODE = ("features", "models", "training", "benchmarks/quality/ours.py")


class MissingLibraryError(Exception):
    """A method's library is not installed and nothing was kept; the message is the reason."""


def code_of(method: Method, baselines: ModuleType) -> str:
    """Return the SHA-256 of the code that fits: ours as it stands on disk, committed or not, or the peers' file."""
    if method.name != OURS:
        assert baselines.__file__ is not None
        return hashlib.sha256(Path(baselines.__file__).read_bytes()).hexdigest()
    return fingerprint_of([ROOT / one for one in OUR_CODE])


def fingerprint_of(places: list[Path]) -> str:
    """Return the SHA-256 of Python files, given by themselves or by their folders."""
    digest = hashlib.sha256()
    for place in places:
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(f"{path.relative_to(place.parent)}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def predict_part(method: Method, part: Part, baselines: ModuleType, kept: Kept | None, seed: int) -> Prediction:
    """Return a method's prediction of a part.

    Parameters
    ----------
    method, part
        What is fitted on what.
    baselines : module
        Of sets and peers.
    kept : Kept, optional
        Where predictions are looked up and kept.
    seed : int
        Of the first fold; the next ones count up.

    Raises
    ------
    MissingLibraryError
        If it was not kept and cannot be made here.
    """
    key = Key(
        name=part.name, split=part.split, fold=part.fold, method=method.name, seed=seed + part.fold,
        rows=part.fingerprint, code=code_of(method, baselines), threads=baselines.THREADS, versions=method.versions(),
    )  # fmt: skip
    if kept is not None and (found := kept.find(key)) is not None:
        return found
    if reason := method.missing():
        raise MissingLibraryError(reason)
    made = _fit_and_predict(method, part, baselines, key)
    if kept is not None:
        kept.keep(key, made)
    return made


def _fit_and_predict(method: Method, part: Part, baselines: ModuleType, key: Key) -> Prediction:
    fit = _fit_of(method, baselines)
    begun, used = time.perf_counter(), processor_seconds()
    predict = fit(part, key.seed)
    fitted, used = time.perf_counter(), processor_seconds() - used
    probability = np.asarray(predict(part.test), dtype=np.float64)
    predicted = time.perf_counter()
    getattr(predict, "close", lambda: None)()
    return Prediction(probability, fitted - begun, used, predicted - fitted, key.versions)


def _fit_of(method: Method, baselines: ModuleType) -> Callable[[Part, int], Predict]:
    """Return the method's fit with its libraries imported, which is not part of its time."""
    for module in method.needs:
        importlib.import_module(module)
    if method.name != OURS:
        return lambda part, seed: baselines.PEERS[method.name](part.train, part.train_label, seed)
    # Only here: peers also run where the product's dependencies are missing.
    from benchmarks.quality.ours import fit_ours

    return lambda part, seed: fit_ours(part.train, part.train_label, seed, ordered=part.split == "time")


def processor_seconds() -> float:
    """Return what this process, its threads and its ended children have used, whatever else the machine does."""
    return sum(one.ru_utime + one.ru_stime for one in map(resource.getrusage, _WHO))
