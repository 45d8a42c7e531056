"""Pictures of a model on its hold-out, as PNG files for the run and the console."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.evaluate import top

Floats = NDArray[np.float64]

SHARES = np.linspace(0.02, 1.0, 50)
GROUPS = 10
BEESWARM_ROWS = 1_000


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


def draw_concepts(path: Path, contributions: Floats, values: Floats, names: list[str]) -> Path:
    """Write shap's beeswarm of the concepts' contributions in log-odds and return its path.

    Parameters
    ----------
    path : Path
        The file.
    contributions : array of shape (n, concepts)
        Share of each concept in the margin.
    values : array of shape (n, concepts)
        A value of each concept for the colour (NaN grey).
    names : list of str
        Of the concepts.
    """
    with warnings.catch_warnings():
        # shap and matplotlib deprecate things among themselves; the reader of a training run cannot mend it.
        warnings.simplefilter("ignore")
        import matplotlib.pyplot as pyplot
        import shap

        pyplot.switch_backend("Agg")
        rows = slice(0, BEESWARM_ROWS)
        explained = shap.Explanation(values=contributions[rows], data=values[rows], feature_names=names)
        shap.plots.beeswarm(explained, max_display=15, show=False)
        pyplot.gcf().savefig(path, dpi=110, bbox_inches="tight")
        pyplot.close("all")
    return path


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
