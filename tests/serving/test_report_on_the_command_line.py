"""``leadscore report``: the funnel and the agreement from the store, as the API answers them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from features.domain import Outcome
from features.workspace import Workspace
from serving.cli import main
from serving.opened_store import open_store

SPAN = ("--from", "2026-02-23", "--to", "2026-03-29")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture
def sold(workspace: Workspace) -> Workspace:
    """Return a workspace whose store holds four leads, of which two bought without ever being an MQL."""
    assert run("import", workspace.root).exit_code == 0
    with open_store(workspace, workspace.config().schema) as store, store.begin() as tx:
        for lead_id in ("L1", "L2"):
            tx.outcomes.record(Outcome(lead_id, datetime(2026, 3, 20, tzinfo=UTC), "won"))
        tx.outcomes.record(Outcome("L3", datetime(2026, 3, 21, tzinfo=UTC), "sql_rejected", "no_budget"))
    return workspace


def test_it_counts_how_far_leads_came_and_why_sales_rejected(sold: Workspace) -> None:
    told = json.loads(run("report", sold.root, *SPAN, "--json").stdout)
    assert told["funnel"]["total"]["counts"]["customer"] == 2
    assert told["funnel"]["total"]["conversion"]["of"] == 3
    assert told["funnel"]["rejections"] == [{"reason": "no_budget", "is_rest": False, "count": 1}]
    shown = run("report", sold.root, *SPAN)
    assert shown.exit_code == 0
    assert "2 of 3: 66.7%" in shown.stdout
    assert "no_budget" in shown.stdout


def test_a_clause_that_was_broken_beyond_chance_is_code_3(sold: Workspace) -> None:
    (sold.root / "sla.yaml").write_text("version: 4\nmql: {max_missed_customers: 0.1}\n", encoding="utf-8")
    answer = run("report", sold.root, *SPAN)
    assert answer.exit_code == 3
    assert "broken" in answer.stdout
    (sold.root / "sla.yaml").write_text("version: 5\nmql: {max_missed_customers: 0.2}\n", encoding="utf-8")
    assert run("report", sold.root, *SPAN).exit_code == 0


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(("--from", "2026-03-02", "--to", "2026-03-01"), id="backwards"),
        pytest.param(("--from", "2999-01-01"), id="the future"),
        pytest.param(("--from", "1990-01-01", "--to", "2026-03-01"), id="too long"),
        pytest.param(("--by", "source"), id="no source"),
        pytest.param(("--by", "owner"), id="no such part"),
        pytest.param(("--from", "1.3.2026"), id="no day"),
    ],
)
def test_what_cannot_be_reported_is_refused(sold: Workspace, asked: tuple[str, ...]) -> None:
    answer = run("report", sold.root, *asked)
    assert answer.exit_code == 2
    assert "Expected" in answer.stderr or "Invalid value" in answer.stderr
