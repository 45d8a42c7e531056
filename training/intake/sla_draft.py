"""The first sla.yaml: every clause of an agreement with a sensible value, for two departments to change and sign."""

from __future__ import annotations

import math

import polars as pl
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from features.config import Config
from features.history.port import History
from features.schema import ColumnType, Schema
from features.vocabulary.spelling import slug
from training.intake.rules_draft import RulesStudy, study_rules

_MAX_MISSED = 0.30
_USUAL_ACCEPTANCE = 0.60
_RECENT_WEEKS = 13
_WEEK_SECONDS = 7 * 86_400
_FEWEST_A_WEEK = 5
_MOSTLY_FILLED = 0.5
_CONSENT_WORDS = {"consent", "einwilligung", "permission", "gdpr", "dsgvo", "optin"}

_HEADER = """The agreement between marketing and sales. Every clause is optional.
Whatever stands here is watched and certified.
Drafted by leadscore init; agree on it, then fill in agreed_by and valid_from.
What each clause promises, and what happens if it cannot hold, is described in docs/sla.md."""
_SIGNATURES = """valid_from: 2026-01-01
agreed_by: {marketing: head of marketing, sales: head of sales}"""
_PERSONAS = """personas:   # named groups of leads, by attribute, job_function or a range of numbers
  - {name: Marketing lead in a mid-size company, match: {job_function: marketing, employees: 50-1000}}"""


def draft_sla(history: History, config: Config, study: RulesStudy | None = None) -> CommentedMap:
    """Return a first sla.yaml, accepted by ``Sla.from_mapping``.

    Parameters
    ----------
    history : History
        The company's history.
    config : Config
        Its leadscore.yaml.
    study : RulesStudy or None
        Of this history, where the rules' draft made it already; None makes it.

    Returns
    -------
    CommentedMap
        The clauses with comments that say where their values come from.
    """
    promises = (study or study_rules(history, config)).promises
    within = f", within {config.target.horizon_days:g} days" if config.schema.timed else ""
    base = "not known yet" if promises.base_rate is None else f"{promises.base_rate:.1%} in the older half"
    # With events, leads are looked at from a day after they came in, and those that are closed by then are not.
    whose = "all leads" if config.events is None else "leads still open a day after they came in"
    top = CommentedMap()
    top["version"] = 1
    top["confidence"] = 0.95
    top.yaml_add_eol_comment("of the certificate, over all its clauses", "confidence")
    mql = CommentedMap()
    mql["min_conversion_rate"] = promises.mql_rate
    mql.yaml_add_eol_comment(f"of MQLs{within}; of {whose}: {base}", "min_conversion_rate")
    mql["max_missed_customers"] = _MAX_MISSED
    mql.yaml_add_eol_comment("later customers that never were an MQL", "max_missed_customers")
    mql["contact_within"] = "2 business days"
    sql = CommentedMap()
    sql["min_conversion_rate"] = promises.sql_rate
    sql.yaml_add_eol_comment(f"of SQLs{within}", "min_conversion_rate")
    acceptance = _acceptance(history.outcomes())
    if acceptance is not None:
        sql["min_acceptance_rate"] = acceptance[0]
        sql.yaml_add_eol_comment(f"of SQLs that sales takes on; so far {acceptance[1]:.0%}", "min_acceptance_rate")
    weekly = _arrivals_a_week(history)
    if weekly is not None:
        sql["max_per_week"] = _capacity(weekly * promises.sql_share)
        sql.yaml_add_eol_comment(f"what sales can take; {weekly:,.0f} leads a week come in", "max_per_week")
    sql["contact_within"] = "4 business hours"
    required = _required(config.schema, history.leads())
    if required:
        sql["requires"] = _flow_list(required)
        sql.yaml_add_eol_comment("fields that sales needs; without them a lead stays MQL", "requires")
    top["mql"], top["sql"] = mql, sql
    clauses = ("sql.max_per_week", "sql.min_conversion_rate", "mql.min_conversion_rate", "mql.max_missed_customers")
    top["priority"] = _flow_list([name for name in clauses if name != "sql.max_per_week" or weekly is not None])
    top.yaml_add_eol_comment("the most important first, if not all can hold", "priority")
    top["hysteresis"] = 5
    top.yaml_add_eol_comment("points below a stage's entry at which it is left", "hysteresis")
    top["certificate_days"] = 90
    top["calendar"] = _calendar(config.time_zone)
    top.yaml_add_eol_comment("office hours of sales; holidays, e.g. DE-BY, may be added", "calendar")
    top.yaml_set_start_comment(_HEADER)
    if acceptance is None:
        later = f"min_acceptance_rate: {_USUAL_ACCEPTANCE}   # of SQLs that sales takes on, once sales records it"
        sql.yaml_set_comment_before_after_key("contact_within", before=later, indent=2)
    top.yaml_set_comment_before_after_key("confidence", before=_SIGNATURES)
    top.yaml_set_comment_before_after_key("calendar", before=_PERSONAS)
    return top


def _acceptance(outcomes: pl.DataFrame) -> tuple[float, float] | None:
    """Return a rate to promise and the one so far, or None where sales records no answers."""
    answers = outcomes.filter(pl.col("outcome").is_in(["sql_accepted", "sql_rejected"]))
    if answers.is_empty():
        return None
    rate = float((answers["outcome"] == "sql_accepted").sum()) / answers.height
    # A promise somewhat below what is usual, in whole fives, so that the first report is not a breach.
    promised = math.floor(min(rate, 0.95) * 20) / 20
    return min(max(promised, 0.05), max(_USUAL_ACCEPTANCE, promised)), rate


def _arrivals_a_week(history: History) -> float | None:
    """Return how many leads came in a week of the last quarter, or None without times."""
    created = history.leads().group_by("lead_id").agg(pl.col("created_at").min())["created_at"].drop_nulls()
    seconds = created.dt.epoch("s").to_numpy()
    if not len(seconds) or seconds.min() == seconds.max():
        return None
    since = max(int(seconds.min()), int(seconds.max()) - _RECENT_WEEKS * _WEEK_SECONDS)
    weeks = max(1.0, (int(seconds.max()) - since) / _WEEK_SECONDS)
    return float((seconds > since).sum()) / weeks


def _capacity(expected: float) -> int:
    """Return a readable number of hand-overs a week somewhat above what is expected."""
    wanted = max(_FEWEST_A_WEEK, 1.2 * expected)
    step = 5 if wanted < 100 else 25
    return step * math.ceil(wanted / step)


def _required(schema: Schema, leads: pl.DataFrame) -> list[str]:
    """Return the fields without which sales cannot start: an address, and consent where it is recorded."""
    found = []
    for column in schema.used_columns:
        name = f"attribute.{column.name}"
        is_wanted = column.type is ColumnType.EMAIL or _CONSENT_WORDS & set(slug(column.name).split("_"))
        if is_wanted and name in leads.columns and leads[name].null_count() <= (1 - _MOSTLY_FILLED) * leads.height:
            found.append(column.name)
    return found


def _calendar(time_zone: str) -> CommentedMap:
    calendar = CommentedMap()
    calendar["time_zone"] = "Europe/Berlin" if time_zone == "UTC" else time_zone
    calendar["days"] = "mon-fri"
    calendar["hours"] = DoubleQuotedScalarString("09:00-17:00")
    calendar.fa.set_flow_style()
    return calendar


def _flow_list(names: list[str]) -> CommentedSeq:
    sequence = CommentedSeq(names)
    sequence.fa.set_flow_style()
    return sequence
