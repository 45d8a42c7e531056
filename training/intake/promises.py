"""Which conversion rates a first agreement may promise, from the base rate and what simple rules reach."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MQL_ODDS = 2.0
_SQL_ODDS = 4.5
_HIGHEST_RATE = 0.80
_SAFETY = 0.9
_MQL_SHARES = (0.05, 0.30)
_SQL_SHARE = 0.05
_USUAL_BASE_RATE = 0.05


@dataclass(frozen=True, slots=True)
class Promises:
    """Rates for the draft of the SLA and where they lie on the drafted rules.

    Parameters
    ----------
    base_rate : float or None
        Share of leads that convert within the horizon; None where it is not known.
    mql_rate, sql_rate : float
        Least conversion of MQLs and SQLs.
    mql_points : float or None
        Points of the rules (without the base) from which ``mql_rate`` is reached.
    mql_share, sql_share : float
        Share of leads that will about be MQL and SQL.
    """

    base_rate: float | None
    mql_rate: float
    sql_rate: float
    mql_points: float | None
    mql_share: float
    sql_share: float


def promise(
    base_rate: float | None,
    points: NDArray[np.float64] | None,
    converted: NDArray[np.float64] | None,
    weight: NDArray[np.float64] | None,
) -> Promises:
    """Return rates of doubled odds for MQLs and of five times the odds for SQLs, no higher than the rules reach.

    Parameters
    ----------
    base_rate : float or None
        Share of leads that convert.
    points, converted, weight : arrays of shape (n,) or None
        Points by the drafted rules, outcomes and weights of the older half; None where there are too few outcomes.
    """
    base = _USUAL_BASE_RATE if base_rate is None or not 0 < base_rate < 1 else base_rate
    mql, sql = _times_odds(base, _MQL_ODDS), _times_odds(base, _SQL_ODDS)
    if points is None or converted is None or weight is None:
        mql, sql = _rounded(mql), _rounded(min(sql, _HIGHEST_RATE))
        return Promises(base_rate, mql, max(sql, mql), None, 0.15, _SQL_SHARE)
    order = np.argsort(-points, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    rate = np.cumsum((weight * converted)[order]) / np.cumsum(weight[order])
    # Only where the points change can a line be drawn.
    last_of_tie = np.append(np.diff(points[order]) != 0, True)
    best_sql = float(rate[last_of_tie & (share >= _SQL_SHARE)][0])
    sql = _rounded(min(sql, _HIGHEST_RATE, _SAFETY * best_sql))
    # Where the best leads hardly stand out, the MQL's rate goes halfway between all leads and those.
    mql = min(_rounded(min(mql, _between(base, sql))), sql)
    reaches = last_of_tie & (rate >= mql) & (share >= _MQL_SHARES[0]) & (share <= _MQL_SHARES[1])
    fallback = np.flatnonzero(last_of_tie & (share >= _MQL_SHARES[0]))
    place = int(np.flatnonzero(reaches)[-1]) if reaches.any() else int(fallback[0])
    sql_places = np.flatnonzero(last_of_tie & (rate >= sql))
    sql_share = float(share[sql_places[-1]]) if len(sql_places) else _SQL_SHARE
    return Promises(base_rate, mql, sql, float(points[order][place]), float(share[place]), min(sql_share, 0.5))


def _times_odds(rate: float, factor: float) -> float:
    odds = factor * rate / (1 - rate)
    return odds / (1 + odds)


def _between(low: float, high: float) -> float:
    """Return the rate halfway in log-odds."""
    odds = math.sqrt(low / (1 - low) * high / (1 - high))
    return odds / (1 + odds)


def _rounded(rate: float) -> float:
    """Return a rate in whole percent below 20 %, in steps of five above, and never 0 or 1."""
    percent = round(rate * 100) if rate < 0.2 else 5 * round(rate * 20)
    return float(min(95, max(1, percent))) / 100
