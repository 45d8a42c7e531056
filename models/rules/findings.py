"""What the rules found on one lead; the same records from the evaluator of one lead and that of many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from features.domain import Value
from models.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that gave points.

    Parameters
    ----------
    rule : Rule
        The rule.
    points : float
        What it gave, before the limits of its group.
    count : int
        Events that counted; 0 for rules about attributes only.
    """

    rule: Rule
    points: float
    count: int = 0


@dataclass(frozen=True, slots=True)
class Findings:
    """All rules that gave points to one lead, and the attributes they asked for.

    Parameters
    ----------
    found : tuple of Finding
        In the order of the rules.
    values : Mapping[str, Value]
        The lead's attributes by column; absent or None means missing.
    """

    found: tuple[Finding, ...]
    values: Mapping[str, Value]
