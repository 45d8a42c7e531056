"""How many points each drafted rule gets: weight of evidence, seen together with all the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from features.domain import Text
from features.schema import Schema
from models.rules import RuleSet
from models.rules.many_leads import find_many
from models.scale import POINTS_PER_LOGIT
from training.intake.older_half import OlderHalf
from training.intake.rule_candidates import Candidate, range_id, range_text

FEWEST_LEADS = 50
FEWEST_CONVERTED = 5
CLEAR = 2.6
"""Standard errors from which a difference counts as clear (two-sided 1 %)."""

MOST_RULES = 30
MOST_POINTS = 40.0
_SMALLEST_POINTS = 2
_PSEUDO_LEADS = 20.0
# Standard deviations of the prior: how far a rule may lie from nothing, and from what is usual.
_DOUBT_LOGITS = 0.7
_DOUBT_USUAL_LOGITS = 0.35

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the older half says of one candidate.

    Parameters
    ----------
    candidate : Candidate
        The rule.
    leads : float
        Leads for which it held at some moment.
    rate : float
        Share of them that converted.
    woe : float
        Smoothed weight of evidence in log-odds against all leads.
    z : float
        Standard errors between its leads and the others.
    """

    candidate: Candidate
    leads: float
    rate: float
    woe: float
    z: float

    @property
    def is_clear(self) -> bool:
        """Whether there are enough leads and a clear difference."""
        enough = self.leads >= FEWEST_LEADS and self.leads * max(self.rate, 1 - self.rate) >= FEWEST_CONVERTED
        return enough and abs(self.z) >= CLEAR


@dataclass(frozen=True, slots=True)
class Drafted:
    """A rule with its points and the evidence for them (None without outcomes)."""

    candidate: Candidate
    points: float
    evidence: Evidence | None


def measure(half: OlderHalf, schema: Schema, wanted: Sequence[Candidate]) -> tuple[list[Evidence], FloatArray]:
    """Return the evidence on each candidate, and how often each held, shape (moments, candidates).

    Parameters
    ----------
    half : OlderHalf
        Leads with known outcome.
    schema : Schema
        The company's columns and events.
    wanted : sequence of Candidate
        The rules to look at.
    """
    # Ids are numbered, because candidates that are merged later may still share a name here.
    entries = [{**candidate.entry(1.0), "id": str(number)} for number, candidate in enumerate(wanted)]
    held = find_many(RuleSet.from_mapping({"rules": entries}, schema), half.leads, half.events, half.moments).points
    base = half.rate
    total, reached = float(half.weight.sum()), half.converted_leads
    found = []
    for number, candidate in enumerate(wanted):
        holds = half.weight * (held[:, number] > 0)
        leads, converted = float(holds.sum()), float((holds * half.converted).sum())
        rate = converted / leads if leads else base
        others = (reached - converted) / (total - leads) if total > leads else base
        smooth = (converted + _PSEUDO_LEADS * base) / (leads + _PSEUDO_LEADS)
        spread = math.sqrt(base * (1 - base) * (1 / max(leads, 1e-9) + 1 / max(total - leads, 1e-9)))
        found.append(
            Evidence(candidate, leads, rate, float(logit(smooth) - logit(base)), (rate - others) / max(spread, 1e-12))
        )
    return found, held


def merged(found: Sequence[Evidence]) -> list[Candidate]:
    """Return the candidates worth a rule: clear ones, those that custom knows, and alike levels as one rule.

    Levels of a category, and neighbouring ranges of a number, whose evidence rounds to the same five points are merged.
    """
    kept: list[Candidate] = []
    levels: dict[tuple[str, float], list[Evidence]] = {}
    ranges: list[Evidence] = []
    for evidence in found:
        candidate, when = evidence.candidate, evidence.candidate.when
        if "one_of" in when:
            if evidence.is_clear:
                levels.setdefault((candidate.about, _to_five(evidence.woe)), []).append(evidence)
        elif "from" in when or "below" in when:
            ranges.append(evidence)
        elif evidence.is_clear or (candidate.usual_points and (evidence.leads or candidate.times)):
            kept.append(candidate)
    kept.extend(_merged_levels(alike) for (_, points), alike in levels.items() if points)
    return kept + _merged_ranges(ranges)


def _to_five(woe: float) -> float:
    return 5.0 * round(woe * POINTS_PER_LOGIT / 5.0)


def _merged_levels(alike: list[Evidence]) -> Candidate:
    first = max(alike, key=lambda evidence: evidence.leads).candidate
    if len(alike) == 1:
        return first
    names = [evidence.candidate.when["one_of"][0] for evidence in sorted(alike, key=lambda e: -e.leads)]
    return replace(first, rule_id=f"{first.rule_id}_and_{len(alike) - 1}_more", when={**first.when, "one_of": names})


