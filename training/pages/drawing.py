"""How charts are drawn: matplotlib's SVG with real text, in colours that the page's style sheet sets.

The page decides what a colour is, so that one picture is right by day, at night and on paper.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from training.pages.content import Language

INK, MUTED, GRID = "#010203", "#010204", "#010205"
MODEL, RIVAL, THIRD, FOURTH = "#010206", "#010207", "#010208", "#010209"
UP, DOWN, LOW, HIGH = "#01020a", "#01020b", "#01020c", "#01020d"
SERIES = (MODEL, RIVAL, THIRD, FOURTH)

_NAMES = {
    INK: "ink", MUTED: "muted", GRID: "grid", MODEL: "one", RIVAL: "two", THIRD: "three", FOURTH: "four",
    UP: "up", DOWN: "down", LOW: "low", HIGH: "high",
}  # fmt: skip

_STYLE = {
    "svg.fonttype": "none", "svg.hashsalt": "leadscore", "text.parse_math": False, "font.size": 9.0,
    "axes.edgecolor": GRID, "axes.labelcolor": INK, "axes.linewidth": 0.8, "axes.grid": True, "axes.axisbelow": True,
    "axes.spines.top": False, "axes.spines.right": False, "grid.color": GRID, "grid.linewidth": 0.6,
    "xtick.color": MUTED, "ytick.color": MUTED, "text.color": INK, "legend.frameon": False, "legend.fontsize": 8.5,
    "figure.facecolor": "none", "axes.facecolor": "none", "lines.linewidth": 1.8,
}  # fmt: skip

WIDE, HIGH_INCHES = 4.7, 3.1


def picture(draw: Callable[[Axes], None], *, wide: float = WIDE, high: float = HIGH_INCHES) -> str:
    """Return what a function draws on axes, as an SVG element to stand in a page.

    Parameters
    ----------
    draw : callable
        Draws on the axes given.
    wide, high : float
        Size in inches; the page scales it to its column.
    """
    with mpl.rc_context(_STYLE), warnings.catch_warnings():  # type: ignore[arg-type]  # its own names, as text
        # Glyphs that matplotlib's font lacks are the browser's to draw.
        warnings.simplefilter("ignore")
        figure = Figure(figsize=(wide, high), layout="constrained")
        draw(figure.subplots())
        target = io.StringIO()
        figure.savefig(target, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return for_page(target.getvalue())


def for_page(svg: str) -> str:
    """Return only the element itself, with the page's colours and without what would say the same twice in a page."""
    element = svg[svg.index("<svg") :]
    for whole in ("metadata", "style"):
        element = re.sub(rf"<{whole}[^>]*>.*?</{whole}>", "", element, flags=re.DOTALL)
    element = re.sub(r' xmlns(:xlink)?="[^"]*"', "", element).replace("xlink:href", "href")
    element = re.sub(r'<(g|svg)([^>]*?) id="[^"]*"', r"<\1\2", element)
    element = re.sub(r'^<svg([^>]*?) width="[^"]*"', r"<svg\1", element)
    element = re.sub(r'^<svg([^>]*?) height="[^"]*"', r'<svg\1 aria-hidden="true"', element)
    for colour, name in _NAMES.items():
        element = element.replace(colour, f"var(--{name})")
    return re.sub(r"\n\s*", "\n", element).strip()


def percent_axis(axis: Axis, language: Language) -> None:
    """Write shares as percent, with the language's decimal sign."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: _said(f"{100 * value:.3g} %", language)))


def number_axis(axis: Axis, language: Language) -> None:
    """Write plain numbers with the language's decimal sign."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: _said(f"{value:.4g}", language)))


def _said(text: str, language: Language) -> str:
    text = text.replace("-", "−")
    return text.replace(".", ",") if language == "de" else text


def shortened(text: str, most: int = 26) -> str:
    """Return a name that fits beside an axis."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"
