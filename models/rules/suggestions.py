"""What would move a lead: the next question to ask, and what it could do to qualify."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from features.domain import Stage
from features.vocabulary.field_questions import field_question
from models.rules.answer import Tally, rule_text, shown
from models.rules.findings import Findings
from models.rules.one_lead import holds
from models.rules.rule import EventCondition, Rule
from models.rules.rule_set import RuleSet
from models.scale import MQL_POINTS, SQL_POINTS

_MOST_STEPS = 3
_ROUNDING = 1e-9


def next_question(rule_set: RuleSet, findings: Findings, blocked_by: Sequence[str]) -> Mapping[str, Any] | None:
    """Return the missing attribute whose best answer would add most points, or None.

    Parameters
    ----------
    rule_set : RuleSet
        The rules.
    findings : Findings
        What they found on the lead.
    blocked_by : sequence of str
        Attributes without which the lead is held where it is; they are asked for first.

    Returns
    -------
    Mapping or None
        ``field``, ``points`` (at best) and ``text`` in en and de.
    """
    best: dict[str, float] = {}
    for rule in rule_set.rules:
        if rule.events is not None or rule.points <= 0:
            continue
        missing = {c.column for c in rule.attributes if findings.values.get(c.column) is None}
        if len(missing) == 1 and not holds(rule, findings.values):
            column = missing.pop()
            best[column] = max(best.get(column, 0.0), rule.points)
    if not best and not blocked_by:
        return None
    candidates = blocked_by or tuple(best)
    field = max(candidates, key=lambda column: best.get(column, 0.0))
    return {"field": field, "points": best.get(field, 0.0), "text": field_question(field).to_mapping()}


def steps_to_qualify(
    rule_set: RuleSet, findings: Findings, tally: Tally, stage: Stage
) -> tuple[Mapping[str, Any], ...]:
    """Return the few acts that together would lift the lead to the next stage, the strongest first.

    Parameters
    ----------
    rule_set, findings : RuleSet, Findings
        The rules and what they found.
    tally : Tally
        The lead's points.
    stage : Stage
        Where it stands; an SQL needs nothing more.

    Returns
    -------
    tuple of Mapping
        ``feature``, ``change`` (an event and how often), ``points``, ``score`` after it and ``text`` of each act; empty
        where even the strongest do not suffice.
    """
    if stage is Stage.SQL:
        return ()
    goal = MQL_POINTS if stage is Stage.LEAD else SQL_POINTS
    missing = goal - tally.points
    earned = {finding.rule.rule_id: finding.points for finding in findings.found}
    room = _room(rule_set, findings)
    gains = []
    for rule in rule_set.rules:
        if rule.events is None or rule.points <= 0 or not holds(rule, findings.values):
            continue
        gain = min(rule.most - earned.get(rule.rule_id, 0.0), rule.points * max(1, rule.events.at_least))
        if gain >= 1:
            gains.append((gain, rule, rule.events))
    gains.sort(key=lambda item: -item[0])
    steps: list[Mapping[str, Any]] = []
    for gain, rule, events in gains[:_MOST_STEPS]:
        counted = min(gain, room[rule.group])
        room[rule.group] -= counted
        missing -= counted
        steps.append(_step(rule, events, counted, goal - missing))
        if missing <= _ROUNDING:
            return tuple(steps)
    return ()


def _room(rule_set: RuleSet, findings: Findings) -> dict[str, float]:
    room = {}
    for group in rule_set.groups:
        earned = math.fsum(f.points for f in findings.found if f.rule.group == group.name)
        room[group.name] = math.inf if group.cap is None else max(0.0, group.cap - earned)
    return room


def _step(rule: Rule, events: EventCondition, gain: float, after: float) -> Mapping[str, Any]:
    return {
        "feature": rule.rule_id,
        "change": {"event": min(events.kinds), "times": max(1, events.at_least)},
        "points": round(gain, 6),
        "score": shown(after),
        "text": rule_text(rule, None).to_mapping(),
    }
