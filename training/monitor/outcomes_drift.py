"""What became of leads after training, against what was said of them: the level by cohort, and a bet on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.domain import Text
from features.domain.say import between, given, number, sentence, whole
from models.drift.level_watch import ALPHA, LevelWatch
from models.evidence.interval import Interval
from training.calibration.line import calibration_line
from training.calibration.parts import parts_of, quarters
from training.dataset import Side
from training.exact_rates import design_effect, exact_p_value, observed_over_expected
from training.monitor.findings import Finding, standing_of, unknown
from training.monitor.recent import weeks_of

Floats = NDArray[np.float64]


def check_level(side: Side | None, probability: Floats, center: float) -> Finding:
    """Return whether the probabilities still come true on leads that matured after training.

    Parameters
    ----------
    side : Side or None
        Mature rows of leads whose outcome became known after training; None where there are none.
    probability : array of shape (n,)
        The model's, on these rows.
    center : float
        Log-odds about which a changed slope turns: the mean over the leads that the model was judged on.
    """
    if side is None or side.label.size == 0:
        return unknown(
            "level",
            Text(
                "Nothing has become known since of leads that the model never met.",
                "Seither ist nichts über Leads bekannt geworden, die das Modell nie gesehen hat.",
            ),
        )
    dated = side.examples["as_of"].null_count() == 0
    batch = weeks_of(side.examples["as_of"]) if dated else np.zeros(side.label.size, dtype=np.int64)
    watch = LevelWatch.of(
        probability, side.label, _by_company(side.weight, side.company, batch), batch,
        center,
    )  # fmt: skip
    found, expected, total = (float(side.weight @ one) for one in (side.label, probability, np.ones(probability.size)))
    effect = design_effect(side.label - probability, probability * (1 - probability), side.weight, side.company)
    ratio = observed_over_expected(found, expected, total, effect)
    slope = _slope(side, probability)
    cohorts = parts_of({"quarters": quarters(side)}, probability, side.label, side.weight, effect)["quarters"]
    seen = sentence(
        "Of {total} leads that matured since, {ratio} times as many reached the target as the probabilities say (95 % "
        "interval {span}){line}. ",
        "Von {total} seither gereiften Leads erreichten {ratio}-mal so viele das Ziel, wie die Wahrscheinlichkeiten "
        "sagen (95-%-Intervall {span}){line}. ",
        total=whole(total), ratio=number(ratio.value), span=between(ratio.low, ratio.high), line=_line(slope),
    )  # fmt: skip
    alarm_at = whole(1 / ALPHA)
    bet = (
        sentence(
            "A bet against the probabilities grew {capital}-fold; while they are true it reaches {alarm_at} in {alpha} "
            "of all cases, ever. Run leadscore recalibrate.",
            "Eine Wette gegen die Wahrscheinlichkeiten wuchs auf das {capital}-Fache; solange sie stimmen, erreicht "
            "sie nur in {alpha} aller Fälle je das {alarm_at}-Fache. Führen Sie leadscore recalibrate aus.",
            capital=whole(watch.capital), alarm_at=alarm_at, alpha=given(ALPHA),
        )
        if watch.alarm
        else sentence(
            "A bet against the probabilities grew {capital}-fold; {alarm_at} raises an alarm.",
            "Eine Wette gegen die Wahrscheinlichkeiten wuchs auf das {capital}-Fache; das {alarm_at}-Fache löst Alarm "
            "aus.",
            capital=number(watch.capital, 1), alarm_at=alarm_at,
        )
    )  # fmt: skip
    return Finding(
        "level",
        standing_of(watch.alarm),
        Text(seen.en + bet.en, seen.de + bet.de),
        {
            "leads": total, "observed": found, "expected": expected, "observed_to_expected": ratio.value,
            "low": ratio.low, "high": ratio.high,
            "slope": None if slope is None else [slope.value, slope.low, slope.high],
            "p_value": exact_p_value(found, expected, total, effect),
            "bet": watch.to_mapping(), "cohorts": [part.to_mapping() for part in cohorts],
        },
    )  # fmt: skip


def _slope(side: Side, probability: Floats) -> Interval | None:
    if np.unique(side.label).size < 2:
        return None
    return calibration_line(probability, side.label, side.weight, side.company).slope


def _line(slope: Interval | None) -> Text:
    if slope is None:
        return Text.same("")
    return sentence(
        ", and their slope is {slope} ({span}; 1 is true, less is too sure)",
        ", und ihre Steigung ist {slope} ({span}; 1 stimmt, weniger ist zu sicher)",
        slope=number(slope.value), span=between(slope.low, slope.high),
    )  # fmt: skip


def _by_company(weight: Floats, company: NDArray[np.int64], batch: NDArray[np.int64]) -> Floats:
    """Return weights that sum to at most 1 per company and week: colleagues of one week may all decide together."""
    place = np.unique(np.column_stack([company, batch]), axis=0, return_inverse=True)[1].ravel()
    total = np.bincount(place, weights=weight)
    return weight / np.maximum(total, 1.0)[place]
