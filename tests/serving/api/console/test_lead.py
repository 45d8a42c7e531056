"""A lead's page."""

import json
import re
from urllib.parse import quote

import pytest
from sqlalchemy import text

from features.domain import Outcome
from serving.store.keys import Role

CANARY = "\"><img src=x onerror=alert('x')><script>alert(1)</script>'"


def points_of(text):
    """Return the figures of the waterfall: the base, the reasons, and what they come to."""
    table = text.split('class="wordy waterfall"')[1].split("</table>")[0]
    return [
        float(one.replace("−", "-")) for one in re.findall(r'<span class="(?:up|down|total)">([^<]+)</span>', table)
    ]


@pytest.fixture
def with_sales(service):
    """Put a lead that is over the SQL cutoff, so that it is handed over."""
    service.put("L1", employees=200, industry="software")
    service.clock.move(days=1)
    service.send(service.event("L1"))
    assert service.lead("L1")["stage"] == "sql"


def test_the_reasons_add_up_from_the_base_to_the_points(with_sales, signed_in):
    base, *reasons, total = points_of(signed_in().get("/leads/L1").text)
    assert (base, sorted(reasons), total) == (10.0, [20.0, 20.0, 30.0], 80.0)


def test_each_reason_is_told_in_the_readers_language_with_its_sign(with_sales, signed_in):
    assert re.search(r"Asked for a demo[^+]* \+20\.0", signed_in().reads("/leads/L1"))
    german = signed_in(name="bob", language="de").reads("/leads/L1")
    assert re.search(r"Hat um eine Vorführung gebeten[^+]* \+20,0", german)
    assert "Jeder Lead beginnt mit 10,0" in german


def test_no_sentence_repeats_in_words_what_its_sign_says(service, signed_in):
    score = service.put("L1", employees=200)["score"]
    row = {"text": {"en": "Employees: 200 (raises)", "de": "Mitarbeiterzahl: 200 (erhöht)"}, "points": 20.0}
    strongest = json.dumps([{**score["reasons"][0], **row}])
    with service.rooms.door.store().begin() as tx:
        tx.connection.execute(text("UPDATE standings SET strongest = :told"), {"told": strongest})
    assert re.search(r"\+20.0 Employees: 200 (?!\()", signed_in().reads("/"))


def test_what_is_known_is_said_in_the_readers_language(service, signed_in):
    service.put("L1", country="de", industry="true")
    assert re.search(r"Country Germany .*Industry yes", signed_in().reads("/leads/L1"))
    assert re.search(r"Land Deutschland .*Branche ja", signed_in(name="kai", language="de").reads("/leads/L1"))


def test_the_scale_shows_the_score_between_the_cutoffs(with_sales, signed_in):
    text = signed_in().get("/leads/L1").text
    assert "the score is 80; MQL begins at 50, SQL at 75" in text


def test_the_timeline_tells_what_happened_and_why_the_score_changed(with_sales, signed_in):
    text = signed_in().reads("/leads/L1")
    timeline = text.split("Timeline")[1]
    assert "Requested a demo" in timeline
    assert re.search(r"Score 60 → 80 \+20.0 Asked for a demo", timeline)
    assert timeline.index("Stage: SQL") < timeline.index("Stage: MQL")


def test_what_would_qualify_and_who_scored_are_told(service, signed_in):
    service.put("L1", employees=200)
    text = signed_in().reads("/leads/L1")
    assert "This would lift the lead over its next cutoff:" in text
    assert "Asked for a demo +20.0 , then 60" in text
    assert "Scored by the agreed rules, version 2." in text
    assert "No model has been promoted yet" in text


def test_sales_rejects_for_an_agreed_reason(service, with_sales, signed_in):
    browser = signed_in(Role.SALES, "sam")
    answer = browser.send("/leads/L1", csrf=browser.csrf(), answer="rejected", reason="no_budget")
    assert (answer.status_code, answer.headers["location"]) == (303, "/leads/L1?done=rejected")
    assert "The lead is rejected." in browser.reads("/leads/L1?done=rejected")
    assert service.lead("L1")["stage"] == "mql"
    assert "Rejected by sales: No budget sam" in browser.reads("/leads/L1")


@pytest.mark.parametrize("reason", ["", "  ", "nobody liked it"])
def test_a_rejection_says_why_in_words_that_were_agreed(service, with_sales, signed_in, reason):
    browser = signed_in(Role.SALES)
    assert '<option value="no_budget">No budget</option>' in browser.get("/leads/L1").text
    answer = browser.send("/leads/L1", csrf=browser.csrf(), answer="rejected", reason=reason)
    assert answer.status_code == 422
    assert "Say why the lead is rejected." in answer.text
    assert service.lead("L1")["stage"] == "sql"


