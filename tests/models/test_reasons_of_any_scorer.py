"""Reasons add up whoever speaks: random small models under every calibration, recalibrated bundles."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.domain import OTHER, Event, Lead, Score
from models.additive import AdditiveModel
from models.agreement import Agreement
from models.bundle import load_scorer, write_bundle
from models.bundle.contents import BACKGROUND, REFERENCE
from models.bundle.recalibrated import write_recalibrated
from models.calibration import Calibration, CalibrationKind
from models.card import ModelCard
from models.cutoffs.reading import read_leads
from models.drift.reference import Reference
from models.evidence import ModelEvidence
from models.evidence.at_cutoff import along_cutoffs
from models.evidence.calibration import CalibrationEvidence
from models.evidence.comparison import ScorerFigures
from models.evidence.held_out import HeldOutLeads
from models.evidence.interval import Interval
from models.evidence.ranking import SHARES, Ranking
from models.reasons import Explainer
from models.scorer import ModelScorer

NOW = datetime(2026, 2, 1, tzinfo=UTC)
TRIES = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

shifts = st.floats(-30, 30)
calibrations = st.one_of(
    st.just(Calibration()),
    st.builds(lambda slope, shift: Calibration(CalibrationKind.PLATT, slope, slope, shift), st.floats(0, 40), shifts),
    st.builds(Calibration, st.just(CalibrationKind.BETA), st.floats(0, 40), st.floats(0, 40), shifts),
)
"""Every kind, with slopes and shifts that drive probabilities to 0 and 1."""

rows = st.fixed_dictionaries(
    {
        "industry": st.sampled_from(["software", "retail", "never seen before", "$<b>", None]),
        "employees": st.one_of(st.none(), st.floats(-1e300, 1e300)),
        "source": st.sampled_from(["ads", "unheard of", None]),
        "email": st.sampled_from(["a@firm.example", "not an address", None]),
    }
)

kinds_of_events = st.sampled_from(["page_view", "demo_request", "never seen before"])


def adds_up(score: Score) -> None:
    total = score.base_points + math.fsum(reason.points for reason in score.reasons)
    # Points are thousands where a slope is steep, and a float holds 16 digits.
    assert total == pytest.approx(score.points, abs=1e-6, rel=1e-12)
    parts = score.base_points + score.fit_points + score.engagement_points
    assert parts == pytest.approx(score.points, abs=1e-6, rel=1e-12)
    assert score.probability is not None
    assert 0.0 <= score.probability <= 1.0
    assert 0 <= score.score <= 100
    assert all(math.isfinite(reason.points) for reason in score.reasons)


@TRIES
@given(calibrations, rows, st.lists(kinds_of_events, max_size=6), st.integers(0, 10**6), st.floats(0.01, 60))
def test_reasons_of_random_models_add_up_under_every_calibration(
    small: Any,
    grown: Any,
    calibration: Calibration,
    attributes: dict[str, Any],
    kinds: list[str],
    seed: int,
    weight: float,
) -> None:
    rng = np.random.default_rng(seed)
    drawn = rng.choice(1500, 200, replace=False)
    label = (rng.random(200) < 0.3).astype(float)
    trees = grown(small.encoder.matrix(small.frame[drawn]), small.encoder, label, 3, seed)
    model = AdditiveModel([trees, small.model.members[-1]], [weight, 1.0])
    scorer = ModelScorer(
        small.catalog, small.scorer().builder, small.encoder, model, calibration, small.grades,
        Agreement.proposed(small.sla, small.cutoffs), small.scorer().reference, small.background, advise=False,
    )  # fmt: skip
    events = [Event("L", NOW - timedelta(days=3 * days), kind, {}) for days, kind in enumerate(kinds)]
    lead = Lead("L", NOW - timedelta(days=20), attributes)
    adds_up(scorer.score(lead, events, NOW, scored_at=NOW))


def evidence() -> ModelEvidence:
    """Of two leads: what a bundle must hold, and reasons do not read."""
    held_out = read_leads(np.array([0.2, 0.8]), np.array([False, True]), None, "UTC")
    return ModelEvidence(
        leads=2.0, base_rate=0.5, gains=(), rankings=(Ranking("model", tuple(share**0.5 for share in SHARES)),),
        scorers=(ScorerFigures("model", 0.4, 0.1, Interval(0.7, 0.6, 0.8), 0.5, 3.0, 1.0, constant=False),),
        calibration=CalibrationEvidence(2.0, 1.0, (), Interval(1.0, 0.0, 2.0), Interval(0.0, -1.0, 1.0), (0.2, 0.8)),
        periods=(), reasons=(), cutoffs=along_cutoffs(held_out, 1.0),
        held_out=HeldOutLeads.sample(held_out, weeks=1.0, arrived=None, since=None, until=None),
    )  # fmt: skip


@pytest.mark.parametrize(
    "calibration",
    [
        Calibration(),
        Calibration(CalibrationKind.PLATT, 0.7, 0.7, -1.2),
        Calibration(CalibrationKind.BETA, 1.4, 0.6, 0.3),
        Calibration(CalibrationKind.BETA, 30.0, 0.0, -20.0),
    ],
    ids=["none", "platt", "beta", "extreme"],
)
def test_a_recalibrated_bundle_keeps_its_background_and_its_reasons_add_up(
    small: Any, calibration: Calibration, tmp_path: Path
) -> None:
    card = ModelCard("acme", small.trained_at, target="won")
    names = tuple(column.name for column in small.encoder.columns)
    margin = small.model.margin(small.encoder.matrix(small.frame))
    reference = Reference.of(
        small.frame, names, margin, np.arange(len(margin)),
        age_days=14.0, week=np.arange(len(margin)) // 100, cutoff_margins=(-1.0, 0.5),
    )  # fmt: skip
    parent = write_bundle(
        tmp_path / "7", catalog=small.catalog, encoder=small.encoder, model=small.model,
        calibration=small.calibration, cutoffs=small.cutoffs, grades=small.grades, card=card, golden=small.frame,
        background=small.background, reference=reference,
    )  # fmt: skip
    folder = write_recalibrated(
        tmp_path / "8", parent, calibration=calibration, cutoffs=small.cutoffs, grades=small.grades, card=card,
        golden=small.frame, evidence=evidence(),
    )  # fmt: skip
    assert (folder / BACKGROUND).read_bytes() == (parent / BACKGROUND).read_bytes()
    assert json.loads((folder / REFERENCE).read_text()) == json.loads((parent / REFERENCE).read_text())
    agreement = Agreement.proposed(small.sla, small.cutoffs)
    old, new = (
        load_scorer(path, agreement).score_many(small.leads, small.events, small.moments[:200], scored_at=NOW)
        for path in (parent, folder)
    )
    known = {*Explainer(small.catalog, names, small.background.groups).concepts, OTHER}
    for before, after in zip(old, new, strict=True):
        adds_up(after)
        assert {reason.feature for reason in after.reasons} <= known
        # A calibration stretches all reasons alike: their order, and so what is said first, stays.
        if calibration.a > 0 and calibration.b > 0:
            assert after.reasons[0].feature == before.reasons[0].feature
