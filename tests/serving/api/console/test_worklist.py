"""The worklist as people see it."""

import re

import pytest

from serving.store.keys import Role

CANARY = "\"><img src=x onerror=alert('x')><script>alert(1)</script>'"


@pytest.fixture
def leads(service):
    service.put("L1", employees=200, industry="software", job_title="CEO")
    service.put("L2", employees=5, industry="retail")


def test_leads_stand_with_score_stage_grade_and_reasons(leads, signed_in):
    text = signed_in().reads("/")
    assert re.search(
        r"L1 .*CEO.* 60 .*MQL .*\+30.0 .*Company of 50 to 1,000 people.*\+20.0 .*Makes software.* L2", text
    )
    assert "2 leads" in text


def test_a_german_reads_german(leads, signed_in):
    text = signed_in(language="de").reads("/")
    assert "Arbeitsliste" in text
    assert "+30,0 Firma mit 50 bis 1.000 Leuten" in text


def test_filters_and_search_leave_others_out(leads, signed_in):
    browser = signed_in()
    assert "L2" not in browser.reads("/?stage=mql&grade=&search=")
    assert "L1" not in browser.reads("/?stage=&search=retail")
    assert "No lead is like this" in browser.reads("/?search=nothing")


def test_what_is_no_filter_is_refused_by_a_page(signed_in):
    assert signed_in().get("/?stage=nonsense").status_code == 422


def test_pages_follow_each_other_without_gap_or_repeat(service, signed_in):
    for number in range(7):
        service.put(f"P{number}", employees=200)
    browser, path, seen = signed_in(), "/?limit=3", []
    while path:
        text = browser.get(path).text
        seen += re.findall(r"<b>(P\d)</b>", text)
        found = re.search(r'href="([^"]+)" rel="next"', text)
        path = found[1].replace("&amp;", "&") if found else ""
    assert seen == [f"P{number}" for number in range(7)]


def test_an_empty_worklist_says_what_to_do(signed_in):
    text = signed_in(Role.ADMIN).reads("/")
    assert "No leads have been scored yet" in text
    assert "leadscore import" in text


def test_what_a_lead_holds_comes_out_as_text(service, signed_in):
    service.put(CANARY.replace("/", "%2F").replace("?", "%3F"), employees=200, job_title=CANARY, industry=CANARY)
    for path in ("/", f"/?search={CANARY}"):
        text = signed_in().get(path).text
        assert "<img" not in text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
