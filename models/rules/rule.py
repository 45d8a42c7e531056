"""One rule: when it holds, and how many points it gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from features.domain import Group, Text
from models.rules.facts import Fact
from models.rules.questions import Question

DAILY_CAP = 20
"""Events of one kind and UTC day that count unless a rule says otherwise, against link scanners."""


@dataclass(frozen=True, slots=True)
class AttributeCondition:
    """Asks one attribute, or what follows from it (seniority of a job title, kind of an e-mail address).

    Parameters
    ----------
    column : str
        Attribute of the lead.
    fact : Fact
        What of it is asked.
    question : Question
        The question.
    """

    column: str
    fact: Fact
    question: Question


@dataclass(frozen=True, slots=True)
class EventCondition:
    """Counts events.

    Parameters
    ----------
    kinds : frozenset of str
        Kinds of event that count.
    within_days : float or None
        Only events younger than this; None counts all up to as_of.
    at_least : int
        How many are needed for any points.
    half_life_days : float or None
        Days after which an event's points are halved; None means never.
    daily_cap : int
        Most events of one UTC day that count: the first ones of the day.
    where : tuple of (str, Question)
        Questions to properties; all must be answered yes.
    """

    kinds: frozenset[str]
    within_days: float | None = None
    at_least: int = 1
    half_life_days: float | None = None
    daily_cap: int = DAILY_CAP
    where: tuple[tuple[str, Question], ...] = ()

    def decay(self, age_days: float) -> float:
        """Return the share of its points that an event of this age still gives, in (0, 1]."""
        return 1.0 if self.half_life_days is None else float(2.0 ** (-age_days / self.half_life_days))


@dataclass(frozen=True, slots=True)
class Rule:
    """Points for what a lead is or does.

    Parameters
    ----------
    rule_id : str
        Its name in rules.yaml and in the reasons.
    group : str
        Name of its group of points, which may be capped.
    points : float
        Points once the conditions hold; with ``max_points``, points for each event. Negative points are allowed.
    attributes : tuple of AttributeCondition
        All must hold.
    events : EventCondition or None
        At most one; decides how often the points are given.
    max_points : float or None
        Most points (fewest, for negative ones) over all events; None gives the points once.
    text : Text or None
        What the reason says; ``{value}`` stands for what was seen.
    """

    rule_id: str
    group: str
    points: float
    attributes: tuple[AttributeCondition, ...] = ()
    events: EventCondition | None = None
    max_points: float | None = None
    text: Text | None = None

    @property
    def most(self) -> float:
        """The most points that it can give (fewest, if negative)."""
        return self.points if self.max_points is None else self.max_points

    def bounded(self, points: float) -> float:
        """Return points of several events held within ``max_points``."""
        return min(points, self.most) if self.points >= 0 else max(points, self.most)


@dataclass(frozen=True, slots=True)
class PointGroup:
    """Rules whose points are limited together.

    Parameters
    ----------
    name : str
        Its name in rules.yaml.
    part_of : Group
        Fit or engagement.
    cap, floor : float or None
        Most and fewest points; None means no limit.
    text : Text
        What it is called in the reason that shows a limit.
    """

    name: str
    part_of: Group
    cap: float | None = None
    floor: float | None = None
    text: Text = field(default_factory=lambda: Text("", ""))

    def limited(self, points: float) -> float:
        """Return the points held between floor and cap."""
        if self.cap is not None and points > self.cap:
            return self.cap
        if self.floor is not None and points < self.floor:
            return self.floor
        return points
