"""Rules that a draft might hold: levels of categories, ranges of numbers, missing values, kinds of events."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from features.domain import Text
from features.domain.say import sentence, short
from features.schema import Column, ColumnType, Schema
from features.vocabulary.email_domains import NAMES as EMAIL_KINDS
from features.vocabulary.event_phrases import phrase_of
from features.vocabulary.job_titles import FUNCTIONS
from features.vocabulary.spelling import slug
from training.intake.event_worth import worth_of

_MOST_LEVELS = 40
_MOST_KINDS = 25
_FEWEST_LEADS = 30
_RARELY_MISSING = 0.03
_WINDOW_DAYS = 90
_LONG_WINDOW_DAYS = 365
_FREE_VALUES = {ColumnType.CATEGORY, ColumnType.COUNTRY}
_PRESENCE_ONLY = {ColumnType.FREE_TEXT, ColumnType.WEBSITE, ColumnType.DATE}


_UNNAMED = Text.same("")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule without points.

    Parameters
    ----------
    rule_id : str
        Name in rules.yaml.
    about : str
        Column or event kind; candidates of one column exclude each other.
    text : Text
        What the reason says.
    when : Mapping[str, Any]
        The condition as in rules.yaml.
    group : str
        ``fit`` or ``engagement``.
    usual_points : float
        What such a rule is usually worth, 0 where only the history can say.
    times : int
        Events that count; 0 for rules about attributes.
    called : Text
        What people call the column, of a range.
    """

    rule_id: str
    about: str
    text: Text
    when: Mapping[str, Any] = field(hash=False)
    group: str = "fit"
    usual_points: float = 0.0
    times: int = 0
    called: Text = _UNNAMED

    def entry(self, points: float) -> dict[str, Any]:
        """Return the rule as in rules.yaml, with these points for each time."""
        rule: dict[str, Any] = {
            "id": self.rule_id,
            "text": self.text.to_mapping(),
            "group": self.group,
            "when": dict(self.when),
            "points": points,
        }
        if self.times > 1:
            rule["max_points"] = points * self.times
        return rule


def candidates(schema: Schema, known: pl.DataFrame, kinds_seen: Sequence[str]) -> list[Candidate]:
    """Return every rule worth a look, from the columns that scores may read only.

    Parameters
    ----------
    schema : Schema
        What columns and events mean.
    known : polars.DataFrame
        Attributes of the older half as known at each moment, by column name.
    kinds_seen : sequence of str
        Event kinds that the rules may name, most frequent first.
    """
    types = [column.type for column in schema.used_columns]
    found: list[Candidate] = []
    for column in schema.used_columns:
        only = types.count(column.type) == 1
        values = known[column.name] if column.name in known.columns else pl.Series(column.name, [], dtype=pl.String)
        found.extend(_of_column(column, values, only=only, timed=schema.timed))
    for kind in kinds_seen[:_MOST_KINDS]:
        found.append(_of_event(kind))
    return found


def label_of(name: str) -> str:
    """Return a column's or event's name as people read it.

    Examples
    --------
    >>> label_of("total_visits"), label_of("What is your current occupation")
    ('Total visits', 'What is your current occupation')
    """
    spaced = name.replace("_", " ").strip()
    return spaced[:1].upper() + spaced[1:]


def _of_column(column: Column, values: pl.Series, *, only: bool, timed: bool) -> Iterator[Candidate]:
    group = column.group.value
    if column.type is ColumnType.JOB_TITLE:
        yield from _of_job_title(column.name, group, {} if only else {"attribute": column.name})
    elif column.type is ColumnType.EMAIL:
        yield from _of_email(column.name, group, {} if only else {"attribute": column.name})
    elif column.type is ColumnType.NUMBER:
        yield from _of_number(column, group, values)
    elif column.type in _FREE_VALUES:
        yield from _of_category(column, group, values)
    readable = column.type in {*_FREE_VALUES, *_PRESENCE_ONLY, ColumnType.NUMBER, ColumnType.JOB_TITLE}
    missing = values.null_count() / max(1, len(values))
    if readable and _RARELY_MISSING <= missing <= 1 - _RARELY_MISSING and (timed or column.type is not ColumnType.DATE):
        text = sentence("{name} not known", "{name} unbekannt", name=column.called)
        when = {"attribute": column.name, "filled": False}
        yield Candidate(f"{slug(column.name) or 'column'}_missing", column.name, text, when, group)


