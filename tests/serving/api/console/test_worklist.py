"""The worklist as people see it."""

import csv
import io
import re

import pytest
from sqlalchemy import text

from features.domain import Lead
from features.history.reading import read_table
from serving.console import worklist
from serving.console.csv_file import MARK
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


def test_the_trend_is_since_a_week_ago(service, signed_in):
    service.put("L1", employees=200)
    service.clock.move(days=6)
    service.put("L2", employees=200)
    service.clock.move(days=2)
    service.put("L1", employees=200, industry="software")
    text = signed_in().reads("/")
    assert re.search(r"L1\b.*?\b60\b.*?\+20 MQL .*?L2\b.*?\b40\b.*?new Lead", text)


def test_personas_and_owners_are_offered_and_leave_others_out(service, leads, signed_in):
    with service.rooms.door.store().begin() as tx:
        tx.leads.assign("L1", "sam")
    browser = signed_in()
    assert '<option value="sam">' in browser.get("/").text
    assert "L2" not in browser.reads("/?owner=sam")


def test_a_view_is_saved_for_its_user_alone_and_removed(leads, signed_in):
    ann, bob = signed_in(name="ann"), signed_in(name="bob")
    answer = ann.send("/console/views", csrf=ann.csrf(), name="Hot <leads>", filters="stage=mql&search=")
    assert answer.headers["location"] == "/?done=saved"
    assert "Hot &lt;leads&gt;" in ann.get("/").text
    assert 'href="/?stage=mql" aria-current="true"' in ann.get("/?stage=mql").text
    assert "Hot" not in bob.get("/").text
    ann.send("/console/views/remove", csrf=ann.csrf(), name="Hot <leads>")
    assert "Hot" not in ann.get("/").text


@pytest.mark.parametrize(
    ("name", "filters"), [("", "stage=mql"), ("x" * 61, "stage=mql"), ("x", ""), ("x", "stage=no")]
)
def test_a_view_that_is_none_is_not_saved(signed_in, name, filters):
    browser = signed_in()
    assert browser.send("/console/views", csrf=browser.csrf(), name=name, filters=filters).status_code == 422
    assert 'class="view"' not in browser.get("/").text


def test_the_file_holds_every_lead_that_fits_also_beyond_a_page(service, signed_in, monkeypatch):
    monkeypatch.setattr(worklist, "LARGEST_PAGE", 2)
    for number in range(5):
        service.put(f"P{number}", employees=200, industry="software" if number else "retail")
    answer = signed_in().get("/console/leads.csv?stage=mql")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="leads.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix(MARK))))
    assert [row["lead_id"] for row in rows] == ["P1", "P2", "P3", "P4"]
    assert (rows[0]["score"], rows[0]["stage"], rows[0]["employees"]) == ("60", "mql", "200.0")
    assert rows[0]["reason_1"].startswith("Company of 50 to 1,000 people")


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_of_the_file_is_a_formula(service, signed_in, beginning):
    evil = f"{beginning}cmd|' /C calc'!A0,\"x\""
    with service.rooms.door.store().begin() as tx:
        tx.leads.put(Lead("L1", tx.now, {"industry": evil}))
        tx.leads.assign("L1", evil)
    service.put("L2", employees=200)
    with service.rooms.door.store().begin() as tx:
        tx.connection.execute(text("UPDATE standings SET lead_id = 'L1'"))
    answer = signed_in().get("/console/leads.csv")
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix(MARK), newline=""))
    assert row["owner"] == f"'{evil}"
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row.values())


@pytest.mark.parametrize("said", ["=1+1", "+49 30", "-5 %", "@home", "'=1", "''+1", "'s-Hertogenbosch", "it's", "a;b"])
def test_what_the_file_holds_is_read_back_as_it_was(service, signed_in, tmp_path, said):
    service.put("L1", employees=200, industry=said)
    file = tmp_path / "leads.csv"
    file.write_bytes(signed_in().get("/console/leads.csv").content)
    assert read_table(file).frame["industry"].to_list() == [said]


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


def test_customers_and_lost_leads_stand_on_the_worklist_only_when_asked_for(service, signed_in):
    for lead_id, outcome in (("W1", "won"), ("W2", "lost"), ("W3", None)):
        service.put(lead_id, employees=50)
        if outcome is not None:
            service.say(lead_id, outcome, **({"reason": "price"} if outcome == "lost" else {}))
    browser = signed_in()

    def shown(path):
        text = browser.get(path).text
        return [lead_id for lead_id in ("W1", "W2", "W3") if f"<b>{lead_id}</b>" in text]

    assert shown("/") == ["W3"]
    assert shown("/?stage=every") == ["W1", "W2", "W3"]
    assert shown("/?stage=customer") == ["W1"]
    assert "W1" not in browser.get("/console/leads.csv").text


def test_a_worklist_without_open_leads_does_not_ask_for_an_import(service, signed_in):
    service.put("W1", employees=50)
    service.say("W1", "won")
    browser = signed_in()
    assert "leadscore import" not in browser.get("/").text
