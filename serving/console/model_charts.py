"""The pictures of a model's evidence, as plain data."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from features.domain import Text, say
from models.evidence import ModelEvidence
from models.evidence.comparison import BASE_RATE, MODEL
from models.evidence.names import label_of
from models.evidence.ranking import TOLD, Ranking
from models.evidence.stability import Period
from serving.console.charts import Axis, Chart, Kind, Series, Told, Unit, some
from serving.console.words import model as words

_COLORS = ("one", "two", "three", "four")
_TOLD, _ROOM, _STEPS = 0.2, 1.2, 20


def gain_and_lift(evidence: ModelEvidence) -> tuple[Chart, Chart]:
    """Return how many of the customers the top of each ranking holds, and how many times as many as by chance."""
    rankings = [one for one in evidence.rankings if one.scorer != BASE_RATE]
    model = evidence.ranking_of(MODEL)
    shares = model.shares
    across = Axis(words.SHARE_OF_LEADS, Unit.PERCENT, 0.0, 1.0)
    colored = [(label_of(one.scorer), one, color) for one, color in zip(rankings, _COLORS, strict=False)]
    gain = Chart(
        "gain", words.GAIN, words.GAIN_HELP,
        say.sentence(words.GAIN_ALT.en, words.GAIN_ALT.de, hits=say.percent(model.hits_at(_TOLD))),
        shares, across, Axis(words.CUSTOMERS_AMONG, Unit.PERCENT, 0.0, 1.0),
        (*(Series(name, one.hits, color=color) for name, one, color in colored),
         Series(words.BY_CHANCE, shares, color="muted", dashed=True)),
        told=_at_shares(rankings, lambda one, share: say.percent(one.hits_at(share))),
    )  # fmt: skip
    lift = Chart(
        "lift", words.LIFT, words.LIFT_HELP,
        say.sentence(words.LIFT_ALT.en, words.LIFT_ALT.de, lift=say.number(model.lift_at(_TOLD))),
        shares, across, Axis(words.LIFT_AXIS, low=0.0),
        (*(Series(name, one.lifts, color=color) for name, one, color in colored),
         Series(words.BY_CHANCE, [1.0] * len(shares), color="muted", dashed=True)),
        told=_at_shares(rankings, lambda one, share: say.number(one.lift_at(share))),
    )  # fmt: skip
    return gain, lift


def _at_shares(rankings: Sequence[Ranking], figure: Callable[[Ranking, float], Text]) -> Told:
    head = (words.SHARE_OF_LEADS, *(label_of(one.scorer) for one in rankings))
    return Told(head, tuple((say.given(share), *(figure(one, share) for one in rankings)) for share in TOLD))


def calibration(evidence: ModelEvidence) -> Chart:
    """Return the reliability curve with its band."""
    points, ratio = evidence.calibration.points, evidence.calibration.ratio
    said = [one.said for one in points]
    # The band of the few at the top reaches far; what is read lies below.
    highest = max(max(one.said, one.seen) for one in points)
    top = min(1.0, math.ceil(_STEPS * _ROOM * highest) / _STEPS)
    return Chart(
        "calibration", words.CURVE, words.CURVE_HELP,
        say.sentence(words.CURVE_ALT.en, words.CURVE_ALT.de, seen=say.whole(100 * ratio.value)),
        said, Axis(words.SAID, Unit.PERCENT, 0.0), Axis(words.SEEN, Unit.PERCENT, 0.0, top),
        (
            Series(words.SEEN, [one.seen for one in points]),
            Series(words.BAND_LOW, [one.low for one in points], Kind.BAND_LOW),
            Series(words.BAND_HIGH, [one.high for one in points], Kind.BAND_HIGH, legend=words.BAND),
            Series(words.PERFECT, said, color="muted", dashed=True),
        ),
        told=Told(
            (words.SAID, words.SEEN, words.BAND),
            tuple((say.percent(one.said), say.percent(one.seen), say.span(one.low, one.high)) for one in some(points)),
        ),
    )  # fmt: skip


def over_time(periods: Sequence[Period]) -> Chart:
    """Return what was said and seen in each period."""
    return Chart(
        "periods", words.PERIODS, words.PERIODS_HELP, told_periods(periods), [one.name for one in periods],
        Axis(words.PERIOD), Axis(words.SHARE_AXIS, Unit.PERCENT, 0.0),
        (
            Series(words.MEAN_SAID, [one.mean_probability for one in periods]),
            Series(words.SEEN, [one.rate.value for one in periods], Kind.POINTS, "two"),
            Series(words.BAND_LOW, [one.rate.low for one in periods], Kind.BAND_LOW, "two"),
            Series(words.BAND_HIGH, [one.rate.high for one in periods], Kind.BAND_HIGH, "two", legend=words.BAND),
        ),
    )  # fmt: skip


def told_periods(periods: Sequence[Period]) -> Text:
    """Return whether what was said came true in every period."""
    off, count = sum(one.off for one in periods), say.whole(len(periods))
    if not off:
        return say.sentence(words.PERIODS_FINE.en, words.PERIODS_FINE.de, n=count)
    return say.sentence(words.PERIODS_OFF.en, words.PERIODS_OFF.de, off=say.whole(off), n=count)
