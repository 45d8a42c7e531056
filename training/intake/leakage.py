"""Columns that may know the outcome, each with its evidence in numbers; people decide, the machine only asks.

A column is suspect if it alone nearly decides the outcome, is filled (or empty) for one class only, dates from after
the lead was created, or bears a name of hindsight and tells more than such a name should.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from features.config import Config
from features.history import FileHistory
from features.schema import Column, ColumnType
from training.intake.alone import BEYOND_CHANCE, Alone, measure
from training.intake.hindsight_names import JUDGEMENT, families_of

DECIDES = 0.90
"""AUC of a column alone from which it is held to know the outcome, whatever its name."""

NEARLY_DECIDES = 0.85
"""The same where the column is also far ahead of every other."""

_FAR_AHEAD = 0.10
_ONE_CLASS = 0.05
_CLOCK = 0.01
_BLOCK_LEAST_AUC = 0.60
_BLOCK_MISSING = (0.02, 0.98)
_LATE_SHARE = 0.05
_LEAST_CLASS = 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one column.

    Parameters
    ----------
    column : str
        Its name.
    alone : Alone
        What it tells alone.
    reasons : tuple of str
        Why it is suspect, in sentences with numbers; empty where it is not.
    """

    column: str
    alone: Alone
    reasons: tuple[str, ...] = field(default=())

    @property
    def suspect(self) -> bool:
        """Whether there is any reason."""
        return bool(self.reasons)

    @property
    def why(self) -> str:
        """The reasons in one line, for leadscore.yaml."""
        return "; ".join(self.reasons)

    def to_mapping(self) -> dict[str, Any]:
        """Return the evidence as plain data."""
        alone = self.alone
        return {
            "column": self.column,
            "suspect": self.suspect,
            "reasons": list(self.reasons),
            "auc_alone": round(alone.auc, 4),
            "filled_if_reached": round(alone.filled_positive, 4),
            "filled_otherwise": round(alone.filled_negative, 4),
            "examples": [{"value": v, "rows": n, "rate": round(rate, 4)} for v, n, rate in alone.examples],
        }


def known_outcomes(history: FileHistory, config: Config) -> tuple[pl.DataFrame, np.ndarray]:
    """Return the leads whose outcome is settled (first version each), and whether they reached the target.

    The first version is what was known at creation: where a history keeps versions, later ones are no hindsight.

    Settled are leads with an outcome of the target or another final one, and, in a history with times, leads older
    than the horizon.
    """
    outcomes = history.outcomes()
    reached = outcomes.filter(pl.col("outcome") == config.target.outcome)["lead_id"].unique()
    untimed = outcomes.filter(pl.col("occurred_at").is_null())["lead_id"]
    ended = pl.concat([untimed, outcomes.filter(pl.col("outcome") == "lost")["lead_id"]]).unique()
    leads = history.leads().sort("known_at", nulls_last=False, maintain_order=True)
    leads = leads.unique("lead_id", keep="first", maintain_order=True)
    hit = leads["lead_id"].is_in(reached.implode())
    settled = hit | leads["lead_id"].is_in(ended.implode())
    if history.observed_until is not None:
        age = pl.lit(history.observed_until) - pl.col("created_at")
        old = leads.select(age > pl.duration(seconds=config.target.horizon_days * 86400)).to_series()
        settled |= old.fill_null(False)
    return leads.filter(settled), hit.filter(settled).to_numpy()


def find_leakage(history: FileHistory, config: Config) -> tuple[Evidence, ...]:
    """Return the evidence for every column that could be measured, the suspects first, then by what they tell.

    Parameters
    ----------
    history : FileHistory
        The history, with outcomes.
    config : Config
        What each column means; its roles play no part.
    """
    leads, positive = known_outcomes(history, config)
    if min(int(positive.sum()), int((~positive).sum())) < _LEAST_CLASS:
        return ()
    columns = [c for c in config.schema.columns if c.type not in (ColumnType.IDENTIFIER, ColumnType.CONSTANT)]
    measured = {c.name: measure(leads[f"attribute.{c.name}"], positive) for c in columns}
    blocks = _written_together(leads, columns, measured)
    found = []
    for column in columns:
        alone = measured[column.name]
        telling = _by_telling(column.name, measured)
        reasons = [
            *telling,
            *_by_filling(alone),
            *_by_name(column.name, alone, figures_told=bool(telling)),
            *([blocks[column.name]] if column.name in blocks else []),
            *_by_date(leads, column, positive),
        ]
        found.append(Evidence(column.name, alone, tuple(reasons)))
    return tuple(sorted(found, key=lambda evidence: (not evidence.suspect, -evidence.alone.auc)))


