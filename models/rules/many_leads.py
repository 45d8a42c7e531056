"""The rules on many leads and moments at once, with the same conditions as on one lead.

A question is asked once for each distinct value of a column; events are counted by polars.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.domain import Value
from models.rules.facts import Fact, fact_of
from models.rules.findings import Finding, Findings
from models.rules.one_lead import DAY_MICROSECONDS
from models.rules.questions import Question
from models.rules.rule import EventCondition, Rule
from models.rules.rule_set import HELD_BELOW_MQL, RuleSet

_MOMENT = pl.Datetime("us", "UTC")
_LONG_AGO = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class RulePoints:
    """What the rules found on many leads.

    Parameters
    ----------
    rule_set : RuleSet
        The rules.
    points : array of float64, shape (moments, rules)
        What each rule gave, before limits; 0 where it did not hold.
    counts : array of int64, shape (moments, rules)
        Events that counted; -1 where a rule about attributes held.
    values : polars.DataFrame
        The attributes that the rules ask for, as known at each moment, by column name.
    """

    rule_set: RuleSet
    points: NDArray[np.float64]
    counts: NDArray[np.int64]
    values: pl.DataFrame

    def totals(self) -> NDArray[np.float64]:
        """Return each moment's points after limits and requirements, shape (moments,)."""
        total = np.full(len(self.points), self.rule_set.base_points)
        for group in self.rule_set.groups:
            mine = [number for number, rule in enumerate(self.rule_set.rules) if rule.group == group.name]
            low = -np.inf if group.floor is None else group.floor
            high = np.inf if group.cap is None else group.cap
            total += np.clip(self.points[:, mine].sum(axis=1), low, high)
        if self.rule_set.required:
            lacks = self.values.select(pl.any_horizontal(pl.col(self.rule_set.required).is_null())).to_series()
            total = np.where(lacks.to_numpy(), np.minimum(total, HELD_BELOW_MQL), total)
        return total

    def findings(self) -> Iterator[Findings]:
        """Yield the findings of each moment, in order."""
        rules = self.rule_set.rules
        # A frame without columns has no rows, however many moments were asked.
        asked = self.values.iter_rows(named=True) if self.values.width else repeat({}, len(self.points))
        for number, values in enumerate(asked):
            held = np.flatnonzero(self.counts[number])
            yield Findings(
                tuple(
                    Finding(rules[j], float(self.points[number, j]), max(0, int(self.counts[number, j]))) for j in held
                ),
                values,
            )


def find_many(
    rule_set: RuleSet,
    leads: pl.DataFrame,
    events: pl.LazyFrame | None,
    moments: pl.DataFrame,
    *,
    also: Sequence[str] = (),
) -> RulePoints:
    """Return what the rules find at each moment, in the order of ``moments``.

    Parameters
    ----------
    rule_set : RuleSet
        The rules.
    leads, events, moments : frames
        As in docs/architecture.md, Frames. Of a lead's versions the last one known at the moment is asked.
    also : sequence of str
        Further attributes that the answer needs.
    """
    values = _known_values(tuple(dict.fromkeys((*rule_set.columns, *also))), leads, moments)
    points = np.zeros((moments.height, len(rule_set.rules)))
    counts = np.zeros((moments.height, len(rule_set.rules)), dtype=np.int64)
    columns = {name: _Column(values[name]) for name in rule_set.columns}
    counted = _visible_events(rule_set, events, moments)
    for number, rule in enumerate(rule_set.rules):
        holds = np.ones(moments.height, dtype=np.bool_)
        for condition in rule.attributes:
            holds &= columns[condition.column].answers(condition.question, condition.fact)
        if rule.events is None:
            points[holds, number], counts[holds, number] = rule.points, -1
        elif counted is not None:
            rows, earned, count = _earned(rule, rule.events, counted)
            points[rows, number], counts[rows, number] = earned, count
            points[~holds, number], counts[~holds, number] = 0.0, 0
    return RulePoints(rule_set, points, counts, values)


