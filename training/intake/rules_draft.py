"""The first rules.yaml: what is usual, corrected by what the older half of the company's leads shows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from features.config import Config
from features.domain import Group
from features.history.port import History
from features.schema import Schema
from models.rules import RuleSet
from models.rules.many_leads import find_many
from training.intake.older_half import OlderHalf, older_half
from training.intake.promises import Promises, promise
from training.intake.rule_candidates import Candidate, candidates
from training.intake.rule_points import FEWEST_CONVERTED, Drafted, give_points, measure, merged

FEWEST_POSITIVES = 4 * FEWEST_CONVERTED
_BASE_WITHOUT_EVIDENCE = 20
_CAPS_WITHOUT_EVIDENCE = {Group.FIT: (50, -30), Group.ENGAGEMENT: (60, -30)}
_MQL_SHARE_AT_MOST = 0.4

_HEADER = """The rules in force while no trained model can answer, and the opponent that a model has to beat.
Points are on the SLA's scale: 50 is an MQL, 75 an SQL; 12.5 points mean doubled odds of conversion.
Drafted by leadscore init from the older half of the leads whose outcome is known; change it as you like.
The format is described in docs/rules.md."""


@dataclass(frozen=True, slots=True)
class RulesStudy:
    """Drafted rules and what they give on the older half.

    Parameters
    ----------
    drafted : tuple of Drafted
        Rules with points.
    half : OlderHalf or None
        The leads they were drawn from.
    limits : Mapping[Group, (cap, floor)]
        Limits of fit and engagement.
    points : array of float64 or None
        Points without the base on the older half, after the limits.
    promises : Promises
        Conversion rates that the SLA's draft promises.
    """

    drafted: tuple[Drafted, ...]
    half: OlderHalf | None
    limits: Mapping[Group, tuple[int, int]]
    points: NDArray[np.float64] | None
    promises: Promises


def draft_rules(history: History, config: Config, study: RulesStudy | None = None) -> CommentedMap:
    """Return a first rules.yaml, at most 30 rules with texts in English and German.

    Parameters
    ----------
    history : History
        The company's history.
    config : Config
        Its leadscore.yaml; columns left out are never used.
    study : RulesStudy or None
        Of this history, where it is made already; None makes it.

    Returns
    -------
    CommentedMap
        Accepted by ``RuleSet.from_mapping``; comments carry the evidence.
    """
    study = study or study_rules(history, config)
    top = CommentedMap()
    top["version"] = 1
    top["base_points"] = _base_points(study)
    groups = CommentedMap()
    for part, (cap, floor) in study.limits.items():
        groups[part.value] = _flow({"cap": cap, "floor": floor})
    top["groups"] = groups
    top["rules"] = _rules(study)
    top.yaml_set_start_comment(_HEADER)
    top.yaml_set_comment_before_after_key("base_points", before=_base_comment(study))
    top.yaml_set_comment_before_after_key("groups", before="Most and fewest points of each group.")
    return top


def study_rules(history: History, config: Config) -> RulesStudy:
    """Return the drafted rules with what they were drawn from (``draft_sla`` reads the promises)."""
    half, schema = older_half(history, config), config.schema
    if half is None or min(half.converted_leads, half.lead_count - half.converted_leads) < FEWEST_POSITIVES:
        usual = [c for c in _all_candidates(schema, history, half) if c.usual_points]
        drafted = tuple(Drafted(candidate, round(candidate.usual_points), None) for candidate in usual)
        base = None if half is None else half.rate
        return RulesStudy(drafted, half, _CAPS_WITHOUT_EVIDENCE, None, promise(base, None, None, None))
    found, _ = measure(half, schema, _all_candidates(schema, history, half))
    drafted = tuple(give_points(half, schema, _distinct(merged(found))))
    by_group = _points_by_group(drafted, half, schema)
    limits = {part: _limits(points) for part, points in by_group.items()}
    points = np.sum([np.clip(by_group[part], limits[part][1], limits[part][0]) for part in Group], axis=0)
    return RulesStudy(drafted, half, limits, points, promise(half.rate, points, half.converted, half.weight))


def _all_candidates(schema: Schema, history: History, half: OlderHalf | None) -> list[Candidate]:
    leads = history.leads() if half is None else half.leads
    names = [column.name for column in schema.used_columns if f"attribute.{column.name}" in leads.columns]
    known = leads.unique("lead_id", keep="last", maintain_order=True).select(
        pl.col(f"attribute.{name}").alias(name) for name in names
    )
    kinds = list(schema.engagement_kinds)
    if half is not None and half.events is not None:
        counted = half.events.group_by("event").len().sort("len", "event", descending=[True, False]).collect()
        kinds = [kind for kind in counted["event"].to_list() if kind in set(kinds)]
    return _distinct(candidates(schema, known, kinds if schema.timed else []))


def _distinct(wanted: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates with ids of their own."""
    used: dict[str, int] = {}
    named = []
    for candidate in wanted:
        count = used[candidate.rule_id] = used.get(candidate.rule_id, 0) + 1
        named.append(
            candidate
            if count == 1
            else Candidate(
                f"{candidate.rule_id}_{count}", candidate.about, candidate.text, candidate.when, candidate.group,
                candidate.usual_points, candidate.times,
            )
        )  # fmt: skip
    return named


