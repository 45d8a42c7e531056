"""The linear part: a regularised logistic scorecard on the encoder's columns.

A number counts by a straight line (robustly scaled, held to the range seen), bent by one step per quantile bin, and by
an amount of its own when it is missing. A category counts by its level, with amounts for rare and missing.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from features.catalog import FeatureKind
from features.domain import BundleError, NotTrainedError, Text
from features.encoding import EncodedColumn

BINS = 8
"""Quantile bins of a number."""

_CHUNK_CELLS = 4_000_000
_MOST_STEPS = 1_000
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class ScorecardColumn:
    """How one encoder column counts.

    Parameters
    ----------
    name : str
        The feature.
    edges : tuple of float or None
        Lower edges of a number's bins but the first, rising; None for a category.
    center, scale, low, high : float
        Of a number: ``(clip(x, low, high) - center) / scale`` goes into the straight line.
    slope : float
        Log-odds per scaled unit of a number.
    amounts : tuple of float
        Log-odds per bin of a number, or per code of a category (0 rare, 1.. levels); the last is for missing.
    """

    name: str
    edges: tuple[float, ...] | None
    amounts: tuple[float, ...]
    center: float = 0.0
    scale: float = 1.0
    low: float = 0.0
    high: float = 0.0
    slope: float = 0.0


class ScorecardMember:
    """An additive logistic scorecard; contributions are exact and centred on the training rows.

    Parameters
    ----------
    columns : sequence of ScorecardColumn
        One per encoder column, in its order.
    means : sequence of float
        Mean of each column's amount over the training rows; contributions are measured from it.
    intercept : float
        Log-odds where every column counts nothing.
    """

    def __init__(self, columns: Sequence[ScorecardColumn], means: Sequence[float], intercept: float) -> None:
        self.columns = tuple(columns)
        self.means = np.asarray(means, dtype=np.float64)
        self.intercept = float(intercept)
        self.base = self.intercept + float(self.means.sum())
        self._design = _Design(self.columns)
        self._slopes = np.array([column.slope for column in self.columns])
        self._amounts = np.array([amount for column in self.columns for amount in column.amounts])
        starts = np.cumsum([0] + [len(column.amounts) for column in self.columns])
        self._starts = starts[:-1].astype(np.int64)

    @property
    def column_count(self) -> int:
        """Number of encoder columns that the scorecard reads."""
        return len(self.columns)

    def margin(self, matrix: np.ndarray) -> np.ndarray:
        """Return the log-odds of each row; see :class:`models.members.Member`."""
        return np.asarray(self.contributions(matrix).sum(axis=1), dtype=np.float64)

    def contributions(self, matrix: np.ndarray) -> np.ndarray:
        """Return each column's exact share and, last, the mean margin of training; see ``models.members.Member``."""
        matrix = np.asarray(matrix, dtype=np.float64)
        if matrix.ndim != 2 or matrix.shape[1] != self.column_count:
            raise ValueError(f"matrix has shape {matrix.shape}, the scorecard reads {self.column_count} columns")
        result = np.empty((len(matrix), self.column_count + 1))
        result[:, -1] = self.base
        for rows in self._design.chunks(len(matrix)):
            lines, bins = self._design.place(matrix[rows])
            result[rows, :-1] = lines * self._slopes + self._amounts[self._starts + bins] - self.means
        return result

    def answer(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return :meth:`margin` and :meth:`contributions`; the one is the sum of the other."""
        contributions = self.contributions(matrix)
        return np.asarray(contributions.sum(axis=1), dtype=np.float64), contributions

    def to_mapping(self) -> dict[str, Any]:
        """Return the scorecard as plain data."""
        columns = [
            {
                "name": c.name, "edges": None if c.edges is None else list(c.edges), "amounts": list(c.amounts),
                "center": c.center, "scale": c.scale, "low": c.low, "high": c.high, "slope": c.slope,
            }
            for c in self.columns
        ]  # fmt: skip
        return {"columns": columns, "means": [float(mean) for mean in self.means], "intercept": self.intercept}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> ScorecardMember:
        """Return the scorecard stored by :meth:`to_mapping`.

        Raises
        ------
        BundleError
            If an entry is missing, not finite or of the wrong length.
        """
        try:
            columns = [_stored_column(entry) for entry in mapping["columns"]]
            means = _finite(mapping["means"])
            (intercept,) = _finite([mapping["intercept"]])
            if len(means) != len(columns):
                raise ValueError(f"{len(means)} means for {len(columns)} columns")
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(
                f"A stored scorecard with {error}.",
                "finite amounts for every column, bin and level.",
                "Fetch the bundle again or promote another version.",
            ) from None
        return cls(columns, means, intercept)


def fit_scorecard(
    matrix: np.ndarray,
    encoder_columns: Sequence[EncodedColumn],
    y: np.ndarray,
    weight: np.ndarray | None,
    *,
    C: float,  # noqa: N803 - scikit-learn's own name for it
    bins: int = BINS,
) -> ScorecardMember:
    """Return the scorecard fitted by L2-regularised logistic regression.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (n, p)
        Encoded training rows.
    encoder_columns : sequence of EncodedColumn
        ``Encoder.columns``.
    y : numpy.ndarray, shape (n,)
        1 where the target was reached, else 0.
    weight : numpy.ndarray, shape (n,), or None
        Weights of at least 0; None for equal ones.
    C : float
        Inverse strength of the regularisation, above 0.
    bins : int
        Most quantile bins of a number; 1 leaves a straight line.

    Returns
    -------
    ScorecardMember
        With contributions centred on the weighted means of the training rows.

    Raises
    ------
    NotTrainedError
        If all rows have the same outcome.
    """
    # Fitting alone needs scikit-learn, which takes a second to import; serving a scorecard does without.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    matrix = np.asarray(matrix, dtype=np.float64)
    if len(np.unique(y)) < 2:
        raise NotTrainedError(
            Text(f"{len(y)} examples of one outcome only.", f"{len(y)} Beispiele mit nur einem Ergebnis."),
            Text("examples with and without the target.", "Beispiele, die das Ziel erreichten, und andere."),
            Text("Add history.", "Ergänzen Sie die Historie."),
        )
    plain = [_plain_column(column, matrix[:, place], bins) for place, column in enumerate(encoder_columns)]
    design = _Design(plain)
    # Bins of one number are collinear with its line: L-BFGS needs hundreds of steps there, Newton's method ten.
    model = LogisticRegression(C=C, solver="newton-cg", max_iter=_MOST_STEPS, tol=_TOLERANCE)
    with warnings.catch_warnings():
        # A thousand steps without a last digit of agreement are close enough: validation judges the result.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(design.sparse(matrix), y, sample_weight=weight)
    coefficients = model.coef_[0]
    return _from_coefficients(plain, design, matrix, weight, coefficients, float(model.intercept_[0]))


class _Design:
    """Where each value of a row falls: on the straight line of its column, and in which of its bins."""

    def __init__(self, columns: Sequence[ScorecardColumn]) -> None:
        self._columns = tuple(columns)
        self._is_number = np.array([column.edges is not None for column in columns], dtype=bool)
        self._categories = np.flatnonzero(~self._is_number)
        self._center = np.array([column.center for column in columns])
        self._scale = np.array([column.scale for column in columns])
        self._low = np.array([column.low for column in columns])
        self._high = np.array([column.high for column in columns])
        self._last = np.array([len(column.amounts) - 1 for column in columns], dtype=np.int64)
        width = max((len(column.edges) for column in columns if column.edges is not None), default=0)
        # The first edge of every column, then the second ...; padded with infinity.
        self._edges = np.full((width, len(columns)), np.inf)
        for place, column in enumerate(columns):
            if column.edges is not None:
                self._edges[: len(column.edges), place] = column.edges

    def chunks(self, rows: int) -> list[slice]:
        """Return slices of rows whose comparison with all edges fits in a few megabytes."""
        step = max(1, _CHUNK_CELLS // max(1, self._edges.size))
        return [slice(start, start + step) for start in range(0, rows, step)]

    def place(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the scaled values (0 for categories and missing) and the bin or level of every cell."""
        missing = np.isnan(matrix)
        lines = (np.minimum(np.maximum(matrix, self._low), self._high) - self._center) / self._scale
        lines = np.where(missing | ~self._is_number, 0.0, lines)
        passed = np.zeros(matrix.shape, dtype=np.int64)
        # Edge by edge: advice asks for a score's few rows again and again, and one comparison with all edges costs
        # several times as much there.
        for edges in self._edges:
            passed += matrix >= edges
        # Edges are padded with infinity, which an infinite value reaches.
        bins = np.minimum(passed, self._last - 1)
        codes, last = matrix[:, self._categories], self._last[self._categories]
        # A code beyond the known levels cannot come from the encoder that was fitted; it counts as rare.
        bins[:, self._categories] = np.where((codes >= 0) & (codes < last), codes, 0.0)
        return lines, np.where(missing, self._last, bins)

    def sparse(self, matrix: np.ndarray) -> sparse.csr_matrix:
        """Return one column per straight line (all encoder columns), then one per bin and level."""
        count = len(self._columns)
        starts = count + np.concatenate([[0], np.cumsum(self._last + 1)])
        numbers = np.flatnonzero(self._is_number)
        values, places = [], []
        for rows in self.chunks(len(matrix)):
            lines, bins = self.place(matrix[rows])
            values.append(np.hstack([lines[:, numbers], np.ones(bins.shape)]))
            places.append(np.hstack([np.broadcast_to(numbers, (len(bins), len(numbers))), starts[:-1] + bins]))
        data, indices = np.vstack(values), np.vstack(places)
        pointers = np.arange(len(matrix) + 1) * data.shape[1]
        return sparse.csr_matrix((data.ravel(), indices.ravel(), pointers), shape=(len(matrix), int(starts[-1])))


def _plain_column(column: EncodedColumn, values: np.ndarray, bins: int) -> ScorecardColumn:
    if column.kind is FeatureKind.CATEGORY:
        return ScorecardColumn(column.name, None, (0.0,) * (len(column.levels) + 2))
    known = values[~np.isnan(values)]
    quantiles = np.quantile(known, np.arange(1, bins) / bins) if len(known) else np.array([])
    # Quantiles that equal the least value would leave the first bin empty.
    edges = tuple(float(edge) for edge in np.unique(quantiles) if edge > known.min())
    low, high, center, scale = (float(x) for x in (column.low, column.high, column.center, column.scale))
    return ScorecardColumn(column.name, edges, (0.0,) * (len(edges) + 2), center, scale, low, high)


def _from_coefficients(
    plain: Sequence[ScorecardColumn],
    design: _Design,
    matrix: np.ndarray,
    weight: np.ndarray | None,
    coefficients: np.ndarray,
    intercept: float,
) -> ScorecardMember:
    slopes = coefficients[: len(plain)]
    sizes = [len(column.amounts) for column in plain]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    amounts = coefficients[len(plain) :].copy()
    weights = np.ones(len(matrix)) if weight is None else np.asarray(weight, dtype=np.float64)
    totals, seen = np.zeros(len(plain)), np.zeros(len(amounts))
    for rows in design.chunks(len(matrix)):
        lines, bins = design.place(matrix[rows])
        cells = starts[:-1] + bins
        totals += weights[rows] @ (lines * slopes + amounts[cells])
        np.add.at(seen, cells, weights[rows][:, None])
    means = totals / weights.sum()
    columns = []
    for place, column in enumerate(plain):
        cells = slice(int(starts[place]), int(starts[place + 1]))
        # What training never saw counts as an average lead, rather than as whatever zero happens to mean.
        own = np.where(seen[cells] > 0, amounts[cells], means[place])
        columns.append(
            ScorecardColumn(
                column.name, column.edges, tuple(float(amount) for amount in own), column.center, column.scale,
                column.low, column.high, float(slopes[place]),
            )
        )  # fmt: skip
    return ScorecardMember(columns, [float(mean) for mean in means], intercept)


def _finite(values: Sequence[Any]) -> list[float]:
    numbers = [float(value) for value in values]
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError("a number that is not finite")
    return numbers


def _stored_column(entry: Mapping[str, Any]) -> ScorecardColumn:
    edges = None if entry["edges"] is None else tuple(_finite(entry["edges"]))
    amounts = tuple(_finite(entry["amounts"]))
    center, scale, low, high, slope = _finite([entry[name] for name in ("center", "scale", "low", "high", "slope")])
    if edges is not None and (len(amounts) != len(edges) + 2 or any(b <= a for a, b in itertools.pairwise(edges))):
        raise ValueError(f"bins of {entry['name']!r} that do not fit its amounts")
    if len(amounts) < 2 or scale <= 0:
        raise ValueError(f"column {entry['name']!r} without amounts or scale")
    return ScorecardColumn(str(entry["name"]), edges, amounts, center, scale, low, high, slope)
