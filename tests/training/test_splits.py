from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.domain import NotTrainedError
from features.schema import Column, ColumnType, Schema
from training.companies import company_codes
from training.examples import Examples
from training.splits import Split, split_examples

START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = pl.Datetime("us", "UTC")
SCHEMA = Schema(columns=(Column("email", ColumnType.EMAIL), Column("site", ColumnType.WEBSITE)))
HORIZON = timedelta(days=30)


def history(count: int, seed: int, companies: int, timed: bool = True) -> tuple[Examples, pl.DataFrame]:
    rng = np.random.default_rng(seed)
    ids = [f"L{i}" for i in rng.permutation(count)]
    created = [START + timedelta(days=float(d)) if timed else None for d in np.sort(rng.uniform(0, 360, count))]
    company = rng.integers(0, companies, count)
    mails = [f"p{i}@{'gmail.com' if c % 3 == 0 else f'firm{c}.com'}" for i, c in enumerate(company)]
    leads = pl.DataFrame(
        {"lead_id": ids, "created_at": created, "order": np.arange(count), "attribute.email": mails,
         "attribute.site": [f"https://www.firm{c}.com/x" if c % 5 == 0 else None for c in company]},
        schema_overrides={"created_at": MOMENT, "attribute.site": pl.String},
    )  # fmt: skip
    days = pl.DataFrame({"after": [timedelta(0), timedelta(days=7)]})
    frame = (
        leads.select("lead_id", "created_at", "order")
        .join(days if timed else days.head(1), how="cross")
        .with_columns(
            (pl.col("created_at") + pl.col("after")).alias("as_of"),
            pl.Series("label", rng.integers(0, 2, count * (2 if timed else 1)), dtype=pl.Int8),
            pl.lit(0.5).alias("weight"),
            pl.lit(None, MOMENT).alias("target_at"),
            pl.lit(None, MOMENT).alias("lost_at"),
        )
        .drop("after")
        .sort("order", "lead_id", "as_of")
    )
    return Examples(frame, {}, HORIZON if timed else None), leads


def split(examples: Examples, leads: pl.DataFrame, *, ordered: bool, enough: int = 200) -> Split:
    return split_examples(examples, leads, SCHEMA, ordered=ordered, share=0.25, enough=enough, seed=1)


@given(st.integers(40, 120), st.integers(0, 50), st.integers(30, 400), st.booleans())
@settings(max_examples=30, deadline=None)
def test_no_lead_and_no_company_stands_on_two_sides(count: int, seed: int, companies: int, ordered: bool) -> None:
    examples, leads = history(count, seed, companies)
    try:
        parts = split(examples, leads, ordered=ordered)
    except NotTrainedError:
        return
    domain = leads.select(
        "lead_id",
        pl.when(~pl.col("attribute.email").str.ends_with("gmail.com"))
        .then(pl.col("attribute.email").str.split("@").list.last())
        .otherwise(pl.col("attribute.site").str.extract(r"www\.([^/]+)"))
        .fill_null(pl.col("lead_id"))
        .alias("company"),
    )
    rows = examples.frame.join(domain, on="lead_id", maintain_order="left")
    for key in ("lead_id", "company"):
        assert not set(rows[key].filter(pl.Series(parts.learn))) & set(rows[key].filter(pl.Series(parts.holdout)))


def test_the_newest_leads_are_held_out_and_every_learned_label_was_known_before() -> None:
    examples, leads = history(400, 3, 4000)
    parts = split(examples, leads, ordered=True)
    held, learned = examples.frame.filter(pl.Series(parts.holdout)), examples.frame.filter(pl.Series(parts.learn))
    start = held["created_at"].min()
    assert held["lead_id"].n_unique() == 100
    assert (learned["as_of"] + HORIZON <= start).all()
    assert learned["created_at"].max() < start
    assert parts.made == "the newest 25% of the leads"


def test_sentences_group_thousands() -> None:
    examples, leads = history(4000, 3, 40_000)
    assert "(1,000 of 4,000)" in split(examples, leads, ordered=True).sentences[0]


def test_a_gap_that_would_leave_too_little_is_given_up_and_said() -> None:
    examples, leads = history(400, 3, 4000)
    long = Examples(examples.frame, {}, timedelta(days=250))
    parts = split(long, leads, ordered=True)
    assert any("No gap of 250 days" in sentence for sentence in parts.sentences)
    learned = examples.frame.filter(pl.Series(parts.learn))
    assert (learned["as_of"] < examples.frame.filter(pl.Series(parts.holdout))["created_at"].min()).all()


def test_without_an_order_both_sides_have_like_rates_and_the_split_repeats() -> None:
    examples, leads = history(400, 5, 4000, timed=False)
    parts, again = split(examples, leads, ordered=False), split(examples, leads, ordered=False)
    label = examples.frame["label"].to_numpy()
    assert abs(label[parts.learn].mean() - label[parts.holdout].mean()) < 0.02
    assert (parts.holdout == again.holdout).all()
    assert parts.order is None
    assert parts.made == "25% of the leads, by chance"


def test_one_kind_of_outcome_is_refused() -> None:
    examples, leads = history(100, 5, 4000)
    same = Examples(examples.frame.with_columns(pl.lit(0, pl.Int8).alias("label")), {}, HORIZON)
    with pytest.raises(NotTrainedError, match="one kind of outcome"):
        split(same, leads, ordered=True)


def test_colleagues_by_mail_and_by_website_share_a_code_and_free_mail_does_not() -> None:
    leads = pl.DataFrame(
        {
            "lead_id": ["a", "b", "c", "d", "e"],
            "attribute.email": ["x@acme.com", None, "z@gmail.com", "w@gmail.com", "v@other.com"],
            "attribute.site": [None, "http://acme.com", None, None, "acme.com"],
        }
    )
    codes = company_codes(leads["lead_id"], leads, SCHEMA)
    assert codes[0] == codes[1] == codes[4]
    assert len({codes[0], codes[2], codes[3]}) == 3


def test_a_domain_of_most_leads_is_no_company() -> None:
    leads = pl.DataFrame(
        {
            "lead_id": [f"L{i}" for i in range(200)],
            "attribute.email": [f"p{i}@{'hidden.com' if i < 150 else 'firm.com'}" for i in range(200)],
        }
    )
    codes = company_codes(leads["lead_id"], leads, SCHEMA)
    assert np.unique(codes[:150]).size == 150
    assert np.unique(codes[150:]).size == 1
