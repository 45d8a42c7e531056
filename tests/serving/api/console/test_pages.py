"""What holds for every page."""

import hashlib
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from serving.console import static_files
from serving.console.paths import FORM_BYTES, is_page
from serving.console.problems import STALE_FORM
from serving.console.routes import PAGES, ROUTES
from serving.console.words.problems import BY_CODE
from serving.errors import TITLES
from serving.store.keys import Role

VENDOR = static_files.FOLDER / "vendor"
FORM = {"content-type": "application/x-www-form-urlencoded"}
TEMPLATES = sorted((Path(static_files.__file__).parent / "templates").glob("*.html"))


API_ONLY = {
    "unauthorized", "not-signed", "duplicate-key", "still-running", "webhook-disabled", "answer-erased",
    "idempotency-key-reused",
}  # fmt: skip


def test_every_problem_that_a_page_may_meet_has_words_of_its_own():
    assert set(BY_CODE) - {STALE_FORM} == set(TITLES) - API_ONLY


def test_every_route_of_the_console_is_treated_as_a_page():
    assert all(is_page(route.path) for route in ROUTES)


@pytest.mark.parametrize("path", ["/", "/sign-in", "/leads/nobody", "/console/nothing"])
def test_pages_allow_no_script_and_style_but_their_own(signed_in, path):
    headers = signed_in().get(path).headers
    policy = headers["content-security-policy"].split("; ")
    assert {"default-src 'self'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} <= set(policy)
    assert not re.search("unsafe|http", headers["content-security-policy"])
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_script_or_style_within(template):
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|\|\s*safe\b|autoescape", text)
    assert all("src=" in tag for tag in re.findall(r"<script\b[^>]*>", text))
    assert not re.search(r"(src|href)=\"(https?:)?//", text)


def test_static_files_are_kept_for_good_under_their_hash_alone(browser):
    address = static_files.address("console.css")
    answer = browser.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert hashlib.sha256(answer.content).hexdigest()[:16] in address
    assert browser.get(address.replace(address.split("/")[3], "0" * 16)).status_code == 404


@pytest.mark.parametrize("name", ["..%2Froutes.py", "vendor/SHA256SUMS", "nothing.css"])
def test_nothing_but_the_static_files_is_sent(browser, name):
    assert browser.get(f"/console/static/{'0' * 16}/{name}").status_code == 404


def test_kept_scripts_are_what_was_recorded():
    for line in (VENDOR / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split()
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.method} {page.path}")
@pytest.mark.parametrize("role", [Role.MARKETING, Role.SALES, Role.SCIENTIST, Role.ADMIN])
def test_a_page_is_for_its_roles_alone(signed_in, page, role):
    browser = signed_in(role)
    path = page.path.replace("{lead_id}", "nobody")
    answer = browser.get(path) if page.method == "GET" else browser.send(path)
    listed = [one for one in PAGES if one.is_listed and role in one.roles]
    if role in page.roles:
        # A form without its token goes no further; a lead that is not there is not found.
        assert answer.status_code in ((200, 404) if page.method == "GET" else (403,))
        assert "for other roles" not in answer.text
    elif path == "/" and listed:
        assert answer.headers["location"] == listed[0].path
    else:
        assert answer.status_code == 403
        assert "This page is for other roles" in answer.text


def test_the_navigation_shows_what_the_role_may_see(signed_in):
    for role in (Role.MARKETING, Role.SALES, Role.ADMIN):
        text = signed_in(role).get("/").text
        for page in PAGES:
            if page.is_listed:
                assert (f'<a href="{page.path}"' in text.split("</nav>")[0].split("<nav")[1]) == (role in page.roles)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (urlencode({"name": "x" * FORM_BYTES}), FORM, 413),
        ("{}", {"content-type": "application/json"}, 415),
        ("name=%FF", FORM, 422),
        ("&".join(f"a{n}=1" for n in range(600)), FORM, 422),
        ("name=ann", {**FORM, "content-encoding": "gzip"}, 415),
    ],
)
def test_what_is_no_small_form_is_refused_by_a_page(browser, body, headers, status):
    answer = browser.request("POST", "/sign-in", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_an_address_that_is_none_and_a_form_that_nobody_takes_are_told_as_pages(signed_in):
    browser = signed_in(language="de")
    missing = browser.get("/console/nothing")
    assert missing.status_code == 404
    assert "Unter dieser Adresse gibt es nichts" in missing.text
    assert browser.send("/", csrf=browser.csrf()).status_code == 405


def test_a_store_that_is_away_is_told_as_a_page(service, signed_in, monkeypatch):
    from serving.store import StoreError

    browser = signed_in()

    def away(*_args, **_named):
        raise StoreError("The store does not answer.", "a store.", "Wait.")

    monkeypatch.setattr(service.rooms.desk, "read", away)
    answer = browser.get("/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "leadscore cannot answer just now" in answer.text


def test_the_api_takes_no_forms_and_no_cookies(service, signed_in):
    browser = signed_in()
    assert browser.send("/v1/leads/L1/outcomes", outcome="rejected").status_code == 415
    service.restart()
    with service.rooms.door.store().begin() as tx:
        tx.keys.create("HubSpot", Role.CRM, by="ann")
    assert browser.get("/v1/leads").status_code == 401
