"""Probabilities from rules: the map fitted by training, bound to the very rules it was fitted on.

``rules_calibration.json`` holds the SHA-256 of rules.yaml. When marketing changes the rules, the old map says nothing
about them, so it is refused and the rules speak without a probability until the next training run.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.domain import BundleError
from features.workspace import write_json
from models.calibration import Calibration, CalibrationKind
from models.scale import MQL_POINTS, POINTS_PER_LOGIT

FORMAT = 1
FILE_NAME = "rules_calibration.json"

_FARTHEST_POINTS = 200.0


@dataclass(frozen=True, slots=True)
class RulesCalibration:
    """A map from the points of one set of rules to a probability.

    Parameters
    ----------
    calibration : Calibration
        The map, on ``margin(points)``.
    rules_sha256 : str
        Of the bytes of rules.yaml.
    leads, positives : int
        What it was fitted on.
    fitted_at : datetime
        When.
    """

    calibration: Calibration
    rules_sha256: str
    leads: int
    positives: int
    fitted_at: datetime

    @classmethod
    def fit(
        cls,
        points: NDArray[np.float64],
        converted: NDArray[np.float64],
        *,
        rules_file: Path,
        fitted_at: datetime,
        weight: NDArray[np.float64] | None = None,
        positives: float | None = None,
    ) -> RulesCalibration:
        """Return the map fitted on leads whose outcome is known.

        Parameters
        ----------
        points : array of float64, shape (n,)
            Points by the rules (``RulesScorer.points_many``).
        converted : array, shape (n,)
            1 where the target was reached within the horizon, else 0.
        rules_file : Path
            The rules that gave the points.
        fitted_at : datetime
            The present, with a zone.
        weight, positives
            As for ``Calibration.fit``.
        """
        fitted = Calibration.fit(margin(points), converted, weight, positives=positives)
        return cls(fitted, sha256_of(rules_file), len(points), int(np.sum(converted)), fitted_at)

    def probability(self, points: float) -> float | None:
        """Return the probability for points, or None where too few outcomes allowed a map."""
        if self.calibration.kind is CalibrationKind.NONE:
            return None
        return float(self.calibration.probability(margin(np.array([points])))[0])

    def probabilities(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probabilities for many points; NaN where too few outcomes allowed a map."""
        if self.calibration.kind is CalibrationKind.NONE:
            return np.full(len(points), math.nan)
        return self.calibration.probability(margin(points))

    def write(self, file: Path) -> None:
        """Write the map beside the champion or into ``var``."""
        write_json(
            file,
            {
                "format": FORMAT,
                "rules_sha256": self.rules_sha256,
                "calibration": self.calibration.to_mapping(),
                "leads": self.leads,
                "positives": self.positives,
                "fitted_at": self.fitted_at.isoformat(),
            },
        )


def margin(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points as log-odds before calibration: 12.5 points for doubled odds, 50 points at even odds."""
    held = np.clip(np.asarray(points, dtype=np.float64), -_FARTHEST_POINTS, _FARTHEST_POINTS)
    return np.asarray((held - MQL_POINTS) / POINTS_PER_LOGIT, dtype=np.float64)


def sha256_of(rules_file: Path) -> str:
    """Return the SHA-256 of rules.yaml."""
    return hashlib.sha256(rules_file.read_bytes()).hexdigest()


def read_calibration(file: Path, rules_file: Path) -> RulesCalibration | None:
    """Return the map of these very rules; None where there is none, or the rules were changed since.

    Parameters
    ----------
    file : Path
        ``rules_calibration.json``.
    rules_file : Path
        rules.yaml as it stands.

    Raises
    ------
    BundleError
        If the file is there but damaged.
    """
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise _damaged(file, str(error)) from None
    try:
        if stored["format"] != FORMAT:
            raise _damaged(file, f"format {stored['format']!r}")
        read = RulesCalibration(
            calibration=Calibration.from_mapping(stored["calibration"]),
            rules_sha256=str(stored["rules_sha256"]),
            leads=int(stored["leads"]),
            positives=int(stored["positives"]),
            fitted_at=datetime.fromisoformat(stored["fitted_at"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(file, f"{type(error).__name__}: {error}") from None
    return read if read.rules_sha256 == sha256_of(rules_file) else None


def _damaged(file: Path, what: str) -> BundleError:
    return BundleError(f"{file.name} with {what}.", "the form that leadscore writes.", "Train again.")
