from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from features.catalog import Catalog
from features.domain import OTHER, Group
from features.schema import Column, ColumnType, EventKind, Schema
from models.calibration import Calibration, CalibrationKind
from models.odds import logit_of
from models.reason_groups import ReasonGroups
from models.reasons import SMALLEST_POINTS, Explainer
from models.scale import Scale

CATALOG = Catalog.from_schema(
    Schema(
        columns=(Column("industry", ColumnType.CATEGORY), Column("employees", ColumnType.NUMBER)),
        event_kinds=(EventKind("page_view"), EventKind("demo_request")),
    )
)
NAMES = [feature.name for feature in CATALOG.features]
CONCEPT_OF = {feature.name: feature.concept for feature in CATALOG.features}
ROW = dict.fromkeys(NAMES)
slopes = st.floats(0, 5)
calibrations = st.builds(Calibration, st.just(CalibrationKind.BETA), slopes, slopes, st.floats(-5, 5))
seeds = st.integers(0, 10**6)


def random_shares(seed: int, spread: float, rows: int = 3) -> tuple[Explainer, Any, np.ndarray]:
    rng = np.random.default_rng(seed)
    contributions = rng.normal(0, spread, (rows, len(NAMES) + 1))
    explainer = Explainer(CATALOG, NAMES)
    return explainer, explainer.take_apart(contributions.sum(axis=1), contributions), contributions


