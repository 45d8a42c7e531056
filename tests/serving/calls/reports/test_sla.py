import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from features.domain import Stage
from serving.calls.reports import By
from serving.calls.reports.share import Share
from serving.calls.reports.sla import Verdict, _verdict

BERLIN = ZoneInfo("Europe/Berlin")


def clause(report, name):
    (found,) = [one for one in report["clauses"] if one["name"] == name]
    return found


def sql(past, lead_id, day="2026-03-03", **sold):
    past.lead(lead_id, f"{day} 08:00")
    past.step(lead_id, Stage.SQL, f"{day} 09:00")
    if sold:
        past.outcome(lead_id, "won", **sold)


def hand_over(past, clock, lead_id, at, due, contacted=None):
    now, clock.moment = clock.moment, datetime.fromisoformat(at).replace(tzinfo=BERLIN)
    past.lead(lead_id, at)
    with past.store.begin() as tx:
        tx.handovers.begin(lead_id, due_at=datetime.fromisoformat(due).replace(tzinfo=BERLIN), sla_version=1)
    if contacted:
        clock.moment = datetime.fromisoformat(contacted).replace(tzinfo=BERLIN)
        with past.store.begin() as tx:
            tx.handovers.contacted(lead_id)
    clock.moment = now


def test_conversion_is_of_leads_whose_horizon_is_over_since_they_became_an_sql(past):
    sql(past, "won", at="2026-03-20 09:00")
    sql(past, "too late", at="2026-05-20 09:00")
    sql(past, "lost")
    sql(past, "young", day="2026-05-26", at="2026-05-27 09:00")
    told = clause(past.sla({"sql": {"min_conversion_rate": 0.3}}), "sql.min_conversion_rate")
    assert (told["total"]["of"], told["total"]["count"], told["total"]["open"]) == (3, 1, 1)
    assert told["total"]["verdict"] == "unclear"
    assert [one["open"] for one in told["periods"]][-2:] == [1, 0]


def test_a_step_before_the_span_belongs_to_no_period_of_it(past):
    sql(past, "L1", day="2026-02-20", at="2026-03-20 09:00")
    report = past.sla({"sql": {"min_conversion_rate": 0.3}, "mql": {"max_missed_customers": 0.2}})
    assert clause(report, "sql.min_conversion_rate")["total"]["of"] == 0
    assert clause(report, "mql.max_missed_customers")["total"]["of"] == 1
    assert sum(period["sql"] for period in report["periods"]) == 0
    assert sum(period["customers"] for period in report["periods"]) == 1


def test_missed_customers_are_held_against_the_most_allowed(past):
    for number in range(40):
        past.lead(f"L{number}", "2026-03-03 09:00")
        past.outcome(f"L{number}", "won", "2026-03-20 09:00")
    told = clause(past.sla({"mql": {"max_missed_customers": 0.2}}), "mql.max_missed_customers")
    assert (told["direction"], told["total"]["rate"], told["total"]["verdict"]) == ("at_most", 1.0, "broken")


def test_contact_in_time_is_kept_and_late_is_told_with_its_business_hours(past, clock):
    hand_over(past, clock, "kept", "2026-03-03 09:00", "2026-03-03 13:00", "2026-03-03 12:59")
    hand_over(past, clock, "late", "2026-03-03 09:00", "2026-03-03 16:00", "2026-03-04 10:00")
    hand_over(past, clock, "never", "2026-05-29 15:00", "2026-05-29 16:00")
    hand_over(past, clock, "running", "2026-06-01 09:00", "2026-06-01 15:00")
    report = past.sla({"sql": {"contact_within": "4 business hours"}})
    total = clause(report, "sql.contact_within")["total"]
    assert (total["of"], total["count"], total["open"]) == (3, 1, 1)
    assert [(one["lead_id"], one["business_hours_late"]) for one in report["breaches"]] == [
        ("never", 4.0), ("late", 2.0),
    ]  # fmt: skip
    assert sum(period["late"] for period in report["periods"]) == 2
    assert sum(period["handed_over"] for period in report["periods"]) == 4


def test_a_data_scientist_reads_no_leads_of_breaches(past, clock):
    hand_over(past, clock, "late", "2026-03-03 09:00", "2026-03-03 16:00")
    text = json.dumps(past.sla({}, with_ids=False))
    assert "late" in json.dumps(past.sla({})["breaches"][0]["lead_id"])
    assert '"lead_id": null' in text
    assert '"late"' not in text.replace('"late":', "")


def test_capacity_is_held_by_whole_weeks(past):
    for number in range(3):
        sql(past, f"A{number}", day="2026-03-03")
    sql(past, "B", day="2026-03-10")
    # The last week of the span is cut, so it would always look quiet.
    report = past.sla({"sql": {"max_per_week": 2}}, last="2026-03-19")
    told = clause(report, "sql.max_per_week")
    assert [one["count"] for one in told["periods"]] == [0, 1, 0]
    assert (told["total"]["of"], told["total"]["count"], told["limit"]) == (2, 1, 0.95)
    assert [(one["sql"], one["capacity"]) for one in report["periods"]] == [(3, 2.0), (1, 2.0), (0, 1.1)]


def test_acceptance_is_of_the_sqls_that_sales_answered(past):
    for lead_id, word in (("L1", "sql_accepted"), ("L2", "sql_rejected"), ("L3", None)):
        sql(past, lead_id)
        if word:
            past.outcome(lead_id, word, "2026-03-05 09:00", "no budget" if word == "sql_rejected" else None)
    total = clause(past.sla({"sql": {"min_acceptance_rate": 0.6}}), "sql.min_acceptance_rate")["total"]
    assert (total["of"], total["count"], total["open"]) == (2, 1, 1)


def test_a_clause_that_no_clock_measures_says_so_and_one_not_agreed_is_not_told(past):
    report = past.sla({"mql": {"contact_within": "2 business days"}})
    assert [one["name"] for one in report["clauses"]] == ["mql.contact_within"]
    assert report["clauses"][0]["total"]["verdict"] == "not_measured"


def test_by_month_the_figures_are_those_of_its_weeks_together(past):
    for day in ("2026-03-03", "2026-03-10", "2026-04-07"):
        sql(past, day, day=day)
    report = past.sla({"sql": {"min_conversion_rate": 0.3}}, by=By.MONTH)
    assert [one["sql"] for one in report["periods"]] == [2, 1, 0, 0]
    assert [one["of"] for one in report["clauses"][0]["periods"]] == [2, 1, 0, 0]


@pytest.mark.parametrize(
    ("count", "of", "verdict"),
    [(0, 0, Verdict.OPEN), (3, 10, Verdict.UNCLEAR), (30, 100, Verdict.UNCLEAR), (45, 100, Verdict.KEPT),
     (15, 100, Verdict.BROKEN)],
)  # fmt: skip
def test_a_promise_is_judged_only_where_chance_does_not_explain_it(count, of, verdict):
    assert _verdict(Share(count, of), 0.3, is_most=False) is verdict
    opposite = {Verdict.KEPT: Verdict.BROKEN, Verdict.BROKEN: Verdict.KEPT}
    assert _verdict(Share(count, of), 0.3, is_most=True) is opposite.get(verdict, verdict)
