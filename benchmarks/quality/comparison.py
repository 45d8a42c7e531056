"""What the methods reach on one set and split, and who is ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.intervals import Interval, difference, drawn
from benchmarks.quality.kept import Prediction
from benchmarks.quality.methods import OURS
from training.evaluate import evaluate

Floats = NDArray[np.float64]

FIGURES = ("log_loss", "auc", "average_precision", "brier", "calibration_error", "lift_10")


@dataclass(frozen=True, slots=True)
class Reached:
    """A method's figures, means over the folds.

    Parameters
    ----------
    figures : dict of str to float
        By the names of ``FIGURES`` (:class:`training.evaluate.Evaluation`).
    fit_seconds, processor_seconds : float
        Of a fit: on the clock, and used of all processors.
    predict_microseconds : float
        A row.
    reused : bool
        Whether a fold's prediction, and so its times, came from an earlier run.
    versions : dict of str to str
        Of its libraries.
    """

    figures: Mapping[str, float]
    fit_seconds: float
    processor_seconds: float
    predict_microseconds: float
    reused: bool
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Against:
    """A peer minus ours: below 0 in log-loss and above 0 in AUC speak for the peer."""

    log_loss: Interval
    auc: Interval

    @property
    def is_ahead(self) -> bool:
        """Whether the peer is better than ours in one of the two beyond chance."""
        return self.log_loss.high < 0 or self.auc.low > 0

    @property
    def is_behind(self) -> bool:
        """Whether the peer is worse than ours in one of the two beyond chance."""
        return self.log_loss.low > 0 or self.auc.high < 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """All methods on one set and split.

    Parameters
    ----------
    title : str
        Of the set and split.
    rows, positives, folds : int
        Judged, over all folds.
    reached : dict of str to Reached
        Of each method that ran.
    against : dict of str to Against
        Of each peer; empty where ours did not run.
    skipped : dict of str to str
        Why a method did not run.
    """

    title: str
    rows: int
    positives: int
    folds: int
    reached: Mapping[str, Reached]
    against: Mapping[str, Against]
    skipped: Mapping[str, str]

    @property
    def ahead(self) -> list[str]:
        """Peers that are ahead of ours."""
        return [name for name, one in self.against.items() if one.is_ahead]

    def share_of_fit_time(self, peer: str) -> float | None:
        """Return our fit's processor time over a peer's, or None where one of them did not run."""
        if OURS not in self.reached or peer not in self.reached:
            return None
        return self.reached[OURS].processor_seconds / self.reached[peer].processor_seconds

    def to_mapping(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return asdict(self) | {"ahead": self.ahead}


def compare(
    title: str,
    labels: Sequence[Floats],
    predictions: Mapping[str, Sequence[Prediction]],
    seed: int,
    skipped: Mapping[str, str] | None = None,
) -> Comparison:
    """Return what methods reach that judged the same rows.

    Parameters
    ----------
    title : str
        Of the set and split.
    labels : sequence of arrays
        0 or 1, one array a fold.
    predictions : mapping of str to sequence of Prediction
        Of each method, one a fold.
    seed : int
        Of the bootstrap.
    skipped : mapping of str to str, optional
        Why a method is not among them.
    """
    draws = drawn(labels, {name: [one.probability for one in folds] for name, folds in predictions.items()}, seed)
    ours = draws.get(OURS)
    return Comparison(
        title=title,
        rows=sum(label.size for label in labels),
        positives=int(sum(label.sum() for label in labels)),
        folds=len(labels),
        reached={name: _reached(folds, labels) for name, folds in predictions.items()},
        against={
            name: Against(difference(one.log_loss, ours.log_loss), difference(one.auc, ours.auc))
            for name, one in draws.items()
            if ours is not None and name != OURS
        },
        skipped=skipped or {},
    )


def _reached(folds: Sequence[Prediction], labels: Sequence[Floats]) -> Reached:
    evaluated = [
        evaluate(one.probability, label, np.arange(label.size)).to_mapping()
        for one, label in zip(folds, labels, strict=True)
    ]
    return Reached(
        figures={key: float(np.mean([one[key] for one in evaluated])) for key in FIGURES},
        fit_seconds=float(np.mean([one.fit_seconds for one in folds])),
        processor_seconds=float(np.mean([one.processor_seconds for one in folds])),
        predict_microseconds=1e6 * sum(one.predict_seconds for one in folds) / sum(label.size for label in labels),
        reused=any(one.reused for one in folds),
        versions=folds[0].versions,
    )
