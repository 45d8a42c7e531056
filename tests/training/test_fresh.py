from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from features.builder import FeatureBuilder
from features.catalog import Catalog
from features.domain import FixedClock, TooFewLeadsError
from features.history.files import FileHistory
from features.workspace import Workspace
from models.learned import LearnedFrom, fingerprints
from training.examples import make_examples
from training.fresh import FreshLeads, fresh_leads, learned_from
from training.intake.infer import initialise
from training.plan import TrainingPlan
from training.simulation import simulate
from training.splits import split_examples

CLOCK = FixedClock(datetime(2026, 7, 1, tzinfo=UTC))
PLAN = TrainingPlan(moments_days=(0.0, 7.0))
NAMES = ("leads", "events", "outcomes")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("company")
    simulate(folder / "history", leads=1500, months=24, seed=3)
    files = {name: folder / "history" / f"{name}.csv" for name in NAMES}
    initialise(folder / "acme", target=None, clock=CLOCK, **files)
    return Workspace.open(folder / "acme")


def read(workspace: Workspace) -> FileHistory:
    return FileHistory.read(workspace.config(), clock=CLOCK)


def as_known_at(history: FileHistory, moment: datetime) -> FileHistory:
    """Return what had been recorded by a moment."""
    past = history.outcomes().filter(pl.col("occurred_at") <= moment)
    return replace(
        history, observed_until=moment, as_of=None, _leads=history.leads().filter(pl.col("created_at") <= moment),
        _events=history.events().filter(pl.col("occurred_at") <= moment).collect(), _outcomes=past,
        _recorded=history.recorded_outcomes().filter(pl.col("occurred_at") <= moment),
    )  # fmt: skip


def trained_on(workspace: Workspace, history: FileHistory, *, ordered: bool = True) -> tuple[LearnedFrom, pl.DataFrame]:
    """Return what a model of a history would have learned from, and the rows with their sides."""
    config = workspace.config()
    days = config.target.horizon_days
    examples = make_examples(history, config.target.outcome, days, PLAN.moments_days)
    split = split_examples(
        examples, history.leads(), config.schema, ordered=ordered, share=PLAN.holdout_share,
        enough=PLAN.trees_min_positives, seed=PLAN.seed,
    )  # fmt: skip
    told = learned_from(examples, split, history, config, days)
    return told, examples.frame.with_columns(learn=pl.Series(split.learn), holdout=pl.Series(split.holdout))


def fresh(workspace: Workspace, history: FileHistory, **learned: LearnedFrom) -> FreshLeads:
    config = workspace.config()
    builder = FeatureBuilder(Catalog.from_schema(config.schema))
    return fresh_leads(history, config, PLAN, learned, builder)


def test_on_the_history_of_its_training_only_the_held_out_leads_are_fresh(company: Workspace) -> None:
    history = read(company)
    learned, rows = trained_on(company, history)
    found = fresh(company, history, model=learned)
    held = rows.filter(pl.col("holdout") & (pl.col("created_at") > learned.learned_until))
    assert found.side.moments.equals(held.select("lead_id", "as_of"))
    assert held["lead_id"].n_unique() >= 0.99 * rows.filter("holdout")["lead_id"].n_unique()
    assert not found.new.any()
    with pytest.raises(TooFewLeadsError):
        found.only_new()


def test_leads_that_matured_after_training_are_told_from_the_held_out_ones(company: Workspace) -> None:
    history = read(company)
    assert history.observed_until is not None
    then = history.observed_until - timedelta(days=150)
    learned, rows = trained_on(company, as_known_at(history, then))
    found = fresh(company, history, model=learned)
    ids = set(found.side.examples["lead_id"])
    assert not ids & set(rows.filter("learn")["lead_id"])
    new = found.only_new()
    assert not set(new.examples["lead_id"]) & set(rows["lead_id"])
    assert (new.examples["created_at"] + timedelta(days=company.config().target.horizon_days)).min() > then  # type: ignore[operator]  # moments
    assert 0 < new.label.size < found.side.label.size
    assert new.features.height == new.label.size


def test_without_times_the_ids_tell_what_was_learned_from(company: Workspace) -> None:
    history = read(company)
    older = as_known_at(history, datetime(2025, 12, 1, tzinfo=UTC))
    learned, rows = trained_on(company, older, ordered=False)
    assert learned.learned_until is None
    again = LearnedFrom.from_mapping(learned.to_mapping())
    assert again == learned
    found = fresh(company, history, model=again)
    held, taught = set(rows.filter("holdout")["lead_id"]), set(rows.filter(~pl.col("holdout"))["lead_id"])
    ids = found.side.examples["lead_id"]
    assert not set(ids) & taught
    assert held <= set(ids)
    assert not set(ids.filter(pl.Series(found.new))) & held
    assert found.new.any()


def test_two_models_are_compared_on_leads_that_neither_has_seen(company: Workspace) -> None:
    history = read(company)
    assert history.observed_until is not None
    old, _ = trained_on(company, as_known_at(history, history.observed_until - timedelta(days=200)))
    new, rows = trained_on(company, history)
    both = fresh(company, history, old=old, new=new)
    assert set(both.side.examples["lead_id"]) <= set(rows.filter("holdout")["lead_id"])
    assert old.learned_until is not None
    assert new.learned_until is not None
    assert old.learned_until < new.learned_until


def test_what_a_calibration_was_fitted_on_is_no_longer_fresh(company: Workspace) -> None:
    history = read(company)
    learned, _ = trained_on(company, history)
    taught = fresh(company, history, model=learned).side.examples.select("lead_id", "created_at")
    with pytest.raises(TooFewLeadsError):
        fresh(company, history, model=learned.and_also(taught, history.observed_until))
    by_id = LearnedFrom(learned=fingerprints(["a"]), held_out=fingerprints(["b", "c"]))
    assert by_id.and_also(pl.DataFrame({"lead_id": ["b"], "created_at": [None]}), None) == LearnedFrom(
        learned=fingerprints(["a", "b"]), held_out=fingerprints(["c"])
    )


def test_a_bundle_that_tells_nothing_is_refused(company: Workspace) -> None:
    with pytest.raises(TooFewLeadsError, match="does not tell"):
        fresh(company, read(company), model=LearnedFrom.from_mapping({}))


def test_leads_of_the_border_moment_count_as_learned_from() -> None:
    moments = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
    leads = pl.DataFrame({"lead_id": ["a", "b", "c"], "created_at": moments})
    learned = LearnedFrom(learned_until=moments[1], known_until=datetime(2026, 1, 12, tzinfo=UTC), horizon_days=10)
    assert learned.unseen(leads).tolist() == [False, False, True]
    assert learned.new(leads).tolist() == [False, False, True]
    assert np.array_equal(LearnedFrom(learned=fingerprints(["a"])).unseen(leads), [False, True, True])
