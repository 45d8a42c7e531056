"""Whether probabilities can be taken at their word: the curve with its band, the level, by quarter and by source."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from features.domain import Text
from features.domain.say import between, listed, number, percent, sentence, whole
from models.evidence.interval import Interval
from training.calibration.parts import Part, called
from training.calibration.reliability import Reliability
from training.dataset import Side
from training.pages.content import Chart, Fact, Section, Table, Tone
from training.report import charts

Floats = NDArray[np.float64]


def calibration(told: Reliability, side: Side, probability: Floats) -> Section:
    """Return the section on calibration.

    Parameters
    ----------
    told : Reliability
        What was found.
    side : Side
        The rows, which nothing was learned from.
    probability : array of shape (n,)
        What was said of them.
    """
    return Section(
        "calibration",
        Text("Can the probabilities be taken at their word?", "Sind die Wahrscheinlichkeiten wörtlich zu nehmen?"),
        (_level(told, side), *_sharpness(told), *_odd(told), *_width(told)),
        _facts(told),
        charts=(_curve(told, side, probability),),
        tables=(
            *([_table(told.quarters, Text("By quarter", "Nach Quartal"))] if told.quarters else []),
            *([_table(told.sources, _source_name(told))] if told.sources else []),
            *([_table(told.ages, Text("By the age of the leads", "Nach dem Alter der Leads"))] if told.ages else []),
        ),
    )


def _level(told: Reliability, side: Side) -> Text:
    ratio = told.observed_to_expected
    if not told.level_is_off:
        return sentence(
            "{begin}: the difference can be chance.", "{begin}: Der Unterschied kann Zufall sein.",
            begin=_seen_and_said(told, side),
        )  # fmt: skip
    return sentence(
        "{begin}: {more} than chance explains. The market has moved since; read probabilities as a ranking until the "
        "model is recalibrated.",
        "{begin}: {more}, als der Zufall erklärt. Der Markt hat sich seither bewegt; lesen Sie die "
        "Wahrscheinlichkeiten bis zur nächsten Kalibrierung nur als Rangfolge.",
        begin=_seen_and_said(told, side),
        more=Text("more", "mehr") if ratio.value > 1 else Text("fewer", "weniger"),
    )  # fmt: skip


def _seen_and_said(told: Reliability, side: Side) -> Text:
    """Return leads counted once in numbers, moments of leads as shares."""
    ratio = told.observed_to_expected
    said = told.positives / ratio.value if ratio.value else 0.0
    if bool((side.weight >= 1).all()):
        return sentence(
            "Of the leads held out {seen} became customers, where the probabilities add up to {said}",
            "Von den zurückgehaltenen Leads wurden {seen} Kunden; die Wahrscheinlichkeiten ergeben zusammen {said}",
            seen=whole(told.positives), said=whole(said),
        )  # fmt: skip
    return sentence(
        "Over all moments at which the leads held out were looked at, {seen} reached the target in time, where the "
        "probabilities say {said}",
        "Über alle Zeitpunkte, zu denen die zurückgehaltenen Leads betrachtet wurden, erreichten {seen} rechtzeitig "
        "das Ziel; die Wahrscheinlichkeiten sagen {said}",
        seen=percent(told.positives / told.leads), said=percent(said / told.leads),
    )  # fmt: skip


def _sharpness(told: Reliability) -> tuple[Text, ...]:
    """Return whether high probabilities are too high, where that is beyond chance."""
    slope = told.slope
    if slope.low <= 1 <= slope.high:
        return ()
    figures = {"slope": number(slope.value), "interval": between(slope.low, slope.high)}
    if slope.high < 1:
        return (
            sentence(
                "It is a little too bold: high probabilities are too high and low ones too low (slope {slope}, 95 % "
                "interval {interval}).",
                "Es ist etwas zu kühn: Hohe Wahrscheinlichkeiten sind zu hoch und niedrige zu niedrig (Steigung "
                "{slope}, 95-%-Intervall {interval}).",
                **figures,
            ),
        )  # fmt: skip
    return (
        sentence(
            "It is a little too timid: high probabilities are too low and low ones too high (slope {slope}, 95 % "
            "interval {interval}).",
            "Es ist etwas zu zaghaft: Hohe Wahrscheinlichkeiten sind zu niedrig und niedrige zu hoch (Steigung "
            "{slope}, 95-%-Intervall {interval}).",
            **figures,
        ),
    )  # fmt: skip


def _odd(told: Reliability) -> tuple[Text, ...]:
    odd = [part for part in told.parts if part.off]
    if not odd:
        return ()
    names = listed(
        [
            sentence("{name} ({ratio})", "{name} ({ratio})", name=called(part.name), ratio=number(part.ratio.value))
            for part in odd
        ]
    )
    return (
        sentence(
            "Beyond chance off in: {names} (customers seen over customers expected).",
            "Mehr als zufällig daneben bei: {names} (beobachtete im Verhältnis zu erwarteten Kunden).",
            names=names,
        ),
    )


def _width(told: Reliability) -> tuple[Text, ...]:
    if told.uncertainty is None:
        return ()
    return (
        sentence(
            "One more lead like it would typically move a probability by {width} points.",
            "Ein weiterer gleichartiger Lead würde eine Wahrscheinlichkeit typischerweise um {width} Prozentpunkte "
            "verschieben.",
            width=number(100 * told.uncertainty.typical, 1),
        ),
    )  # fmt: skip


def _facts(told: Reliability) -> tuple[Fact, ...]:
    tone = Tone.BAD if told.level_is_off else Tone.GOOD
    error = told.calibration_error
    return (
        Fact(
            Text("Seen over expected (O/E)", "Beobachtet zu erwartet (O/E)"),
            number(told.observed_to_expected.value),
            _interval(told.observed_to_expected, Text("1 is perfect", "1 ist perfekt")),
            tone,
        ),
        Fact(
            Text("Calibration slope", "Kalibrierungssteigung"),
            number(told.slope.value),
            _interval(told.slope, Text("below 1 too bold, above 1 too timid", "unter 1 zu kühn, über 1 zu zaghaft")),
            Tone.PLAIN if told.slope.low <= 1 <= told.slope.high else Tone.DOUBT,
        ),
        Fact(
            Text("Mean distance", "Mittlerer Abstand"),
            percent(error.value),
            sentence(
                "calibration error; by chance alone {mean}, rarely above {high}",
                "Kalibrierungsfehler; allein durch Zufall {mean}, selten über {high}",
                mean=percent(error.expected),
                high=percent(error.high),
            ),
            Tone.DOUBT if error.beyond else Tone.PLAIN,
        ),
        Fact(
            Text("Test (Spiegelhalter)", "Test (Spiegelhalter)"),
            _chance(told.spiegelhalter_p),
            Text("below 0.05 the probabilities do not fit", "unter 0,05 passen die Wahrscheinlichkeiten nicht"),
        ),
    )


def _chance(p_value: float) -> Text:
    if p_value < 0.001:
        return sentence("p < {least}", "p < {least}", least=number(0.001, 3))
    return sentence("p = {p}", "p = {p}", p=number(p_value, 3))


def _interval(one: Interval, means: Text) -> Text:
    return sentence(
        "95 % interval {span}; {means}", "95-%-Intervall {span}; {means}", span=between(one.low, one.high), means=means
    )


def _curve(told: Reliability, side: Side, probability: Floats) -> Chart:
    return Chart(
        Text("What was said, and what became of it", "Was gesagt wurde und was daraus wurde"),
        Text(
            "On the dashed line the probabilities are true. The band holds the whole true curve with 95 %; where the "
            "dashed line leaves it, they are off. The marks below show where the leads lie.",
            "Auf der gestrichelten Linie stimmen die Wahrscheinlichkeiten. Das Band enthält die ganze wahre Kurve mit "
            "95 %; wo die gestrichelte Linie es verlässt, stimmen sie nicht. Die Striche unten zeigen, wo die Leads "
            "liegen.",
        ),
        _level(told, side),
        partial(
            charts.calibration, told.curve, probability,
            Text("probability", "Wahrscheinlichkeit"), Text("reached the target", "erreichten das Ziel"),
            (Text("this model", "dieses Modell"), Text("perfect", "perfekt")),
        ),
    )  # fmt: skip


def _source_name(told: Reliability) -> Text:
    name = told.source_label or Text.same(told.source or "")
    return sentence("By source: {name}", "Nach Herkunft: {name}", name=name) if told.source_is_named else sentence(
        "By the attribute “{name}”", "Nach dem Merkmal „{name}“", name=name
    )  # fmt: skip


def _table(parts: Sequence[Part], caption: Text) -> Table:
    return Table(
        caption,
        Text(
            "Customers seen and expected by the probabilities. Rows that chance does not explain are marked.",
            "Beobachtete und nach den Wahrscheinlichkeiten erwartete Kunden. Hervorgehoben ist, was der Zufall nicht "
            "erklärt.",
        ),
        (
            Text("Part", "Teil"), Text("leads", "Leads"), Text("seen", "beobachtet"), Text("expected", "erwartet"),
            Text("seen over expected", "beobachtet zu erwartet"), Text("95 % interval", "95-%-Intervall"),
        ),
        tuple(
            (
                called(part.name), whole(part.leads), number(part.observed, 1), number(part.expected, 1),
                number(part.ratio.value), between(part.ratio.low, part.ratio.high),
            )
            for part in parts
        ),
        frozenset(place for place, part in enumerate(parts) if part.off),
    )  # fmt: skip
