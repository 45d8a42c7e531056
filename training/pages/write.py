"""From a page's content to its two files: the same text in English and German, each whole in itself.

No script, no picture, no font and no style sheet is fetched: a report is mailed, archived and opened years later.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from features.domain import Text
from training.pages.content import Chart, Language, Page

STEMS: dict[Language, str] = {"en": "", "de": "-de"}
"""What follows a file's name, by language."""

_WORDS = {
    "contents": Text("Contents", "Inhalt"),
    "other": Text("Auf Deutsch", "In English"),
    "sideways": Text(
        "Move the picture sideways to see all of it.", "Schieben Sie das Bild seitwärts, um alles zu sehen."
    ),
    "log": Text("The run's own words", "Wortlaut des Laufs, auf Englisch"),
}


def write_page(folder: Path, name: str, page: Page) -> dict[Language, Path]:
    """Write ``<name>.html`` and ``<name>-de.html`` into an existing folder and return both paths.

    Parameters
    ----------
    folder : Path
        Where to write.
    name : str
        Of the files, without ending.
    page : Page
        What stands on them.
    """
    files = {language: folder / f"{name}{stem}.html" for language, stem in STEMS.items()}
    for language, file in files.items():
        other = files["en" if language == "de" else "de"].name
        file.write_text(render(page, language, other), encoding="utf-8")
    return files


def render(page: Page, language: Language, other: str) -> str:
    """Return a page in one language as HTML.

    Parameters
    ----------
    page : Page
        The page.
    language : str
        ``en`` or ``de``.
    other : str
        Name of the file with the other language.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["say"] = saying(language)
    environment.filters["drawn"] = _drawing(language)
    return environment.get_template("page.html").render(page=page, language=language, other=other, words=_WORDS)


def saying(language: Language) -> Callable[[Text], str]:
    """Return what picks a language's text."""
    return lambda text: text.de if language == "de" else text.en


def _drawing(language: Language) -> Callable[[Chart], Markup]:
    # matplotlib escapes what it writes into an SVG; everything else on the page is escaped by the template.
    return lambda chart: Markup(chart.draw(language))  # noqa: S704 - see above
