"""What the model weighs where a rule holds: a suggestion for its points, from scores that the model gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.rules.one_lead import find
from models.rules.rule import Rule
from serving.calls.rules.book import RuleBook
from serving.calls.rules.sample import latest_leads
from serving.store import Transaction

LOOKED_AT = 1_000
FEWEST = 20
"""Leads on either side of a rule below which nothing is suggested."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What the model gives for the concept that a rule asks about.

    Parameters
    ----------
    points : float
        Mean points where the rule holds, less the mean where it does not.
    holds : int
        Leads for which the rule holds.
    of : int
        Leads that a model scored.
    """

    points: float
    holds: int
    of: int


def model_weights(tx: Transaction, book: RuleBook) -> Mapping[str, Weight]:
    """Return a weight by rule id, for rules about one thing and seen often enough.

    A rule with several conditions has no counterpart among the model's concepts; the model weighs each for itself.

    Parameters
    ----------
    tx : Transaction
        From which leads and scores are read.
    book : RuleBook
        The rules.
    """
    concepts = {rule.rule_id: concept for rule in book.rule_set.rules if (concept := concept_of(rule)) is not None}
    held: dict[str, list[float]] = {rule_id: [] for rule_id in concepts}
    free: dict[str, list[float]] = {rule_id: [] for rule_id in concepts}
    leads = list(latest_leads(tx, LOOKED_AT))
    points = tx.scores.model_points([one.row.lead_id for one in leads])
    for one in leads:
        given = points.get(one.row.lead_id)
        if given is None:
            continue
        found = {finding.rule.rule_id for finding in find(book.rule_set, one.lead, one.events, tx.now).found}
        for rule_id, concept in concepts.items():
            (held if rule_id in found else free)[rule_id].append(given.get(concept, 0.0))
    return {
        rule_id: Weight(
            _mean(held[rule_id]) - _mean(free[rule_id]), len(held[rule_id]), len(held[rule_id] + free[rule_id])
        )
        for rule_id in concepts
        if min(len(held[rule_id]), len(free[rule_id])) >= FEWEST
    }


def concept_of(rule: Rule) -> str | None:
    """Return the model's concept that a rule asks about: the attribute or the kind of event; None for several."""
    asked = {condition.column for condition in rule.attributes}
    if rule.events is not None:
        asked |= rule.events.kinds
    return asked.pop() if len(asked) == 1 else None


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
