"""The rules of a company, as read from rules.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from features.domain import Group, Value
from features.schema import Schema
from models.rules.facts import Fact, facts_of
from models.rules.rule import PointGroup, Rule

HELD_BELOW_MQL = 49.0
"""Points that a lead without a required attribute cannot exceed."""


@dataclass(frozen=True)
class RuleSet:
    """Rules on the SLA's scale: 50 points are an MQL, 75 an SQL.

    Parameters
    ----------
    version : int
        Raised whenever people change the rules.
    base_points : float
        Points of a lead of which nothing is known.
    groups : tuple of PointGroup
        In the order in which limits are shown.
    rules : tuple of Rule
        In the file's order.
    required : tuple of str
        Attributes without which a lead stays below 50.
    fact_columns : Mapping[Fact, str]
        Which attribute each derived fact comes from, where the company has exactly one; personas may name facts.
    """

    version: int
    base_points: float
    groups: tuple[PointGroup, ...]
    rules: tuple[Rule, ...]
    required: tuple[str, ...] = ()
    fact_columns: Mapping[Fact, str] = field(default_factory=dict)

    @classmethod
    def from_mapping(cls, rules: Mapping[str, Any], schema: Schema | None = None) -> RuleSet:
        """Return the rules written as in rules.yaml (docs/rules.md).

        Parameters
        ----------
        rules : Mapping
            The parsed file.
        schema : Schema, optional
            What the company's columns and events mean; names that are not in it are refused.

        Returns
        -------
        RuleSet
            The checked rules.

        Raises
        ------
        ConfigError
            If an entry is missing, unknown or out of range; the message names the rule and the entry.
        """
        # Reading needs the records above, and nothing here needs reading until somebody brings a file.
        from models.rules.reading import read_rules

        return read_rules(rules, schema)

    @cached_property
    def group_of(self) -> Mapping[str, PointGroup]:
        """The group whose limits hold, by rule id."""
        groups = {group.name: group for group in self.groups}
        return {rule.rule_id: groups[rule.group] for rule in self.rules}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The attributes that the rules ask for, in the order of their first rule."""
        asked = (condition.column for rule in self.rules for condition in rule.attributes)
        return tuple(dict.fromkeys((*asked, *self.required)))

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The event kinds that the rules count."""
        return frozenset().union(*(rule.events.kinds for rule in self.rules if rule.events is not None))

    @cached_property
    def reach(self) -> Mapping[Group, float]:
        """The most points that fit and engagement can bring, after the caps."""
        total = dict.fromkeys(Group, 0.0)
        for group in self.groups:
            most = sum(rule.most for rule in self.rules if rule.group == group.name and rule.points > 0)
            total[group.part_of] += most if group.cap is None else min(most, group.cap)
        return total

    def fit_only(self) -> RuleSet:
        """Return the rules that ask who a lead is, without any that asks what it did."""
        groups = tuple(group for group in self.groups if group.part_of is Group.FIT)
        named = {group.name for group in groups}
        rules = tuple(rule for rule in self.rules if rule.group in named and rule.events is None)
        return replace(self, groups=groups, rules=rules)

    def facts(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """Return the derived facts of these attributes, by the names that personas use (``job_function``, ...)."""
        return facts_of(self.fact_columns, values)
