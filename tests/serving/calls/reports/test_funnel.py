from features.domain import Stage
from serving.calls.reports import By
from serving.calls.reports.funnel import MOST_GROUPS


def counts(figures):
    return [figures["counts"][step] for step in ("lead", "mql", "sql", "opportunity", "customer")]


def row_of(report, day):
    (found,) = [row for row in report["rows"] if row["from"] == day]
    return found


def test_a_lead_counts_in_the_week_it_came_in_and_at_every_step_it_reached(past):
    past.lead("L1", "2026-03-03 09:00")
    past.lead("L2", "2026-03-03 09:00")
    past.step("L2", Stage.MQL, "2026-03-20 09:00")
    past.lead("L3", "2026-03-11 09:00")
    past.step("L3", Stage.SQL, "2026-03-12 09:00")
    past.outcome("L3", "won", "2026-04-01 09:00")
    report = past.funnel()
    assert counts(row_of(report, "2026-03-02")) == [2, 1, 0, 0, 0]
    assert counts(row_of(report, "2026-03-09")) == [1, 1, 1, 1, 1]
    assert counts(report["total"]) == [3, 2, 1, 1, 1]


def test_weeks_begin_on_monday_in_the_agreements_zone(past):
    # Sunday 23:30 in UTC is Monday in Berlin; and the clocks change on 29 March.
    past.lead("L1", "2026-03-30 01:30")
    past.lead("L2", "2026-03-29 23:59")
    report = past.funnel()
    assert counts(row_of(report, "2026-03-30"))[0] == 1
    assert counts(row_of(report, "2026-03-23"))[0] == 1


def test_leads_outside_of_the_span_are_not_counted(past):
    for number, day in enumerate(("2026-03-01 23:59", "2026-03-02 00:00", "2026-03-10 23:59", "2026-03-11 00:00")):
        past.lead(f"L{number}", day)
        past.step(f"L{number}", Stage.MQL, "2026-03-20 09:00")
    assert counts(past.funnel(last="2026-03-10")["total"]) == [2, 2, 0, 0, 0]


def test_rates_are_of_leads_whose_horizon_is_over(past):
    past.lead("old", "2026-03-03 09:00")
    past.outcome("old", "won", "2026-03-10 09:00")
    past.lead("young", "2026-05-20 09:00")
    past.outcome("young", "won", "2026-05-21 09:00")
    report = past.funnel()
    young = row_of(report, "2026-05-18")
    assert (young["counts"]["customer"], young["maturity"]) == (1, "immature")
    assert (young["conversion"]["of"], young["conversion"]["rate"]) == (0, None)
    assert (report["total"]["conversion"]["of"], report["total"]["conversion"]["count"]) == (1, 1)
    assert report["total"]["maturity"] == "partly"
    assert report["mature_until"] == "2026-05-02T10:00:00+00:00"


def test_what_happened_after_the_horizon_makes_no_rate(past):
    past.lead("L1", "2026-03-03 09:00")
    past.step("L1", Stage.MQL, "2026-04-02 09:00")
    past.outcome("L1", "won", "2026-04-02 11:00")
    total = past.funnel()["total"]
    # Thirty days of 24 hours end at 10:00, because clocks changed on 29 March: the MQL is in time, the purchase is not.
    assert [step["count"] for step in total["steps"]] == [1, 0, 0, 0]
    assert total["counts"]["customer"] == 1


def test_the_time_of_a_step_is_the_median_of_those_who_took_it(past):
    for number, day in enumerate(("04", "06", "12")):
        past.lead(f"L{number}", "2026-03-02 09:00")
        past.step(f"L{number}", Stage.MQL, f"2026-03-{day} 09:00")
    # Skips the MQL, so its time to the SQL is none of theirs.
    past.lead("quick", "2026-03-02 09:00")
    past.step("quick", Stage.SQL, "2026-03-02 21:00")
    steps = past.funnel()["total"]["steps"]
    assert [step["median_days"] for step in steps] == [3.0, None, None, None]


def test_a_share_comes_with_its_interval(past):
    for number in range(10):
        past.lead(f"L{number}", "2026-03-02 09:00")
    for number in range(3):
        past.step(f"L{number}", Stage.MQL, "2026-03-04 09:00")
    first = past.funnel()["total"]["steps"][0]
    assert (first["of"], first["count"], first["rate"]) == (10, 3, 0.3)
    # Clopper and Pearson's interval of 3 of 10.
    assert (first["low"], first["high"]) == (0.0667, 0.6525)