def _points_by_group(drafted: Sequence[Drafted], half: OlderHalf, schema: Schema) -> dict[Group, NDArray[np.float64]]:
    rules = RuleSet.from_mapping({"rules": [one.candidate.entry(one.points) for one in drafted]}, schema)
    points = find_many(rules, half.leads, half.events, half.moments).points
    return {
        part: points[:, [i for i, one in enumerate(drafted) if one.candidate.group == part.value]].sum(axis=1)
        for part in Group
    }


def _limits(points: NDArray[np.float64]) -> tuple[int, int]:
    """Return a cap and a floor that touch about one lead in a hundred, in whole fives."""
    cap = 5 * math.ceil(float(np.quantile(points, 0.995)) / 5)
    floor = 5 * math.floor(float(np.quantile(points, 0.005)) / 5)
    return max(20, cap), min(-20, floor)


def _base_points(study: RulesStudy) -> int:
    # Where no rule tells leads apart, all or none would reach 50 points; all would flood sales.
    if not study.drafted or study.points is None or study.promises.mql_points is None:
        return _BASE_WITHOUT_EVIDENCE
    return round(50 - study.promises.mql_points)


def _base_comment(study: RulesStudy) -> str:
    if not study.drafted:
        return "Points of every lead: nothing in the data tells leads apart, so that by these rules nobody is an MQL."
    if study.points is None or study.half is None or study.promises.mql_points is None:
        return "Points of a lead of which nothing is known. Too few outcomes are known to set it from the data."
    crossing = study.points >= study.promises.mql_points
    weight = study.half.weight
    share = float(weight[crossing].sum() / weight.sum())
    rate = float((weight * study.half.converted)[crossing].sum() / max(weight[crossing].sum(), 1e-12))
    return (
        f"Set so that {share:.0%} of the older leads reach 50 points; {rate:.0%} of those converted, "
        f"{study.half.rate:.0%} of all."
    )


def _rules(study: RulesStudy) -> CommentedSeq:
    listed = CommentedSeq()
    for one in sorted(study.drafted, key=lambda d: (d.candidate.group != "engagement", -abs(d.points))):
        entry = one.candidate.entry(one.points)
        rule = CommentedMap()
        for key, value in entry.items():
            rule[key] = _flow(value) if isinstance(value, Mapping) else value
        rule.yaml_add_eol_comment(_evidence(one, study.half), "points")
        listed.append(rule)
    return listed


def _evidence(one: Drafted, half: OlderHalf | None) -> str:
    if one.evidence is None or half is None:
        return "usual practice; too few outcomes here to tell"
    seen = f"{one.evidence.leads:,.0f} leads, {one.evidence.rate:.0%} converted; overall {half.rate:.0%}"
    return seen if one.evidence.is_clear else f"usual practice; {seen}"


def _flow(values: Mapping[str, Any]) -> CommentedMap:
    flow = CommentedMap()
    for key, value in values.items():
        flow[key] = _flow(value) if isinstance(value, Mapping) else value
    flow.fa.set_flow_style()
    return flow
