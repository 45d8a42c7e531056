"""From what the rules found to points with reasons that add up exactly."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.domain import OTHER, Group, Reason, Text, Value
from models.reasons import OTHER_TEXT, SMALLEST_POINTS
from models.rules.facts import fact_in_words, fact_of
from models.rules.findings import Finding, Findings
from models.rules.questions import IsFilled
from models.rules.rule import Rule
from models.rules.rule_set import HELD_BELOW_MQL, RuleSet

REQUIRED = "required"
"""The reason that holds a lead without a required attribute below 50."""

_GRADE_EDGES = (0.15, 0.35, 0.60)


@dataclass(frozen=True, slots=True)
class Tally:
    """A lead's points and where they come from; ``base_points + sum(reasons) == points``.

    Parameters
    ----------
    points, fit_points, engagement_points : float
        Points in all, and by group; not held in 0..100.
    reasons : tuple of Reason
        Largest first, ``other`` last.
    grade : str
        Fit letter and engagement digit.
    lacking : tuple of str
        Required attributes that are missing.
    """

    points: float
    fit_points: float
    engagement_points: float
    reasons: tuple[Reason, ...]
    grade: str
    lacking: tuple[str, ...]


def add_up(rule_set: RuleSet, findings: Findings) -> Tally:
    """Return the points of one lead's findings after the limits of the groups and the requirements.

    A limit is a reason of its own ("limit reached: -14"), so that every rule keeps the points that rules.yaml says.

    Parameters
    ----------
    rule_set : RuleSet
        The rules that found them.
    findings : Findings
        What they found.
    """
    reasons = [_reason(rule_set, finding, findings.values) for finding in findings.found]
    by_part = dict.fromkeys(Group, 0.0)
    for group in rule_set.groups:
        earned = math.fsum(finding.points for finding in findings.found if finding.rule.group == group.name)
        limit = group.limited(earned)
        by_part[group.part_of] += limit
        if limit != earned:
            reasons.append(_limit_reason(group.name, group.part_of, group.text, limit, limit - earned))
    grade = _grade(rule_set, by_part)
    lacking = tuple(name for name in rule_set.required if findings.values.get(name) is None)
    total = math.fsum((rule_set.base_points, *by_part.values()))
    if lacking and total > HELD_BELOW_MQL:
        held = _required_reason(lacking, HELD_BELOW_MQL - total)
        reasons.append(held)
        by_part[Group.FIT] += held.points
        total = HELD_BELOW_MQL
    return Tally(
        points=total,
        fit_points=by_part[Group.FIT],
        engagement_points=by_part[Group.ENGAGEMENT],
        reasons=_named_and_other(reasons),
        grade=grade,
        lacking=lacking,
    )


def shown(points: float) -> int:
    """Return the score of points: rounded down and held in 0..100.

    Sums of decayed points are rounded to nine digits first, so that 49.99999999999 from adding is 50.
    """
    return max(0, min(100, math.floor(round(points, 9))))


def rule_text(rule: Rule, seen: Text | None) -> Text:
    """Return a rule's sentence with the value seen in it, or behind it in brackets."""
    plain = rule.text or Text.same(_name(rule))
    return Text(_with(plain.en, None if seen is None else seen.en), _with(plain.de, None if seen is None else seen.de))


def _name(rule: Rule) -> str:
    named = sorted(rule.events.kinds)[0] if rule.events else rule.attributes[0].column
    return named.replace("_", " ")


def _with(sentence: str, seen: str | None) -> str:
    if "{value}" in sentence:
        return sentence.replace("{value}", seen) if seen else sentence.replace("{value}", "").rstrip(" :,(–").strip()
    return sentence if seen is None or _says_already(sentence, seen) else f"{sentence} ({seen})"


def _says_already(sentence: str, seen: str) -> bool:
    """Return whether a sentence holds these very words; a number in it may be a limit rather than the value."""
    return seen[:1].isalpha() and re.search(rf"(?<!\w){re.escape(seen)}(?!\w)", sentence, re.IGNORECASE) is not None


def _seen(finding: Finding, values: Mapping[str, Value]) -> Text | None:
    rule = finding.rule
    if rule.events is not None:
        count, days = finding.count, rule.events.within_days
        if days is None:
            return Text.same(f"{count}×")
        return Text(
            f"{count} in {days:g} day{'' if days == 1 else 's'}", f"{count} in {days:g} Tag{'' if days == 1 else 'en'}"
        )
    condition = rule.attributes[0]
    if isinstance(condition.question, IsFilled):
        return None
    return fact_in_words(condition.fact, fact_of(condition.fact, values.get(condition.column)))


def _reason(rule_set: RuleSet, finding: Finding, values: Mapping[str, Value]) -> Reason:
    seen = _seen(finding, values)
    return Reason(
        feature=finding.rule.rule_id,
        group=rule_set.group_of[finding.rule.rule_id].part_of,
        value=None if seen is None else seen.en,
        points=finding.points,
        text=rule_text(finding.rule, seen),
    )


def _limit_reason(name: str, part: Group, text: Text, limit: float, cut: float) -> Reason:
    return Reason(
        feature=f"limit:{name}",
        group=part,
        value=f"{limit:g}",
        points=cut,
        text=Text(f"Limit reached: {text.en}, {limit:g} points", f"Grenze erreicht: {text.de}, {limit:g} Punkte"),
    )


def _required_reason(lacking: Sequence[str], points: float) -> Reason:
    fields = ", ".join(lacking)
    return Reason(
        feature=REQUIRED,
        group=Group.FIT,
        value=fields,
        points=points,
        text=Text(f"Held below 50 until known: {fields}", f"Unter 50 gehalten, bis bekannt: {fields}"),
    )


def _named_and_other(reasons: list[Reason]) -> tuple[Reason, ...]:
    named = sorted((r for r in reasons if abs(r.points) >= SMALLEST_POINTS), key=lambda r: (-abs(r.points), r.feature))
    rest = math.fsum(r.points for r in reasons if abs(r.points) < SMALLEST_POINTS)
    other = Reason(OTHER, None, None, rest, OTHER_TEXT)
    return (*named, other)


def _grade(rule_set: RuleSet, by_part: Mapping[Group, float]) -> str:
    """Return the grade by shares of what fit and engagement can reach under the caps."""

    def step(part: Group) -> int:
        reach = rule_set.reach[part]
        return sum(by_part[part] >= edge * reach for edge in _GRADE_EDGES) if reach > 0 else 0

    return f"{'DCBA'[step(Group.FIT)]}{4 - step(Group.ENGAGEMENT)}"
