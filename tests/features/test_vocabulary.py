"""German and English words: job titles, e-mail domains, countries, event kinds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.vocabulary.countries import country
from features.vocabulary.email_domains import domain_kind
from features.vocabulary.event_phrases import phrase_of
from features.vocabulary.job_titles import FUNCTIONS, SENIORITY, job_function, seniority


@pytest.mark.parametrize(
    ("title", "level", "function"),
    [
        ("Geschäftsführer", 8, "management"),
        ("Geschaeftsfuehrerin", 8, "management"),
        ("Geschäftsführer:in (m/w/d)", 8, "management"),
        ("Mitglied des Vorstands", 8, "management"),
        ("Finanzvorstand", 8, "finance"),
        ("CTO", 8, "it"),
        ("Chief Marketing Officer", 8, "marketing"),
        ("Co-Founder & CEO", 8, "management"),
        ("VP Sales", 7, "sales"),
        ("Head of Procurement", 6, "purchasing"),
        ("Director of Engineering", 6, "engineering"),
        ("Prokurist", 6, "management"),
        ("Bereichsleiter IT", 6, "it"),
        ("Abteilungsleiterin Personal", 5, "people"),
        ("Leiter/in Einkauf", 5, "purchasing"),
        ("Marketing Manager", 5, "marketing"),
        ("Teamleiter Kundenservice", 4, "service"),
        ("Senior Software Engineer", 4, "it"),
        ("Product Manager", 3, "product"),
        ("Referent Öffentlichkeitsarbeit", 3, "marketing"),
        ("International Sales Specialist", 3, "sales"),
        ("Sachbearbeiterin Einkauf", 2, "purchasing"),
        ("Assistenz der Geschäftsführung", 2, "administration"),
        ("Assistant to the CEO", 2, "administration"),
        ("Werkstudent Marketing", 1, "marketing"),
        ("Intern", 1, "other"),
    ],
)
def test_titles_show_seniority_and_function(title: str, level: int, function: str) -> None:
    assert (seniority(title), job_function(title)) == (level, function)


@given(st.text(max_size=40))
def test_any_title_is_read(title: str) -> None:
    level, function = seniority(title), job_function(title)

    assert (level is None) == (function is None)
    assert level is None or 1 <= level <= len(SENIORITY)
    assert function is None or function in FUNCTIONS


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("a@GMX.de", "free"),
        ("a@web.de", "free"),
        ("a@t-online.de", "free"),
        ("a@freenet.de", "free"),
        ("a@gmail.com", "free"),
        ("a@mailinator.com", "disposable"),
        ("a@mit.edu", "education"),
        ("a@cs.ox.ac.uk", "education"),
        ("a@stud.uni-koeln.de", "education"),
        ("a@bmi.bund.de", "government"),
        ("a@service.gov.uk", "government"),
        ("a@müller.de", "business"),
        ("a@unicorn.de", "business"),
        ("nobody", "invalid"),
        ("@acme.com", "invalid"),
        ("a@localhost", "invalid"),
    ],
)
def test_domains_show_whose_they_are(address: str, kind: str) -> None:
    assert domain_kind(address) == kind


@pytest.mark.parametrize("website", ["acme.com", "https://www.acme.com/de?x=1", "HTTP://ACME.COM:80", "shop.acme.com"])
def test_an_address_at_the_website_is_the_companys(website: str) -> None:
    assert domain_kind("a@acme.com", website) == "company"
    assert domain_kind("a@notacme.com", website) == "business"


@given(st.text(max_size=30), st.one_of(st.none(), st.text(max_size=30)))
def test_any_address_is_read(address: str, website: str | None) -> None:
    assert domain_kind(address, website)


@pytest.mark.parametrize(
    ("spelling", "code"),
    [("Deutschland", "DE"), ("GERMANY", "DE"), ("deu", "DE"), ("Österreich", "AT"), ("Oesterreich", "AT"),
     ("USA", "US"), ("U.S.A.", "US"), ("Schweiz", "CH"), ("UK", "GB"), ("Côte d'Ivoire", "CI"),
     ("Atlantis", "Atlantis")],
)  # fmt: skip
def test_countries_have_one_code(spelling: str, code: str) -> None:
    assert country(spelling) == code


@pytest.mark.parametrize(
    "kind",
    ["page_view", "pricing_view", "pricing_page_view", "demo_request", "form_submit", "email_open", "email_click",
     "email_bounce", "unsubscribe", "webinar_registration", "webinar_attended", "whitepaper_download",
     "content_download", "trial_start", "login", "call", "meeting", "chat", "ad_click", "Email Opened", "FormSubmit"],
)  # fmt: skip
def test_usual_kinds_have_a_phrase(kind: str) -> None:
    phrase = phrase_of(kind)

    assert phrase is not None
    assert phrase.getan.count("{}") == 1
