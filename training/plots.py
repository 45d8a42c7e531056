"""Pictures of a model on its hold-out, as PNG files for the run and the console."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.evaluate import top

Floats = NDArray[np.float64]

SHARES = np.linspace(0.02, 1.0, 50)
GROUPS = 10


def draw_plots(
    folder: Path, probabilities: Mapping[str, Floats], label: Floats, weight: Floats, model: str
) -> list[Path]:
    """Write the lift, gain, calibration and distribution pictures and return their paths.

    Parameters
    ----------
    folder : Path
        Where to write.
    probabilities : mapping from name to array of shape (n,)
        Of the model and its rivals on the same rows.
    label, weight : arrays of shape (n,)
        Of these rows.
    model : str
        Which of the names is the model; distribution is drawn for it alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _lift(folder / "lift.png", probabilities, label, weight),
        _gain(folder / "gain.png", probabilities, label, weight),
        _calibration(folder / "calibration.png", probabilities, label, weight),
        _distribution(folder / "distribution.png", probabilities[model], label, weight),
    ]


def _lift(path: Path, probabilities: Mapping[str, Floats], label: Floats, weight: Floats) -> Path:
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for name, probability in probabilities.items():
        axes.plot(100 * SHARES, [top(probability, label, weight, share)[0] for share in SHARES], label=name)
    axes.axhline(1.0, color="grey", linewidth=0.8)
    axes.set(xlabel="leads with the highest probabilities, %", ylabel="lift", title="Lift on the hold-out")
    axes.legend()
    figure.savefig(path, dpi=110)
    return path


def _gain(path: Path, probabilities: Mapping[str, Floats], label: Floats, weight: Floats) -> Path:
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for name, probability in probabilities.items():
        axes.plot(100 * SHARES, [100 * top(probability, label, weight, share)[1] for share in SHARES], label=name)
    axes.plot([0, 100], [0, 100], color="grey", linewidth=0.8)
    axes.set(
        xlabel="leads with the highest probabilities, %", ylabel="later customers among them, %",
        title="Customers found on the hold-out",
    )  # fmt: skip
    axes.legend()
    figure.savefig(path, dpi=110)
    return path


def _calibration(path: Path, probabilities: Mapping[str, Floats], label: Floats, weight: Floats) -> Path:
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    for name, probability in probabilities.items():
        ranked = np.argsort(probability, kind="stable")
        parts = [part for part in np.array_split(ranked, GROUPS) if part.size]
        axes.plot(
            [np.average(probability[part], weights=weight[part]) for part in parts],
            [np.average(label[part], weights=weight[part]) for part in parts],
            marker="o",
            label=name,
        )
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    axes.set(xlabel="probability", ylabel="share that reached the target", title="Calibration on the hold-out")
    axes.legend()
    figure.savefig(path, dpi=110)
    return path


def _distribution(path: Path, probability: Floats, label: Floats, weight: Floats) -> Path:
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    bins = np.linspace(0.0, max(float(probability.max()), 1e-3), 41).tolist()
    for outcome, name in ((0, "did not reach the target"), (1, "reached the target")):
        chosen = label == outcome
        axes.hist(probability[chosen], bins=bins, weights=weight[chosen], density=True, alpha=0.6, label=name)
    axes.set(xlabel="probability", ylabel="density", title="Probabilities on the hold-out")
    axes.legend()
    figure.savefig(path, dpi=110)
    return path