def _known_values(columns: tuple[str, ...], leads: pl.DataFrame, moments: pl.DataFrame) -> pl.DataFrame:
    stored = [
        (pl.col(f"attribute.{name}") if f"attribute.{name}" in leads.columns else pl.lit(None)).alias(name)
        for name in columns
    ]
    since = pl.coalesce("known_at", "created_at").dt.epoch("us").fill_null(_LONG_AGO).alias("$since")
    versions = leads.select("lead_id", since, *stored).sort("$since", maintain_order=True)
    asked = moments.select(
        "lead_id",
        pl.col("as_of").cast(_MOMENT).dt.epoch("us").fill_null(np.iinfo(np.int64).max).alias("$since"),
        pl.int_range(pl.len()).alias("$row"),
    ).sort("$since")
    known = asked.join_asof(versions, on="$since", by="lead_id", strategy="backward", check_sortedness=False)
    dates = [name for name in columns if isinstance(known.schema[name], pl.Datetime)]
    return known.sort("$row").select(
        *(
            # A date that lies ahead was written later than it looks; features treat it as missing too.
            pl.when(pl.col(name).dt.epoch("us") <= pl.col("$since")).then(pl.col(name))
            if name in dates
            else pl.col(name)
            for name in columns
        )
    )


class _Column:
    """A column as codes of its distinct values, so that a question is asked once for each of them."""

    def __init__(self, values: pl.Series) -> None:
        distinct = values.drop_nulls().unique().sort()
        self._values: list[Value] = [None, *distinct.to_list()]
        codes = values.rank("dense") if len(distinct) else pl.repeat(None, len(values), dtype=pl.UInt32, eager=True)
        self._codes = codes.fill_null(0).cast(pl.Int64).to_numpy()

    def answers(self, question: Question, fact: Fact) -> NDArray[np.bool_]:
        accepted = np.array([question.accepts(fact_of(fact, value)) for value in self._values], dtype=np.bool_)
        return np.asarray(accepted[self._codes], dtype=np.bool_)


def _visible_events(rule_set: RuleSet, events: pl.LazyFrame | None, moments: pl.DataFrame) -> pl.DataFrame | None:
    """Return events of the kinds asked for at or before each moment, one row per moment and event."""
    kinds = sorted(rule_set.kinds)
    if events is None or not kinds:
        return None
    names = {name for rule in rule_set.rules if rule.events for name, _ in rule.events.where}
    there = set(events.collect_schema().names())
    properties = [
        (pl.col(f"property.{name}") if f"property.{name}" in there else pl.lit(None)).alias(f"property.{name}")
        for name in sorted(names)
    ]
    asked = moments.lazy().select(
        "lead_id",
        pl.col("as_of").cast(_MOMENT).dt.epoch("us").alias("$now"),
        pl.int_range(pl.len()).alias("$row"),
    )
    return (
        events.filter(pl.col("event").is_in(kinds))
        .select("lead_id", "event", pl.col("occurred_at").dt.epoch("us").alias("$moment"), *properties)
        .join(asked.drop_nulls("$now"), on="lead_id", how="inner")
        .filter(pl.col("$moment") <= pl.col("$now"))
        .sort("$row", "$moment", maintain_order=True)
        .collect()
    )


def _earned(
    rule: Rule, condition: EventCondition, counted: pl.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return the moments that earn points by this rule, with the points and the events that counted."""
    mine = counted.filter(pl.col("event").is_in(sorted(condition.kinds)))
    for name, question in condition.where:
        mine = mine.filter(pl.Series(_Column(mine[f"property.{name}"]).answers(question, Fact.VALUE)))
    day = pl.col("$moment") // DAY_MICROSECONDS
    mine = mine.filter(pl.int_range(pl.len()).over("$row", "event", day) < condition.daily_cap)
    if condition.within_days is not None:
        mine = mine.filter(pl.col("$moment") > pl.col("$now") - condition.within_days * DAY_MICROSECONDS)
    age = (pl.col("$now") - pl.col("$moment")) / DAY_MICROSECONDS
    share = pl.lit(1.0) if condition.half_life_days is None else (-age * np.log(2) / condition.half_life_days).exp()
    summed = (
        mine.with_columns(share.alias("$share"))
        .group_by("$row")
        .agg(
            pl.col("$share").sum().alias("sum"),
            pl.col("$share").max().alias("latest"),
            pl.len().cast(pl.Int64).alias("count"),
        )
        .filter(pl.col("count") >= condition.at_least)
    )
    rows, count = summed["$row"].to_numpy(), summed["count"].to_numpy()
    if rule.max_points is None:
        return rows, rule.points * summed["latest"].to_numpy(), count
    earned = rule.points * summed["sum"].to_numpy()
    return rows, np.minimum(earned, rule.most) if rule.points >= 0 else np.maximum(earned, rule.most), count
