"""What the model card says of a training run (Mitchell et al. 2019)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from features.config import Config
from features.schema import Role
from models.card import ModelCard
from models.learned import LearnedFrom
from training.acceptance_order import SELECTED, AcceptanceOrder
from training.fit import FittedScorer
from training.judgement import Judgement
from training.plan import TrainingPlan
from training.reasons.audit import ReasonAudit


def make_card(
    config: Config,
    plan: TrainingPlan,
    fitted: FittedScorer,
    judgement: Judgement,
    *,
    data: Mapping[str, Any],
    counts: Mapping[str, int],
    sentences: Sequence[str],
    learned: LearnedFrom,
    trained_at: datetime,
    acceptance: AcceptanceOrder | None = None,
    audit: ReasonAudit | None = None,
) -> ModelCard:
    """Return the model card, the same for the same data, plan and clock."""
    left_out = {
        column.name: column.why or "left out in leadscore.yaml"
        for column in config.schema.columns
        if column.role is Role.LEFT_OUT
    }
    return ModelCard(
        name=config.name,
        trained_at=trained_at,
        target=_target(config),
        rung=fitted.rung,
        plan=plan.to_mapping(),
        data={**data, **counts},
        metrics=flat_metrics(judgement)
        | ({} if acceptance is None else acceptance.metrics())
        | ({} if audit is None else audit.metrics()),
        choices=(*sentences, *judgement.verdict.reasons),
        left_out={**left_out, **fitted.encoder.dropped},
        limits=_limits(judgement) if acceptance is None else (*_limits(judgement), f"Acceptance: {SELECTED}"),
        learned=learned,
    )


def _target(config: Config) -> str:
    if not config.schema.timed:
        return f"Predicts {config.target.outcome}, at any time: the history has no times."
    return f"Predicts {config.target.outcome} within {config.target.horizon_days:g} days of the moment of scoring."


def flat_metrics(judgement: Judgement) -> dict[str, float]:
    """Return every finite figure of the model and its rivals by a flat name such as ``model.log_loss``."""
    flat: dict[str, float] = {}
    for name, figures in judgement.evaluations.items():
        prefix = name.replace(" ", "_")
        flat |= figures.metrics(prefix)
        parts = judgement.older_newer[name]
        flat |= {f"{prefix}.log_loss_{half}": part for half, part in zip(("older", "newer"), parts, strict=False)}
    flat |= judgement.reliability.metrics("model")
    for comparison in judgement.verdict.comparisons:
        flat |= comparison.paired.metrics()
    for stage in ("mql", "sql"):
        flat[f"cutoffs.{stage}"] = getattr(judgement.cutoffs, stage).probability
    return {name: value for name, value in flat.items() if math.isfinite(value)}


def _limits(judgement: Judgement) -> tuple[str, ...]:
    figures = judgement.evaluations["model"]
    low, high = figures.observed_to_expected.low, figures.observed_to_expected.high
    limits = [f"Judged on {figures.leads} leads; markets and campaigns of other times were not seen."]
    if not low <= 1 <= high:
        limits.append(
            f"On the hold-out, {figures.observed_to_expected.value:.2f} times as many leads reached the target as the "
            "probabilities say: the base rate moved."
        )
    return tuple(limits)
