"""From what a run found on the leads held out to the evidence of its bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.cutoffs.leads import CertificationLeads
from models.evidence import ModelEvidence
from models.evidence.at_cutoff import along_cutoffs
from models.evidence.calibration import CalibrationEvidence, CalibrationPoint
from models.evidence.comparison import MODEL, Gain, ScorerFigures
from models.evidence.held_out import HeldOutLeads
from models.evidence.interval import Interval
from models.evidence.reasons import OverallReason
from models.evidence.stability import Period
from training.calibration.reliability import Reliability
from training.certification import certification_leads
from training.dataset import Side
from training.discrimination import area
from training.evaluate import Evaluation
from training.evidence.periods import periods, periods_of
from training.evidence.rankings import ranking_of
from training.paired import Paired

Floats = NDArray[np.float64]

_SPREAD = np.linspace(0.0, 1.0, 41)


def evidence_of(
    side: Side,
    probabilities: Mapping[str, Floats],
    evaluations: Mapping[str, Evaluation],
    paired: Sequence[Paired],
    confidence: float,
    reliability: Reliability,
    reasons: tuple[OverallReason, ...],
    time_zone: str,
) -> ModelEvidence:
    """Return the evidence of a model.

    Parameters
    ----------
    side : Side
        The leads held out.
    probabilities : mapping from name to array of shape (n,)
        Of ``model`` and its rivals on these rows.
    evaluations : mapping from name to Evaluation
        Of the same.
    paired : sequence of Paired
        The model against each rival of the gate.
    confidence : float
        One-sided, of the bounds of these.
    reliability : Reliability
        Of the model.
    reasons : tuple of OverallReason
        What moves scores overall.
    time_zone : str
        IANA zone in which weeks begin.
    """
    leads = certification_leads(side, probabilities[MODEL], time_zone)
    said = {MODEL: probabilities[MODEL], **probabilities}
    figures = tuple(_figures(name, one, evaluations[name], side) for name, one in said.items())
    return ModelEvidence(
        leads=float(side.weight.sum()),
        base_rate=float(side.weight @ side.label / side.weight.sum()),
        scorers=figures,
        gains=tuple(_gain(one, confidence) for one in paired),
        rankings=tuple(
            ranking_of(one.scorer, said[one.scorer], side) for one in figures if not one.constant or one.scorer == MODEL
        ),
        calibration=_calibration(reliability, probabilities[MODEL]),
        periods=_periods(side, probabilities[MODEL], reliability.effect),
        reasons=reasons,
        cutoffs=along_cutoffs(leads, weeks_of(side.examples.unique("lead_id")["created_at"])),
        held_out=held_out_leads(side, leads),
    )


def _figures(name: str, probability: Floats, told: Evaluation, side: Side) -> ScorerFigures:
    found = area(probability, side.label, side.weight, side.company)
    return ScorerFigures(
        scorer=name,
        log_loss=told.log_loss,
        brier=told.brier,
        auc=Interval(told.auc, *found.interval).within_unit(),
        average_precision=told.average_precision,
        lift_10=told.lift_10,
        slope=told.slope,
        constant=bool((probability == probability[0]).all()),
    )


def _gain(one: Paired, confidence: float) -> Gain:
    return Gain(
        rival=one.rival,
        log_loss=Interval(one.gain.value, one.gain.low, one.gain.high),
        auc=Interval(one.area.value, *one.area.interval),
        confidence=confidence,
        leads=one.leads,
        positives=one.positives,
    )


def _calibration(told: Reliability, probability: Floats) -> CalibrationEvidence:
    curve = told.curve
    columns = (curve.probability.tolist(), curve.observed.tolist(), curve.low.tolist(), curve.high.tolist())
    return CalibrationEvidence(
        leads=told.leads,
        positives=told.positives,
        points=tuple(CalibrationPoint(*point) for point in zip(*columns, strict=True)),
        ratio=told.observed_to_expected,
        slope=told.slope,
        spread=tuple(np.quantile(probability, _SPREAD).tolist()),
    )


def _periods(side: Side, probability: Floats, effect: float) -> tuple[Period, ...]:
    found = periods_of(side.examples["created_at"], side.order)
    if found is None:
        return ()
    return periods(*found, probability, side.label, side.weight, side.company, effect)


def held_out_leads(side: Side, leads: CertificationLeads) -> HeldOutLeads:
    """Return the sample of the leads held out that a bundle keeps.

    Parameters
    ----------
    side : Side
        The rows.
    leads : CertificationLeads
        The same, as certificates read them.
    """
    created = side.examples.filter(pl.Series(side.mature)).unique("lead_id").sort("lead_id")["created_at"]
    first, last = created.min(), created.max()
    # Drawn by chance, the leads held out are a part of those of every week, and no week is seen whole.
    timed = side.order is not None and not created.null_count() and len(created) == leads.count
    if not (timed and isinstance(first, datetime) and isinstance(last, datetime)):
        return HeldOutLeads.sample(leads, weeks=None, arrived=None, since=None, until=None)
    days = created.dt.epoch("d").to_numpy().astype(np.int64)
    # The epoch was a Thursday: 3 days later, weeks begin on Monday.
    week = (days + 3) // 7
    return HeldOutLeads.sample(
        leads, weeks=weeks_of(created), arrived=week - week.min(), since=first.date().isoformat(),
        until=last.date().isoformat(),
    )  # fmt: skip


def weeks_of(created: pl.Series) -> float | None:
    """Return how many weeks these leads came in over, at least one; None without times."""
    first, last = created.min(), created.max()
    if created.null_count() or not isinstance(first, datetime) or not isinstance(last, datetime):
        return None
    return max(1.0, (last - first).total_seconds() / 604_800)
