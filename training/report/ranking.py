"""Lift and gain: how many of the later customers the top of the ranking holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from features.domain import Text
from features.domain.say import given, number, percent, sentence, whole
from training.dataset import Side
from training.evaluate import top
from training.judgement import MODEL
from training.pages.content import Chart, Language, Section, Table
from training.report import charts
from training.report.material import label_of
from training.rivals import BASE_RATE

Floats = NDArray[np.float64]

SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
"""Shares of the leads at which the ranking is told."""

_CURVE = tuple(np.linspace(0.02, 1.0, 50).tolist())


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
    curves = {name: [top(said[name], side.label, side.weight, share) for share in _CURVE] for name in names}
    lifts = {called(name): [lift for lift, _ in told] for name, told in curves.items()}
    gains = {called(name): [hits for _, hits in told] for name, told in curves.items()}
    x = Text("share of the leads, the most probable first", "Anteil der Leads, die wahrscheinlichsten zuerst")
    lift, hits = top(said[judged], side.label, side.weight, SHARES[2])
    found = {"share": given(SHARES[2]), "hits": percent(hits), "lift": number(lift)}
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
        tables=(_table(side, said, names, called),),
    )  # fmt: skip


def _drawn(curves: dict[Text, list[float]], x: Text, y: Text, chance: Text, gain: bool, language: Language) -> str:
    return charts.top_curves(_CURVE, curves, x, y, chance, gain=gain, language=language)


def _table(side: Side, said: Mapping[str, Floats], names: list[str], called: Callable[[str], Text]) -> Table:
    leads, base = float(side.weight.sum()), float(side.weight @ side.label / side.weight.sum())
    judged, *others = names
    head = (
        Text("Top of the ranking", "Spitze der Rangfolge"), Text("leads", "Leads"), Text("conversion", "Konversion"),
        Text("lift", "Lift"), Text("of all customers", "aller Kunden"),
        *(sentence("of all customers: {name}", "aller Kunden: {name}", name=called(name)) for name in others),
    )  # fmt: skip
    rows = []
    for share in SHARES:
        lift, hits = top(said[judged], side.label, side.weight, share)
        rows.append(
            (
                given(share), whole(share * leads), percent(lift * base), number(lift), percent(hits),
                *(percent(top(said[name], side.label, side.weight, share)[1]) for name in others),
            )
        )  # fmt: skip
    return Table(
        Text("Lift and gain", "Lift und Gain"),
        sentence(
            "On {n} leads held out, {base} of which reached the target. A lead counts once: its moments share it.",
            "Bei {n} zurückgehaltenen Leads, von denen {base} das Ziel erreichten. Ein Lead zählt einmal: Seine "
            "Zeitpunkte teilen ihn sich.",
            n=whole(leads), base=percent(base),
        ),
        head, tuple(rows),
    )  # fmt: skip