def _merged_ranges(ranges: list[Evidence]) -> list[Candidate]:
    runs: list[list[Evidence]] = []
    for evidence in ranges:
        last = runs[-1][-1] if runs else None
        same = last is not None and last.candidate.about == evidence.candidate.about
        if last is not None and same and _to_five(last.woe) == _to_five(evidence.woe):
            runs[-1].append(evidence)
        else:
            runs.append([evidence])
    kept = []
    for run in runs:
        if not _to_five(run[0].woe) or not any(evidence.is_clear for evidence in run):
            continue
        first, low, high = run[0].candidate, run[0].candidate.when.get("from"), run[-1].candidate.when.get("below")
        when = {"attribute": first.about} | {k: v for k, v in (("from", low), ("below", high)) if v is not None}
        if len(when) > 1:
            stem = first.rule_id.partition("_below_")[0] if low is None else first.rule_id.partition(f"_{low:g}_to")[0]
            text: Text = range_text(first.called, low, high)
            kept.append(replace(first, rule_id=range_id(stem.partition("_from_")[0], low, high), text=text, when=when))
    return kept


def give_points(half: OlderHalf, schema: Schema, wanted: Sequence[Candidate]) -> list[Drafted]:
    """Return at most ``MOST_RULES`` rules with points, the strongest evidence first kept.

    The points of all rules are found together (logistic regression with a normal prior around what is usual), so that
    two rules that see the same thing share its points instead of counting it twice. No rule gets a sign that its own
    evidence contradicts.

    Parameters
    ----------
    half, schema : OlderHalf, Schema
        Leads with known outcome; the company's columns and events.
    wanted : sequence of Candidate
        The rules to weigh.
    """
    found, held = measure(half, schema, wanted)
    order = sorted(range(len(found)), key=lambda i: (not _is_usual(found[i]), -abs(found[i].z)))[:MOST_RULES]
    order.sort()
    if not order:
        return []
    usual = np.array([wanted[i].usual_points for i in order]) / POINTS_PER_LOGIT
    # A rule must not contradict what its own comment shows, or what everybody expects of it.
    signs = [math.copysign(1.0, found[i].candidate.usual_points or found[i].woe) for i in order]
    weights = _fit(held[:, order], half, usual, signs)
    drafted = []
    for place, i in enumerate(order):
        points = _rounded(float(weights[place]) * POINTS_PER_LOGIT, per_event=wanted[i].times > 1)
        if abs(points) >= (1 if wanted[i].times > 1 else _SMALLEST_POINTS):
            drafted.append(Drafted(wanted[i], points, found[i]))
    return drafted


def _is_usual(evidence: Evidence) -> bool:
    return evidence.candidate.usual_points != 0


def _fit(held: FloatArray, half: OlderHalf, usual: FloatArray, signs: Sequence[float]) -> FloatArray:
    # Older leads have done more and convert less from then on; a level for each age keeps that out of their events.
    ages = (half.age_days[:, None] == np.unique(half.age_days)[None, :]).astype(np.float64)
    pull, count = 1.0 / np.where(usual == 0, _DOUBT_LOGITS, _DOUBT_USUAL_LOGITS) ** 2, len(usual)
    start = np.append(usual, np.full(ages.shape[1], logit(half.rate)))
    # Who unsubscribes or bounces keeps half of the usual penalty even where the data shrug: sales cannot reach them.
    sides: list[tuple[float | None, float | None]] = [
        (0.0, None) if sign > 0 else (None, min(0.0, 0.5 * expected))
        for sign, expected in zip(signs, usual, strict=True)
    ]

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        margin = held @ theta[:count] + ages @ theta[count:]
        off = theta[:count] - usual
        error = half.weight * (expit(margin) - half.converted)
        value = float(np.sum(half.weight * (np.logaddexp(0.0, margin) - half.converted * margin)))
        return value + 0.5 * float(off @ (pull * off)), np.append(held.T @ error + pull * off, ages.T @ error)

    bounds = [*sides, *([(None, None)] * ages.shape[1])]
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x[:count], dtype=np.float64)


def _rounded(points: float, *, per_event: bool) -> int:
    held = max(-MOST_POINTS, min(MOST_POINTS, points))
    # Whole fives are easier to agree on; small points, and those that are given several times, keep their ones.
    return round(held) if per_event or abs(held) < 7.5 else 5 * round(held / 5.0)
