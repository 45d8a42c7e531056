"""A company's console in a browser: leads that have just come in, and Debian's chromium without a screen."""

import csv
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

ROOT = Path(__file__).parents[3]
SCREENSHOTS = ROOT / "docs" / "screenshots"
LARGEST_PICTURE = 150_000
EARLY, LATE = 12, 40
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", action="store_true", help="Write the journeys' pictures to docs/screenshots.")


@dataclass
class Console:
    """A served console."""

    address: str
    log: Path
    leadscore: Any
    workspace: Path

    def link(self, name: str = "local") -> str:
        """Return a link that signs a user in."""
        told = self.leadscore("users", self.workspace, "link", name, "--json")
        assert told.code == 0, told.err
        token = told.json["link"].partition("link=")[2]
        return f"{self.address}/sign-in?link={token}"

    @property
    def printed_link(self) -> str:
        """The link that serve printed."""
        found = re.search(r"http://\S+/sign-in\?link=\S+", self.log.read_text(encoding="utf-8"))
        assert found is not None
        return found[0]


@pytest.fixture(scope="session")
def browser_here() -> None:
    """Skip before anything is trained, where there is no browser."""
    if BROWSER is None:
        pytest.skip("no chromium here (.ci/run installs it where apt can)")
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


@pytest.fixture(scope="module")
def console(
    browser_here: None, company: Path, tmp_path_factory: pytest.TempPathFactory, served: Any, leadscore: Any
) -> Iterator[Console]:
    """Serve a company at work: leads that were won once come in again, now."""
    folder = tmp_path_factory.mktemp("console")
    workspace = folder / "acme"
    shutil.copytree(company, workspace, symlinks=True)
    with served(workspace, folder / "log") as service:
        send_leads(service.address, company.parent / "history")
        for name, role in (("mia", "marketing"), ("sam", "sales")):
            made = leadscore("users", workspace, "create", name, "--role", role, "--by-link")
            assert made.code == 0, made.err
        yield Console(service.address, folder / "log", leadscore, workspace)


def send_leads(address: str, history: Path) -> None:
    """Send the newest won leads, and as many others, as if they did now what they did then."""
    outcomes = rows_of(history / "outcomes.csv")
    won = {row["lead_id"]: row["occurred_at"] for row in outcomes if row["outcome"] == "won"}
    versions = {row["lead_id"]: row for row in rows_of(history / "leads.csv")}
    ids = [*list(won)[-EARLY:], *[one for one in versions if one not in won][-LATE:]]
    events: dict[str, list[dict[str, str]]] = {one: [] for one in ids}
    for row in rows_of(history / "events.csv"):
        if row["lead_id"] in events and row["occurred_at"] <= won.get(row["lead_id"], "9"):
            events[row["lead_id"]].append(row)
    now = datetime.now(UTC)
    for lead_id in ids:
        moments = [datetime.fromisoformat(row["occurred_at"]) for row in events[lead_id]]
        shift = now - timedelta(minutes=5) - max(moments, default=now)
        fields = {k: v for k, v in versions[lead_id].items() if v and k not in ("lead_id", "created_at", "known_at")}
        created = datetime.fromisoformat(versions[lead_id]["created_at"]) + shift
        numbers = {"employees": int(fields["employees"])} if "employees" in fields else {}
        body = {
            "created_at": created.isoformat(),
            **fields,
            **numbers,
            "consent": "true",
            "email": f"{lead_id}@example.com",
        }
        answer = httpx.put(f"{address}/v1/leads/{lead_id}", json=body, timeout=30)
        assert answer.is_success, answer.text
        sent = [
            {"lead_id": lead_id, "event": row["event"], "occurred_at": (moment + shift).isoformat(), "event_id": str(n)}
            for n, (row, moment) in enumerate(zip(events[lead_id], moments, strict=True))
        ]
        for start in range(0, len(sent), 900):
            answer = httpx.post(f"{address}/v1/events", json={"events": sent[start : start + 900]}, timeout=60)
            assert answer.is_success, answer.text


def rows_of(file: Path) -> list[dict[str, str]]:
    """Return a file's rows."""
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def chromium(console: Console) -> Iterator[Any]:
    """Return a browser without a screen."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Any) -> Iterator[Any]:
    """Return what opens a page of a person of one's own; errors of the page's scripts fail the test."""
    contexts, complaints = [], []

    def open_page(link: str, **chosen: Any) -> Any:
        context = chromium.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 860}, **chosen})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto(link)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Any:
    """Return what keeps a picture of a page for the documentation, when that is asked for."""

    def keep(page: Any, name: str) -> None:
        if not request.config.getoption("--screenshots", default=False):
            return
        SCREENSHOTS.mkdir(exist_ok=True)
        file = SCREENSHOTS / f"{name}.png"
        page.screenshot(path=file)
        # Few colours are enough for pages, and a third of the bytes.
        with Image.open(file) as picture:
            picture.convert("RGB").quantize(128).save(file, optimize=True)
        assert file.stat().st_size < LARGEST_PICTURE

    return keep