def test_the_last_word_of_sales_counts(past):
    for lead_id in ("changed", "rejected", "waiting"):
        past.lead(lead_id, "2026-03-02 09:00")
        past.step(lead_id, Stage.SQL, "2026-03-03 09:00")
    past.outcome("changed", "sql_rejected", "2026-03-04 09:00", "no budget")
    past.outcome("changed", "sql_accepted", "2026-03-20 09:00")
    past.outcome("rejected", "sql_accepted", "2026-03-04 09:00")
    past.outcome("rejected", "sql_rejected", "2026-03-05 09:00", "bad timing")
    report = past.funnel()
    acceptance = report["total"]["acceptance"]
    assert (acceptance["of"], acceptance["count"], acceptance["waiting"]) == (2, 1, 1)
    assert report["rejections"] == [
        {"reason": "bad timing", "is_rest": False, "count": 1}, {"reason": "no budget", "is_rest": False, "count": 1},
    ]  # fmt: skip


def test_a_customer_that_never_was_an_mql_is_missed(past):
    for lead_id in ("missed", "late", "found"):
        past.lead(lead_id, "2026-03-02 09:00")
        past.outcome(lead_id, "won", "2026-03-10 09:00")
    past.step("late", Stage.MQL, "2026-03-11 09:00")
    past.outcome("found", "mql", "2026-03-03 09:00")
    assert past.funnel()["total"]["missed_customers"] == 2


def test_by_source_leads_are_parted_by_the_first_they_were_known_with(past):
    past.lead("L1", "2026-03-02 09:00", source="fair")
    past.lead("L2", "2026-03-02 09:00", source="search")
    past.lead("L2", "2026-03-02 09:00", source="fair")
    past.lead("L3", "2026-03-02 09:00")
    past.step("L2", Stage.MQL, "2026-03-04 09:00")
    rows = past.funnel(by=By.SOURCE)["rows"]
    assert {row["name"]: counts(row)[:2] for row in rows} == {"fair": [1, 0], "search": [1, 1], None: [1, 0]}


def test_an_attributes_name_may_be_odd(past):
    past.lead("L1", "2026-03-02 09:00", **{"it's $.an [odd] name": "fair"})
    (row,) = past.funnel(by=By.SOURCE, source="it's $.an [odd] name")["rows"]
    assert (row["name"], row["counts"]["lead"]) == ("fair", 1)


def test_small_sources_are_told_together(past):
    for number in range(MOST_GROUPS + 3):
        for copy in range(2 if number < MOST_GROUPS else 1):
            past.lead(f"L{number}-{copy}", "2026-03-02 09:00", source=f"source {number:02}")
    past.step(f"L{MOST_GROUPS + 1}-0", Stage.MQL, "2026-03-04 09:00")
    rows = past.funnel(by=By.SOURCE)["rows"]
    assert len(rows) == MOST_GROUPS + 1
    assert (rows[-1]["name"], rows[-1]["is_rest"], counts(rows[-1])[:2]) == (None, True, [3, 1])


def test_by_persona_leads_that_were_never_scored_have_none(past):
    past.lead("L1", "2026-03-02 09:00")
    (row,) = past.funnel(by=By.PERSONA)["rows"]
    assert (row["name"], row["is_rest"], row["counts"]["lead"]) == (None, False, 1)


def test_a_month_is_a_calendar_month_cut_to_the_span(past):
    report = past.funnel(first="2026-03-30", last="2026-05-01", by=By.MONTH)
    spans = [(row["from"], row["to"]) for row in report["rows"]]
    assert spans == [("2026-03-30", "2026-03-31"), ("2026-04-01", "2026-04-30"), ("2026-05-01", "2026-05-01")]


def test_an_empty_store_has_a_report_of_nothing(past):
    report = past.funnel()
    assert counts(report["total"]) == [0, 0, 0, 0, 0]
    assert (report["total"]["maturity"], report["rejections"]) == ("mature", [])
    assert past.funnel(by=By.SOURCE)["rows"] == []
