from datetime import UTC, datetime
from pathlib import Path

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
    assert named >= {"Tags", "Lead Quality"}
    assert len(named & HINDSIGHT) >= 6
    assert len(named - HINDSIGHT) <= 1
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
