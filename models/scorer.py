"""The trained scorer: from a lead to a score with reasons, one at a time or in bulk, with the same answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from features.builder import FeatureBuilder
from features.catalog import Catalog
from features.domain import Engine, Event, Lead, ModelReference, ModelUnavailableError, Score
from features.encoding import Encoder
from features.snapshots import snapshots
from features.what_if import Read, WhatIf
from models.additive import AdditiveModel
from models.advice import Case, Pipeline
from models.agreement import Agreement
from models.ask_next import NextQuestion
from models.background import Background
from models.calibration import Calibration
from models.coverage import THIN, Coverage
from models.grades import Grades
from models.qualify import Qualifier
from models.reasons import Explainer, Explanation
from models.rules.facts import fact_columns, facts_of
from models.scoring import missing_fields, persona_of, stage_of

LeadHistory: TypeAlias = tuple[Lead, Sequence[Event], datetime | None]
"""A lead, what it did, and the moment of knowledge."""

TOGETHER = 100
"""Leads that the model is asked for at once: more bring nothing, and their advice would take megabytes."""

_NOTHING: Mapping[str, Any] = {}


class ModelScorer:
    """A trained model with everything that turns its margins into scores.

    Parameters
    ----------
    catalog : Catalog
        What the features are.
    builder : FeatureBuilder
        Computes them.
    encoder : Encoder
        From features to the model's columns.
    model : AdditiveModel
        From columns to a margin in log-odds.
    calibration : Calibration
        From margin to probability.
    grades : Grades
        Edges of fit and engagement.
    agreement : Agreement
        With cutoffs.
    reference : ModelReference
        How the model is named in scores.
    background : Background
        What the training rows were like; without it each concept is a reason of its own and nothing is advised.
    advise : bool
        Whether single scores say what would qualify the lead and what to ask next; it costs about as much as the
        score itself. Tables never do.
    """

    engine = Engine.MODEL

    def __init__(
        self,
        catalog: Catalog,
        builder: FeatureBuilder,
        encoder: Encoder,
        model: AdditiveModel,
        calibration: Calibration,
        grades: Grades,
        agreement: Agreement,
        reference: ModelReference,
        background: Background | None = None,
        *,
        advise: bool = True,
    ) -> None:
        self.catalog = catalog
        self.builder = builder
        self.encoder = encoder
        self.model = model
        self.calibration = calibration
        self.grades = grades
        self.agreement = agreement
        self.reference = reference
        self.scale = agreement.scale()
        self.background = background or Background()
        self._advise = advise
        self._column_names = [column.name for column in encoder.columns]
        self._explainer = Explainer(catalog, self._column_names, self.background.groups)
        self._coverage = Coverage(catalog, self._column_names, self.background.importance)
        self._facts = fact_columns(catalog.schema)
        self._pipeline = Pipeline(WhatIf(builder, encoder), model, calibration, self.scale)
        self._qualifier = Qualifier(catalog, self._pipeline, self.background)
        self._question = NextQuestion(self._pipeline, self.background.answers)

    def score(self, lead: Lead, events: Sequence[Event], as_of: datetime | None, *, scored_at: datetime) -> Score:
        """Return the score of one lead; see :class:`models.scoring.Scorer`.

        Raises
        ------
        ModelUnavailableError
            If the model's output is not a probability.
        """
        return self._score_each([(lead, events, as_of)], scored_at)[0]

    def score_each(self, leads: Sequence[LeadHistory], *, scored_at: datetime) -> list[Score]:
        """Return what :meth:`score` returns for each of many leads, with the model asked for many at once.

        Parameters
        ----------
        leads : sequence of (Lead, sequence of Event, datetime or None)
            Each lead with its events and its moment of knowledge.
        scored_at : datetime
            The present.

        Raises
        ------
        ModelUnavailableError
            If an output of the model is not a probability.
        """
        parts = (leads[start : start + TOGETHER] for start in range(0, len(leads), TOGETHER))
        return [score for part in parts for score in self._score_each(part, scored_at)]

    def _score_each(self, leads: Sequence[LeadHistory], scored_at: datetime) -> list[Score]:
        tallied = [self.builder.tallied(*lead) for lead in leads]
        rows = [self.builder.row_of(at) for at in tallied]
        vectors = [self.encoder.vector(row) for row in rows]
        scores = self._score_read([(lead, as_of) for lead, _, as_of in leads], rows, vectors, scored_at)
        if not self._advise:
            return scores
        reads = map(Read, tallied, vectors)
        return self._advised(scores, [Case(*lead, read) for lead, read in zip(leads, reads, strict=True)])

    def score_row(
        self, lead: Lead, row: Mapping[str, float | str | None], as_of: datetime | None, *, scored_at: datetime
    ) -> Score:
        """Return the score of one lead whose features are known already, without advice.

        Parameters
        ----------
        lead : Lead
            Whose score it is.
        row : Mapping
            Its features as of the moment, from ``FeatureBuilder.row``.
        as_of, scored_at : datetime
            The moment of knowledge (None in an untimed schema) and the present.

        Raises
        ------
        ModelUnavailableError
            If the model's output is not a probability.
        """
        return self._score_read([(lead, as_of)], [row], [self.encoder.vector(row)], scored_at)[0]

    def _score_read(
        self,
        leads: Sequence[tuple[Lead, datetime | None]],
        rows: Sequence[Mapping[str, float | str | None]],
        vectors: Sequence[np.ndarray],
        scored_at: datetime,
    ) -> list[Score]:
        used = [{name: row[name] for name in self._column_names} for row in rows]
        explanations, probabilities = self._explain(np.array(vectors), used)
        return [
            self._score(
                lead.lead_id, lead.attributes, explanation, probability, self._coverage.of_row(row), as_of, scored_at
            )
            for (lead, as_of), row, explanation, probability in zip(
                leads, rows, explanations, probabilities, strict=True
            )
        ]

    def score_many(
        self, leads: pl.DataFrame, events: pl.LazyFrame | None, moments: pl.DataFrame, *, scored_at: datetime
    ) -> list[Score]:
        """Return one score per row of ``moments``; see :class:`models.scoring.Scorer`.

        Raises
        ------
        ModelUnavailableError
            If an output of the model is not a probability.
        """
        frame = self.builder.frame(leads, events, moments)
        rows = frame.select(self._column_names).to_dicts() if self._column_names else [{}] * len(frame)
        explanations, probabilities = self._explain(self.encoder.matrix(frame), rows)
        moment_list = moments["as_of"].to_list() if self.catalog.schema.timed else [None] * len(moments)
        whole = zip(
            moments["lead_id"],
            self._attributes(leads, moments),
            explanations,
            probabilities,
            self._coverage.of_frame(frame),
            moment_list,
            strict=True,
        )
        return [
            self._score(lead_id, attributes, explanation, probability, coverage, as_of, scored_at)
            for lead_id, attributes, explanation, probability, coverage, as_of in whole
        ]

    def probabilities(self, frame: pl.DataFrame) -> np.ndarray:
        """Return the calibrated probability of each row of a features frame, without reasons.

        Parameters
        ----------
        frame : DataFrame
            From ``FeatureBuilder.frame``.

        Returns
        -------
        numpy.ndarray, shape (n,)
            Probabilities in [0, 1].

        Raises
        ------
        ModelUnavailableError
            If an output of the model is not a probability.
        """
        return _checked(self.calibration.probability(self.model.margin(self.encoder.matrix(frame))))

    def sub_scores(self, frame: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return fit and engagement of each row in calibrated log-odds, as ``Grades.fit`` wants them."""
        matrix = self.encoder.matrix(frame)
        shares = self._explainer.take_apart(self.model.margin(matrix), self.model.contributions(matrix))
        return self._explainer.sub_scores(shares, self.calibration)

    def _explain(
        self, matrix: np.ndarray, rows: Sequence[Mapping[str, float | str | None]]
    ) -> tuple[list[Explanation], np.ndarray]:
        # The margin is no sum of contributions: that differs in the last digit, which a cutoff can notice.
        margin, contributions = self.model.answer(matrix)
        probability = _checked(self.calibration.probability(margin))
        if not np.isfinite(contributions).all():
            raise _unsound("contributions that are not finite")
        shares = self._explainer.take_apart(margin, contributions)
        return self._explainer.explain(shares, self.calibration, self.scale, rows), probability

    def _attributes(self, leads: pl.DataFrame, moments: pl.DataFrame) -> list[Mapping[str, Any]]:
        sla = self.agreement.sla
        if not sla.sql.requires and not sla.personas:
            return [_NOTHING] * len(moments)
        return [lead.attributes for lead, _, _ in snapshots(self.catalog.schema, leads, None, moments)]

    def _advised(self, scores: Sequence[Score], cases: Sequence[Case]) -> list[Score]:
        both = list(zip(scores, cases, strict=True))
        steps = [self._qualifier.steps(case, score.points) for score, case in both]
        questions = [self._question.of(case, score.points, score.blocked_by) for score, case in both]
        found = self._pipeline.side_by_side([*steps, *questions])
        return [
            replace(score, what_would_qualify=qualify, ask_next=question)
            for score, qualify, question in zip(scores, found[: len(both)], found[len(both) :], strict=True)
        ]

    def _score(
        self,
        lead_id: str,
        attributes: Mapping[str, Any],
        explanation: Explanation,
        probability: float,
        coverage: float,
        as_of: datetime | None,
        scored_at: datetime,
    ) -> Score:
        sla = self.agreement.sla
        score = int(self.scale.score(explanation.points))
        stage, blocked_by = stage_of(score, missing_fields(attributes, sla.sql.requires))
        k = self.scale.k
        return Score(
            lead_id=lead_id,
            probability=float(probability),
            score=score,
            points=explanation.points,
            stage=stage,
            grade=self.grades.grade(explanation.fit_points / k, explanation.engagement_points / k),
            engine=self.engine,
            degraded=False,
            degraded_reason=None,
            fit_points=explanation.fit_points,
            engagement_points=explanation.engagement_points,
            base_points=explanation.base_points,
            reasons=explanation.reasons,
            model=self.reference,
            sla=self.agreement.reference_at(scored_at),
            as_of=as_of,
            scored_at=scored_at,
            coverage=coverage,
            persona=persona_of(sla.personas, {**attributes, **facts_of(self._facts, attributes)})
            if sla.personas
            else None,
            blocked_by=blocked_by,
            warnings=(f"{coverage:.0%} of what the model reads is known of this lead",) if coverage < THIN else (),
        )


def _checked(probability: np.ndarray) -> np.ndarray:
    if not ((probability >= 0.0) & (probability <= 1.0)).all():
        raise _unsound("an output that is not a probability")
    return probability


def _unsound(what: str) -> ModelUnavailableError:
    return ModelUnavailableError(
        f"The model gave {what}.", "a probability from 0 to 1.", "The rules answer; promote another version."
    )
