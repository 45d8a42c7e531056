"""T19: what would qualify a lead, scored again: it passes the cutoff, and nothing that is known was changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.special import expit

from features.builder import FeatureBuilder
from features.catalog import Catalog, FeatureKind
from features.domain import Event, Lead, ModelReference, Sla
from features.encoding import Encoder
from features.schema import Column, ColumnType, EventKind, Schema
from features.snapshots import snapshots
from models.additive import AdditiveModel
from models.agreement import Agreement
from models.background import Background
from models.calibration import Calibration
from models.grades import Grades
from models.qualify import MARGIN_POINTS
from models.scorecard import fit_scorecard
from models.scorer import ModelScorer
from tests.truth.growing import grown

if TYPE_CHECKING:
    from tests.truth.conftest import Truth

Record = Callable[[str, object], None]

START = datetime(2025, 1, 1, tzinfo=UTC)


@dataclasses.dataclass(frozen=True)
class Invented:
    """A scorer, and leads that it has not seen."""

    scorer: ModelScorer
    cases: list[tuple[Any, ...]]


def invented(seed: int) -> Invented:
    """Return a scorer of leads who view pages, attend webinars and ask for demos, and some of whom tell their size."""
    rng = np.random.default_rng([19, seed])
    n, learn = 1_600, 1_400
    schema = Schema(
        (Column("employees", ColumnType.NUMBER), Column("industry", ColumnType.CATEGORY)),
        tuple(map(EventKind, ("page_view", "webinar_attended", "demo_request"))),
    )
    created = [START + timedelta(hours=float(h)) for h in np.sort(rng.uniform(0, 24 * 300, n))]
    employees = np.maximum(np.round(np.exp(rng.normal(4, 1.2, n))), 1.0)
    industry = rng.choice(["software", "retail", "health"], n)
    counts = np.column_stack([rng.poisson(2, n), rng.poisson(0.4, n), rng.random(n) < 0.2]).astype(int)
    z = -2.5 + 0.5 * (np.log(employees) - 4) + 0.5 * (industry == "software") + counts @ np.array([0.2, 0.7, 1.2])
    y = (rng.random(n) < expit(z)).astype(float)
    utc = pl.Datetime("us", "UTC")
    leads = pl.DataFrame(
        {
            "lead_id": [f"L{i}" for i in range(n)], "created_at": created, "known_at": created, "order": range(n),
            "attribute.employees": [v if k else None for v, k in zip(employees, rng.random(n) < 0.7, strict=True)],
            "attribute.industry": [v if k else None for v, k in zip(industry, rng.random(n) < 0.7, strict=True)],
        }, schema_overrides={"created_at": utc, "known_at": utc, "order": pl.Int64},
    )  # fmt: skip
    who, kind = (np.repeat(part, counts.ravel()) for part in (np.repeat(np.arange(n), 3), np.tile(np.arange(3), n)))
    later = rng.uniform(0, 14, len(who))
    events = pl.DataFrame(
        {
            "lead_id": [f"L{i}" for i in who],
            "occurred_at": [created[i] + timedelta(days=float(d)) for i, d in zip(who, later, strict=True)],
            "event": [schema.event_kinds[k].name for k in kind],
        }, schema_overrides={"occurred_at": utc},
    ).lazy()  # fmt: skip
    moments = leads.select("lead_id", (pl.col("created_at") + timedelta(days=14)).alias("as_of"))
    catalog = Catalog.from_schema(schema)
    builder = FeatureBuilder(catalog)
    frame = builder.frame(leads, events, moments)
    encoder = Encoder.fit(catalog, frame[:learn])
    matrix = encoder.matrix(frame[:learn])
    categorical = [c.kind is FeatureKind.CATEGORY for c in encoder.columns]
    plain = np.where(categorical, 0.0, matrix)
    model = AdditiveModel(
        [grown(plain, y[:learn], rng, 60), fit_scorecard(matrix, encoder.columns, y[:learn], None, C=0.1)], [0.4, 0.6]
    )
    calibration = Calibration.fit(model.margin(matrix), y[:learn])
    scorer = ModelScorer(
        catalog, builder, encoder, model, calibration, Grades((-1.0, 0.0, 1.0), (-1.0, 0.0, 1.0)),
        Agreement(Sla(), 0.2, 0.45, "provisional"), ModelReference("acme", "1", START),
        Background.fit(catalog, encoder, model, matrix, np.arange(learn), leads[:learn], seed=seed),
    )  # fmt: skip
    return Invented(scorer, list(snapshots(schema, leads, events, moments[learn:])))


@dataclasses.dataclass
class Suggested:
    """Counts over leads below the SQL cutoff."""

    asked: int = 0
    suggested: int = 0
    held: int = 0
    touched: int = 0
    naive_failed: int = 0


def suggestions(truth: Truth, few: int) -> Suggested:
    """Count suggestions, how many hold when scored again, how many changed what was known, and how often the naive
    variant, one more demo request for everybody, does not lift a lead over its next cutoff."""
    counts = Suggested()
    for seed in range(truth.draws(few)):
        made = invented(seed)
        for lead, events, as_of in made.cases:
            before = made.scorer.score(lead, events, as_of, scored_at=as_of)
            if before.score >= 75:
                assert before.what_would_qualify == ()
                continue
            goal = 50 if before.score < 50 else 75
            counts.asked += 1
            naive = [*events, Event(lead.lead_id, as_of, "demo_request")]
            counts.naive_failed += made.scorer.score(lead, naive, as_of, scored_at=as_of).points < goal
            if before.what_would_qualify:
                counts.suggested += 1
                changed, done = _followed(lead, events, as_of, before.what_would_qualify)
                after = made.scorer.score(changed, done, as_of, scored_at=as_of)
                promised = before.what_would_qualify[-1]["score"]
                counts.held += after.points >= goal + MARGIN_POINTS and after.score == promised
                counts.touched += any(changed.attributes[name] != value for name, value in lead.attributes.items())
    return counts


def _followed(lead: Lead, events: list[Event], as_of: datetime, steps: Any) -> tuple[Lead, list[Event]]:
    """Return the lead after the steps, without the product's own code."""
    told = {step["change"]["field"]: step["change"]["value"] for step in steps if "field" in step["change"]}
    done = [Event(lead.lead_id, as_of, step["change"]["event"]) for step in steps if "event" in step["change"]]
    return dataclasses.replace(lead, attributes={**lead.attributes, **told}), [*events, *done]


def test_every_suggestion_scored_again_passes_the_cutoff_and_changes_nothing_that_is_known(
    truth: Truth, record_property: Record
) -> None:
    counts = suggestions(truth, 2)
    record_property("suggestions", str(counts))
    assert counts.suggested >= 0.2 * counts.asked
    assert counts.held == counts.suggested
    assert counts.touched == 0
    assert counts.naive_failed >= 0.2 * counts.asked
