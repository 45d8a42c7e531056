"""Everything a training run chooses, in one record that is logged whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, cast

from features.domain import ConfigError
from training.young_rows import IPCW, LEAVE_OUT

LATEST_DAYS = 36_525
"""The latest moment after a lead's creation, in days: a century."""


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """The choices of a training run; ``training:`` in leadscore.yaml overrides them by name.

    Parameters
    ----------
    seed : int
        Of every random choice; the same seed and data give the same bundle, byte for byte.
    moments_days : tuple of float
        Days after creation at which a lead becomes an example, ascending, from 0.
    holdout_share : float
        Share of leads, the newest, that is never learned from, in [0.1, 0.5].
    young_rows : str
        What becomes of rows whose horizon had not ended when the hold-out began: ``ipcw`` learns from those whose
        outcome was known by then, with weights that make up for the slower ones; ``leave_out`` does not.
    validation_share : float
        Share of the learning rows, the newest, on which penalty, shape and number of trees are chosen, in [0.1, 0.5].
    min_outcomes : int
        Leads of each class below which nothing is learned and the rules speak.
    trees_min_positives : int
        Positive leads below which the scorecard works alone (STATISTICS.md section 4: 200 or 10 per parameter).
    gate_min_positives : int
        Positive leads in the hold-out below which the gate says "undecided".
    gate_draws : int
        Bootstrap draws of the gate and of intervals.
    gate_confidence : float
        One-sided confidence of the gate, in [0.8, 1).
    gate_looks : int
        Trainings a year that share the gate's chance of error: 12 for a monthly one, which then needs about twice the
        positives; 1 gives each its own.
    search_trials : int
        Shapes of trees that are tried where nothing says which lead is older; in time none is searched.
    search_seconds : float
        Safety net of the search in seconds; the run says so when it cuts in.
    search_rows : int
        Rows at most that the search looks at.
    max_rows : int
        Rows at most that are learned from; above, whole leads are left out by a seeded hash.
    max_trees : int
        Trees at most of each shape in the scorer, because every score pays for them.
    learning_rate : float
        Of the trees, in (0, 0.5].
    crossfit_folds : int
        Parts of the learning rows for the margins that the calibration is fitted on, from 2.
    drift_distance : float
        Kolmogorov-Smirnov distance between the newest window and the rows before it from which a number
        has to prove its worth on the window to stay, in (0, 1].
    threads : int
        Threads of the fit.
    """

    seed: int = 42
    moments_days: tuple[float, ...] = (0.0, 1.0, 3.0, 7.0, 14.0, 30.0, 60.0)
    holdout_share: float = 0.25
    young_rows: str = IPCW
    validation_share: float = 0.25
    min_outcomes: int = 40
    trees_min_positives: int = 200
    gate_min_positives: int = 100
    gate_draws: int = 2000
    gate_confidence: float = 0.95
    gate_looks: int = 1
    search_trials: int = 12
    search_seconds: float = 300.0
    search_rows: int = 20_000
    max_rows: int = 400_000
    max_trees: int = 600
    learning_rate: float = 0.05
    crossfit_folds: int = 3
    drift_distance: float = 0.3
    threads: int = 2

    @classmethod
    def from_mapping(cls, overrides: Mapping[str, Any]) -> TrainingPlan:
        """Return the plan with some entries overridden by name.

        Parameters
        ----------
        overrides : Mapping[str, Any]
            Values by field name, as YAML gave them.

        Raises
        ------
        ConfigError
            If a name is unknown or a value is of another type or outside its range.

        Examples
        --------
        >>> TrainingPlan.from_mapping({"seed": 7}).seed
        7
        """
        known = {field.name for field in fields(cls)}
        unknown = sorted(str(name) for name in overrides if name not in known)
        if unknown:
            raise ConfigError(
                f"Unknown entry {', '.join(unknown)} in training.",
                f"some of {', '.join(sorted(known))}.",
                "Correct the spelling or take it out.",
            )
        return cls(**{name: _read(name, value) for name, value in overrides.items()})

    def to_mapping(self) -> dict[str, Any]:
        """Return every choice as plain data, for the model card and the run's parameters."""
        return {**asdict(self), "moments_days": list(self.moments_days)}


_WHOLE: Mapping[str, tuple[int, int]] = {
    "seed": (0, 2**31 - 1),
    "min_outcomes": (10, 1_000_000),
    "trees_min_positives": (50, 1_000_000),
    "gate_min_positives": (20, 1_000_000),
    "gate_draws": (200, 100_000),
    "gate_looks": (1, 366),
    "search_trials": (1, 1_000),
    "search_rows": (1_000, 10_000_000),
    "max_rows": (1_000, 100_000_000),
    "max_trees": (10, 5_000),
    "crossfit_folds": (2, 10),
    "threads": (1, 64),
}

_REAL: Mapping[str, tuple[float, float]] = {
    "holdout_share": (0.1, 0.5),
    "validation_share": (0.1, 0.5),
    "gate_confidence": (0.8, 0.999),
    "search_seconds": (1.0, 86_400.0),
    "learning_rate": (0.005, 0.5),
    "drift_distance": (0.05, 1.0),
}


def _read(name: str, value: object) -> Any:
    if name == "moments_days":
        return _moments(value)
    if name == "young_rows":
        return _word(name, value, (IPCW, LEAVE_OUT))
    if name in _WHOLE:
        least, most = _WHOLE[name]
        return _checked(name, value, least, most, int, "a whole number")
    low, high = _REAL[name]
    return _checked(name, value, low, high, float, "a number")


def _checked(
    name: str,
    value: object,
    low: float,
    high: float,
    read: Callable[[Any], int | float],
    what: str,
) -> int | float:
    wanted = isinstance(value, int) if read is int else isinstance(value, int | float)
    if isinstance(value, bool) or not wanted or not low <= cast(float, value) <= high:
        raise ConfigError(
            f"training: {name} is {value!r}.", f"{what} from {low:g} to {high:g}.", f"Correct {name} in leadscore.yaml."
        )
    return read(value)


def _word(name: str, value: object, words: tuple[str, ...]) -> str:
    if value not in words:
        raise ConfigError(
            f"training: {name} is {value!r}.", f"{' or '.join(words)}.", f"Correct {name} in leadscore.yaml."
        )
    return str(value)


def _moments(value: object) -> tuple[float, ...]:
    days = list(value) if isinstance(value, list | tuple) else []
    numbers = all(
        isinstance(day, int | float) and not isinstance(day, bool) and 0 <= day <= LATEST_DAYS for day in days
    )
    if not days or not numbers or sorted(set(days)) != days:
        raise ConfigError(
            f"training: moments_days is {value!r}.",
            f"a list of days after creation, ascending, from 0 to {LATEST_DAYS}.",
            "Write for instance moments_days: [0, 7, 30].",
        )
    return tuple(float(day) for day in days)
