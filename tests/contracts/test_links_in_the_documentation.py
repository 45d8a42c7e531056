"""Every link from one page of the documentation to another leads somewhere, to the very heading that it names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
_CODE = re.compile(r"```.*?```", re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")


def headings(page: Path) -> set[str]:
    """Return the anchors of a page, as GitHub makes them."""
    lines = re.findall(r"^#+ (.*)$", _CODE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line.replace("`", "")).strip().lower() for line in lines)
    return {re.sub(r"[^\w\- ]", "", line).replace(" ", "-") for line in plain}


def broken(page: Path, text: str) -> list[str]:
    """Return the links of a page's text that lead nowhere."""
    found = []
    for link in _LINK.findall(_CODE.sub("", text)):
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in headings(target)):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken(page, page.read_text(encoding="utf-8")) == []


def test_a_link_that_leads_nowhere_is_found() -> None:
    text = "[a](docs/api.md) [b](docs/none.md) [c](docs/api.md#no-such-heading) [d](docs/api.md#keys-and-roles)"
    assert broken(ROOT / "README.md", text) == ["docs/none.md", "docs/api.md#no-such-heading"]


def test_every_page_can_be_reached_from_the_readme() -> None:
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert {f"docs/{page.name}" for page in PAGES if page.parent.name == "docs"} <= linked
