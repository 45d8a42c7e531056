"""Lift and gain: how many of the later customers the top of the ranking holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from features.domain import Text
from features.domain.say import given, number, percent, sentence, whole
from models.evidence.names import label_of
from models.evidence.ranking import SHARES, TOLD, Ranking
from training.dataset import Side
from training.evidence.rankings import ranking_of
from training.judgement import MODEL
from training.pages.content import Chart, Language, Section, Table
from training.report import charts
from training.rivals import BASE_RATE

Floats = NDArray[np.float64]


def ranking(
    side: Side, said: Mapping[str, Floats], judged: str = MODEL, called: Callable[[str], Text] = label_of
) -> Section:
    """Return the section on lift and gain, with the figures that the run logs.

    Parameters
    ----------
    side : Side
        The rows, which nothing was learned from.
    said : mapping from name to array of shape (n,)
        Everybody's probabilities of them.
    judged : str
        Whose ranking is told in figures.
    called : callable
        From a name to what people call it.
    """
    names = [judged, *(name for name in said if name not in {judged, BASE_RATE})]
    rankings = [ranking_of(name, said[name], side) for name in names]
    lifts = {called(one.scorer): one.lifts for one in rankings}
    gains = {called(one.scorer): one.hits for one in rankings}
    x = Text("share of the leads, the most probable first", "Anteil der Leads, die wahrscheinlichsten zuerst")
    own, fifth = rankings[0], TOLD[2]
    found = {"share": given(fifth), "hits": percent(own.hits_at(fifth)), "lift": number(own.lift_at(fifth))}
    return Section(
        "ranking",
        Text("Which leads come first", "Welche Leads zuerst kommen"),
        (
            Text(
                "If there is time for some of the leads only, how many of the later customers are among them?",
                "Wenn die Zeit nur für einen Teil der Leads reicht: Wie viele der späteren Kunden sind darunter?",
            ),
        ),
        charts=(
            Chart(
                Text("Customers found (gain)", "Gefundene Kunden (Gain)"),
                Text(
                    "Go up from a share of the leads: so many of the later customers are among them. The further above "
                    "the dashed line, the better.",
                    "Von einem Anteil der Leads nach oben gelesen: So viele der späteren Kunden sind darunter. Je "
                    "weiter über der gestrichelten Linie, desto besser.",
                ),
                sentence(
                    "The top {share} of the leads hold {hits} of the later customers.",
                    "Die obersten {share} der Leads enthalten {hits} der späteren Kunden.", **found,
                ),
                partial(
                    _drawn, gains, x, Text("later customers among them", "spätere Kunden darunter"),
                    Text("by chance", "zufällig"), True,
                ),
            ),
            Chart(
                Text("Times as many as by chance (lift)", "Vielfaches des Zufalls (Lift)"),
                Text(
                    "Conversion of the top over that of all leads: 2 means twice as many customers as among leads "
                    "chosen by chance.",
                    "Konversion der Spitze im Verhältnis zu der aller Leads: 2 heißt doppelt so viele Kunden wie bei "
                    "zufällig gewählten Leads.",
                ),
                sentence(
                    "The top {share} of the leads have a lift of {lift}.",
                    "Die obersten {share} der Leads haben einen Lift von {lift}.", **found,
                ),
                partial(_drawn, lifts, x, Text("lift", "Lift"), Text("by chance", "zufällig"), False),
            ),
        ),
        tables=(_table(side, rankings, called),),
    )  # fmt: skip


def _drawn(
    curves: dict[Text, tuple[float, ...]], x: Text, y: Text, chance: Text, gain: bool, language: Language
) -> str:
    return charts.top_curves(SHARES, curves, x, y, chance, gain=gain, language=language)


def _table(side: Side, rankings: list[Ranking], called: Callable[[str], Text]) -> Table:
    leads, base = float(side.weight.sum()), float(side.weight @ side.label / side.weight.sum())
    own, *others = rankings
    head = (
        Text("Top of the ranking", "Spitze der Rangfolge"), Text("leads", "Leads"), Text("conversion", "Konversion"),
        Text("lift", "Lift"), Text("of all customers", "aller Kunden"),
        *(sentence("of all customers: {name}", "aller Kunden: {name}", name=called(one.scorer)) for one in others),
    )  # fmt: skip
    rows = [
        (
            given(share), whole(share * leads), percent(own.lift_at(share) * base), number(own.lift_at(share)),
            percent(own.hits_at(share)), *(percent(one.hits_at(share)) for one in others),
        )
        for share in TOLD
    ]  # fmt: skip
    return Table(
        Text("Lift and gain", "Lift und Gain"),
        sentence(
            "On {n} leads held out; {base} reached the target, counted over the moments at which they were looked at.",
            "Bei {n} zurückgehaltenen Leads; {base} erreichten das Ziel, gezählt über die Zeitpunkte, zu denen sie "
            "betrachtet wurden.",
            n=whole(leads), base=percent(base),
        ),
        head, tuple(rows),
    )  # fmt: skip
