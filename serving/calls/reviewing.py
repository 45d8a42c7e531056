"""After what scores follow was changed, the leads concerned are scored again: behind everything else, a few at a time.

The rules, and the map from their points to a probability, concern leads that rules scored; the ground of profiling
those that are scored against it; an agreement that nobody signed everybody with a score. New models and signatures have
rounds of their own (:mod:`serving.calls.renewing`, :mod:`serving.calls.agreement_in_force`).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from features.config import Profiling
from features.domain import LeadscoreError
from features.schema import Schema
from features.workspace import Workspace
from models.rules import RuleSet, read_calibration
from serving.engines import RULES_CALIBRATION
from serving.scoring import ScoringService
from serving.store import Transaction
from serving.store.columns import canonical_json
from serving.store.reviews import Found, Review

_LOG = logging.getLogger("bentoml.leadscore")
AT_ONCE = 2_000
"""Leads that are looked at in one transaction, and that may wait."""

SETTLED = timedelta(seconds=10)
"""After which every process on the machine scores by a file that was changed: each looks once a second."""

Look: TypeAlias = Callable[[Transaction, str | None, int], Found]


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that scores follow.

    Parameters
    ----------
    name : str
        Of it; also the cause of the scores that are made again.
    says : callable
        Returns what it says, as a text; None where scores follow something else.
    in_force_since : callable
        Returns since when it says so.
    look : callable
        Returns the leads concerned among the next ones.
    """

    name: str
    says: Callable[[], str | None]
    in_force_since: Callable[[], datetime]
    look: Look


class Reviewing:
    """Looks through the leads, a part in every round of the service's.

    Parameters
    ----------
    subjects : sequence of Subject
        What scores follow.
    """

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._subjects = tuple(subjects)
        self._seen: dict[str, tuple[str, datetime]] = {}

    def __call__(self, tx: Transaction) -> None:
        """Begin to look where something changed, or go on, or end."""
        for subject in self._subjects:
            says = subject.says()
            if says is not None:
                self._follow(tx, subject, hashlib.sha256(says.encode("utf-8")).hexdigest())

    def _follow(self, tx: Transaction, subject: Subject, fingerprint: str) -> None:
        review = tx.reviews.of(subject.name)
        if review is None:
            # The store's scores so far were made by it.
            tx.reviews.begin(subject.name, fingerprint, subject.in_force_since(), is_done=True)
        elif review.fingerprint != fingerprint:
            if self._is_settled(subject, fingerprint, tx.now) and subject.in_force_since() > review.in_force_since:
                tx.reviews.begin(subject.name, fingerprint, subject.in_force_since())
                _LOG.info("leads are scored again: %s changed", subject.name)
        elif review.finished_at is None and tx.rescoring.depth() < AT_ONCE:
            self._look(tx, subject, review)

    def _is_settled(self, subject: Subject, fingerprint: str, now: datetime) -> bool:
        seen, since = self._seen.get(subject.name, ("", now))
        if seen != fingerprint:
            self._seen[subject.name] = fingerprint, now
            return False
        return now - since >= SETTLED

    def _look(self, tx: Transaction, subject: Subject, review: Review) -> None:
        found = subject.look(tx, review.last_lead_id, AT_ONCE)
        tx.rescoring.ask_later(found.lead_ids, subject.name)
        tx.reviews.go_on(subject.name, found)
        if found.last is None:
            _LOG.info("all leads were looked at: %s", subject.name)


def subjects_of(
    workspace: Workspace, schema: Schema, profiling: Profiling, scoring: ScoringService
) -> tuple[Subject, ...]:
    """Return what scores follow in a workspace, beside models and signatures."""
    rules, calibration = workspace.rules_file, workspace.var / RULES_CALIBRATION
    # Read at the start, unlike the rules, which the engines follow.
    config_since, sla_since = _here_since(workspace.config_file), _here_since(workspace.sla_file)

    @lru_cache(maxsize=1)
    def rules_as_of(_: datetime) -> str | None:
        try:
            RuleSet.from_mapping(workspace.rules(), schema)
            held = read_calibration(calibration, rules)
            text = rules.read_text(encoding="utf-8")
        except (LeadscoreError, OSError, UnicodeDecodeError):
            # The rules before these go on.
            return None
        return canonical_json([text, None if held is None else held.calibration.to_mapping()])

    def agreement_says() -> str | None:
        agreement = scoring.agreement
        return canonical_json(agreement.sla.to_mapping()) if agreement.signing is None else None

    return (
        Subject(
            "rules",
            lambda: rules_as_of(_here_since(rules, calibration)),
            lambda: _here_since(rules, calibration),
            lambda tx, after, most: tx.reviews.scored_by_rules(after, most),
        ),
        Subject(
            "profiling",
            lambda: canonical_json([profiling.basis.value, profiling.without_basis.value]),
            lambda: config_since,
            lambda tx, after, most: tx.reviews.scored_without_regard(profiling, after, most),
        ),
        Subject(
            "agreement", agreement_says, lambda: sla_since, lambda tx, after, most: tx.reviews.scored(after, most)
        ),
    )  # fmt: skip


def _here_since(*files: Path) -> datetime:
    """Return when the newest of some files came to be where it is: also of an old one that was put back."""
    changed = [file.stat().st_ctime for file in files if file.exists()]
    return datetime.fromtimestamp(max(changed, default=0.0), UTC)