@settings(max_examples=60, deadline=None)
@given(seeds, st.sampled_from([1e-9, 1e-3, 0.3, 3.0]), calibrations, st.floats(0.01, 0.9), st.floats(0.01, 0.9))
def test_base_and_reasons_add_up_to_the_points(
    seed: int, spread: float, calibration: Calibration, one: float, other: float
) -> None:
    mql, sql = sorted((one, other))
    assume(logit_of(sql) - logit_of(mql) > math.log(1.25))
    explainer, shares, _ = random_shares(seed, spread)
    for explanation in explainer.explain(shares, calibration, Scale.from_cutoffs(mql, sql), [ROW] * 3):
        total = explanation.base_points + math.fsum(reason.points for reason in explanation.reasons)
        assert total == pytest.approx(explanation.points, abs=1e-6)
        parts = explanation.base_points + explanation.fit_points + explanation.engagement_points
        assert parts == pytest.approx(explanation.points, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(seeds, st.sampled_from([1e-3, 0.05, 1.0]))
def test_every_share_of_a_tenth_of_a_point_is_named_the_largest_first_and_other_last(seed: int, spread: float) -> None:
    explainer, shares, contributions = random_shares(seed, spread, rows=1)
    scale = Scale.from_cutoffs(0.1, 0.3)
    (explanation,) = explainer.explain(shares, Calibration(), scale, [ROW])
    points = dict.fromkeys(CATALOG.concepts, 0.0)
    for name, share in zip(NAMES, contributions[0], strict=False):
        points[CONCEPT_OF[name]] += scale.k * share
    *named, last = explanation.reasons
    assert last.feature == OTHER
    assert last.group is None
    expected = sorted((c for c, p in points.items() if abs(p) >= SMALLEST_POINTS), key=lambda c: -abs(points[c]))
    assert [reason.feature for reason in named] == expected
    assert [reason.points for reason in named] == pytest.approx([points[concept] for concept in expected])
    assert last.points == pytest.approx(math.fsum(points.values()) - math.fsum(r.points for r in named), abs=1e-9)


def test_groups_sum_all_their_concepts_also_the_small_ones() -> None:
    explainer, shares, contributions = random_shares(5, 0.001, rows=1)
    scale = Scale.from_cutoffs(0.1, 0.3)
    (explanation,) = explainer.explain(shares, Calibration(), scale, [ROW])
    assert [reason.feature for reason in explanation.reasons] == [OTHER]
    fit = [feature.group is Group.FIT for feature in CATALOG.features]
    assert explanation.fit_points == pytest.approx(scale.k * contributions[0, :-1][fit].sum())
    sub_fit, sub_engagement = explainer.sub_scores(shares, Calibration())
    assert explanation.fit_points == pytest.approx(scale.k * sub_fit[0])
    assert explanation.engagement_points == pytest.approx(scale.k * sub_engagement[0])


def test_the_sentence_speaks_of_the_strongest_feature_and_tells_the_direction() -> None:
    views = [place for place, name in enumerate(NAMES) if CONCEPT_OF[name] == "page_view"]
    contributions = np.zeros((2, len(NAMES) + 1))
    contributions[0, views[:2]] = [-0.2, 1.0]
    contributions[1, views[:2]] = [-1.0, 0.2]
    explainer = Explainer(CATALOG, NAMES)
    row = {**ROW, **{NAMES[place]: 3.0 for place in views}}
    shares = explainer.take_apart(contributions.sum(axis=1), contributions)
    raised, lowered = explainer.explain(shares, Calibration(), Scale.from_cutoffs(0.1, 0.3), [row, row])
    for explanation, strongest, raises in ((raised, views[1], True), (lowered, views[0], False)):
        reason = explanation.reasons[0]
        value, text = CATALOG.describe("page_view", row, NAMES[strongest], raises)
        assert (reason.feature, reason.value, reason.text) == ("page_view", value, text)
        assert (reason.points > 0) is raises


def test_without_calibrated_order_nobody_gets_a_reason() -> None:
    explainer, shares, _ = random_shares(6, 1.0, rows=1)
    flat = Calibration(CalibrationKind.BETA, 0.0, 0.0, -2.0)
    (explanation,) = explainer.explain(shares, flat, Scale.from_cutoffs(0.1, 0.3), [ROW])
    assert [reason.feature for reason in explanation.reasons] == [OTHER]
    assert explanation.points == explanation.base_points


def other_of(by_concept: dict[str, float]) -> str:
    """Return what ``other`` says of one lead with these log-odds, each on the first column of its concept."""
    contributions = np.zeros((1, len(NAMES) + 1))
    for concept, size in by_concept.items():
        contributions[0, next(i for i, name in enumerate(NAMES) if CONCEPT_OF[name] == concept)] = size
    explainer = Explainer(CATALOG, NAMES)
    shares = explainer.take_apart(contributions.sum(axis=1), contributions)
    (explanation,) = explainer.explain(shares, Calibration(), Scale.from_cutoffs(0.1, 0.3), [ROW])
    return explanation.reasons[-1].text.en


def test_a_lead_without_a_principal_reason_is_told_so() -> None:
    concepts = list(CATALOG.concepts)
    assert other_of(dict.fromkeys(concepts, 0.09)).startswith("No single strong reason")
    assert other_of({}).startswith("No single strong reason")
    assert not other_of({concepts[0]: -0.11}).startswith("No single")


def test_a_reason_that_is_less_than_a_tenth_of_all_is_not_principal() -> None:
    schema = Schema(columns=tuple(Column(f"n{i}", ColumnType.NUMBER) for i in range(12)), timed=False)
    catalog = Catalog.from_schema(schema)
    names = [feature.name for feature in catalog.features]
    contributions = np.append(np.full((1, len(names)), 0.2), [[0.0]], axis=1)
    explainer = Explainer(catalog, names)
    shares = explainer.take_apart(contributions.sum(axis=1), contributions)
    (explanation,) = explainer.explain(shares, Calibration(), Scale.from_cutoffs(0.1, 0.3), [dict.fromkeys(names)])
    assert explanation.reasons[-1].text.de.startswith("Kein einzelner starker Grund")


def test_concepts_of_one_reason_read_as_one_list() -> None:
    groups = ReasonGroups((("activity", "page_view", "last_touch"), ("first_touch", "demo_request")))
    explainer = Explainer(CATALOG, NAMES, groups)
    assert explainer.labels["activity"].en == "Activity overall, page views and last activity"
    assert explainer.labels["activity"].de == "Aktivität insgesamt, Seitenbesuche und letzte Aktivität"
    assert explainer.labels["first_touch"].de == "Erste Aktivität und Demo-Anfragen"


def test_a_quoted_kind_reads_the_same_in_the_list_and_in_the_sentence() -> None:
    catalog = Catalog.from_schema(Schema(columns=(), event_kinds=(EventKind("A_ACCEPTED"), EventKind("O_SENT"))))
    names = [feature.name for feature in catalog.features]
    told = Explainer(catalog, names, ReasonGroups((("a_accepted", "o_sent"),))).labels["a_accepted"]
    assert told.en == "Event 'A_ACCEPTED' and event 'O_SENT'"
