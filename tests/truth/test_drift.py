"""Drift in a stream of leads with known truth: planted shifts are seen in time, a stationary stream is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from scipy.special import expit

from features.domain import Sla
from models.agreement import Agreement
from models.calibration import Calibration
from models.drift.level_watch import LevelWatch
from models.drift.reference import Reference
from training.monitor.findings import Basis, Finding, Standing
from training.monitor.leads_drift import check_features, check_volume, estimate_without_labels
from training.monitor.recent import Recent, weeks_of

START = datetime(2026, 1, 5, tzinfo=UTC)
A_WEEK = 80
WEEKS = 26
NAMES = ("size", "visits", "channel")


AGREED = Agreement(Sla(), mql=0.2, sql=0.45)


def margins(frame: pl.DataFrame) -> np.ndarray:
    channel = (frame["channel"] == "web").to_numpy() * 0.8
    return np.asarray(-2.2 + 0.7 * frame["size"].to_numpy() + 0.3 * np.sqrt(frame["visits"].to_numpy()) + channel)


def leads(rng: np.random.Generator, count: int, *, web: float = 0.5, size: float = 0.0) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "size": rng.normal(size, 1.0, count),
            "visits": rng.poisson(2.0, count).astype(float),
            "channel": np.where(rng.random(count) < web, "web", "fair"),
        }
    )


def reference(rng: np.random.Generator) -> Reference:
    frame = leads(rng, 1500)
    margin = margins(frame)
    cut = tuple(float(np.log(p / (1 - p))) for p in (0.2, 0.45))
    return Reference.of(
        frame, NAMES, margin, np.arange(1500), age_days=0.0, week=np.arange(1500) // A_WEEK, cutoff_margins=cut
    )  # type: ignore[arg-type]


def stream(rng: np.random.Generator, since: int | None, **shift: float) -> Recent:
    """Return 26 weeks of leads, shifted from a week on."""
    weekly = [leads(rng, A_WEEK, **(shift if since is not None and week >= since else {})) for week in range(WEEKS)]
    features = pl.concat(weekly)
    created = [START + timedelta(days=7 * week, minutes=100 * i) for week in range(WEEKS) for i in range(A_WEEK)]
    frame = pl.DataFrame({"lead_id": [str(i) for i in range(len(created))], "created_at": created})
    margin = margins(features)
    week = weeks_of(frame["created_at"])
    return Recent(
        frame.with_columns(as_of="created_at"), features, margin, expit(margin), np.arange(margin.size), week, None
    )


def as_seen_after(recent: Recent, weeks: int) -> Recent:
    """Return the stream as it stood when a number of weeks were over."""
    first = int(recent.week.min())  # type: ignore[union-attr]
    held = np.flatnonzero(recent.week < first + weeks)  # type: ignore[operator]
    return Recent(
        recent.frame[held], recent.features[held], recent.margin[held], recent.probability[held],
        recent.company[held], recent.week[held], first + weeks,  # type: ignore[index]
    )  # fmt: skip


def alarms(one: Reference, seen: Recent) -> list[Finding]:
    found = (*check_features(one, seen), check_volume(one, seen, AGREED, Calibration()))
    return [finding for finding in found if finding.standing is Standing.ALARM]


def by_rule_of_thumb(one: Reference, seen: Recent) -> bool:
    """Return what the usual limit of 0.1 says of the newest week, whatever chance gives with so few leads."""
    newest = seen.week == seen.week.max()  # type: ignore[union-attr]
    for bins in one.features:
        p = (np.array(bins.counts) + 0.5) / sum(bins.counts)
        now = bins.count(seen.features[bins.name].filter(pl.Series(newest)))
        q = (now + 0.5) / now.sum()
        if float(np.sum((q - p) * np.log(q / p))) > 0.1:
            return True
    return False


def test_a_stationary_stream_gives_at_most_one_false_alarm_in_half_a_year(truth: Any) -> None:
    draws = truth.draws(8)
    false, naive = 0, 0
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        one, whole = reference(rng), stream(rng, None)
        for week in range(2, WEEKS + 1):
            seen = as_seen_after(whole, week)
            false += bool(alarms(one, seen))
            naive += by_rule_of_thumb(one, seen)
    assert false <= draws, false
    assert naive > 3 * draws, naive


def test_other_leads_are_seen_within_two_weeks(truth: Any) -> None:
    draws = truth.draws(15)
    seen = 0
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        one, whole = reference(rng), stream(rng, 10, web=0.15, size=0.6)
        seen += bool(alarms(one, as_seen_after(whole, 12)))
    assert seen >= truth.least(draws, 0.9), seen


def outcomes(seed: int, *, level: float, slope: float, weeks: int, since: int = 0) -> LevelWatch:
    """Return the bet on matured leads whose truth moved from a week on."""
    rng = np.random.default_rng(seed)
    margin = np.concatenate([margins(leads(rng, A_WEEK)) for _ in range(weeks)])
    week = np.repeat(np.arange(weeks), A_WEEK)
    center = float(margins(leads(np.random.default_rng(0), 5000)).mean())
    true = np.where(week >= since, center + slope * (margin - center) + level, margin)
    label = (rng.random(margin.size) < expit(true)).astype(float)
    return LevelWatch.of(expit(margin), label, np.ones(margin.size), week, center)


def test_probabilities_that_stay_true_raise_hardly_ever_an_alarm_however_often_one_looks(truth: Any) -> None:
    draws = 2 * truth.draws(50)
    false = sum(outcomes(seed, level=0.0, slope=1.0, weeks=2 * WEEKS).alarm for seed in range(draws))
    naive = 0
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        told = expit(np.concatenate([margins(leads(rng, A_WEEK)) for _ in range(2 * WEEKS)]))
        gap = np.cumsum((rng.random(told.size) < told) - told)[A_WEEK - 1 :: A_WEEK]
        naive += bool((np.abs(gap) > 1.96 * np.sqrt(np.cumsum(told * (1 - told))[A_WEEK - 1 :: A_WEEK])).any())
    assert false <= truth.most(draws, 0.05), false
    # Looking at a 95 % interval every week is what the bet replaces.
    assert naive > truth.most(draws, 0.15), naive


def test_a_falling_level_and_a_flat_slope_are_seen_within_ten_weeks(truth: Any) -> None:
    draws = truth.draws(50)
    fallen = sum(outcomes(seed, level=-0.7, slope=1.0, weeks=20, since=10).alarm for seed in range(draws))
    flat = sum(outcomes(seed, level=0.0, slope=0.2, weeks=20, since=10).alarm for seed in range(draws))
    assert fallen >= truth.least(draws, 0.9), fallen
    assert flat >= truth.least(draws, 0.9), flat


def test_the_estimate_without_labels_follows_other_leads_and_is_blind_to_other_behaviour(truth: Any) -> None:
    draws = truth.draws(10)
    off = {"other leads": [], "other behaviour": []}
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        one, whole = reference(rng), stream(rng, 0, web=0.15)
        found = estimate_without_labels(one, whole, AGREED, Calibration())
        # Nothing that was not seen may be told as if it had been, and none of it may raise an alarm.
        assert found.basis is Basis.ESTIMATE
        assert found.standing is not Standing.ALARM
        assert "not measured" in found.sentence.en
        rows, _ = whole.newest()
        off["other leads"].append(found.figures["conversion"] - expit(whole.margin[rows]).mean())
        off["other behaviour"].append(found.figures["conversion"] - expit(whole.margin[rows] - 0.7).mean())
    assert abs(np.mean(off["other leads"])) < 0.005
    assert np.mean(off["other behaviour"]) > 0.03
