from datetime import UTC, datetime

import polars as pl
import pytest

from features.domain import FixedClock, InputError
from serving.batch import score_file
from serving.engines import choose_engines
from serving.score_table import COLUMNS, writer

NOW = datetime(2026, 3, 10, tzinfo=UTC)


def run(workspace, tmp_path, leads, *, model="champion", as_of=None, events=None, ending=".csv"):
    leads_file = tmp_path / "in.csv"
    leads_file.write_text(leads, encoding="utf-8")
    out = tmp_path / f"out{ending}"
    summary = score_file(
        workspace,
        choose_engines(workspace, model),
        leads_file=leads_file,
        events_file=events,
        as_of=as_of,
        out=out,
        clock=FixedClock(NOW),
    )
    read = pl.read_csv if ending == ".csv" else pl.read_parquet
    return summary, read(out)


LEADS = """\
lead_id,created_at,job_title,employees,country,industry,email
L3,2026-03-03T09:00:00+01:00,Clerk,5,FR,retail,c@example.com
L1,2026-03-01T09:00:00+01:00,CEO,200,DE,software,a@example.com
,2026-03-01T09:00:00+01:00,CEO,200,DE,software,a@example.com
L9,2026-03-09T09:00:00+01:00,,80,,,
"""


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_every_input_row_has_its_row_in_the_answer_in_order(workspace, tmp_path, ending):
    summary, table = run(workspace, tmp_path, LEADS, ending=ending)
    assert table.columns == list(COLUMNS)
    assert table["lead_id"].to_list() == ["L3", "L1", None, "L9"]
    assert table["score"].to_list() == [10, 60, None, 30]
    assert (summary.leads, summary.scored, sum(one.count for one in summary.rejections)) == (4, 3, 1)


def test_rules_that_were_asked_for_are_not_degraded(workspace, tmp_path):
    assert run(workspace, tmp_path, LEADS, model="rules")[0].degraded == {}
    assert run(workspace, tmp_path, LEADS)[0].degraded == {"no-model": 3}


def test_events_after_the_moment_are_not_read(workspace, tmp_path):
    early, _ = run(workspace, tmp_path, LEADS, as_of=datetime(2026, 3, 2, 0, tzinfo=UTC))
    assert [one.reason for one in early.rejections] == ["no lead_id", "created after as_of"]
    _, table = run(workspace, tmp_path, LEADS, as_of=datetime(2026, 3, 2, 0, tzinfo=UTC))
    assert table["score"].to_list() == [None, 30, None, None]


def test_a_stale_export_is_told(workspace, tmp_path):
    late, _ = run(workspace, tmp_path, LEADS, as_of=datetime(2026, 6, 1, tzinfo=UTC))
    assert [
        w for w in late.warnings if "nothing was recorded in the 8" in w and "--as-of 2026-03-09T08:00:00+00:00." in w
    ]
    fresh, _ = run(workspace, tmp_path, LEADS)
    assert not [w for w in fresh.warnings if "nothing was recorded" in w]


def test_a_file_that_is_read_is_never_written_over(workspace, tmp_path):
    leads_file = tmp_path / "in.csv"
    leads_file.write_text(LEADS, encoding="utf-8")
    for out in (leads_file, workspace.config().leads.file):
        if out.suffix != ".csv":
            continue
        with pytest.raises(InputError, match="a file that is read"):
            score_file(
                workspace, choose_engines(workspace, "rules"), leads_file=leads_file, events_file=None, as_of=None,
                out=out, clock=FixedClock(NOW),
            )  # fmt: skip
    assert leads_file.read_text(encoding="utf-8") == LEADS


def test_a_file_of_another_workspace_is_refused(workspace, tmp_path):
    with pytest.raises(InputError, match="fills none of the columns"):
        run(workspace, tmp_path, "lead_id,created_at,colour\nX1,2026-03-01T09:00:00+01:00,red\n")


def test_a_column_as_of_gives_every_lead_its_own_moment(workspace, tmp_path):
    rows = "lead_id,created_at,employees,as_of\nL1,2026-03-01T09:00:00+01:00,200,{}\n"
    _, before = run(workspace, tmp_path, rows.format("2026-03-02T00:00:00Z"))
    _, after = run(workspace, tmp_path, rows.format("2026-03-04T00:00:00Z"))
    assert (before["score"].to_list(), after["score"].to_list()) == ([30], [60])


def test_reasons_are_sentences_with_points(workspace, tmp_path):
    _, table = run(workspace, tmp_path, LEADS)
    assert table["reason_1"][1].endswith("(+30.0)")
    assert table["reason_1"][1].startswith("Asked for a demo")


def test_another_ending_is_refused_before_any_work(workspace, tmp_path):
    with pytest.raises(InputError, match=r"\.csv or \.parquet"):
        run(workspace, tmp_path, LEADS, ending=".xlsx")


def test_a_cell_that_reads_as_a_formula_is_marked_as_text(tmp_path):
    risky = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx"]
    writer(tmp_path / "out.csv")(pl.DataFrame({"lead_id": [*risky, "plain", None], "score": range(-4, 5)}))
    written = pl.read_csv(tmp_path / "out.csv")
    assert written["lead_id"].to_list() == [f"'{text}" for text in risky] + ["plain", None]
    assert written["score"].to_list() == list(range(-4, 5))


def test_a_failed_write_leaves_the_old_answer(workspace, tmp_path, monkeypatch):
    run(workspace, tmp_path, LEADS)
    before = (tmp_path / "out.csv").read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(pl.DataFrame, "write_csv", fail)
    with pytest.raises(OSError, match="disk full"):
        run(workspace, tmp_path, LEADS)
    assert (tmp_path / "out.csv").read_bytes() == before
    assert list(tmp_path.glob(".out*")) == []
