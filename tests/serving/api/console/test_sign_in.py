"""Who gets in, and who does not."""

import re

import pytest

from serving.store.keys import Role
from serving.store.sign_in_tries import MOST, WINDOW
from serving.store.users import IDLE, LINK

PASSWORD = "correct horse battery"  # noqa: S105 - a test


def make_user(service, name="ann", role=Role.MARKETING):
    with service.rooms.door.store().begin() as tx:
        tx.users.put(name, role, PASSWORD)


def link_of(service, name="ann", role=Role.MARKETING):
    with service.rooms.door.store().begin() as tx:
        tx.users.put(name, role)
        return tx.users.make_link(name)


def enter(browser, word, name="ann", **more):
    """Send the form of signing in."""
    return browser.send("/sign-in", **{"name": name, "password": word, **more})


def actions(service):
    with service.rooms.door.store().read() as tx:
        return [(one.action, one.by) for one in tx.audit.entries(limit=20)]


def session_cookies(browser):
    return {name: value for name, value in browser.cookies.items() if name.startswith("leadscore-session")}


def test_whoever_has_not_signed_in_is_asked_to_and_comes_back_to_the_page(service, browser):
    answer = browser.get("/?stage=sql")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2F%3Fstage%3Dsql")
    make_user(service)
    answer = enter(browser, PASSWORD, next="/?stage=sql")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?stage=sql")
    assert browser.get("/").status_code == 200


def test_before_there_are_users_the_page_says_where_the_link_was_printed(browser):
    said = browser.reads("/sign-in")
    assert "it printed a link that signs you in once" in said
    assert "leadscore users" in said
    assert 'type="password"' not in browser.get("/sign-in").text


def test_a_link_signs_in_once(service, browser):
    token = link_of(service)
    answer = browser.get(f"/sign-in?link={token}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.get("/").status_code == 200
    browser.cookies.clear()
    again = browser.get(f"/sign-in?link={token}")
    assert (again.status_code, session_cookies(browser)) == (403, {})
    assert "used already or is too old" in again.text


def test_looking_at_the_head_of_a_link_does_not_use_it_up(service, browser):
    token = link_of(service)
    browser.request("HEAD", f"/sign-in?link={token}")
    assert browser.get(f"/sign-in?link={token}").status_code == 303


def test_a_link_is_over_after_an_hour(service, browser):
    token = link_of(service)
    service.clock.move(seconds=LINK.total_seconds())
    assert browser.get(f"/sign-in?link={token}").status_code == 403


def test_a_wrong_password_does_not_sign_in_and_both_are_audited(service, browser):
    make_user(service)
    wrong = enter(browser, "wrong horse battery")
    assert (wrong.status_code, session_cookies(browser)) == (403, {})
    assert "do not belong together" in wrong.text
    enter(browser, "x", name="someone's password")
    enter(browser, PASSWORD)
    assert actions(service)[:3] == [
        ("user.signed_in", "ann"),
        ("sign_in.refused", "nobody"),
        ("sign_in.refused", "ann"),
    ]


def test_after_ten_tries_even_the_right_password_waits(service, browser):
    make_user(service)
    for _ in range(MOST):
        assert enter(browser, "wrong horse battery").status_code == 403
    answer = enter(browser, PASSWORD)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, str(int(WINDOW.total_seconds())))
    assert "Too many tries. Please wait 15 min" in answer.text
    service.clock.move(seconds=WINDOW.total_seconds())
    assert enter(browser, PASSWORD).status_code == 303


def test_signing_in_gives_a_new_session_and_ends_what_the_browser_came_with(service, signed_in):
    browser = signed_in()
    planted = dict(browser.cookies)
    make_user(service, "bob", Role.SALES)
    enter(browser, PASSWORD, name="bob")
    assert session_cookies(browser) != planted
    browser.cookies = planted
    assert browser.get("/").status_code == 303


def test_a_cookie_of_ones_own_making_is_never_taken_on(service, browser):
    make_user(service)
    name = f"leadscore-session-{service.rooms.settings.port}"
    browser.cookies[name] = "planted"
    assert browser.get("/").status_code == 303
    enter(browser, PASSWORD)
    assert browser.cookies[name] != "planted"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(service, browser):
    answer = browser.get(f"/sign-in?link={link_of(service)}")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    service.restart(public_url="https://leads.example.com")
    answer = browser.get(f"/sign-in?link={link_of(service)}")
    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_session_ends_by_signing_out_and_by_lying_idle(service, signed_in):
    browser = signed_in()
    old = dict(browser.cookies)
    answer = browser.send("/sign-out", csrf=browser.csrf())
    assert answer.headers["location"] == "/sign-in?out=1"
    browser.cookies = old
    assert browser.get("/").status_code == 303
    idle = signed_in(name="bob")
    service.clock.move(seconds=IDLE.total_seconds())
    assert idle.get("/").status_code == 303


def test_work_keeps_a_session_alive(service, signed_in):
    browser = signed_in()
    for _ in range(4):
        service.clock.move(seconds=IDLE.total_seconds() * 0.9)
        assert browser.get("/").status_code == 200


def test_signing_out_takes_the_sessions_own_form(signed_in):
    browser = signed_in()
    assert browser.send("/sign-out", csrf="of another session").status_code == 403
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else(service, browser, elsewhere):
    make_user(service)
    answer = enter(browser, PASSWORD, next=elsewhere)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    "sender", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"origin": "null"}]
)
def test_a_form_of_another_site_does_not_sign_in(service, browser, sender):
    make_user(service)
    body = f"name=ann&password={PASSWORD.replace(' ', '+')}"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert browser.request("POST", "/sign-in", content=body, headers={**headers, **sender}).status_code == 403
    assert session_cookies(browser) == {}
    here = {"origin": "http://127.0.0.1"}
    assert browser.request("POST", "/sign-in", content=body, headers={**headers, **here}).status_code == 303


def test_a_disabled_user_is_out_at_once(service, signed_in):
    browser = signed_in(name="ann")
    with service.rooms.door.store().begin() as tx:
        tx.users.disable("ann")
    assert browser.get("/").status_code == 303


def test_two_processes_know_the_same_sessions(service, signed_in):
    browser = signed_in()
    service.restart()
    assert browser.get("/").status_code == 200


def test_the_language_is_the_browsers_then_the_users_then_the_chosen_one(service, browser):
    browser.language = "de-AT, en;q=0.5"
    assert 'lang="de"' in browser.get("/sign-in").text
    with service.rooms.door.store().begin() as tx:
        tx.users.put("ann", Role.MARKETING, language="en")
        token = tx.users.make_link("ann")
    browser.get(f"/sign-in?link={token}")
    assert '<html lang="en">' in browser.get("/").text
    answer = browser.get("/console/language/de?back=/?stage=sql")
    assert answer.headers["location"] == "/?stage=sql"
    assert '<html lang="de">' in browser.get("/").text
    assert re.search("Abmelden", browser.get("/").text)
