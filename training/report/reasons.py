"""What moves scores overall: the mean points of each reason, and which way."""

from __future__ import annotations

from functools import partial

from features.domain import Text
from features.domain.say import listed, number, percent, sentence
from training.pages.content import Chart, Section, Table
from training.report import charts
from training.report.material import Material
from training.report.reason_pictures import reason_pictures

TITLE = Text("What moves the scores", "Was die Scores bewegt")


def reasons(material: Material) -> Section:
    """Return the section on reasons over all leads held out."""
    told = material.evidence.reasons
    if not told:
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
    names = [one.label for one in told]
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
                    points=number(told[0].size, 1),
                ),
                partial(
                    charts.bars,
                    [(one.label, one.size) for one in told],
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
                tuple((one.label, number(one.size, 1), percent(one.share), one.works) for one in told),
                wordy=True,
            ),
        ),
    )
