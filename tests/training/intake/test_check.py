import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.domain import FixedClock
from features.workspace import Workspace
from training.intake.check import check

CLOCK = FixedClock(datetime(2024, 12, 1, tzinfo=UTC))
START = datetime(2024, 1, 1, tzinfo=UTC)

CONFIG = """
name: acme
time_zone: Europe/Berlin
leads:
  file: leads.csv
  lead_id: id
  created_at: created
  columns:
    size: {type: number}
    mail: {type: email}
    verdict: {type: category, role: ROLE}
outcomes: {file: outcomes.csv, lead_id: id, occurred_at: at}
target: {outcome: won, horizon_days: 90}
"""


def workspace(folder: Path, role: str, n: int = 400) -> Workspace:
    won = np.random.default_rng(1).random(n) < 0.3
    created = [START + timedelta(days=i * 300 / n) for i in range(n)]
    leads = pl.DataFrame(
        {
            "id": [f"L{i}" for i in range(n)],
            "created": [moment.isoformat() for moment in created],
            "size": ["many" if i == 3 else str(i) for i in range(n)],
            "mail": ["One@x.de" if i < 2 else None for i in range(n)],
            "verdict": ["hot" if flag else "cold" for flag in won],
        }
    )
    text = leads.write_csv() + "L9,2024-05-05,1,,hot\nL9999,2024-10-27T02:30,1,,hot\nL9998,2033-01-01,1,,hot\n"
    (folder / "leads.csv").write_text(text, encoding="utf-8")
    rows = [f"L{i},{(created[i] + timedelta(days=20)).isoformat()}" for i in range(n) if won[i]]
    (folder / "outcomes.csv").write_text("id,at\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (folder / "leadscore.yaml").write_text(CONFIG.replace("ROLE", role), encoding="utf-8")
    return Workspace.open(folder)


def test_the_report_accounts_for_every_row_with_its_line(tmp_path: Path) -> None:
    report = check(workspace(tmp_path, "left_out"), clock=CLOCK)
    table = report.quality.tables[0]
    assert (table.read, table.used, table.rejected, table.duplicate) == (403, 401, 1, 1)
    assert table.duplicates[0].lines == (402,)
    assert table.rejections[0].lines == (403,)
    assert table.bad_values[0].lines == (5,)
    assert report.quality.oddities.leads_in_future == 1
    assert report.quality.oddities.shared_emails == 1
    assert json.loads(json.dumps(report.to_mapping(), allow_nan=False))["enough_to_train"] is True
    shown = report.tables()
    assert ("leads created in the future", "1") in {row[:2] for row in shown["Worth knowing"][1]}
    assert any("402" in row for row in shown["Rows not used, and values not read"][1])
    assert dict(report.rows())["leads read"] == "403 = 401 used + 1 rejected + 1 duplicate"


@pytest.mark.parametrize(("role", "state"), [("left_out", "suspect, left out"), ("fit", "suspect, kept by a person")])
def test_a_suspect_is_shown_whatever_its_role(tmp_path: Path, role: str, state: str) -> None:
    report = check(workspace(tmp_path, role), clock=CLOCK)
    assert [(column.name, column.state) for column in report.suspects] == [("verdict", state)]
    assert report.columns[1].missing > 0.9


def test_leads_too_young_for_the_horizon_are_not_counted_as_lost(tmp_path: Path) -> None:
    report = check(workspace(tmp_path, "left_out"), clock=CLOCK)
    last = report.periods[-2] if report.periods[-1].label.startswith("2033") else report.periods[-1]
    assert last.settled == last.reached < last.leads
    assert report.reached + report.not_reached < 400
    assert last.young
    assert last.rate is None
    assert report.periods[0].rate == pytest.approx(0.3, abs=0.2)


def test_too_few_outcomes_are_said(tmp_path: Path) -> None:
    report = check(workspace(tmp_path, "left_out", n=60), clock=CLOCK)
    assert not report.enough_to_train
    assert "40 + 40" in dict(report.rows())["enough to train"]
