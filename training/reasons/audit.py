"""Reasons held against a second definition: interventional Shapley values, on a sample of held-out leads.

Path-dependent TreeSHAP, which every score uses, asks what the trees saw where a value is unknown; the interventional
kind asks what the model answers when the value is replaced by another lead's (Chen et al. 2020). They differ where
values go together. Concepts that go together are one reason already; this measures what difference is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.catalog import Catalog
from models.advice import Margins
from models.reason_groups import ReasonGroups
from models.reasons import Explainer
from training.dataset import Side
from training.fit import FittedScorer
from training.judgement import Judgement

Floats = NDArray[np.float64]

LEADS = 100
"""Leads asked: a share of 95 % then has a standard error of 2.2 points."""

PAIRS = 30
"""Orders of the reasons drawn for each lead, each with its reverse."""

BEYOND_CHANCE = 2.0
"""Standard errors by which another reason must be larger before the two kinds count as differing."""

ENOUGH = 0.95
"""Agreement on the first reason below which the model card warns (STATISTICS: one reason in twenty)."""

SAMPLE = 500
"""Training rows that replaced values are drawn from."""


@dataclass(frozen=True, slots=True)
class ReasonAudit:
    """How far both kinds agree.

    Parameters
    ----------
    leads : int
        Leads asked.
    agreement : float
        Share of them whose first reason is the same but for the chance of sampling.
    difference : float
        Mean difference between both kinds' contributions, as a share of their mean size.
    """

    leads: int
    agreement: float
    difference: float

    @property
    def sentence(self) -> str:
        """What the model card says."""
        told = (
            f"Reasons: of {self.leads} held-out leads, {self.agreement:.0%} have the same first reason by "
            f"interventional Shapley values; contributions differ by {self.difference:.0%} of their size on average."
        )
        if self.agreement >= ENOUGH:
            return told
        return (
            f"{told} Less than {ENOUGH:.0%}: values of different reasons go together here, so that the order of a "
            "lead's reasons depends on how missing knowledge is imagined. Read the first few together."
        )

    def metrics(self) -> dict[str, float]:
        """Return the figures by flat names."""
        return {"reasons.first_agreement": self.agreement, "reasons.difference": self.difference}


def audit_judged(
    catalog: Catalog,
    fitted: FittedScorer,
    judgement: Judgement,
    side: Side,
    learn: Side,
    groups: ReasonGroups,
    *,
    seed: int,
) -> ReasonAudit | None:
    """Return the audit of a judged scorer's reasons on its hold-out.

    Parameters
    ----------
    catalog : Catalog
        Which feature counts towards which concept.
    fitted : FittedScorer
        The scorer.
    judgement : Judgement
        With the shares of the held-out leads.
    side, learn : Side
        The held-out rows, and the training rows that replaced values are drawn from.
    groups : ReasonGroups
        Which concepts are one reason.
    seed : int
        Of all draws.
    """
    encoder = fitted.encoder
    explainer = Explainer(catalog, [column.name for column in encoder.columns], groups)
    owner = np.zeros(len(encoder.columns), dtype=np.intp)
    for place, reason in enumerate(explainer.concepts):
        owner[explainer.columns_of(reason)] = place
    matrix, background = (encoder.matrix(part) for part in (side.features[judgement.best], learn.features))
    return audit_reasons(fitted.model, owner.tolist(), matrix, judgement.shares.concepts, background, seed=seed)


def audit_reasons(
    model: Margins, owner: Sequence[int], matrix: Floats, shares: Floats, background: Floats, *, seed: int
) -> ReasonAudit | None:
    """Return how far the reasons of some leads agree with interventional ones; None without two reasons.

    Parameters
    ----------
    model : Margins
        Gives log-odds.
    owner : sequence of int, length p
        The reason that each column counts towards, from 0 on.
    matrix : array of shape (n, p)
        Encoded held-out leads; ``LEADS`` of them, evenly spread, are asked.
    shares : array of shape (n, reasons)
        Their contributions by reason, in log-odds.
    background : array of shape (m, p)
        Encoded training rows.
    seed : int
        Of all draws.
    """
    if shares.shape[1] < 2 or not len(matrix):
        return None
    rng = np.random.default_rng(seed)
    rows = np.unique(np.linspace(0, len(matrix) - 1, min(LEADS, len(matrix))).round().astype(int))
    background = background[rng.permutation(len(background))[:SAMPLE]]
    owner_of = np.asarray(owner, dtype=np.intp)
    same, other_kind = [], []
    for row in rows:
        drawn = interventional(model, owner_of, matrix[row], background, shares.shape[1], PAIRS, rng)
        same.append(_is_first(int(np.abs(shares[row]).argmax()), drawn))
        other_kind.append(drawn.mean(axis=0))
    told, size = shares[rows], np.abs(shares[rows]).mean()
    # Each kind is measured from its own mean lead; that common shift is no difference between leads.
    apart = told - np.array(other_kind)
    apart -= apart.mean(axis=0)
    difference = float(np.abs(apart).mean() / size) if size > 0 else 0.0
    return ReasonAudit(len(rows), float(np.mean(same)), difference)


def interventional(
    model: Margins,
    owner: NDArray[np.intp],
    lead: Floats,
    background: Floats,
    reasons: int,
    pairs: int,
    rng: np.random.Generator,
) -> Floats:
    """Return draws of a lead's interventional Shapley values by reason (Strumbelj and Kononenko 2014).

    Reasons are put in place one after another, in a random order and then in its reverse, over another lead's values.

    Returns
    -------
    array of shape (pairs, reasons)
        Each row sums to the lead's margin less that of the other lead; their mean has the expected values.
    """
    rank = np.argsort(rng.random((pairs, reasons)), axis=1)
    others = background[rng.integers(0, len(background), pairs)]
    rank, others = np.concatenate([rank, reasons - 1 - rank]), np.concatenate([others, others])
    placed = rank[:, None, owner] < np.arange(reasons + 1)[None, :, None]
    mixed = np.where(placed, lead, others[:, None, :])
    margin = np.asarray(model.margin(mixed.reshape(-1, len(owner)))).reshape(len(rank), reasons + 1)
    by_reason = np.take_along_axis(np.diff(margin, axis=1), rank, axis=1)
    drawn: Floats = (by_reason[:pairs] + by_reason[pairs:]) / 2
    return drawn


def _is_first(ours: int, drawn: Floats) -> bool:
    """Return whether no other reason is larger than ours beyond the chance of sampling."""
    sized = drawn * np.sign(drawn.mean(axis=0))
    first = int(sized.mean(axis=0).argmax())
    ahead = sized[:, first] - sized[:, ours]
    error = float(ahead.std(ddof=1)) / np.sqrt(len(ahead))
    return first == ours or float(ahead.mean()) <= BEYOND_CHANCE * error
