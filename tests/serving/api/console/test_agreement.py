"""The agreement's page: promises and certificate in words, moved cutoffs, proposals and signatures."""

import html
import json
import re

import pytest

from models.agreement import Agreement
from models.cutoffs import certify
from serving.console.cutoff_moves import asked_cutoffs, per_cent
from serving.store.keys import Role

SLA = """\
version: 3
mql: {min_conversion_rate: 0.1, max_missed_customers: 0.9, contact_within: 4 business hours}
sql: {max_per_week: 5}
"""


@pytest.fixture
def agreed(service, measured_model):
    """A measured model whose cutoffs are in force."""
    evidence = measured_model()
    (service.workspace.root / "sla.yaml").write_text(SLA, encoding="utf-8")
    leads = evidence.held_out.leads
    found = certify(leads.probability, leads.converted, service.workspace.sla())
    (service.workspace.var / "bundles" / "7" / "cutoffs.json").write_text(json.dumps(found.to_mapping()))
    agreement = Agreement.proposed(service.workspace.sla(), found, version="7", since=service.clock.now())
    agreement.write(service.workspace)
    service.restart()
    measured_model.again()
    return found


def form(page, action):
    """Return the fields of the form that is sent there."""
    found = re.search(rf'<form method="post" action="{action}".*?</form>', page, flags=re.DOTALL)
    assert found is not None, action
    return {name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', found[0])}


def test_without_a_model_the_page_says_what_comes_next(signed_in):
    text = signed_in().reads("/sla")
    assert "No cutoffs are in force yet" in text
    assert "Nothing waits for a signature." in text
    assert "once a model serves" in text


def test_promises_and_their_certificate_are_told_in_words(signed_in, agreed):
    text = signed_in().reads("/sla")
    assert "MQLs that become customers, at least 10" in text
    assert all(one.sentence.en in text for one in (*agreed.mql.clauses, *agreed.sql.clauses))
    assert f"{100 * agreed.mql.probability:.1f}" in text.replace("\N{NO-BREAK SPACE}", " ")
    german = signed_in(name="bert", language="de").reads("/sla")
    assert "Erstkontakt zu MQLs innerhalb von 4 Geschäftsstunden" in german
    assert all(one.sentence.de in german for one in agreed.mql.clauses)
    assert not re.search(r"\b(the|which|customers|would)\b", german.split("Vereinbarung", 1)[1])


def test_cutoffs_that_nobody_measured_are_told_as_that(signed_in, agreed, service):
    held = Agreement.read(service.workspace)
    Agreement(held.sla, 0.2, 0.4, "uncertified", model_version="7").write(service.workspace)
    text = signed_in().reads("/sla")
    assert "Nothing was measured at these cutoffs." in text
    assert "SQLs a week, at most 5" in text


def test_a_moved_cutoff_is_shown_beside_the_one_in_force(signed_in, agreed):
    browser = signed_in()
    still = browser.get("/sla").text
    assert "/sla/propose" not in still
    assert "Moved to" not in still
    page = browser.get("/sla?mql=31.5&sql=44").text
    assert "Moved to 31.5" in html.unescape(page)
    assert form(page, "/sla/propose") == {"csrf": browser.csrf(), "mql": "31.5", "sql": "44"}
    text = browser.reads("/sla?mql=31.5&sql=44")
    assert "Leads a week" in text
    assert "share of the 5 a week that sales takes" in text
    assert re.search(r"With the (higher|lower) MQL cutoff \d+ leads (fewer|more)", text)


def test_what_are_no_cutoffs_is_said_beside_the_form(signed_in, agreed):
    browser = signed_in()
    for asked in ("mql=40&sql=30", "mql=x&sql=30", "mql=0&sql=30", "mql=10", "mql=10&sql=100", "mql=nan&sql=inf"):
        answer = browser.get(f"/sla?{asked}")
        assert answer.status_code == 422
        assert "Give both cutoffs in per cent" in answer.text
    assert 'value="&lt;b&gt;"' in browser.get("/sla?mql=<b>&sql=30").text


def test_proposed_cutoffs_are_signed_by_both_departments_and_hold_at_once(signed_in, agreed, service):
    ann, bob = signed_in(Role.MARKETING, "ann"), signed_in(Role.SALES, "bob")
    answer = ann.send("/sla/propose", **form(ann.get("/sla?mql=31.5&sql=44").text, "/sla/propose"))
    assert answer.headers["location"] == "/sla?done=proposed"
    assert ann.send("/sla/sign", **form(ann.get("/sla").text, "/sla/sign")).headers["location"] == "/sla?done=signed"
    assert "/sla/sign" not in ann.get("/sla").text
    assert "sales: not yet" in ann.reads("/sla")
    answer = bob.send("/sla/sign", **form(bob.get("/sla").text, "/sla/sign"))
    assert answer.headers["location"] == "/sla?done=in-force"
    held = Agreement.read(service.workspace)
    assert (held.mql, held.sql) == (pytest.approx(0.315), pytest.approx(0.44))
    text = bob.reads("/sla?done=in-force")
    assert "Signed by both" in text
    assert "Nothing waits for a signature." in text
    assert "ann, bob" in text


def test_others_see_proposals_and_sign_none(signed_in, agreed):
    ann = signed_in(Role.MARKETING, "ann")
    ann.send("/sla/propose", **form(ann.get("/sla?mql=31.5&sql=44").text, "/sla/propose"))
    for role in (Role.ADMIN, Role.SCIENTIST):
        browser = signed_in(role, role.value)
        page = browser.get("/sla").text
        assert "Proposal 1" in page
        assert "/sla/sign" not in page
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]
        assert browser.send("/sla/sign", csrf=csrf, proposal="1").status_code == 403


def test_forms_of_elsewhere_and_proposals_that_are_none_are_refused(signed_in, agreed):
    ann = signed_in(Role.MARKETING, "ann")
    csrf = ann.csrf()
    assert ann.send("/sla/propose", mql="31.5", sql="44").status_code == 403
    assert ann.send("/sla/propose", csrf=csrf, mql="44", sql="31").status_code == 422
    assert ann.send("/sla/propose", csrf=csrf).status_code == 422
    assert ann.send("/sla/sign", csrf=csrf, proposal="99").status_code == 404
    assert ann.send("/sla/sign", csrf=csrf, proposal="x").status_code == 422
    assert "Nothing waits for a signature." in ann.reads("/sla")


def test_what_was_in_force_comes_back_from_a_form_as_the_same_number(signed_in, agreed, service):
    browser = signed_in()
    held = Agreement.read(service.workspace)
    page = browser.get(f"/sla?mql={per_cent(held.mql)}&sql={per_cent(held.sql)}").text
    assert "Moved to" not in page


@pytest.mark.parametrize(("mql", "sql", "asked"), [("", "", None), ("12,5", "40.25", (0.125, 0.4025))])
def test_cutoffs_are_typed_in_per_cent_with_point_or_comma(mql, sql, asked):
    assert asked_cutoffs(mql, sql) == (None if asked is None else pytest.approx(asked))
