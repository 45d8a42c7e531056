"""shap's pictures of the reasons, as charts of the page: all leads, the strongest reasons, one lead step by step."""

from __future__ import annotations

from functools import partial

from matplotlib.figure import Figure

from features.domain import Text
from features.domain.say import number, sentence
from models.reasons import Explanation
from training.pages.content import Chart, Language
from training.pages.drawing import for_page
from training.reasons.figure import svg
from training.reasons.plots import beeswarm, dependence, waterfall
from training.reasons.table import ReasonTable
from training.report.material import Material

ALONG_VALUES = 2
"""Reasons that are drawn along their values, the strongest."""


def reason_pictures(material: Material) -> tuple[Chart, ...]:
    """Return the pictures; at least one reason must move scores."""
    table = material.reasons
    return (
        _beeswarm(table),
        *(_dependence(table, place) for place in range(min(ALONG_VALUES, len(table.reasons)))),
        _waterfall(material.example),
    )


def _beeswarm(table: ReasonTable) -> Chart:
    def draw(language: Language) -> str:
        return _embedded(beeswarm(table, language))

    return Chart(
        Text("Every lead, reason by reason", "Jeder Lead, Grund für Grund"),
        Text(
            "A dot is a lead held out. Right of the line the reason raised its score, left it lowered it. Red is a "
            "high value, blue a low one, grey a category or not known.",
            "Ein Punkt ist ein zurückgehaltener Lead. Rechts der Linie hob der Grund seinen Score, links senkte er "
            "ihn. Rot ist ein hoher Wert, blau ein niedriger, grau eine Kategorie oder nicht bekannt.",
        ),
        sentence(
            "Points of each lead by reason; the widest is {name}.",
            "Punkte jedes Leads nach Grund; am weitesten streut {name}.",
            name=table.labels[0],
        ),
        draw,
        on_paper=True,
        wide=True,
    )


def _dependence(table: ReasonTable, place: int) -> Chart:
    def draw(reason: str, language: Language) -> str:
        return _embedded(dependence(table, reason, language))

    label = table.labels[place]
    return Chart(
        sentence("{name}, along its value", "{name}, nach dem Wert", name=label),
        Text(
            "Points added or taken by this reason for each value; leads with the same value differ because of what "
            "else is known of them. Grey bars show how many leads there are.",
            "Punkte, die dieser Grund je nach Wert dazugibt oder abzieht; Leads mit gleichem Wert unterscheiden sich "
            "durch das, was sonst von ihnen bekannt ist. Graue Balken zeigen, wie viele Leads es gibt.",
        ),
        sentence("Points of {name} over its value.", "Punkte von {name} nach dem Wert.", name=label),
        partial(draw, table.reasons[place]),
        on_paper=True,
    )  # fmt: skip


def _waterfall(example: Explanation) -> Chart:
    def draw(language: Language) -> str:
        return _embedded(waterfall(example, language))

    ends = {"base": number(example.base_points, 1), "points": number(example.points, 1)}
    return Chart(
        Text("One lead, step by step", "Ein Lead, Schritt für Schritt"),
        sentence(
            "The lead held out that only just became an MQL: from {base} points, where every lead begins, to {points}.",
            "Der zurückgehaltene Lead, der gerade eben MQL wurde: von {base} Punkten, bei denen jeder Lead beginnt, "
            "bis {points}.",
            **ends,
        ),
        sentence(
            "The lead's reasons lead from {base} to {points} points.",
            "Die Gründe des Leads führen von {base} zu {points} Punkten.", **ends,
        ),
        draw,
        on_paper=True,
        wide=True,
    )  # fmt: skip


def _embedded(figure: Figure) -> str:
    return for_page(svg(figure))
