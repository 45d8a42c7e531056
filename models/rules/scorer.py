"""The rules as an engine: the same answer as the model's, on the same scale."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.domain import Engine, Event, Lead, ModelReference, Score, Stage
from models.agreement import Agreement
from models.rules.answer import Tally, add_up, shown
from models.rules.calibrated import RulesCalibration
from models.rules.findings import Findings
from models.rules.many_leads import find_many
from models.rules.one_lead import find
from models.rules.rule_set import RuleSet
from models.rules.suggestions import next_question, steps_to_qualify
from models.scoring import coverage_of, missing_fields, persona_of, stage_of

INSUFFICIENT_DATA = "insufficient_data"
"""Warning of an answer about a lead of which nothing was known."""


class RulesScorer:
    """Scores leads by a company's rules.

    Parameters
    ----------
    rule_set : RuleSet
        The rules.
    agreement : Agreement
        The SLA and the cutoffs in force.
    calibration : RulesCalibration, optional
        From points to probability; without one no probability is given.
    reference : ModelReference
        How the rules are named in answers.
    """

    engine = Engine.RULES

    def __init__(
        self,
        rule_set: RuleSet,
        agreement: Agreement,
        *,
        calibration: RulesCalibration | None = None,
        reference: ModelReference,
    ) -> None:
        self.rule_set = rule_set
        self.agreement = agreement
        self.calibration = calibration
        self.reference = reference

    def score(self, lead: Lead, events: Sequence[Event], as_of: datetime | None, *, scored_at: datetime) -> Score:
        """Return one lead's score; events after ``as_of`` are not read.

        Parameters
        ----------
        lead : Lead
            Attributes as known at ``as_of``.
        events : sequence of Event
            What the lead did, in any order.
        as_of : datetime or None
            Moment of knowledge, with a zone.
        scored_at : datetime
            The present, with a zone.
        """
        findings = find(self.rule_set, lead, events, as_of, also=self._also)
        return self._answer(lead.lead_id, findings, as_of, scored_at)

    def score_many(
        self, leads: pl.DataFrame, events: pl.LazyFrame | None, moments: pl.DataFrame, *, scored_at: datetime
    ) -> list[Score]:
        """Return the scores at many moments, in their order (frames as in docs/architecture.md)."""
        found = find_many(self.rule_set, leads, events, moments, also=self._also)
        keys = zip(moments["lead_id"], moments["as_of"], found.findings(), strict=True)
        return [self._answer(lead_id, findings, as_of, scored_at) for lead_id, as_of, findings in keys]

    def points_many(
        self, leads: pl.DataFrame, events: pl.LazyFrame | None, moments: pl.DataFrame
    ) -> NDArray[np.float64]:
        """Return only the points at many moments, shape (moments,): what calibration and the gates compare."""
        return find_many(self.rule_set, leads, events, moments).totals()

    def probabilities_many(
        self, leads: pl.DataFrame, events: pl.LazyFrame | None, moments: pl.DataFrame
    ) -> NDArray[np.float64]:
        """Return the calibrated probabilities at many moments, NaN where there is no calibration."""
        points = self.points_many(leads, events, moments)
        return np.full(len(points), np.nan) if self.calibration is None else self.calibration.probabilities(points)

    @cached_property
    def fit_only(self) -> RulesScorer:
        """The same without any rule that asks what a lead did; its points have no calibration."""
        return RulesScorer(self.rule_set.fit_only(), self.agreement, reference=self.reference)

    @cached_property
    def _also(self) -> tuple[str, ...]:
        """Attributes that the agreement asks for beside the rules."""
        sla = self.agreement.sla
        personas = (name for persona in sla.personas for name in persona.match)
        return tuple(dict.fromkeys((*sla.sql.requires, *personas, *self.rule_set.fact_columns.values())))

    def _answer(self, lead_id: str, findings: Findings, as_of: datetime | None, scored_at: datetime) -> Score:
        tally = add_up(self.rule_set, findings)
        score = shown(tally.points)
        stage, blocked_by = self._stage(score, findings, tally)
        nothing_known = not findings.found and all(value is None for value in findings.values.values())
        return Score(
            lead_id=lead_id,
            probability=None if self.calibration is None else self.calibration.probability(tally.points),
            score=score,
            points=tally.points,
            stage=stage,
            grade=tally.grade,
            engine=self.engine,
            degraded=False,
            degraded_reason=None,
            fit_points=tally.fit_points,
            engagement_points=tally.engagement_points,
            base_points=self.rule_set.base_points,
            reasons=tally.reasons,
            model=self.reference,
            sla=self.agreement.reference_at(scored_at),
            as_of=as_of,
            scored_at=scored_at,
            coverage=coverage_of(findings.values, self.rule_set.columns),
            persona=self._persona(findings),
            what_would_qualify=steps_to_qualify(self.rule_set, findings, tally, stage),
            ask_next=next_question(self.rule_set, findings, blocked_by),
            blocked_by=blocked_by,
            warnings=(INSUFFICIENT_DATA,) if nothing_known else (),
        )

    def _stage(self, score: int, findings: Findings, tally: Tally) -> tuple[Stage, tuple[str, ...]]:
        stage, blocked_by = stage_of(score, missing_fields(findings.values, self.agreement.sla.sql.requires))
        return stage, blocked_by if stage is not Stage.LEAD else tally.lacking

    def _persona(self, findings: Findings) -> str | None:
        personas = self.agreement.sla.personas
        if not personas:
            return None
        return persona_of(personas, {**findings.values, **self.rule_set.facts(findings.values)})
