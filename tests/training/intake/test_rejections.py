from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from features.config import Acceptance
from features.domain import FixedClock, Text
from features.workspace import Workspace
from training.intake.findings import Findings
from training.intake.infer import initialise
from training.intake.rejections import infer_reasons

CLOCK = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))


def rejected(*reasons: str | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"outcome": ["sql_rejected"] * len(reasons), "reason": reasons}, {"outcome": str, "reason": str}
    )


def test_a_companys_own_reasons_become_the_list_and_known_ones_keep_both_languages() -> None:
    findings = Findings()
    found = infer_reasons(rejected("Zu klein", "Zu klein", "no budget", None), findings).reasons
    assert list(found.labels) == ["zu_klein", "no_budget", "other"]
    assert found.labels["zu_klein"] == Text.same("Zu klein")
    assert found.find("Kein Budget") == "no_budget"
    assert findings.made[0].place == ("acceptance", "reasons")


@pytest.mark.parametrize("reasons", [(), (None,), ("no budget", "Bad_Timing"), tuple(f"note {i}" for i in range(200))])
def test_usual_reasons_and_free_words_leave_the_usual_list(reasons: tuple[str | None, ...]) -> None:
    findings = Findings()
    assert infer_reasons(rejected(*reasons), findings) == Acceptance()
    assert not findings.made


def test_the_list_is_written_with_its_evidence_and_read_back(tmp_path: Path) -> None:
    leads = [f"L{i},2024-01-{1 + i % 28:02d},{i % 7}" for i in range(400)]
    outcomes = [f"L{i},2024-03-01,{'won' if i % 4 == 0 else 'lost'}," for i in range(400)]
    outcomes += [f"L{i},2024-02-01,sql_rejected,{'too small' if i % 3 else 'not my region'}" for i in range(1, 400, 5)]
    (tmp_path / "leads.csv").write_text("\n".join(["lead_id,created_at,visits", *leads]), encoding="utf-8")
    (tmp_path / "outcomes.csv").write_text(
        "\n".join(["lead_id,occurred_at,outcome,reason", *outcomes]), encoding="utf-8"
    )
    made = initialise(
        tmp_path / "acme", leads=tmp_path / "leads.csv", events=None, outcomes=tmp_path / "outcomes.csv", target=None,
        clock=CLOCK,
    )  # fmt: skip
    workspace = Workspace.open(tmp_path / "acme")
    assert list(workspace.config().acceptance.reasons.labels) == ["too_small", "not_my_region", "other"]
    assert workspace.config() == made.config
    assert "rejections that give one" in workspace.config_file.read_text(encoding="utf-8")
