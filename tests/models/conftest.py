"""A small real model: a company's leads with events, trees and a scorecard fitted on them, all that is served."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import lightgbm
import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from features.builder import FeatureBuilder
from features.catalog import Catalog, FeatureKind
from features.domain import ModelReference, Sla
from features.encoding import Encoder
from features.schema import Column, ColumnType, EventKind, Role, Schema
from models.additive import AdditiveModel
from models.agreement import Agreement
from models.background import Background
from models.calibration import Calibration
from models.cutoffs import Cutoffs, certify
from models.grades import Grades
from models.reasons import Explainer
from models.scorecard import fit_scorecard
from models.scorer import ModelScorer
from models.trees import TreeMember

START = datetime(2025, 3, 1, tzinfo=UTC)
TRAINED_AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
SCHEMA = Schema(
    columns=(
        Column("industry", ColumnType.CATEGORY),
        Column("employees", ColumnType.NUMBER),
        Column("source", ColumnType.CATEGORY, Role.ENGAGEMENT),
        Column("email", ColumnType.EMAIL),
        Column("need", ColumnType.CATEGORY, Role.LEFT_OUT),
    ),
    event_kinds=(EventKind("page_view"), EventKind("demo_request")),
)
SLA = Sla.from_mapping(
    {
        "version": 3,
        "mql": {"min_conversion_rate": 0.2},
        "sql": {"min_conversion_rate": 0.35, "requires": ["email", "need"]},
        "personas": [{"name": "Mid-size software", "match": {"industry": "software", "employees": "50-1000"}}],
    }
)


@dataclass(frozen=True)
class Small:
    """Everything that a small training run makes."""

    leads: pl.DataFrame
    events: pl.LazyFrame
    moments: pl.DataFrame
    converted: np.ndarray
    frame: pl.DataFrame
    catalog: Catalog
    encoder: Encoder
    model: AdditiveModel
    calibration: Calibration
    grades: Grades
    cutoffs: Cutoffs
    sla: Sla
    trained_at: datetime
    background: Background

    def scorer(self, *, advise: bool = True, background: Background | None = None) -> ModelScorer:
        """Return the scorer on the cutoffs that the model proposes."""
        return ModelScorer(
            self.catalog, FeatureBuilder(self.catalog), self.encoder, self.model, self.calibration, self.grades,
            Agreement.proposed(self.sla, self.cutoffs), ModelReference("acme", "7", self.trained_at),
            background or self.background, advise=advise,
        )  # fmt: skip


def some(rng: np.random.Generator, share: float, values: Sequence[Any] | np.ndarray) -> list[Any]:
    """Return the values with all but a share of them missing."""
    return [value if kept else None for value, kept in zip(values, rng.random(len(values)) < share, strict=True)]


def company(rng: np.random.Generator, n: int) -> tuple[pl.DataFrame, pl.LazyFrame, pl.DataFrame, np.ndarray]:
    """Invent leads, their events in the first two weeks, the moment two weeks in, and who converted."""
    industry = rng.choice(["software", "retail", "health", "farming"], n, p=[0.4, 0.3, 0.25, 0.05])
    employees = np.round(np.exp(rng.normal(5, 1.2, n)))
    views = rng.poisson(3, n)
    demo = rng.random(n) < 0.2
    z = -2.2 + 0.9 * (industry == "software") + 0.4 * (np.log(employees) - 5) + 0.25 * (views - 3) + 1.2 * demo
    created = [START + timedelta(hours=float(h)) for h in np.sort(rng.uniform(0, 24 * 200, n))]
    ids = [f"L{i}" for i in range(n)]
    leads = pl.DataFrame(
        {
            "lead_id": ids,
            "created_at": created,
            "known_at": created,
            "order": np.arange(n),
            "attribute.industry": some(rng, 0.9, industry),
            "attribute.employees": some(rng, 0.8, employees),
            "attribute.source": rng.choice(["ads", "event", "referral"], n),
            "attribute.email": some(rng, 0.7, [f"p{i}@firm{i % 50}.example" for i in range(n)]),
            "attribute.need": some(rng, 0.5, ["yes"] * n),
        },
        schema_overrides={
            "created_at": pl.Datetime("us", "UTC"), "known_at": pl.Datetime("us", "UTC"),
            "attribute.industry": pl.String, "attribute.employees": pl.Float64,
            "attribute.email": pl.String, "attribute.need": pl.String,
        },
    )  # fmt: skip
    who = np.concatenate([np.repeat(np.arange(n), views), np.flatnonzero(demo)])
    later = rng.uniform(0, 14, len(who))
    kinds = ["page_view"] * int(views.sum()) + ["demo_request"] * int(demo.sum())
    events = pl.DataFrame(
        {
            "lead_id": [ids[i] for i in who],
            "occurred_at": [created[i] + timedelta(days=float(d)) for i, d in zip(who, later, strict=True)],
            "event": kinds,
        },
        schema_overrides={"occurred_at": pl.Datetime("us", "UTC")},
    ).lazy()
    moments = leads.select("lead_id", (pl.col("created_at") + timedelta(days=14)).alias("as_of"))
    return leads, events, moments, rng.random(n) < expit(z)


def grow(matrix: np.ndarray, encoder: Encoder, y: np.ndarray, trees: int, seed: int) -> TreeMember:
    """Grow a few trees."""
    categorical = [i for i, column in enumerate(encoder.columns) if column.kind is FeatureKind.CATEGORY]
    data = lightgbm.Dataset(matrix, label=y, categorical_feature=categorical, params={"verbosity": -1})
    parameters = {
        "objective": "binary", "num_leaves": 15, "learning_rate": 0.06, "verbosity": -1, "num_threads": 1,
        "seed": seed, "bagging_fraction": 0.8, "bagging_freq": 1, "min_data_in_leaf": 20, "deterministic": True,
    }  # fmt: skip
    return TreeMember(lightgbm.train(parameters, data, num_boost_round=trees).model_to_string())


@pytest.fixture(scope="session")
def grown() -> Callable[..., TreeMember]:
    """Return :func:`grow`, for tests that need trees of their own."""
    return grow


@pytest.fixture(scope="session")
def small() -> Small:
    """Train the small model: two bags of trees and a scorecard on 1,500 leads, calibrated and certified on 1,500."""
    leads, events, moments, converted = company(np.random.default_rng(11), 3000)
    catalog = Catalog.from_schema(SCHEMA)
    frame = FeatureBuilder(catalog).frame(leads, events, moments)
    learn, judge = slice(0, 1500), slice(1500, 3000)
    encoder = Encoder.fit(catalog, frame[learn])
    matrix = encoder.matrix(frame)
    y = converted.astype(float)
    model = AdditiveModel(
        [
            grow(matrix[learn], encoder, y[learn], 30, 1),
            grow(matrix[learn], encoder, y[learn], 20, 2),
            fit_scorecard(matrix[learn], encoder.columns, y[learn], None, C=0.1),
        ],
        [0.3, 0.2, 0.5],
    )
    margin = model.margin(matrix[judge])
    calibration = Calibration.fit(margin, y[judge])
    explainer = Explainer(catalog, [column.name for column in encoder.columns])
    shares = explainer.take_apart(margin, model.contributions(matrix[judge]))
    return Small(
        leads, events, moments, converted, frame, catalog, encoder, model, calibration,
        Grades.fit(*explainer.sub_scores(shares, calibration)),
        certify(calibration.probability(margin), converted[judge], SLA), SLA, TRAINED_AT,
        Background.fit(catalog, encoder, model, matrix[learn], np.arange(1500), leads[learn], seed=3),
    )  # fmt: skip
