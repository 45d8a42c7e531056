"""T1 to T3: labels of young leads, facts of the future, and sides of a split, where the truth is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from features.builder import FeatureBuilder
from features.catalog import Catalog
from features.domain import NotTrainedError
from features.encoding import Encoder
from features.schema import Column, ColumnType, EventKind, Schema, Use
from tests.truth.conftest import Truth
from training.examples import make_examples
from training.splits import split_examples
from training.young_rows import known_then

START = datetime(2025, 1, 1, tzinfo=UTC)
MOMENT = pl.Datetime("us", "UTC")
HORIZON_DAYS = 90.0
MOMENTS = (0.0, 7.0, 30.0)
YEAR, UNTIL = 365.0, 270.0
NO_EVENTS = {"lead_id": pl.String, "occurred_at": MOMENT, "event": pl.String}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Invented:
    """A history made of arrays: days of creation, and of winning and losing (infinite where never)."""

    created: Floats
    won: Floats
    lost: Floats
    attributes: pl.DataFrame = field(default_factory=pl.DataFrame)
    happened: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=NO_EVENTS))
    schema: Schema = field(default_factory=Schema)
    observed_until: datetime = START + timedelta(days=3000)

    def leads(self) -> pl.DataFrame:
        count = self.created.size
        frame = pl.DataFrame(
            {"lead_id": ids(count), "created_at": moments(self.created), "order": np.arange(count)}
        ).with_columns(known_at="created_at")
        return frame if self.attributes.is_empty() else frame.hstack(self.attributes)

    def events(self) -> pl.LazyFrame:
        return self.happened.lazy()

    def outcomes(self) -> pl.DataFrame:
        parts = [
            pl.DataFrame({"lead_id": ids(day.size), "occurred_at": moments(day), "outcome": [name] * day.size})
            for name, day in (("won", self.won), ("lost", self.lost))
        ]
        return pl.concat(parts).drop_nulls().with_columns(reason=pl.lit(None, pl.String))


def ids(count: int) -> list[str]:
    return [f"L{number:05d}" for number in range(count)]


def moments(days: Floats) -> pl.Series:
    since = np.where(np.isfinite(days), days, 0.0) * 86_400e6
    found = pl.Series(since.astype(np.int64)).cast(pl.Duration("us")) + START
    return pl.select(pl.when(pl.Series(np.isfinite(days))).then(found)).to_series().cast(MOMENT)


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def hazards(seed: int, *, drift: float, count: int = 1500) -> Invented:
    """Return leads of a year that are won and lost by constant hazards; ``drift`` is the rise of the log hazard."""
    rng = np.random.default_rng(seed)
    created = np.sort(rng.uniform(0, UNTIL, count))
    rate = 0.00095 * np.exp(drift * (created / YEAR - 0.5))
    won, lost = rng.exponential(1 / rate), rng.exponential(1 / 0.004, count)
    return Invented(created, np.where(won < lost, created + won, np.inf), np.where(lost < won, created + lost, np.inf))


def shares_won(history: Invented) -> dict[str, float]:
    """Return what share of the rows before day 270 was won in the end, and what each way of counting said then."""
    frame = make_examples(history, "won", HORIZON_DAYS, MOMENTS).frame.filter(pl.col("as_of") < at(UNTIL))
    then = known_then(frame, at(UNTIL), timedelta(days=HORIZON_DAYS))
    early = then.mature | (then.label == 1)
    return {
        "in the end": float(frame["label"].to_numpy().mean()),
        "not yet is no": float(then.label.mean()),
        "mature and early": float(then.label[early].mean()),
        "mature": float(np.average(then.label, weights=then.weight)),
        "ipcw": float(np.average(then.label, weights=then.teaching)),
    }


@pytest.mark.parametrize("drift", [0.0, 0.7])
def test_t1_weights_of_young_rows_leave_no_bias_and_the_usual_mistakes_do(truth: Truth, drift: float) -> None:
    draws = truth.draws(20)
    found = [shares_won(hazards(seed, drift=drift)) for seed in range(draws)]
    bias = {name: 100 * float(np.mean([one[name] - one["in the end"] for one in found])) for name in found[0]}
    assert abs(bias["ipcw"]) <= 0.5
    assert abs(bias["mature"]) <= (0.5 if drift == 0.0 else 1.5)
    assert bias["not yet is no"] <= -1.0
    assert bias["mature and early"] >= 1.0


def quickly_decided(seed: int, count: int = 1500) -> Invented:
    """Return leads of whom the good are won within days; the others are never decided. 12 % are good."""
    rng = np.random.default_rng(seed)
    created = np.sort(rng.uniform(0, UNTIL, count))
    won = np.where(rng.random(count) < 0.12, created + rng.exponential(6.0, count), np.inf)
    return Invented(created, won, np.full(count, np.inf))


def test_t1_a_moment_s_rate_is_that_of_the_leads_open_then_and_a_lead_s_shared_weight_would_double_it(
    truth: Truth,
) -> None:
    draws = truth.draws(20)
    ours, shared = [], []
    for seed in range(draws):
        frame = make_examples(quickly_decided(seed), "won", HORIZON_DAYS, MOMENTS).frame
        frame = frame.with_columns(shared=1.0 / pl.len().over("lead_id"))
        at_creation = frame.filter(pl.col("as_of") == pl.col("created_at"))
        for weight, found in (("weight", ours), ("shared", shared)):
            found.append(float(np.average(at_creation["label"], weights=at_creation[weight])))
    # The chance of a good lead to be won within 90 days of creation is 1 to six digits.
    assert abs(np.mean(ours) - 0.12) <= 0.005
    assert np.mean(shared) >= 0.12 + 0.05, "the simulation would not notice weights that depend on the outcome"


SCHEMA = Schema(
    columns=(
        Column("email", ColumnType.EMAIL),
        Column("budget", ColumnType.NUMBER),
        Column("industry", ColumnType.CATEGORY),
    ),
    event_kinds=(EventKind("visit", Use.ENGAGEMENT), EventKind("contract_sent", Use.ENGAGEMENT)),
    timed=True,
)


def with_facts_of_the_future(seed: int, count: int = 600) -> tuple[Invented, pl.DataFrame, NDArray[np.bool_]]:
    """Return a history in which all that comes after creation knows the outcome, its moments, and the outcome."""
    rng = np.random.default_rng(seed)
    created, won = np.sort(rng.uniform(0, YEAR, count)), rng.random(count) < 0.3
    names = pl.DataFrame({"lead_id": ids(count), "created_at": moments(created)})
    visits = names.select("lead_id", occurred_at=pl.col("created_at") - timedelta(minutes=1), event=pl.lit("visit"))
    later = names.filter(pl.Series(won)).select(
        "lead_id", occurred_at=pl.col("created_at") + timedelta(minutes=1), event=pl.lit("contract_sent")
    )
    budget = rng.normal(size=count)
    attributes = pl.DataFrame(
        {
            "attribute.email": [f"p@firm{number}.com" for number in rng.integers(0, count, count)],
            "attribute.budget": budget,
            "attribute.industry": rng.choice(["a", "b"], count).tolist(),
        }
    )
    history = Invented(
        created, np.where(won, created + 20, np.inf), np.full(count, np.inf), attributes,
        pl.concat([visits, later]), SCHEMA,
    )  # fmt: skip
    return history, names.select("lead_id", as_of="created_at"), won


def versions(history: Invented, known: NDArray[np.bool_]) -> pl.DataFrame:
    """Return the leads with a second version, known a minute after creation, whose budget tells ``known``."""
    first = history.leads()
    second = first.with_columns(
        pl.Series("attribute.budget", np.where(known, 9.0, -9.0)), known_at=pl.col("known_at") + timedelta(minutes=1)
    )
    return pl.concat([first, second])


def features(history: Invented, leads: pl.DataFrame, events: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    return FeatureBuilder(Catalog.from_schema(history.schema)).frame(leads, events.lazy(), rows)


def area(frame: pl.DataFrame, label: NDArray[np.bool_]) -> float:
    """Return the AUC on the newer half of a logistic regression fitted on the older half."""
    matrix = np.nan_to_num(Encoder.fit(Catalog.from_schema(SCHEMA), frame).matrix(frame))
    older = np.arange(label.size) < label.size // 2
    spread = matrix[older].std(axis=0)
    matrix = matrix / np.where(spread > 0, spread, 1.0)
    model = LogisticRegression(C=0.1, max_iter=500).fit(matrix[older], label[older])
    return float(roc_auc_score(label[~older], model.predict_proba(matrix[~older])[:, 1]))


def test_t2_facts_of_the_future_tell_nothing_and_a_reader_of_them_would_know_all(truth: Truth) -> None:
    found = []
    # Nothing here is left to chance but the size of an AUC, for which fifty draws are plenty.
    for seed in range(min(truth.draws(4), 50)):
        history, rows, won = with_facts_of_the_future(seed)
        shuffled = np.random.default_rng(seed).permutation(won)
        honest = features(history, versions(history, won), history.happened, rows)
        # The future of other leads instead of one's own: nothing may change, to the last digit.
        visits = history.happened.filter(pl.col("event") == "visit")
        others = rows.filter(pl.Series(shuffled)).select(
            "lead_id", occurred_at=pl.col("as_of") + timedelta(minutes=1), event=pl.lit("contract_sent")
        )
        assert honest.equals(features(history, versions(history, shuffled), pl.concat([visits, others]), rows))
        late = rows.with_columns(as_of=pl.col("as_of") + timedelta(minutes=2))
        found.append((area(honest, won), area(features(history, versions(history, won), history.happened, late), won)))
    honest_area, blind_area = np.mean(found, axis=0)
    assert abs(honest_area - 0.5) <= 0.05
    assert blind_area >= 0.95


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_t2_features_do_not_depend_on_the_order_in_which_facts_arrive(seed: int) -> None:
    history, rows, won = with_facts_of_the_future(seed, 60)
    leads, events = versions(history, won), history.happened
    late = rows.with_columns(as_of=pl.col("as_of") + timedelta(seconds=90))
    mixed_leads, mixed_events = (one.sample(fraction=1.0, shuffle=True, seed=seed) for one in (leads, events))
    assert features(history, leads, events, late).equals(features(history, mixed_leads, mixed_events, late))


@given(st.integers(0, 10_000), st.integers(12, 200), st.sampled_from(["ipcw", "leave_out"]))
@settings(max_examples=20, deadline=None)
def test_t3_no_lead_and_no_company_is_on_two_sides_and_no_label_is_read_before_it_was_known(
    seed: int, companies: int, young_rows: str
) -> None:
    base, rng = hazards(seed, drift=0.0, count=300), np.random.default_rng(seed)
    company = rng.integers(0, companies, 300)
    mails = pl.DataFrame({"attribute.email": [f"p{n}@firm{one}.com" for n, one in enumerate(company)]})
    history = Invented(base.created, base.won, base.lost, mails, schema=SCHEMA)
    examples = make_examples(history, "won", HORIZON_DAYS, MOMENTS)
    try:
        split = split_examples(
            examples, history.leads(), SCHEMA, ordered=True, share=0.25, enough=5, seed=1, young_rows=young_rows
        )
    except NotTrainedError:
        return
    code = dict(zip(ids(300), company, strict=True))
    learn, held = (examples.frame.filter(pl.Series(side)) for side in (split.learn, split.holdout))
    assert not set(learn["lead_id"]) & set(held["lead_id"])
    assert not {code[lead] for lead in learn["lead_id"]} & {code[lead] for lead in held["lead_id"]}
    start = held["created_at"].min()
    assert (learn["created_at"] <= start).all()
    if split.then is not None:
        ended = (learn["as_of"] + timedelta(days=HORIZON_DAYS) <= start).to_numpy()
        settled = ((learn["target_at"] <= start) | (learn["lost_at"] <= start)).fill_null(value=False).to_numpy()
        assert (ended | settled).all()
        assert (split.then.mature[split.learn] == ended).all()
        assert (split.then.weight[split.learn][~ended] == 0).all()
