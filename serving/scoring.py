"""Score leads: the model answers, and the agreed rules wherever it cannot be trusted.

Scoring never fails because of the model, the registry or the explanation. Whenever rules answer although a model was
expected, the score says so: ``degraded`` and ``degraded_reason``.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

from pydantic import ValidationError

from features.domain import Clock, ModelUnavailableError, Score
from features.schema import Schema
from features.workspace import Workspace
from models.agreement import Agreement
from serving.champion import NO_MODEL, Champion, Loaded
from serving.engines import load_champion, rules_scorer, watched_files
from serving.errors import Problem, RefusedError, from_validation
from serving.metrics.measures import count_score
from serving.noting import note_score
from serving.records import Case, read_case
from serving.soundness import INSUFFICIENT_DATA, MODEL_ERROR, MODEL_OUTPUT, is_sound
from serving.wire import ScoreRequest

_LOG = logging.getLogger("bentoml.leadscore")


class ScoringService:
    """The use case behind the scoring calls.

    Parameters
    ----------
    workspace : Workspace
        Whose leads are scored.
    schema : Schema
        What the workspace's columns mean.
    champion : Champion
        The model that serves, if any, and the agreed rules.
    clock : Clock
        The present.
    """

    def __init__(self, workspace: Workspace, schema: Schema, champion: Champion, clock: Clock) -> None:
        self.workspace = workspace
        self.schema = schema
        self.champion = champion
        self.clock = clock

    @classmethod
    def open(cls, workspace: Workspace, clock: Clock) -> Self:
        """Return the service of a workspace, with its champion loaded if it verifies.

        Raises
        ------
        ConfigError
            If leadscore.yaml, sla.yaml or rules.yaml is not usable.
        """
        config, sla = workspace.config(), workspace.sla()
        champion = Champion(
            workspace.champion,
            watched_files(workspace),
            lambda folder: load_champion(workspace, folder, sla),
            lambda: rules_scorer(workspace, config, sla),
            clock,
        )
        return cls(workspace, config.schema, champion, clock)

    @property
    def agreement(self) -> Agreement:
        """The agreement by which is scored; it follows the file with the signed one."""
        return self.champion.rules.agreement

    def read(self, document: Any) -> Case:
        """Return the case that a request's body describes.

        Raises
        ------
        RefusedError
            If the body breaks the contract; every fault is named with its place.
        """
        try:
            request = ScoreRequest.model_validate(document)
        except ValidationError as error:
            raise RefusedError(from_validation(error, ScoreRequest)) from None
        return read_case(request, self.schema, self.clock.now())

    def score(self, case: Case) -> Score:
        """Return the score of one case, by the model or by the rules."""
        score = self._score(case)
        count_score(score)
        note_score(score.engine)
        return score

    def _score(self, case: Case) -> Score:
        self.champion.look()
        loaded = self.champion.loaded
        if loaded is None:
            refusal = self.champion.refusal
            return self._by_rules(case, NO_MODEL if refusal is None else refusal.reason)
        if case.is_empty:
            return self._by_rules(case, INSUFFICIENT_DATA)
        try:
            score = loaded.scorer.score(case.lead, case.events, case.as_of, scored_at=self.clock.now())
        except ModelUnavailableError:
            _LOG.exception("the model's answer on lead %s is not a probability", case.lead.lead_id)
            return self._by_rules(case, MODEL_OUTPUT)
        except Exception:  # noqa: BLE001 - whatever a model raises, the rules answer
            _LOG.exception("the model failed on lead %s", case.lead.lead_id)
            return self._by_rules(case, MODEL_ERROR)
        if not is_sound(score):
            _LOG.error("the model's answer on lead %s is not a score", case.lead.lead_id)
            return self._by_rules(case, MODEL_OUTPUT)
        return with_warnings(score, case.warnings)

    def score_each(self, cases: Sequence[Case]) -> list[Score]:
        """Return what :meth:`score` returns for each case, with the model asked for all of them at once."""
        self.champion.look()
        loaded, told = self.champion.loaded, {}
        if loaded is not None:
            asked = [place for place, case in enumerate(cases) if not case.is_empty]
            told = dict(zip(asked, self._at_once(loaded, [cases[place] for place in asked]), strict=False))
        return [self._one_of_many(case, told.get(place)) for place, case in enumerate(cases)]

    def _at_once(self, loaded: Loaded, cases: Sequence[Case]) -> list[Score]:
        try:
            return loaded.scorer.score_each(
                [(case.lead, case.events, case.as_of) for case in cases], scored_at=self.clock.now()
            )
        except Exception:  # noqa: BLE001 - asked for each lead alone, the model fails on one of them, and it is logged
            return []

    def _one_of_many(self, case: Case, score: Score | None) -> Score:
        if score is None or not is_sound(score):
            return self.score(case)
        count_score(score)
        note_score(score.engine)
        return with_warnings(score, case.warnings)

    def score_fit(self, case: Case, reason: str) -> Score:
        """Return what fit rules alone say of a lead that may not be profiled by what it does.

        Parameters
        ----------
        case : Case
            The lead; its events are not read.
        reason : str
            Why it may not.
        """
        self.champion.look()
        rules = self.champion.rules.fit_only
        score = rules.score(case.lead, (), case.as_of, scored_at=self.clock.now())
        score = replace(with_warnings(score, case.warnings), degraded=True, degraded_reason=reason)
        count_score(score)
        note_score(score.engine)
        return score

    def read_documents(self, documents: Sequence[Any]) -> list[Case | Problem]:
        """Return a case or a problem for each document, in their order."""
        return [self._read_document(document) for document in documents]

    def _read_document(self, document: Any) -> Case | Problem:
        try:
            return self.read(document)
        except RefusedError as refused:
            return refused.problem

    def _by_rules(self, case: Case, reason: str) -> Score:
        score = self.champion.rules.score(case.lead, case.events, case.as_of, scored_at=self.clock.now())
        warnings = (*case.warnings, "insufficient_data") if case.is_empty else case.warnings
        return replace(with_warnings(score, warnings), degraded=True, degraded_reason=reason)


def with_warnings(score: Score, warnings: Sequence[str]) -> Score:
    """Return the score with warnings added, each once."""
    together = tuple(dict.fromkeys((*score.warnings, *warnings)))
    return score if together == score.warnings else replace(score, warnings=together)
