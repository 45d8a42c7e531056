"""How well a score orders the leads by whether sales accepted them, on the hold-out.

Each lead whose answer is known counts once, at its last moment before the answer: what sales could have seen. Leads
that were never handed over have no answer, and those that were had been chosen by other rules (selective labels,
Lakkaraju et al. 2017), so that the figures speak of leads like the ones handed over and of no others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import beta, norm, rankdata

from models.cutoffs import Cutoffs
from models.evidence.interval import Interval
from training.dataset import Side

Floats = NDArray[np.float64]

FEWEST = 20
"""Accepted leads, and rejected ones, below which nothing is said."""

SELECTED = (
    "Only leads that were handed over have an answer, and they were chosen by the rules of their time: of leads that "
    "nobody handed over, these figures say nothing."
)


@dataclass(frozen=True, slots=True)
class StageRate:
    """How many leads of a stage sales accepted; ``rate`` has an exact binomial interval (Clopper and Pearson 1934)."""

    answered: int
    accepted: int
    rate: Interval


@dataclass(frozen=True, slots=True)
class AcceptanceOrder:
    """What the hold-out says of acceptance.

    Parameters
    ----------
    leads, answered, accepted : int
        Held-out leads, those whose answer is known, and those accepted.
    auc : Interval
        Chance that of an accepted and a rejected lead the accepted one had the higher probability, with its 95 %
        interval (DeLong et al. 1988).
    stages : mapping from stage to StageRate
        ``sql``, ``mql`` and ``lead`` by the model's own cutoffs; those without an answer are absent.
    """

    leads: int
    answered: int
    accepted: int
    auc: Interval
    stages: Mapping[str, StageRate]

    @property
    def sentence(self) -> str:
        """The figures and what they do not say."""
        rates = ", ".join(
            f"{stage} {one.rate.value:.0%} of {one.answered:,} ({one.rate.low:.0%} to {one.rate.high:.0%})"
            for stage, one in self.stages.items()
        )
        return (
            f"Sales answered on {self.answered:,} of {self.leads:,} held-out leads and accepted {self.accepted:,}. The "
            f"model orders them with AUC {self.auc.value:.2f} ({self.auc.low:.2f} to {self.auc.high:.2f}); accepted by "
            f"the stage that it would have given: {rates}. {SELECTED}"
        )

    def metrics(self) -> dict[str, float]:
        """Return the figures by flat names, for the card and MLflow."""
        flat = {"acceptance.answered": float(self.answered), "acceptance.auc": self.auc.value}
        return flat | {f"acceptance.rate_{stage}": one.rate.value for stage, one in self.stages.items()}

    def to_mapping(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return {**asdict(self), "warning": SELECTED}


def order_of_acceptance(side: Side, probability: Floats, cutoffs: Cutoffs) -> AcceptanceOrder | None:
    """Return how a score orders acceptance, or None where too few answers are known.

    Parameters
    ----------
    side : Side
        Rows that nothing was learned from; ``examples`` may hold ``accepted`` (1, 0 or null).
    probability : array of shape (n,)
        Of the rows.
    cutoffs : Cutoffs
        Tell the stage.
    """
    if "accepted" not in side.examples.columns:
        return None
    rows = side.examples.select("lead_id", "as_of", "accepted").with_columns(probability=pl.Series(probability))
    last = rows.drop_nulls("accepted").sort("as_of", maintain_order=True).unique("lead_id", keep="last").sort("lead_id")
    accepted, chance = last["accepted"].to_numpy() == 1, last["probability"].to_numpy()
    if min(int(accepted.sum()), int((~accepted).sum())) < FEWEST:
        return None
    sql, mql = cutoffs.sql.probability, cutoffs.mql.probability
    stage = np.where(chance >= sql, "sql", np.where(chance >= mql, "mql", "lead"))
    return AcceptanceOrder(
        leads=side.examples["lead_id"].n_unique(),
        answered=last.height,
        accepted=int(accepted.sum()),
        auc=area(chance, accepted),
        stages={name: _rate(accepted[stage == name]) for name in ("sql", "mql", "lead") if (stage == name).any()},
    )


def area(score: Floats, positive: NDArray[np.bool_]) -> Interval:
    """Return the area under the ROC curve with its 95 % interval (DeLong et al. 1988), held in [0, 1].

    Parameters
    ----------
    score : array of shape (n,)
        Larger is likelier; ties count half.
    positive : array of bool, shape (n,)
        At least two of each kind.

    Examples
    --------
    >>> area(np.array([0.1, 0.2, 0.3, 0.4]), np.array([False, True, False, True])).value
    0.75
    """
    up, down = score[positive], score[~positive]
    together = rankdata(np.concatenate([up, down]))
    # The share of the other kind that each row beats.
    above = (together[: up.size] - rankdata(up)) / down.size
    below = 1.0 - (together[up.size :] - rankdata(down)) / up.size
    value = float(above.mean())
    spread = float(norm.ppf(0.975)) * float(np.sqrt(above.var(ddof=1) / up.size + below.var(ddof=1) / down.size))
    return Interval(value, max(0.0, value - spread), min(1.0, value + spread))


def _rate(accepted: NDArray[np.bool_]) -> StageRate:
    total, found = accepted.size, int(accepted.sum())
    low = float(beta.ppf(0.025, found, total - found + 1)) if found else 0.0
    high = float(beta.ppf(0.975, found + 1, total - found)) if found < total else 1.0
    return StageRate(total, found, Interval(found / total, low, high))
