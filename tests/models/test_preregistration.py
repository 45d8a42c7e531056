from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.domain import Sla
from features.workspace import Workspace
from models.audit import read_audit
from models.cutoffs.measure import shared_delta
from models.preregistration import Preregistration, preregister

AT = datetime(2026, 7, 1, tzinfo=UTC)
FULL = {
    "version": 4,
    "confidence": 0.9,
    "mql": {"min_conversion_rate": 0.15, "max_missed_customers": 0.3, "contact_within": "2 business days"},
    "sql": {"min_acceptance_rate": 0.6, "max_per_week": 40},
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def registered(
    workspace: Workspace, agreed: dict[str, object] = FULL, sha256: str = "a", until: str = "2026-06-01"
) -> Preregistration:
    return preregister(
        workspace, Sla.from_mapping(agreed), verb="train", split="the newest 25% of the leads",
        files={"leads.csv": {"sha256": sha256, "bytes": 1}}, leads={"leads": 500, "until": until}, at=AT,
    )  # fmt: skip


def test_the_row_holds_what_a_certificate_rests_on(workspace: Workspace) -> None:
    told = registered(workspace)
    (row,) = read_audit(workspace)
    assert (row["action"], row["verb"], row["at"]) == ("preregister", "train", AT.isoformat())
    assert row["clauses"] == {
        "mql.min_conversion_rate": 0.15,
        "mql.max_missed_customers": 0.3,
        "mql.contact_within": "2 business days",
        "sql.min_acceptance_rate": 0.6,
        "sql.max_per_week": 40,
    }
    assert (row["confidence"], row["alpha"], row["sla_version"]) == (0.9, 0.1, 4)
    assert row["split"] == "the newest 25% of the leads"
    assert row["leads"]["leads"] == 500
    assert row["files"]["leads.csv"]["sha256"] == "a"
    assert row["digest"] == told.digest
    assert told.sentence is None


def test_the_clauses_that_share_the_error_are_those_that_certify_divides_it_by(workspace: Workspace) -> None:
    registered(workspace)
    (row,) = read_audit(workspace)
    assert row["alpha"] / len(row["alpha_shared_by"]) == pytest.approx(
        shared_delta(Sla.from_mapping(FULL), answered=True)
    )


def test_another_agreement_on_the_same_leads_is_named_as_a_second_look(workspace: Workspace) -> None:
    registered(workspace)
    softer = {**FULL, "mql": {"min_conversion_rate": 0.1}}
    assert registered(workspace, softer).earlier_agreements == 1
    surer = registered(workspace, {**softer, "confidence": 0.8})
    assert surer.earlier_agreements == 2
    assert surer.sentence is not None
    assert "2 other agreements" in surer.sentence


def test_the_same_agreement_again_or_newer_leads_are_no_second_look(workspace: Workspace) -> None:
    registered(workspace)
    assert registered(workspace, {**FULL, "version": 5, "agreed_by": {"sales": "Kim"}}).earlier_agreements == 0
    softer = {**FULL, "mql": {"min_conversion_rate": 0.1}}
    assert registered(workspace, softer, sha256="b").earlier_agreements == 0
    assert registered(workspace, softer, until="2026-07-01").earlier_agreements == 0
