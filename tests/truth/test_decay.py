"""T22: a planted half-life is told by the feature of that half-life, and a scanner of links moves little."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from scipy.special import expit

from features.builder import FeatureBuilder
from features.catalog import Catalog
from features.catalog.tally import DAILY_CAP, HALF_LIFE_DAYS
from features.domain import Event, Lead
from features.schema import EventKind, Schema
from models.logistic import fit_logistic
from tests.truth.conftest import Truth

AS_OF = datetime(2026, 3, 31, 12, tzinfo=UTC)
CATALOG = Catalog.from_schema(Schema(event_kinds=(EventKind("page_view"), EventKind("visit"))))
BUILDER = FeatureBuilder(CATALOG)
UTC_TIME = pl.Datetime("us", "UTC")
PLANTED = 14
FULL_DRAWS = 60
"""Draws of the whole road to features in full; they decide between shares of 0.9 and 0.75 and take a second each."""


def decayed(rng: np.random.Generator, leads: int) -> tuple[np.ndarray, np.ndarray, dict[int, np.ndarray]]:
    """Return each lead's true decayed sum, its count of events, and the features of all half-lives by the builder.

    Leads view pages now and then over 90 days, never more than the cap in one day.
    """
    who = np.repeat(np.arange(leads), rng.poisson(6.0, leads))
    ago = rng.uniform(0, 90, who.size)
    created = AS_OF - timedelta(days=100)
    ids = [f"L{lead:05d}" for lead in range(leads)]
    told = pl.DataFrame(
        {"lead_id": ids, "created_at": [created] * leads, "known_at": [created] * leads, "order": range(leads)},
        schema_overrides={"created_at": UTC_TIME, "known_at": UTC_TIME, "order": pl.Int64},
    )
    events = pl.DataFrame(
        {
            "lead_id": [ids[lead] for lead in who],
            "occurred_at": [AS_OF - timedelta(days=float(days)) for days in ago],
            "event": ["page_view"] * who.size,
        },
        schema_overrides={"occurred_at": UTC_TIME},
    )
    moments = told.select("lead_id", as_of=pl.lit(AS_OF).cast(UTC_TIME))
    frame = BUILDER.frame(told, events.lazy(), moments)
    features = {days: frame[f"activity_decayed_{days}d"].to_numpy() for days in HALF_LIFE_DAYS}
    return np.bincount(who, 2.0 ** (-ago / PLANTED), minlength=leads), np.bincount(who, minlength=leads), features


def loss(feature: np.ndarray, outcome: np.ndarray) -> float:
    """Return the log-loss of a logistic regression on one feature, on the rows that it was fitted on."""
    slope, shift = fit_logistic(feature[:, None], outcome, np.ones_like(outcome), prior=np.zeros(2))
    chance = expit(slope * feature + shift)
    return float(-np.mean(outcome * np.log(chance) + (1 - outcome) * np.log(1 - chance)))


def test_t22_the_planted_half_life_is_preferred_to_a_shorter_and_a_longer_one(truth: Truth) -> None:
    draws = min(truth.draws(10), FULL_DRAWS)
    planted = blind = 0
    for seed in range(draws):
        rng = np.random.default_rng([22, seed])
        true, count, features = decayed(rng, 1500)
        np.testing.assert_allclose(features[PLANTED], true, rtol=1e-9, atol=1e-9)
        outcome = (rng.random(true.size) < expit(-3.0 + 1.2 * true)).astype(float)
        losses = {days: loss(values, outcome) for days, values in features.items()}
        planted += min(losses, key=lambda days: losses[days]) == PLANTED
        # The naive variant: a count, which forgets nothing.
        blind += loss(count.astype(float), outcome) <= losses[PLANTED]
    assert planted >= 0.9 * draws, planted
    assert blind <= 0.1 * draws, blind


def test_t22_a_scanner_of_500_clicks_a_day_moves_no_feature_further_than_the_cap() -> None:
    lead = Lead("L", AS_OF - timedelta(days=100))
    minute = timedelta(minutes=1)
    for days in (1, 3):
        clicks = [
            Event("L", AS_OF - timedelta(days=day) - click * minute, "page_view")
            for day in range(days)
            for click in range(500)
        ]
        seen = BUILDER.row(lead, clicks, AS_OF)
        # 500 minutes end before noon's day began at most once, so that a day of clicks is two calendar days.
        most = DAILY_CAP * (days + 1)
        assert float(seen["page_view_count_total"] or 0) <= most
        for half_life in HALF_LIFE_DAYS:
            assert float(seen[f"activity_decayed_{half_life}d"] or 0) <= most
