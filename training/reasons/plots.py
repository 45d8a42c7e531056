"""Pictures of reasons in points, drawn by shap: all leads at once, one reason along its value, one lead step by step.

shap only draws. What it draws are the points that leads are told, so pictures and scores say the same. Each function
returns a figure; ``training.reasons.figure.svg`` makes it a text that a page can embed.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from features.catalog import FeatureKind
from features.catalog.numbers_in_words import number, sentence_start
from features.domain import OTHER, Reason, Text
from models.scale import MQL_POINTS, SQL_POINTS
from training.reasons.figure import shap_figure
from training.reasons.table import ReasonTable

Floats = NDArray[np.float64]

MOST_LEADS = 1_000
"""Leads drawn: more dots hide each other, and make the file large."""

MOST_REASONS = 12
"""Rows of a picture, the last for all other reasons together."""

MOST_LEVELS = 15
"""Levels of a category along an axis; the others stand together."""

_LINE, _LINES = 46, 3
_LEVEL = 28
_ADDED = Text("Points added or taken", "Punkte dazu oder ab")
_VALUE = Text("Value", "Wert")
_LOW, _HIGH = Text("low", "niedrig"), Text("high", "hoch")
_NOT_KNOWN, _OTHERS = Text("not known", "nicht bekannt"), Text("other", "andere")
_ALL_OTHERS = Text("All other reasons together", "Alle übrigen Gründe zusammen")
_BEGINS, _POINTS = Text("begins at {}", "beginnt bei {}"), Text("{} points", "{} Punkte")


class Explained(Protocol):
    """One lead's points with reasons that add up to them: a ``Score`` or an ``Explanation``."""

    @property
    def points(self) -> float:
        """Of the lead."""
        ...

    @property
    def base_points(self) -> float:
        """Where it begins."""
        ...

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The largest first, the small ones together last."""
        ...


def beeswarm(table: ReasonTable, language: str) -> Figure:
    """Draw what each reason adds to the points of up to ``MOST_LEADS`` leads, a dot each, coloured by the value.

    Parameters
    ----------
    table : ReasonTable
        At least one reason and one lead. Missing values and categories, which have no order, are grey.
    language : str
        ``en`` or ``de``.
    """
    rows = _spread(len(table.points))
    points, colours = table.points[rows], table.values[rows].copy()
    colours[:, [column.kind is FeatureKind.CATEGORY for column in table.columns]] = np.nan
    labels = [_wrapped(_in(label, language)) for label in table.labels]
    if len(labels) > MOST_REASONS:
        own = MOST_REASONS - 1
        points = np.column_stack([points[:, :own], points[:, own:].sum(axis=1)])
        colours = np.column_stack([colours[:, :own], np.full(len(rows), np.nan)])
        labels = [*labels[:own], _in(_ALL_OTHERS, language)]
    with shap_figure(9, 0.42 * len(labels) + 1.3, left=0.4) as (shap, figure):
        axes = figure.subplots()
        shap.plots.beeswarm(
            shap.Explanation(values=points, data=colours, feature_names=labels),
            max_display=len(labels), order=np.arange(len(labels)), ax=axes, plot_size=None, show=False,
            color_bar_label=_in(_VALUE, language),
        )  # fmt: skip
        axes.set_xlabel(_in(_ADDED, language), fontsize=11)
        axes.tick_params("y", labelsize=10)
        for bar in figure.axes[1:]:
            bar.set_yticks([0, 1], [_in(_LOW, language), _in(_HIGH, language)])
    return figure


def dependence(table: ReasonTable, reason: str, language: str) -> Figure:
    """Draw what one reason adds to the points of up to ``MOST_LEADS`` leads, along the value that it mostly reads.

    Numbers beyond the outer half per cents of the training rows are drawn at these ends; missing ones are ticks at the
    left edge.

    Parameters
    ----------
    table : ReasonTable
        At least one lead.
    reason : str
        One of ``table.reasons``.
    language : str
        ``en`` or ``de``.

    Raises
    ------
    ValueError
        If the table has no such reason.
    """
    place = table.reasons.index(reason)
    rows = _spread(len(table.points))
    points, values, column = table.points[rows, place], table.values[rows, place], table.columns[place]
    is_category = column.kind is FeatureKind.CATEGORY
    names: list[str] = []
    if is_category:
        values, names = _levels(values, column.levels, language)
    elif column.low < column.high:
        values = np.clip(values, column.low, column.high)
    with shap_figure(7, 4.5, left=0.15) as (shap, figure):
        axes = figure.subplots()
        shap.plots.scatter(
            shap.Explanation(values=points, data=values, feature_names=reason),
            x_jitter=0.5 if is_category else 0.0, hist=not np.isnan(values).all(), ax=axes, show=False,
        )  # fmt: skip
        axes.set_xlabel(_wrapped(sentence_start(_in(table.column_labels[place], language))), fontsize=11)
        axes.set_ylabel(f"{_wrapped(_in(table.labels[place], language))}\n{_in(_ADDED, language)}", fontsize=11)
        for axis in (axes.yaxis,) if is_category else (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda tick, _: _in(number(tick), language).replace("-", "−"))
        if is_category:
            axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    return figure


def waterfall(explained: Explained, language: str) -> Figure:
    """Draw one lead's way from where it begins to its points, a step for each reason, with the cutoffs ahead.

    Parameters
    ----------
    explained : Score or Explanation
        Its reasons, said in full, are the rows; beyond ``MOST_REASONS`` the smallest are drawn together.
    language : str
        ``en`` or ``de``.
    """
    rows = _steps(explained.reasons, language)
    end = explained.base_points + sum(points for points, _ in rows)
    with shap_figure(8, 4, left=0.5) as (shap, figure):
        shap.plots.waterfall(
            shap.Explanation(
                values=np.array([points for points, _ in rows]), base_values=explained.base_points,
                feature_names=[text for _, text in rows],
            ),
            max_display=len(rows), show=False,
        )  # fmt: skip
        _say_in_points(figure.axes, explained.base_points, end, language)
        order = np.argsort(-np.abs([points for points, _ in rows]))
        names = [rows[place][1] for place in order[::-1]]
        figure.axes[0].set_yticks(range(len(rows)), names, fontsize=10, color="#222222")
        _mark_cutoffs(figure.axes, explained.points)
    return figure


def _in(text: Text, language: str) -> str:
    return text.to_mapping()[language]


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, _LINE, max_lines=_LINES, placeholder=" …"))


def _spread(count: int) -> NDArray[np.intp]:
    """Return up to ``MOST_LEADS`` places, evenly over all."""
    return np.unique(np.linspace(0, count - 1, min(MOST_LEADS, count)).round().astype(np.intp))


def _levels(codes: Floats, levels: Sequence[str], language: str) -> tuple[Floats, list[str]]:
    """Return places along an axis and their names: levels, the most frequent first, then others and missing."""
    shown = levels[:MOST_LEVELS]
    others, missing = float(len(shown)), float(len(shown) + 1)
    places = np.where((codes >= 1) & (codes <= len(shown)), codes - 1, others)
    places = np.where(np.isnan(codes), missing, places)
    names = [textwrap.shorten(level, _LEVEL, placeholder=" …") for level in shown]
    return places, [*names, _in(_OTHERS, language), _in(_NOT_KNOWN, language)]


def _steps(reasons: Sequence[Reason], language: str) -> list[tuple[float, str]]:
    """Return points and text of each row; the reasons that have no row of their own are summed in the last."""
    named = [reason for reason in reasons if reason.feature != OTHER]
    if len(named) < MOST_REASONS:
        return [(reason.points, _wrapped(_in(reason.text, language))) for reason in reasons]
    own = named[: MOST_REASONS - 1]
    rest = sum(reason.points for reason in reasons) - sum(reason.points for reason in own)
    rows = [(reason.points, _wrapped(_in(reason.text, language))) for reason in own]
    return [*rows, (rest, _in(_ALL_OTHERS, language))]


def _say_in_points(axes: Sequence[Axes], base: float, end: float, language: str) -> None:
    """Put our words where shap writes its symbols: below where the lead begins, above where it ends."""
    for own, text, value in ((axes[1], _BEGINS, base), (axes[2], _POINTS, end)):
        own.set_xticks([value], [_in(text, language).format(_in(number(round(value, 1)), language))], fontsize=10)
    axes[1].tick_params("x", pad=18)
    axes[0].tick_params("x", labelsize=10)
    if language == "de":
        for step in axes[0].texts:
            step.set_text(step.get_text().replace(".", ","))


def _mark_cutoffs(axes: Sequence[Axes], points: float) -> None:
    """Draw the MQL cutoff, and the SQL cutoff for a lead that is beyond it."""
    marks = [("MQL", MQL_POINTS), *([("SQL", SQL_POINTS)] if points >= MQL_POINTS else [])]
    low, high = axes[0].get_xlim()
    room = 0.04 * (max(high, marks[-1][1]) - min(low, marks[0][1]))
    low, high = min(low - room, marks[0][1] - room), max(high, marks[-1][1] + room)
    for own in axes:
        own.set_xlim(low, high)
    for name, cutoff in marks:
        axes[0].axvline(cutoff, color="#444444", linewidth=1, linestyle=":", zorder=-1)
        # Below the words of the axis: within the picture a step's points may stand anywhere.
        axes[0].annotate(
            f"{name} {cutoff:.0f}", (cutoff, 0.0), (0, -40), xycoords=axes[0].get_xaxis_transform(),
            textcoords="offset points", ha="center", va="top", fontsize=9, color="#444444",
        )  # fmt: skip
