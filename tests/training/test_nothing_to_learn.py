"""A training set that teaches nothing ends with the reason, and what serves stays."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.domain import FixedClock, NotTrainedError
from features.workspace import Workspace
from training.intake.infer import initialise
from training.progress import SilentProgress
from training.run import train

CLOCK = FixedClock(datetime(2026, 7, 1, tzinfo=UTC))


def workspace_of(folder: Path, rows: list[str], head: str = "lead_id,visits,converted") -> Workspace:
    file = folder / "leads.csv"
    file.write_text("\n".join([head, *rows, ""]))
    # What the columns mean is inferred from a whole history; the rows are then replaced by the poor ones.
    whole = [f"w{n},{(7 * n) % 11},{'yes' if n % 4 == 0 else 'no'}" for n in range(400)]
    (folder / "whole.csv").write_text("\n".join([head, *whole, ""]))
    initialise(folder / "acme", leads=folder / "whole.csv", events=None, outcomes=None, target="converted", clock=CLOCK)
    (folder / "whole.csv").write_bytes(file.read_bytes())
    return Workspace.open(folder / "acme")


ONE_CLASS = [f"a{n},{n % 11},no" for n in range(400)]
FEW = [f"a{n},{n % 11},{'yes' if n < 20 else 'no'}" for n in range(400)]
THE_SAME_FEW_AGAIN = [row for row in FEW for _ in range(20)]
NOTHING_DIFFERS = [f"a{n},5,{'yes' if n % 4 == 0 else 'no'}" for n in range(400)]


@pytest.mark.parametrize(
    "rows", [ONE_CLASS, FEW, THE_SAME_FEW_AGAIN, NOTHING_DIFFERS], ids=["one class", "few", "duplicates", "no column"]
)
def test_nothing_is_trained_and_the_reason_is_kept(tmp_path: Path, rows: list[str]) -> None:
    workspace = workspace_of(tmp_path, rows)
    with pytest.raises(NotTrainedError) as refused:
        train(workspace, clock=CLOCK, progress=SilentProgress())
    assert refused.value.code == "not-trained"
    (kept,) = workspace.reports.glob("not-trained-*/result.json")
    told = json.loads(kept.read_text())
    assert (told["given"], told["champion"]) == (refused.value.given, None)
    for name, text in (("report.html", "en"), ("report-de.html", "de")):
        page = html.unescape((kept.parent / name).read_text(encoding="utf-8"))
        assert all(getattr(part, text) in page for part in refused.value.in_words)
    assert "Nothing was trained" not in page
    assert not workspace.champion.exists()
    assert not (workspace.var / "bundles").exists()