def _of_job_title(name: str, group: str, attribute: Mapping[str, str]) -> Iterator[Candidate]:
    senior, junior = Text("Leading position", "Leitende Position"), Text("Intern or student", "Praktikum oder Studium")
    yield Candidate("leading_position", name, senior, {**attribute, "seniority": {"from": 6}}, group, 8)
    yield Candidate("manager", name, Text("Manager or team lead", "Abteilungs- oder Teamleitung"),
                    {**attribute, "seniority": {"from": 4, "below": 6}}, group, 3)  # fmt: skip
    yield Candidate("intern_or_student", name, junior, {**attribute, "seniority": {"below": 2}}, group, -10)
    for function, text in FUNCTIONS.items():
        if function != "other":
            works_in = Text(f"Works in {text.en}", f"Arbeitet im Bereich {text.de}")
            when = {**attribute, "function": function}
            yield Candidate(f"function_{function}", f"{name}: function", works_in, when, group)


def _of_email(name: str, group: str, attribute: Mapping[str, str]) -> Iterator[Candidate]:
    for kind, points in (("business", 0), ("free", -8), ("disposable", -20), ("invalid", -15), ("education", -5)):
        said = EMAIL_KINDS[kind]
        text = Text(f"E-mail address: {said.en}", f"E-Mail-Adresse: {said.de}")
        yield Candidate(f"email_{kind}", name, text, {**attribute, "email_kind": kind}, group, points)


def _of_number(column: Column, group: str, values: pl.Series) -> Iterator[Candidate]:
    filled = values.drop_nulls().cast(pl.Float64)
    if len(filled) < _FEWEST_LEADS:
        return
    distinct = filled.unique().sort().to_list()
    if len(distinct) <= 6:
        edges = distinct[1:]
    else:
        quantiles = np.quantile(filled.to_numpy(), [0.2, 0.4, 0.6, 0.8])
        # An edge between zero and more keeps "none" apart from "few", which quantiles of skewed counts miss.
        edges = sorted({*map(_readable, quantiles), *([_readable(distinct[1])] if distinct[0] == 0 else [])})
        edges = [edge for edge in edges if distinct[0] < edge <= distinct[-1]]
    bounds = [None, *edges, None]
    name, stem = column.name, slug(column.name) or "number"
    for low, high in itertools.pairwise(bounds):
        if low is None and high is None:
            continue
        when = {"attribute": name} | ({} if low is None else {"from": low}) | ({} if high is None else {"below": high})
        yield Candidate(
            range_id(stem, low, high), name, range_text(column.called, low, high), when, group, called=column.called
        )


def range_id(stem: str, low: float | None, high: float | None) -> str:
    """Return a rule's name for a range, e.g. ``employees_50_to_1000``."""

    def word(edge: float) -> str:
        return f"{edge:g}".replace(".", "_").replace("-", "minus_").replace("+", "")

    if low is None:
        return f"{stem}_below_{word(high or 0.0)}"
    return f"{stem}_from_{word(low)}" if high is None else f"{stem}_{word(low)}_to_{word(high)}"


def range_text(label: Text, low: float | None, high: float | None) -> Text:
    """Return what a range is called.

    Examples
    --------
    >>> range_text(Text("Budget", "Budget"), 33000, None)
    Text(en='Budget from 33,000', de='Budget ab 33.000')
    """
    if low is None:
        return sentence("{label} below {high}", "{label} unter {high}", label=label, high=short(high or 0.0))
    if high is None:
        return sentence("{label} from {low}", "{label} ab {low}", label=label, low=short(low))
    return sentence(
        "{label} from {low} to below {high}", "{label} von {low} bis unter {high}",
        label=label, low=short(low), high=short(high),
    )  # fmt: skip


def _readable(value: float) -> float:
    """Return a number with two significant digits, whole if it can be."""
    rounded = float(f"{value:.2g}")
    return int(rounded) if rounded.is_integer() else rounded


def _of_category(column: Column, group: str, values: pl.Series) -> Iterator[Candidate]:
    counted = values.drop_nulls().value_counts(sort=True).filter(pl.col("count") >= _FEWEST_LEADS).head(_MOST_LEVELS)
    name, stem = column.name, slug(column.name) or "column"
    for level in counted[name].to_list():
        rule_id = f"{stem}_{slug(level) or 'level'}"[:48]
        yield Candidate(rule_id, name, column.called, {"attribute": name, "one_of": [level]}, group)


def _of_event(kind: str) -> Candidate:
    phrase, worth = phrase_of(kind), worth_of(kind)
    text = Text.same(label_of(kind)) if phrase is None else Text(phrase.done, " ".join(phrase.getan.format("").split()))
    window = _WINDOW_DAYS if worth.half_life_days <= _WINDOW_DAYS / 2 else _LONG_WINDOW_DAYS
    when = {"event": kind, "within_days": window, "half_life_days": worth.half_life_days}
    return Candidate(slug(kind) or "event", kind, text, when, "engagement", worth.points, worth.times)
