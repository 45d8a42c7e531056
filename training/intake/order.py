"""What says which lead is older, where no time does: a running number, the file's order, or nothing."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import stats

from features.config import TimeOrder
from features.history.reading import TextTable
from training.intake.findings import Findings, Level
from training.intake.names import names_identifier

_MONOTONE = 0.99
_DRIFT = 1e-6
_TENTHS = 10


def infer_order(leads: TextTable, positive: pl.Series | None, findings: Findings) -> tuple[TimeOrder, str | None, bool]:
    """Return the order, its column, and whether it descends, for a leads file without times.

    Parameters
    ----------
    leads : TextTable
        The file.
    positive : pl.Series of Boolean or None
        Whether each row reached the target.
    findings : Findings
        Where the conclusion is noted.
    """
    for name in leads.frame.columns:
        numbers = leads.frame[name].cast(pl.Float64, strict=False)
        if (
            not names_identifier(name)
            or numbers.null_count()
            or numbers.n_unique() < 0.99 * len(numbers)
            or len(numbers) < 20
        ):
            continue
        steps = numbers.diff().drop_nulls()
        rising, falling = float((steps > 0).mean() or 0), float((steps < 0).mean() or 0)  # type: ignore[arg-type]  # means of truths are floats
        if max(rising, falling) >= _MONOTONE:
            way = "rises" if rising > falling else "falls"
            findings.add(
                "leads.order", f"the running number {name!r} orders the leads, the smaller the older",
                f"it {way} in {max(rising, falling):.1%} of steps through the file",
            )  # fmt: skip
            return TimeOrder.COLUMN, name, False
    if positive is not None:
        drift = _drift(positive)
        if drift is not None:
            findings.add(
                "leads.order", "the file's order is taken as the order in time, oldest first", drift, Level.ASSUMED
            )
            return TimeOrder.FILE, None, False
    findings.add(
        "leads.order",
        "no order in time was found",
        "no time, no running number, no drift through the file",
        Level.ASSUMED,
    )
    return TimeOrder.NONE, None, False


def _drift(positive: pl.Series) -> str | None:
    flags = positive.to_numpy()
    if len(flags) < 20 * _TENTHS or not 0 < flags.sum() < len(flags):
        return None
    # A file sorted by its target changes class once or twice; time does not sort outcomes.
    if int(np.count_nonzero(flags[1:] != flags[:-1])) < 2 * _TENTHS:
        return None
    tenths = np.array_split(flags, _TENTHS)
    table = np.array([[part.sum(), len(part) - part.sum()] for part in tenths], dtype=float)
    chance = float(stats.chi2_contingency(table).pvalue)
    if chance >= _DRIFT:
        return None
    rates = ", ".join(f"{part.mean():.1%}" for part in tenths)
    # Beyond what a float holds, the chance is told as zero, which it never is.
    told = f"p = {chance:.0e}" if chance > 0.0 else "p < 1e-300"
    return f"the target's rate by tenths of the file is {rates} (chi-square {told})"