def test_sales_contacts_and_accepts(service, with_sales, signed_in):
    browser = signed_in(Role.SALES, "sam")
    browser.send("/leads/L1", csrf=browser.csrf(), answer="contacted")
    assert "Contacted on" in browser.reads("/leads/L1")
    assert 'value="contacted"' not in browser.get("/leads/L1").text
    browser.send("/leads/L1", csrf=browser.csrf(), answer="accepted")
    assert "Accepted by sales sam" in browser.reads("/leads/L1")


def test_marketing_sees_the_hand_over_and_does_not_answer_it(service, with_sales, signed_in):
    browser = signed_in(Role.MARKETING)
    text = browser.get("/leads/L1").text
    assert "With sales" in text
    assert 'name="answer"' not in text
    assert browser.send("/leads/L1", csrf=browser.csrf(), answer="accepted").status_code == 403
    assert service.lead("L1")["stage"] == "sql"


def test_a_form_without_the_sessions_token_changes_nothing(service, with_sales, signed_in):
    browser = signed_in(Role.SALES)
    answer = browser.send("/leads/L1", csrf="of another", answer="accepted")
    assert answer.status_code == 403
    assert "This form is too old" in answer.text
    with service.rooms.door.store().read() as tx:
        assert tx.handovers.of("L1")[0].answered_at is None


def test_a_clock_that_ran_out_is_told(service, signed_in):
    (service.workspace.root / "sla.yaml").write_text("version: 3\nsql: {contact_within: 4 hours}\n", encoding="utf-8")
    service.restart()
    service.put("L1", employees=200, industry="software")
    service.send(service.event("L1"))
    browser = signed_in()
    assert "To be contacted by 2026-03-04 14:00." in browser.reads("/leads/L1")
    service.clock.move(hours=5)
    assert "Should have been contacted by 2026-03-04 14:00." in browser.reads("/leads/L1")


def test_the_persons_page_says_what_is_held_and_why_and_is_audited(service, with_sales, signed_in):
    browser = signed_in()
    text = browser.reads("/leads/L1/print")
    for told in (
        "It is 80 of 100",
        "Everybody begins with the same points",
        "software",
        "Requested a demo 1",
        "Your rights",
    ):
        assert told in text
    with service.rooms.door.store().read() as tx:
        assert (tx.audit.entries(limit=1)[0].action, tx.audit.entries(limit=1)[0].by) == ("lead.explained", "ann")


@pytest.mark.parametrize("lead_id", ["a/b", "a%2Fb", "ä ö", "?x=1", "..", "100%", CANARY])
def test_every_id_has_its_page_and_is_found_from_the_worklist(service, signed_in, lead_id):
    address = quote(lead_id, safe="").replace("..", "%2E%2E")
    service.client.put(f"/v1/leads/{address}", json={"employees": 200})
    browser = signed_in()
    (found,) = re.findall(r'href="(/leads/[^"]+)"', browser.get("/").text)
    assert browser.get(found).status_code == 200


@pytest.mark.parametrize("path", ["", "/print"])
def test_what_a_lead_holds_comes_out_as_text(service, signed_in, path):
    service.put("L1", employees=200, industry=CANARY, job_title=CANARY, country=CANARY, email=CANARY)
    service.send(service.event("L1", CANARY[:60]))
    service.put("L2", employees=200, industry="software")
    service.send(service.event("L2"))
    browser = signed_in(Role.ADMIN)
    with service.rooms.door.store().begin() as tx:
        tx.handovers.answer("L2", accepted=False, reason=CANARY, by=CANARY)
        tx.outcomes.record(Outcome("L2", tx.now, CANARY, CANARY), by=CANARY)
        tx.leads.assign("L1", CANARY)
    for lead_id in ("L1", "L2"):
        text = browser.get(f"/leads/{lead_id}{path}").text
        assert "<img" not in text
        assert "<script>alert" not in text
    assert "&lt;script&gt;" in browser.get("/leads/L1").text


def test_a_lead_that_is_not_here_is_told_as_a_page(signed_in):
    answer = signed_in().get("/leads/nobody")
    assert (answer.status_code, "There is nothing at this address" in answer.text) == (404, True)


def test_a_lead_without_a_score_says_why(service, signed_in):
    with service.rooms.door.store().begin() as tx:
        tx.leads.open(["L1"])
    assert "It has not been scored yet" in signed_in().reads("/leads/L1")
