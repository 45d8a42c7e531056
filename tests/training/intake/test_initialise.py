from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.domain import ConfigError, FixedClock, HistoryError, WorkspaceError
from features.workspace import Workspace
from training.intake.check import check
from training.intake.infer import Inference, initialise

CLOCK = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))


def made(folder: Path, **changes: object) -> Inference:
    lines = [f"L{i},2024-01-{1 + i % 28:02d},{i % 7},{i % 3},{'yes' if i % 4 == 0 else 'no'}" for i in range(400)]
    (folder / "leads.csv").write_text("\n".join(["lead_id,created_at,visits,size,converted", *lines]), encoding="utf-8")
    options = {
        "leads": folder / "leads.csv",
        "events": None,
        "outcomes": None,
        "target": None,
        "clock": CLOCK,
    } | changes
    return initialise(folder / "acme", **options)  # type: ignore[arg-type]  # tests pass what they please


def test_a_workspace_is_made_from_one_file_and_can_be_read(tmp_path: Path) -> None:
    inference = made(tmp_path)
    workspace = Workspace.open(tmp_path / "acme")
    assert workspace.config() == inference.config
    assert workspace.sla().version >= 1
    assert workspace.rules()
    assert inference.written == ("leadscore.yaml", "rules.yaml", "sla.yaml")
    assert check(workspace, clock=CLOCK).reached == 100
    assert {row[0] for row in inference.rows()} <= {"inferred", "assumed", "suspect"}
    assert inference.to_mapping()["findings"]


def test_what_is_told_of_another_file_names_it_and_only_all_are_100_per_cent(tmp_path: Path) -> None:
    made(tmp_path)
    ids = [line.split(",")[0] for line in (tmp_path / "leads.csv").read_text(encoding="utf-8").splitlines()[1:]]
    rows = [f"{one},2026-01-01,page_view" for one in ids * 9] + ["nobody,2026-01-01,page_view"]
    events = tmp_path / "events.csv"
    events.write_text("\n".join(["lead,at,event", *rows]), encoding="utf-8")
    told = made(tmp_path, overwrite=True, events=events).rows()
    (joined,) = [row for row in told if "joins to the leads" in row[1]]
    assert joined[1] == "events: 'lead' joins to the leads"
    assert joined[2].startswith("99.")


def test_people_s_decisions_are_not_written_over_unless_asked(tmp_path: Path) -> None:
    made(tmp_path)
    before = (tmp_path / "acme" / "leadscore.yaml").read_text(encoding="utf-8")
    (tmp_path / "acme" / "rules.yaml").write_text("ours: 1\n", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="--overwrite"):
        made(tmp_path)
    again = made(tmp_path, overwrite=True, name="other")
    assert again.config.name == "other"
    assert (tmp_path / "acme" / "rules.yaml.old").read_text(encoding="utf-8") == "ours: 1\n"
    assert (tmp_path / "acme" / "leadscore.yaml.old").read_text(encoding="utf-8") == before
    assert any("rules.yaml.old" in what and "sla.yaml.old" in what for _, what, _ in again.rows())
    assert (tmp_path / "acme" / "leadscore.yaml").read_text(encoding="utf-8") != before


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"target": "nothing=1"}, ConfigError), ({"events": Path("nowhere.csv")}, HistoryError)],
)
def test_nothing_is_written_where_something_is_unclear(
    tmp_path: Path, changes: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        made(tmp_path, **changes)
    assert not (tmp_path / "acme").exists()
