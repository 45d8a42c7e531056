"""Versions and the rules on leads that none of them learned from: the ground on which they are measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.builder import FeatureBuilder
from features.config import Config, TimeOrder
from features.domain import TooFewLeadsError
from features.history.port import History
from features.workspace import Workspace
from models.agreement import Agreement
from training.companies import company_codes
from training.dataset import Side
from training.examples import Examples
from training.fresh import FreshLeads, fresh_leads, probabilities
from training.gap import with_gap
from training.measuring.contenders import Contender
from training.moment_weight import moment_weight
from training.plan import TrainingPlan
from training.rivals import RulesRival, rules_as_served, rules_on
from training.splits import age_ranks
from training.young_rows import LEAVE_OUT

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fair:
    """Leads that nobody learned from, with what everybody says of them.

    Parameters
    ----------
    fresh : FreshLeads
        The leads.
    said : mapping from name to array of shape (n,)
        Probabilities of the versions, in the order in which they were named, then of the rules.
    rules : RulesRival
        The rules, calibrated on older leads.
    """

    fresh: FreshLeads
    said: Mapping[str, Floats]
    rules: RulesRival

    @property
    def side(self) -> Side:
        """The leads' rows."""
        return self.fresh.side


def fair_ground(
    workspace: Workspace,
    config: Config,
    plan: TrainingPlan,
    history: History,
    examples: Examples,
    contenders: Sequence[Contender],
    now: datetime,
    *,
    taught: pl.Series | None = None,
) -> Fair:
    """Return the leads of a history that none of the versions learned from, with everybody's probabilities.

    Parameters
    ----------
    workspace, config, plan, history
        The company's.
    examples : Examples
        The history's mature rows.
    contenders : sequence of Contender
        At least one.
    now : datetime
        The present.
    taught : pl.Series, optional
        Ids of the workspace's own leads, where ``history`` is another.

    Raises
    ------
    TooFewLeadsError
        If there are no such leads, or all have one outcome.
    """
    learned = {f"version {one.version}": one.bundle.card.learned for one in contenders}
    builder = FeatureBuilder(contenders[-1].bundle.catalog)
    fresh = fresh_leads(history, config, plan, learned, builder, examples=examples, taught=taught)
    require_both_outcomes(fresh.side)
    agreement = Agreement.read(workspace)
    said = {
        one.name: probabilities(one.bundle.scorer(agreement, one.version), history, fresh.side) for one in contenders
    }
    # Another history has its own past; the rules meet it as they serve.
    rules = None if taught is None else rules_as_served(workspace, config, history, fresh.side.moments)
    if rules is None:
        earlier = older_rows(history, config, examples, fresh.side, plan)
        rules = rules_on(workspace, config, history, earlier, fresh.side.moments, now)
    return Fair(fresh, {**said, rules.name: rules.probability}, rules)


def older_rows(history: History, config: Config, examples: Examples, side: Side, plan: TrainingPlan) -> pl.DataFrame:
    """Return the rows that the rules are calibrated on: those that a model's calibration would be fitted on.

    The newest rows of older leads, of other companies, with the gap of one horizon where training would keep it.
    Without any older row, the rows measured themselves: the rules then have the advantage of having seen them, which
    is the safe side.
    """
    frame = examples.frame
    group = company_codes(frame["lead_id"], history.leads(), config.schema)
    measured = frame["lead_id"].is_in(side.examples["lead_id"].implode()).to_numpy()
    older = ~np.isin(group, np.unique(group[measured]))
    since = side.examples["created_at"].min()
    if isinstance(since, datetime) and examples.horizon is not None:
        older = with_gap(frame, older, since, examples.horizon, plan.trees_min_positives, LEAVE_OUT).learn
    if config.leads.order is not TimeOrder.NONE and older.any():
        order = age_ranks(frame)
        older &= order > np.quantile(order[older], 1.0 - plan.validation_share, method="lower")
    if frame.filter(older)["label"].n_unique() < 2:
        return side.examples
    return frame.filter(older).with_columns(moment_weight())


def require_both_outcomes(side: Side) -> None:
    """Refuse leads of one outcome: nothing can be told from them.

    Raises
    ------
    TooFewLeadsError
        If all rows have the same label.
    """
    if np.unique(side.label).size < 2:
        kind = "reached the target" if side.label.all() else "did not reach the target"
        raise TooFewLeadsError(
            f"All {side.examples['lead_id'].n_unique():,} leads that nothing was learned from {kind}.",
            "leads of both outcomes.",
            "Wait for more outcomes, or name files of other leads.",
        )


def cutoffs_of(workspace: Workspace, contender: Contender) -> tuple[float, float]:
    """Return the cutoffs in force; before any are, those that the version proposes."""
    agreement, proposed = Agreement.read(workspace), contender.bundle.cutoffs
    mql, sql = agreement.mql, agreement.sql
    return (
        proposed.mql.probability if mql is None else mql,
        proposed.sql.probability if sql is None else sql,
    )
