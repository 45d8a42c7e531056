from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from features.config import TimeOrder
from features.domain import FixedClock
from features.schema import Role, Use
from training.intake.conclusions import infer
from training.intake.findings import Findings
from training.intake.sources import read_sources

DATA = Path(__file__).parents[3] / ".." / "shared" / "data"
CLOCK = FixedClock(datetime(2026, 11, 1, tzinfo=UTC))

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real data sets are not beside this checkout"),
]

HINDSIGHT = {
    "Tags", "Lead Quality", "Lead Profile", "Last Notable Activity", "Asymmetrique Activity Index",
    "Asymmetrique Profile Index", "Asymmetrique Activity Score", "Asymmetrique Profile Score",
}  # fmt: skip


def test_education_leads_lose_the_columns_of_hindsight_and_no_honest_one() -> None:
    findings = Findings()
    sources = read_sources(DATA / "x_education" / "leads.csv.gz", None, None, None)
    (
        config,
        _,
        suspects,
    ) = infer(sources, "x", CLOCK, findings)
    named = {evidence.column for evidence in suspects}
    assert named == HINDSIGHT
    assert {c.name for c in config.schema.columns if c.role is Role.LEFT_OUT} >= named
    assert (config.target.column, config.target.positive) == ("Converted", ("1",))
    assert (config.leads.order, config.leads.order_column) == (TimeOrder.COLUMN, "Lead Number")


@pytest.mark.parametrize("file", ["bank-additional-full.csv.gz", "bank-full.csv.gz"])
def test_bank_calls_lose_their_duration_only(file: str) -> None:
    config, history, suspects = infer(
        read_sources(DATA / "bank_marketing" / file, None, None, None), "b", CLOCK, Findings()
    )
    assert [evidence.column for evidence in suspects] == ["duration"]
    assert config.leads.format.delimiter == ";"
    assert config.leads.order is TimeOrder.FILE
    assert config.schema.missing_values == {"unknown"}
    assert history.leads()["lead_id"][0] == "row 1"


def test_marketing_leads_join_their_closed_deals() -> None:
    folder, findings = DATA / "olist_funnel", Findings()
    leads, deals = (folder / f"olist_{name}_dataset.csv.gz" for name in ("marketing_qualified_leads", "closed_deals"))
    config, history, suspects = infer(read_sources(leads, None, deals, None), "o", CLOCK, findings)
    assert suspects == ()
    assert config.outcomes is not None
    assert (config.outcomes.occurred_at, config.outcomes.outcome) == ("won_date", None)
    assert history.outcomes().height == 842
    assert {column.name for column in config.schema.columns} == {"landing_page_id", "origin"}
    assert any("never features: seller_id" in finding.what for finding in findings.made)


def test_loan_applications_end_with_events_that_are_no_features() -> None:
    folder = DATA / "bpic2012_loan_leads"
    sources = read_sources(folder / "applications.csv.gz", folder / "events.csv.gz", None, "activity=A_APPROVED")
    config, history, _ = infer(sources, "l", CLOCK, Findings())
    uses = {kind.name: kind.use for kind in config.schema.event_kinds}
    assert config.target.negative == ("A_CANCELLED", "A_DECLINED", "O_DECLINED")
    assert {name for name, use in uses.items() if use is Use.LEFT_OUT} == {"A_REGISTERED", "A_ACTIVATED", "O_ACCEPTED"}
    assert uses["O_SENT"] is Use.ENGAGEMENT
    won = history.outcomes()
    assert won.filter(won["outcome"] == "won")["lead_id"].n_unique() == 2246


def suspects_in(frame: pl.DataFrame, tmp_path: Path, target: str) -> tuple[set[str], set[str]]:
    """Return the suspects among the columns of a flat table, and all columns that could be one."""
    frame.write_csv(tmp_path / "leads.csv")
    config, _, suspects = infer(read_sources(tmp_path / "leads.csv", None, None, target), "x", CLOCK, Findings())
    assert all(evidence.why for evidence in suspects)
    return {evidence.column for evidence in suspects}, {column.name for column in config.schema.columns}


def test_what_a_closed_deal_says_of_a_seller_is_hindsight_once_it_is_joined_to_the_leads(tmp_path: Path) -> None:
    folder = DATA / "olist_funnel"
    leads = pl.read_csv(folder / "olist_marketing_qualified_leads_dataset.csv.gz")
    deals = pl.read_csv(folder / "olist_closed_deals_dataset.csv.gz")
    joined = leads.join(deals, on="mql_id", how="left").with_columns(
        converted=pl.col("won_date").is_not_null().cast(pl.Int8)
    )
    named, _ = suspects_in(joined, tmp_path, "converted=1")
    # The seller's id is no suspect because an id is never a feature.
    assert named == set(deals.columns) - {"mql_id", "seller_id"}


def test_what_a_bank_wrote_after_its_decision_is_hindsight_and_what_it_knew_at_first_is_not(tmp_path: Path) -> None:
    folder = DATA / "bpic2012_loan_leads"
    events = pl.read_csv(folder / "events.csv.gz", try_parse_dates=True).sort("timestamp", maintain_order=True)
    kind, first = pl.col("activity"), pl.col("timestamp") - pl.col("timestamp").min().over("case_id")
    after = events.group_by("case_id").agg(
        approved=(kind == "A_APPROVED").any().cast(pl.Int8),
        last_activity=kind.last(),
        activated_by=pl.col("resource").filter(kind == "A_ACTIVATED").first(),
        registered_on=pl.col("timestamp").filter(kind == "A_REGISTERED").first().cast(pl.String),
        validations=(kind == "W_Valideren aanvraag").sum(),
    )
    early = (
        events.filter(first < pl.duration(hours=1))
        .group_by("case_id")
        .agg(steps_in_first_hour=pl.len(), first_resource=pl.col("resource").drop_nulls().first())
    )
    cases = pl.read_csv(folder / "applications.csv.gz").join(after, on="case_id").join(early, on="case_id", how="left")
    named, everything = suspects_in(cases, tmp_path, "approved=1")
    assert named >= {"last_activity", "activated_by", "registered_on", "validations"}
    assert named.isdisjoint({"amount_req", "steps_in_first_hour", "first_resource"})
    assert everything >= {"amount_req", "steps_in_first_hour", "first_resource"}


def test_of_all_honest_columns_of_the_real_sets_at_most_one_in_twenty_is_named() -> None:
    files = {
        "x_education/leads.csv.gz": HINDSIGHT, "bank_marketing/bank-additional-full.csv.gz": {"duration"},
        "bank_marketing/bank-full.csv.gz": {"duration"},
    }  # fmt: skip
    honest = named = 0
    for file, hindsight in files.items():
        config, _, suspects = infer(read_sources(DATA / file, None, None, None), "x", CLOCK, Findings())
        honest += len({column.name for column in config.schema.columns} - hindsight)
        named += len({evidence.column for evidence in suspects} - hindsight)
    assert honest >= 60
    assert named <= honest / 20
