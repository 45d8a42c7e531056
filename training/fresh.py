"""The leads that a model never learned from, and what a model says of them.

Two kinds are told apart. Leads held out at training taught the model nothing, but its certificate and its promotion
rest on them, so that they flatter it. Leads whose outcome became known only afterwards flatter nobody: they are what
production met. Colleagues of leads learned from stay among them, because production meets colleagues too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.builder import FeatureBuilder
from features.config import Config, TimeOrder
from features.domain import LeadscoreError, TooFewLeadsError
from features.history.port import History
from models.learned import LearnedFrom, fingerprints
from models.scorer import ModelScorer
from training.companies import company_codes
from training.dataset import Side, make_side
from training.examples import Examples, make_examples
from training.plan import TrainingPlan
from training.splits import Split, age_ranks

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FreshLeads:
    """Mature rows that none of some models learned from.

    Parameters
    ----------
    side : Side
        The rows with their features, as :class:`training.dataset.Side`.
    new : array of bool, shape (n,)
        Rows of leads whose outcome became known after all of these models were trained; the others were held out.
    """

    side: Side
    new: Flags

    def only_new(self) -> Side:
        """Return the rows of leads that were not even held out.

        Raises
        ------
        TooFewLeadsError
            If there are none.
        """
        if not self.new.any():
            raise TooFewLeadsError(
                "No lead has matured since the model was trained.",
                "leads whose horizon ended after training.",
                "Wait for the outcomes of newer leads, or measure on the leads held out.",
            )
        return self.side.take(np.flatnonzero(self.new))

    @property
    def sentence(self) -> str:
        """How many leads there are of both kinds."""
        leads = self.side.examples["lead_id"]
        new = leads.filter(pl.Series(self.new)).n_unique()
        held = leads.n_unique() - new
        parts = [f"{new:,} leads that matured after training"] if new else []
        parts += [f"{held:,} leads held out at training"] if held else []
        return f"Measured on {' and '.join(parts)}; nothing was learned from them."


def learned_from(
    examples: Examples, split: Split, history: History, config: Config, horizon_days: float
) -> LearnedFrom:
    """Return what a model of this split will have learned from, for its card.

    Parameters
    ----------
    examples, split
        The rows and their sides.
    history : History
        Tells until when outcomes were recorded.
    config : Config
        Tells whether creation times order the leads.
    horizon_days : float
        Span of the label.
    """
    older, held = examples.frame.filter(~split.holdout), examples.frame.filter(split.holdout)
    until, since = older["created_at"].max(), held["created_at"].min()
    dated = config.leads.order is TimeOrder.CREATED_AT and held["created_at"].null_count() == 0
    if dated and until is not None and since is not None and until <= since:  # type: ignore[operator]  # both moments
        return LearnedFrom(
            learned_until=until,  # type: ignore[arg-type]  # a moment, by its column
            known_until=history.observed_until,
            horizon_days=horizon_days,
        )
    return LearnedFrom(
        known_until=history.observed_until,
        horizon_days=horizon_days,
        learned=fingerprints(older["lead_id"].unique()),
        held_out=fingerprints(held["lead_id"].unique()),
    )


def examples_of(history: History, config: Config, plan: TrainingPlan) -> Examples:
    """Return the rows of a history as a training run would make them.

    Raises
    ------
    NotTrainedError
        If the history has no mature row at all.
    """
    target = config.target
    return make_examples(history, target.outcome, target.horizon_days, plan.moments_days, config.acceptance)


def fresh_leads(
    history: History,
    config: Config,
    plan: TrainingPlan,
    learned: Mapping[str, LearnedFrom],
    builder: FeatureBuilder,
    *,
    examples: Examples | None = None,
    taught: pl.Series | None = None,
) -> FreshLeads:
    """Return the mature rows of a history that none of these models learned from.

    Parameters
    ----------
    history : History
        The company's, as it stands now.
    config : Config
        Target, horizon and what orders the leads.
    plan : TrainingPlan
        Moments at which a lead becomes a row.
    learned : mapping from name to LearnedFrom
        Of the models' cards (``bundle.card.learned``); the names stand in sentences.
    builder : FeatureBuilder
        Of one of the models; others compute their own features (:func:`probabilities`).
    examples : Examples, optional
        Of this history, where they were made already.
    taught : pl.Series, optional
        Ids of the leads that the models were trained among, where this is another history: a lead that is not one of
        them was never learned from, however old it is.

    Raises
    ------
    TooFewLeadsError
        If there is no such row, or a model does not tell what it learned from.
    NotTrainedError
        If the history has no mature row at all.
    """
    silent = [name for name, one in learned.items() if not one.is_known]
    if silent:
        raise TooFewLeadsError(
            f"{', '.join(silent)} does not tell which leads it learned from.",
            "a model trained with this version of leadscore.",
            "Train a new model and compare that one.",
        )
    if examples is None:
        examples = make_examples(
            history, config.target.outcome, config.target.horizon_days, plan.moments_days, config.acceptance
        )
    frame = examples.frame
    unseen, new = np.ones(frame.height, dtype=bool), np.ones(frame.height, dtype=bool)
    for one in learned.values():
        unseen &= one.unseen(frame)
        new &= one.new(frame)
    if taught is not None:
        stranger = ~frame["lead_id"].is_in(taught.implode()).to_numpy()
        unseen, new = unseen | stranger, new | stranger
    rows = np.flatnonzero(unseen)
    if rows.size == 0:
        raise TooFewLeadsError(
            f"No mature lead of this history is one that {' and '.join(learned)} never learned from.",
            "leads that were held out, or that came in after training and are older than the horizon.",
            "Wait for newer leads to mature, or name files of other leads.",
        )
    group = company_codes(frame["lead_id"], history.leads(), config.schema)
    order = None if config.leads.order is TimeOrder.NONE else age_ranks(frame)
    return FreshLeads(make_side(history, frame, rows, group, order, builder), new[rows])


def probabilities(scorer: ModelScorer, history: History, side: Side) -> NDArray[np.float64]:
    """Return a version's probabilities on the rows of a side, computed with its own features.

    Parameters
    ----------
    scorer : ModelScorer
        The version.
    history : History
        Where leads and events are read.
    side : Side
        The rows.

    Raises
    ------
    LeadscoreError
        If the version asks for columns that this history lacks.
    """
    try:
        frame = scorer.builder.frame(history.leads(), history.events(), side.moments)
        return np.asarray(scorer.probabilities(frame), dtype=np.float64)
    except LeadscoreError:
        raise
    except (ValueError, KeyError, pl.exceptions.PolarsError) as error:
        raise TooFewLeadsError(
            f"Version {scorer.reference.version} reads columns that are not those of this history: {error}.",
            "a history with the columns that the version was trained on.",
            "Compare versions trained on this history.",
        ) from None
