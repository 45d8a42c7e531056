"""The evidence in a bundle: read as it was written, refused where it is not, and silent on who the leads are."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from features.domain import BundleError, Text
from models.cutoffs.leads import CertificationLeads
from models.cutoffs.reading import read_leads
from models.evidence import ModelEvidence
from models.evidence.at_cutoff import along_cutoffs, at_cutoff, cutoff_of_share
from models.evidence.calibration import CalibrationEvidence, CalibrationPoint
from models.evidence.comparison import Gain, ScorerFigures
from models.evidence.held_out import HeldOutLeads
from models.evidence.interval import Interval
from models.evidence.ranking import SHARES, Ranking
from models.evidence.reasons import OverallReason
from models.evidence.stability import Period

NAN = float("nan")


def moments(count: int, *, seed: int = 5) -> CertificationLeads:
    """Leads with up to four moments each, in weeks of their own, some of one company."""
    draw = np.random.default_rng(seed)
    lead = np.repeat(np.arange(count), draw.integers(1, 5, count))
    chance = draw.beta(1, 4, len(lead))
    seconds = 1_700_000_000.0 + 86_400.0 * (lead * 300 / count + 3 * np.arange(len(lead)) % 17)
    moments = np.array(seconds, dtype="datetime64[s]")
    return read_leads(
        chance, draw.random(len(lead)) < chance, moments, "Europe/Berlin",
        accepted=np.where(draw.random(len(lead)) < 0.3, np.nan, draw.integers(0, 2, len(lead))),
        lead=lead, company=lead // 2,
    )  # fmt: skip


def evidence(held_out: HeldOutLeads | None = None) -> ModelEvidence:
    area = Interval(0.7, 0.65, 0.75)
    return ModelEvidence(
        leads=400.0,
        base_rate=0.2,
        scorers=(
            ScorerFigures("model", 0.4, 0.1, area, 0.5, 3.0, 1.0, constant=False),
            ScorerFigures("base rate", 0.5, 0.16, Interval(0.5, NAN, NAN), 0.2, 1.0, NAN, constant=True),
        ),
        gains=(Gain("base rate", Interval(0.1, 0.05, 0.15), area, 0.99, 400, 80),),
        rankings=(Ranking("model", tuple(share**0.5 for share in SHARES)),),
        calibration=CalibrationEvidence(
            400.0, 80.0, (CalibrationPoint(0.1, 0.12, 0.05, 0.2),), Interval(1.0, 0.8, 1.2), area, (0.0, 0.1, 0.9)
        ),
        periods=(Period(Text("2026-01", "01.2026"), 40.0, 8.0, Interval(0.2, 0.1, 0.3), 0.35, 0.4, None),),
        reasons=(
            OverallReason(
                "visits", Text("Visits", "Besuche"), Text("visits", "Besuche"), Text("more", "mehr"), 3.0, 1.0, None,
                (1.0, -2.0), (4.0, None),
            ),
        ),
        cutoffs=along_cutoffs(moments(50), 4.0),
        held_out=held_out or HeldOutLeads.sample(moments(50), weeks=4.0, arrived=None, since=None, until=None),
    )  # fmt: skip


def again(told: ModelEvidence) -> ModelEvidence:
    return ModelEvidence.from_mapping(json.loads(told.to_text()))


def test_evidence_is_read_as_it_was_written() -> None:
    told = evidence()
    read = again(told)
    assert read.to_text() == told.to_text()
    assert read.reasons == told.reasons
    assert read.periods[0].off
    assert np.isnan(read.scorers[1].slope)
    assert read.ranking_of("model").lift_at(0.1) == pytest.approx(0.1**0.5 / 0.1)


def test_cutoffs_measure_on_the_stored_leads_exactly_as_on_those_held_out() -> None:
    leads = moments(500)
    read = again(evidence(HeldOutLeads.sample(leads, weeks=40.0, arrived=None, since=None, until=None))).held_out
    assert read.whole
    assert not np.array_equal(read.leads.probability, leads.probability)
    for share in (0.01, 0.1, 0.4, 1.0):
        cutoff = cutoff_of_share(leads, share)
        before, after = at_cutoff(leads, cutoff, 40.0), at_cutoff(read.leads, cutoff, 40.0)
        assert (before.leads, before.converted, before.per_week) == (after.leads, after.converted, after.per_week)
        assert after.missed == before.missed
        assert after.rate.value == before.rate.value


def test_a_lead_keeps_its_week_of_arrival_and_its_answer_when_the_order_is_drawn() -> None:
    # Every lead has one moment, and its probability tells which it is.
    chance = np.linspace(0.01, 0.99, 90)
    leads = read_leads(chance, chance > 0.5, None, "UTC", accepted=np.where(chance > 0.7, 1.0, 0.0))
    arrived = np.arange(90) // 7
    kept = HeldOutLeads.sample(leads, weeks=13.0, arrived=arrived, since=None, until=None)
    read = HeldOutLeads.from_mapping(json.loads(json.dumps(kept.to_mapping())))
    order = np.argsort(read.leads.probability)
    assert read.arrived is not None
    assert read.leads.accepted is not None
    assert read.arrived[order].tolist() == arrived.tolist()
    assert (read.leads.accepted[order] == (chance > 0.7)).all()
    assert (read.leads.customer[order] == (chance > 0.5)).all()


def test_a_large_hold_out_is_sampled_by_whole_leads_and_says_what_each_stands_for() -> None:
    leads = moments(1_000)
    kept = HeldOutLeads.sample(leads, weeks=None, arrived=None, since=None, until=None, most=200)
    assert (kept.leads.count, kept.of, kept.weight, kept.whole) == (200, 1_000, 5.0, False)
    assert again(evidence(kept)).held_out.leads.count == 200
    whole = at_cutoff(leads, 0.3, None)
    part = at_cutoff(kept.leads, 0.3, None)
    assert part.rate.low < whole.rate.value < part.rate.high
    assert part.rate.high - part.rate.low > whole.rate.high - whole.rate.low


def test_the_file_holds_no_id_no_moment_and_no_order_of_the_history() -> None:
    stored = json.loads(evidence().to_text())
    assert set(stored["held_out"]) == {
        "of", "weeks", "since", "until", "left_out", "records", "customer", "company", "arrived", "probability",
        "converted", "accepted", "week",
    }  # fmt: skip
    week = stored["held_out"]["week"]
    assert min(week) == 0
    assert week != sorted(week)


@pytest.mark.parametrize(
    "change",
    [
        lambda stored: stored.update(format=2),
        lambda stored: stored.pop("calibration"),
        lambda stored: stored.update(scorers=stored["scorers"][::-1]),
        lambda stored: stored.update(scorers=[]),
        lambda stored: stored["rankings"][0]["hits"].pop(),
        lambda stored: stored["reasons"][0]["values"].pop(),
        lambda stored: stored["reasons"][0].update(levels=[]),
        lambda stored: stored["held_out"]["probability"].pop(),
        lambda stored: stored["held_out"]["probability"].__setitem__(0, 1.5),
        lambda stored: stored["held_out"]["records"].__setitem__(0, 0),
        lambda stored: stored["held_out"]["records"].__setitem__(0, True),
        lambda stored: stored["held_out"]["company"].__setitem__(0, -1),
        lambda stored: stored["held_out"]["week"].__setitem__(0, "x"),
        lambda stored: stored["held_out"].update(probability=stored["held_out"]["probability"][::-1]),
        lambda stored: stored["calibration"]["points"][0].pop(),
        lambda stored: stored["calibration"].update(leads="many"),
    ],
)
def test_evidence_of_another_form_is_refused(change: Callable[[Any], object]) -> None:
    stored = json.loads(evidence().to_text())
    change(stored)
    with pytest.raises(BundleError):
        ModelEvidence.from_mapping(stored)
