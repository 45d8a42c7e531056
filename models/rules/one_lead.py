"""The rules on one lead, in plain Python."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from features.domain import Event, Lead, Value
from models.rules.facts import fact_of
from models.rules.findings import Finding, Findings
from models.rules.rule import EventCondition, Rule
from models.rules.rule_set import RuleSet

DAY_MICROSECONDS = 86_400_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def find(
    rule_set: RuleSet, lead: Lead, events: Sequence[Event], as_of: datetime | None, *, also: Sequence[str] = ()
) -> Findings:
    """Return what the rules find on a lead; events after ``as_of`` are not read, in any order of arrival.

    Parameters
    ----------
    rule_set : RuleSet
        The rules.
    lead : Lead
        Attributes as known at ``as_of``.
    events : sequence of Event
        What the lead did.
    as_of : datetime or None
        Moment of knowledge, with a zone; without one (an untimed history) no event counts.
    also : sequence of str
        Further attributes that the answer needs.
    """
    seen: dict[str, list[tuple[int, Event]]] = {kind: [] for kind in rule_set.kinds}
    now = 0
    if as_of is not None and seen:
        now = (as_of - _EPOCH) // _MICROSECOND
        for event in events:
            mine = seen.get(event.event)
            if mine is not None and event.occurred_at <= as_of:
                mine.append(((event.occurred_at - _EPOCH) // _MICROSECOND, event))
        for mine in seen.values():
            mine.sort(key=_moment)
    values = {column: _known(lead.attributes.get(column), as_of) for column in (*rule_set.columns, *also)}
    found = []
    for rule in rule_set.rules:
        if not holds(rule, values):
            continue
        if rule.events is None:
            found.append(Finding(rule, rule.points))
            continue
        points, count = _earned(rule, rule.events, seen, now)
        if count:
            found.append(Finding(rule, points, count))
    return Findings(tuple(found), values)


def _known(value: Value, as_of: datetime | None) -> Value:
    # A date that lies ahead was written later than it looks; features treat it as missing too.
    return None if as_of is not None and isinstance(value, datetime) and value > as_of else value


def _moment(item: tuple[int, Event]) -> int:
    return item[0]


def holds(rule: Rule, values: Mapping[str, Value]) -> bool:
    """Return whether all of a rule's conditions on attributes hold for these values by column."""
    return all(
        condition.question.accepts(fact_of(condition.fact, values.get(condition.column)))
        for condition in rule.attributes
    )


def _earned(
    rule: Rule, condition: EventCondition, seen: Mapping[str, list[tuple[int, Event]]], now: int
) -> tuple[float, int]:
    ages: list[float] = []
    oldest = -math.inf if condition.within_days is None else now - condition.within_days * DAY_MICROSECONDS
    for kind in condition.kinds:
        moments = _capped(_matching(condition, seen[kind]), condition.daily_cap)
        ages += [(now - moment) / DAY_MICROSECONDS for moment in moments if moment > oldest]
    if len(ages) < condition.at_least:
        return 0.0, 0
    if rule.max_points is None:
        return rule.points * condition.decay(min(ages)), len(ages)
    return rule.bounded(rule.points * sum(map(condition.decay, ages))), len(ages)


def _matching(condition: EventCondition, seen: list[tuple[int, Event]]) -> list[int]:
    if not condition.where:
        return [moment for moment, _ in seen]
    return [
        moment
        for moment, event in seen
        if all(question.accepts(event.properties.get(name)) for name, question in condition.where)
    ]


def _capped(moments: list[int], daily_cap: int) -> list[int]:
    """Return the first events of each day.

    The window is laid over them afterwards: a later event never takes the place of one that grew too old, so that
    points do not rise by waiting.
    """
    if len(moments) <= daily_cap:
        return moments
    kept, day, today = [], None, 0
    for moment in moments:
        if moment // DAY_MICROSECONDS != day:
            day, today = moment // DAY_MICROSECONDS, 0
        today += 1
        if today <= daily_cap:
            kept.append(moment)
    return kept
