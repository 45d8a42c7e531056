"""The funnel report as people see it."""

import csv
import io
import re

import pytest

from features.domain import Outcome
from serving.store.keys import Role

CANARY = "\"><img src=x onerror=alert('x')><script>alert(1)</script>'"
SQL = {"employees": 200, "industry": "software"}


def arrived(service, lead_id, **attributes):
    service.put(lead_id, **attributes, created_at=service.clock.now().isoformat())


def make_sql(service, lead_id):
    arrived(service, lead_id, **SQL)
    service.send(service.event(lead_id))


def agree(service, text):
    (service.workspace.root / "sla.yaml").write_text(text, encoding="utf-8")
    service.restart()


@pytest.fixture
def told(service):
    """Two leads that came in more than a horizon ago, one of which sales rejected."""
    agree(service, "version: 4\nsql: {contact_within: 2 business hours, min_acceptance_rate: 0.6}\n")
    make_sql(service, "L1")
    arrived(service, "L2", employees=5)
    service.clock.move(hours=3)
    service.say("L1", "rejected", reason="Kein Budget")
    service.clock.move(days=100)


def test_the_report_tells_counts_rates_reasons_and_the_agreement(told, signed_in):
    text = signed_in().reads("/funnel")
    assert re.search(r"Leads 2 .*MQLs 1 50.0 % 1 of 2 1.26 % to 98.7 %", text)
    assert "Why sales rejected" in text
    assert "No budget 1" in text
    assert re.search(r"Sales contacts an SQL within 2 business hours 0 of 1 in time, 0.0 %", text)
    assert re.search(r"Contacted late, or not yet .*L1 .*1\.0", text)


def test_a_german_reads_german(told, signed_in):
    text = signed_in(language="de").reads("/funnel?by=persona")
    assert "Nach Persona" in text
    assert "Der Vertrieb kontaktiert einen SQL innerhalb von 2 Geschäftsstunden" in text
    assert "1,26 % bis 98,7 %" in text
    assert "MQLs" in text


def test_before_anybody_was_called_no_figure_is_made_up(service, signed_in):
    agree(service, "version: 4\nsql: {contact_within: 2 business hours}\n")
    make_sql(service, "L1")
    text = signed_in().reads("/funnel")
    assert re.search(r"Sales contacts an SQL within 2 business hours none yet – 1 nothing to judge yet", text)
    assert "No lead waits too long, and none has waited." in text


def test_young_leads_have_counts_and_no_rates(service, signed_in):
    make_sql(service, "L1")
    text = signed_in().reads("/funnel")
    assert "None of these leads has had its 90 days yet" in text
    assert "too young" in text


def test_a_span_without_leads_says_what_to_do(service, signed_in):
    text = signed_in().reads("/funnel")
    assert "No leads came in during this time" in text
    assert "leadscore import" in text


def test_what_means_nothing_is_refused_by_a_page(service, signed_in):
    assert signed_in().get("/funnel?from=yesterday").status_code == 422


@pytest.mark.parametrize("role", [Role.MARKETING, Role.SALES, Role.SCIENTIST, Role.ADMIN])
def test_every_role_of_people_reads_it_a_scientist_without_leads(told, signed_in, role):
    page = signed_in(role).get("/funnel")
    assert page.status_code == 200
    assert ("L1" in page.text) == (role is not Role.SCIENTIST)


def test_a_crm_does_not_read_it(told, signed_in):
    assert signed_in(Role.CRM).get("/funnel").status_code == 403


def test_the_report_can_be_taken_as_csv(told, signed_in):
    answer = signed_in().get("/funnel/report.csv?by=persona")
    assert answer.headers["content-disposition"] == (
        'attachment; filename="funnel-by-persona-2025-12-15-2026-06-12.csv"'
    )
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["lead"], row["mql"], row["lead_to_mql_rate"], row["answered"]) == ("2", "1", "0.5", "1")


def test_no_cell_is_a_formula(service, signed_in):
    config = service.workspace.config_file
    config.write_text(config.read_text(encoding="utf-8") + "reports: {source: industry}\n", encoding="utf-8")
    service.restart()
    arrived(service, "L1", industry="=HYPERLINK(1)")
    (row,) = csv.DictReader(io.StringIO(signed_in().get("/funnel/report.csv?by=source").text.removeprefix("\ufeff")))
    assert row["source"] == "'=HYPERLINK(1)"


def test_what_people_wrote_comes_out_as_text(service, signed_in):
    config = service.workspace.config_file
    config.write_text(config.read_text(encoding="utf-8") + "reports: {source: industry}\n", encoding="utf-8")
    service.restart()
    arrived(service, "L1", industry=CANARY, employees=200)
    arrived(service, "L2", industry="other", employees=200)
    make_sql(service, "L3")
    with service.rooms.door.store().begin() as tx:
        # As from a history of before reasons were agreed.
        tx.outcomes.record(Outcome("L3", tx.now, "sql_rejected", CANARY))
    page = signed_in().get("/funnel?by=source").text
    assert "<img" not in page
    assert "<script>alert" not in page
    assert CANARY in signed_in(name="bob").reads("/funnel?by=source")
