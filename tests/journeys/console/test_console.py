"""Marketing's and sales' stories in a browser."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.journey

AXE = Path(__file__).parents[3] / ".axe" / "axe.min.js"
CANARY = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "color_scheme": "dark"}


def first_sql(page):
    """Open the best lead that is with sales, and return its name and its address."""
    page.get_by_label("Stage").select_option("sql")
    page.get_by_role("button", name="Show").click()
    link = page.locator("table.leads a").first
    name, address = link.inner_text(), link.get_attribute("href")
    link.click()
    return name, address


def test_somebody_signs_in_finds_a_lead_reads_its_reasons_and_signs_out(console, visit, picture):
    page = visit(console.printed_link)
    page.get_by_role("heading", name="Worklist").wait_for()
    picture(page, "worklist")
    name, _ = first_sql(page)
    assert page.get_by_role("heading", level=1).inner_text() == name
    assert not re.fullmatch(r"L\d+", name)
    figures = [number(one) for one in page.locator(".waterfall .figure span").all_inner_texts()]
    assert sum(figures[:-1]) == pytest.approx(figures[-1], abs=0.05 * len(figures))
    picture(page, "lead")
    page.get_by_role("link", name="Page for the person (Art. 15 GDPR)").click()
    page.get_by_role("heading", name="How we assess your interest").wait_for()
    picture(page, "person")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("You have signed out.").wait_for()
    page.goto(console.address + "/")
    assert page.url.endswith("/sign-in?next=%2F")


def test_sales_rejects_a_lead_and_sees_it_in_its_timeline(console, visit):
    page = visit(console.link("sam"))
    _, address = first_sql(page)
    page.get_by_role("button", name="Contacted").click()
    assert page.get_by_role("status").inner_text() == "Noted: the lead was contacted."
    page.get_by_label("Why is it rejected?").select_option("no_budget")
    page.get_by_role("button", name="Reject").click()
    assert "The lead is rejected." in page.get_by_role("status").inner_text()
    page.get_by_text("Rejected by sales: No budget").wait_for()
    page.goto(console.address + "/?stage=sql")
    assert page.locator("table.leads a").count() > 0
    assert page.locator(f'table.leads a[href="{address}"]').count() == 0
    page.goto(f"{console.address}/funnel?from={datetime.now(UTC) - timedelta(days=600):%Y-%m-%d}")
    why = page.locator("figure.chart", has_text="Why sales rejected")
    why.locator("summary").click()
    why.get_by_role("row", name="No budget").wait_for()


def test_a_german_switches_the_language_and_keeps_it(console, visit, picture):
    page = visit(console.link())
    page.get_by_role("link", name="Deutsch").click()
    page.get_by_role("heading", name="Arbeitsliste").wait_for()
    page.locator("table.leads a").first.click()
    assert page.locator("html").get_attribute("lang") == "de"
    assert re.fullmatch(r"[+−]\d+,\d", page.locator(".waterfall .reason .figure span").first.inner_text())
    picture(page, "lead-de")


def test_a_phone_shows_everything_without_moving_sideways(console, visit, picture):
    page = visit(console.link(), **PHONE)
    for path in ("/", "/funnel", "/rules", "/sla", "/model"):
        page.goto(console.address + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.goto(console.address + "/")
    picture(page, "phone-worklist")
    page.locator("table.leads a").first.click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, "phone-lead")


@pytest.mark.parametrize("name", ["funnel", "rules", "sla", "model"])
def test_a_page_opens_and_draws_its_charts_by_script_and_as_tables(console, visit, picture, name):
    page = visit(console.link())
    page.goto(f"{console.address}/{name}")
    page.get_by_role("heading", level=1).wait_for()
    charts = page.locator("canvas[data-chart]")
    assert charts.count() == page.locator("figure.chart details table").count()
    assert page.evaluate("[...document.querySelectorAll('canvas[data-chart]')].every((one) => Chart.getChart(one))")
    picture(page, name)


def test_the_keyboard_alone_reaches_the_content_first(console, visit):
    page = visit(console.link())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_nothing_is_asked_of_anybody_else(console, visit):
    page = visit(console.link())
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/funnel"):
        page.goto(console.address + path)
    assert asked
    assert all(one.startswith((console.address, "data:")) for one in asked)


def test_whatever_a_lead_holds_comes_out_as_text(console, visit):
    fields = dict.fromkeys(("first_name", "last_name", "company", "job_title", "industry", "source"), CANARY)
    lead = {"created_at": datetime.now(UTC).isoformat(), "email": "canary@example.com", "consent": "true", **fields}
    answer = httpx.put(f"{console.address}/v1/leads/CANARY", json=lead, timeout=60)
    assert answer.is_success, answer.text
    page, said = visit(console.link()), []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    for path in ("/?search=onerror", "/leads/CANARY", "/leads/CANARY/print"):
        page.goto(console.address + path)
        assert CANARY in page.locator("main").inner_text()
        assert page.locator("main img, main script").count() == 0
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "a lead", "print", "/funnel", "/rules", "/sla", "/model", "/console/nothing"])
def test_axe_finds_nothing_serious(console, visit, path, scheme):
    if not AXE.exists():
        pytest.skip("axe-core is not here (make axe gets it by npm)")
    page = visit(console.link(), color_scheme=scheme)
    if path in ("a lead", "print"):
        page.locator("table.leads a").first.click()
        if path == "print":
            page.goto(page.url + "/print")
    else:
        page.goto(console.address + path)
    # Evaluated by the browser's own door, which the page's policy does not close.
    page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
    found = page.evaluate("axe.run()")
    serious = [
        (one["id"], one["nodes"][0]["html"]) for one in found["violations"] if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_marketing_moves_a_cutoff_and_it_holds_once_both_have_signed(console, visit):
    marketing, sales = visit(console.link("mia")), visit(console.link("sam"))
    marketing.goto(console.address + "/sla")
    before = float(marketing.get_by_label("SQL from (%)").input_value())
    moved = f"{before + 5:g}"
    marketing.get_by_label("SQL from (%)").fill(moved)
    marketing.get_by_role("button", name="Show").click()
    marketing.get_by_text(f"Moved to {before + 5:.1f}").first.wait_for()
    marketing.get_by_role("button", name="Propose these cutoffs").click()
    for page, department in ((marketing, "marketing"), (sales, "sales")):
        page.goto(console.address + "/sla")
        held = page.locator("body").inner_text()
        page.get_by_role("button", name=f"Sign for {department}").first.click()
    assert f"{before + 5:.1f}" not in held.partition("What is promised")[0]
    sales.goto(console.address + "/sla")
    assert f"{before + 5:.1f}" in sales.locator("body").inner_text().partition("What is promised")[0]
    assert "mia" in sales.locator("section", has_text="History of agreements").inner_text()


def number(text):
    """Return a figure as the English page writes it."""
    return float(text.replace("−", "-").replace(",", ""))
