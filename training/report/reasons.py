"""What moves scores overall: the mean points of each reason, and which way."""

from __future__ import annotations

from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import spearmanr

from features.domain import Text
from features.domain.say import listed, number, percent, sentence
from training.pages.content import Chart, Section, Table
from training.report import charts
from training.report.material import Material
from training.report.reason_pictures import reason_pictures

Floats = NDArray[np.float64]

SHOWN = 12
"""Reasons that are told one by one."""

CLEAR = 0.3
"""Rank correlation from which a direction is told."""

FEWEST_OF_LEVEL = 20
TITLE = Text("What moves the scores", "Was die Scores bewegt")


def reasons(material: Material) -> Section:
    """Return the section on reasons over all leads held out."""
    table = material.reasons
    sizes = np.abs(table.points).mean(axis=0)
    places = range(min(SHOWN, int((sizes > 0).sum())))
    if not places:
        return Section(
            "reasons",
            TITLE,
            (
                Text(
                    "No reason moves any score: all leads get the same.",
                    "Kein Grund bewegt einen Score: Alle Leads bekommen denselben.",
                ),
            ),
        )
    names = table.labels[: len(places)]
    return Section(
        "reasons",
        TITLE,
        (
            sentence(
                "Most counts: {names}. A reason's points say how far it moved a lead's score from the average; all "
                "reasons together give the score exactly.",
                "Am meisten zählt: {names}. Die Punkte eines Grundes sagen, wie weit er den Score eines Leads vom "
                "Mittel wegbewegt hat; alle Gründe zusammen ergeben genau den Score.",
                names=listed([sentence("“{name}”", "„{name}“", name=name) for name in names[:3]]),
            ),
            Text(
                "A reason is not a cause: to change what it measures need not change what becomes of the lead.",
                "Ein Grund ist keine Ursache: Wer ändert, was er misst, ändert damit nicht unbedingt, was aus dem Lead "
                "wird.",
            ),
        ),
        charts=(
            Chart(
                Text("Points of each reason, on average", "Punkte je Grund im Mittel"),
                Text(
                    "Mean distance from the average score, up or down, over the leads held out.",
                    "Mittlerer Abstand vom Durchschnittsscore, nach oben oder unten, über die zurückgehaltenen Leads.",
                ),
                sentence(
                    "The strongest reason, {name}, moves scores by {points} points on average.",
                    "Der stärkste Grund, {name}, bewegt Scores im Mittel um {points} Punkte.",
                    name=names[0],
                    points=number(float(sizes[0]), 1),
                ),
                partial(
                    charts.bars,
                    [(name, float(sizes[place])) for name, place in zip(names, places, strict=True)],
                    Text("points", "Punkte"),
                ),
            ),
            *reason_pictures(material),
        ),
        tables=(
            Table(
                Text("The reasons, the strongest first", "Die Gründe, der stärkste zuerst"),
                Text(
                    "Mean points over the leads held out, and which way the reason works.",
                    "Mittlere Punkte über die zurückgehaltenen Leads, und in welche Richtung der Grund wirkt.",
                ),
                (
                    Text("Reason", "Grund"),
                    Text("mean points", "Punkte im Mittel"),
                    Text("share", "Anteil"),
                    Text("how it works", "wie er wirkt"),
                ),
                tuple(
                    (
                        name,
                        number(float(sizes[place]), 1),
                        percent(float(sizes[place] / sizes.sum())),
                        _works(material, place),
                    )
                    for name, place in zip(names, places, strict=True)
                ),
                wordy=True,
            ),
        ),
    )


def _works(material: Material, place: int) -> Text:
    """Return which way a reason works: for numbers by rank, for categories by the levels at both ends."""
    values = material.side.features[material.reasons.columns[place].name][material.judgement.best]
    points = material.reasons.points[:, place]
    if values.dtype.is_numeric():
        return _direction(values.cast(pl.Float64).to_numpy(), points)
    frame = pl.DataFrame({"level": values.cast(pl.String), "points": points}).drop_nulls("level")
    means = frame.group_by("level").agg(pl.col("points").mean(), pl.len()).filter(pl.col("len") >= FEWEST_OF_LEVEL)
    ordered = means.sort("points", "level", descending=[True, False])
    if ordered.height < 2:
        return Text("too few leads of each value to tell", "zu wenige Leads je Wert")
    best, worst = ordered.row(0, named=True), ordered.row(-1, named=True)
    return sentence(
        "most for “{best}” ({up}), least for “{worst}” ({down})",
        "am meisten bei „{best}“ ({up}), am wenigsten bei „{worst}“ ({down})",
        best=best["level"], worst=worst["level"], up=number(best["points"], 1), down=number(worst["points"], 1),
    )  # fmt: skip


def _direction(value: Floats, points: Floats) -> Text:
    known = np.isfinite(value)
    if known.sum() < FEWEST_OF_LEVEL or np.unique(value[known]).size < 2 or np.unique(points[known]).size < 2:
        return Text("seldom known or nearly always the same", "selten bekannt oder fast immer gleich")
    rank = float(spearmanr(value[known], points[known]).statistic)
    if rank > CLEAR:
        return Text("more raises the score", "mehr hebt den Score")
    if rank < -CLEAR:
        return Text("more lowers the score", "mehr senkt den Score")
    return Text("neither more nor less is better throughout", "weder mehr noch weniger ist durchweg besser")
