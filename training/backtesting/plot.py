"""The picture of a backtest: what was gained over the rules in each stretch, and both areas under the ROC curve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from training.backtesting.fold import Fold


def draw_backtest(path: Path, folds: Sequence[Fold]) -> Path:
    """Draw the gain with its 95 % interval, and ROC-AUC of model and rules, over the stretches.

    Parameters
    ----------
    path : Path
        The PNG file.
    folds : sequence of Fold
        Stretches that were not trained leave a gap; where too few outcomes calibrate the rules, they are the base rate.
    """
    figure = Figure(figsize=(8, 6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    trained = [(fold, fold.gain) for fold in folds if fold.gain is not None]
    places = [fold.number for fold, _ in trained]
    above.errorbar(
        places, [gain.value for _, gain in trained],
        yerr=[[gain.value - gain.low for _, gain in trained], [gain.high - gain.value for _, gain in trained]],
        fmt="o", capsize=4,
    )  # fmt: skip
    above.axhline(0, color="grey", linewidth=1)
    above.set(ylabel="log-loss gained, nats a lead", title="Gained over the calibrated rules, 95 % intervals")
    below.plot(places, [fold.model["auc"] for fold, _ in trained], marker="o", label="model")
    below.plot(places, [fold.rules["auc"] for fold, _ in trained], marker="s", label="calibrated rules")
    below.set(ylabel="ROC-AUC", xlabel="stretch of time in which the leads came in")
    below.set_xticks([fold.number for fold in folds], [_label(fold) for fold in folds])
    below.set_xlim(0.5, len(folds) + 0.5)
    if trained:
        below.legend()
    figure.savefig(path, dpi=110)
    return path


def _label(fold: Fold) -> str:
    return str(fold.number) if fold.since is None else f"{str(fold.since)[:10]}\nto {str(fold.until)[:10]}"