def _by_telling(name: str, measured: dict[str, Alone]) -> list[str]:
    auc = measured[name].auc
    others = [alone.auc for other, alone in measured.items() if other != name and alone.auc < DECIDES]
    ahead = auc - max(others, default=0.5)
    if auc >= DECIDES or (auc >= NEARLY_DECIDES and ahead >= _FAR_AHEAD):
        return [f"alone it nearly decides the outcome: AUC {auc:.2f} out of sample{_levels(measured[name])}"]
    return []


def _by_filling(alone: Alone) -> list[str]:
    if alone.one_class_chance >= BEYOND_CHANCE or alone.one_class_ratio > _ONE_CLASS:
        return []
    if alone.rate_filled is None or alone.rate_missing is None:
        return []
    return [
        f"whether it is filled nearly decides: {alone.rate_filled:.1%} reach the target where it is filled, "
        f"{alone.rate_missing:.1%} where it is empty"
    ]


def _by_name(name: str, alone: Alone, *, figures_told: bool) -> list[str]:
    # A value that stays the same through thousands of rows is the month or the market, not one lead's file.
    if alone.changes < _CLOCK and alone.filled_positive > 0.5:
        return []
    thin = alone.one_class_chance < BEYOND_CHANCE and alone.one_class_ratio <= 2 * _ONE_CLASS
    figures = "" if figures_told else f", and alone it tells AUC {alone.auc:.2f}{_levels(alone)}"
    return [
        f"its name {family.meaning}{figures}" for family in families_of(name) if alone.auc >= family.least_auc or thin
    ]


def _written_together(leads: pl.DataFrame, columns: list[Column], measured: dict[str, Alone]) -> dict[str, str]:
    """Return a sentence for every column of a block that one process writes for the same leads.

    Such a block is suspect where its columns are named like judgements and one of them tells something.
    """
    groups: dict[int, list[str]] = {}
    for column in columns:
        missing = leads[f"attribute.{column.name}"].is_null()
        share = float(missing.sum()) / len(missing)
        if _BLOCK_MISSING[0] < share < _BLOCK_MISSING[1]:
            groups.setdefault(hash(missing.to_numpy().tobytes()), []).append(column.name)
    sentences = {}
    for names in groups.values():
        judged = [name for name in names if JUDGEMENT in families_of(name)]
        best = max((measured[name].auc for name in judged), default=0.0)
        if len(judged) < 2 or best < _BLOCK_LEAST_AUC:
            continue
        for name in judged:
            share = 1 - float(leads[f"attribute.{name}"].is_not_null().mean() or 0.0)  # type: ignore[arg-type]  # a mean of truths is a float
            sentences[name] = (
                f"written together with {len(names) - 1} others for the same leads ({share:.0%} have none), named like "
                f"a judgement of the lead; the best of them alone tells AUC {best:.2f}"
            )
    return sentences


def _by_date(leads: pl.DataFrame, column: Column, positive: np.ndarray) -> list[str]:
    dates = leads[f"attribute.{column.name}"]
    if column.type is not ColumnType.DATE or leads["created_at"].null_count() == leads.height:
        return []
    # A day of grace: dates without a clock time are midnights of some zone.
    late = _later(leads, dates)
    share = float(late.sum()) / max(1, int(dates.is_not_null().sum()))
    if share < _LATE_SHARE:
        return []
    reached = float(late.filter(pl.Series(positive)).mean() or 0.0)  # type: ignore[arg-type]  # a mean of truths is a float
    return [
        f"it dates from after the lead was created in {share:.0%} of filled cells ({reached:.0%} of leads that reached "
        "the target)"
    ]


def _later(leads: pl.DataFrame, dates: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"date": dates, "created": leads["created_at"]})
    return frame.select((pl.col("date") > pl.col("created") + pl.duration(days=1)).fill_null(False)).to_series()


def _levels(alone: Alone) -> str:
    if not alone.examples:
        return ""
    return " (" + ", ".join(f"{value[:40]!r}: {rate:.0%} of {n:,}" for value, n, rate in alone.examples) + ")"
