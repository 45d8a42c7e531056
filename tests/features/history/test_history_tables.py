from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars import Series

from features.config import Config, config_from_mapping
from features.domain import ConfigError, FixedClock, HistoryError
from features.history import FileHistory
from features.history.times import AMBIGUOUS, IMPOSSIBLE, UNREADABLE, read_times

CLOCK = FixedClock(datetime(2025, 1, 1, tzinfo=UTC))


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2024, 1, day, hour, tzinfo=UTC)


def company(
    folder: Path, leads: str, events: str | None = None, outcomes: str | None = None, **parts: Mapping[str, Any]
) -> Config:
    """Write the files and return a configuration; ``parts`` override entries of its parts."""
    data: dict[str, dict[str, Any] | str] = {
        "name": "acme",
        "leads": {
            "file": "leads.csv", "lead_id": "lead_id", "created_at": "created_at",
            "columns": {"size": {"type": "number"}, "mail": {"type": "email"}},
        } | dict(parts.get("leads_entries", {})),
        "target": {"outcome": "won"} | dict(parts.get("target", {})),
    }  # fmt: skip
    (folder / "leads.csv").write_text(leads, encoding="utf-8")
    if events is not None:
        (folder / "events.csv").write_text(events, encoding="utf-8")
        data["events"] = {"file": "events.csv", "properties": {"page": {"type": "category"}}}
    if outcomes is not None:
        (folder / "outcomes.csv").write_text(outcomes, encoding="utf-8")
        data["outcomes"] = {"file": "outcomes.csv", "lead_id": "lead_id", "occurred_at": "occurred_at"} | dict(
            parts.get("outcomes_entries", {"outcome": "outcome", "reason": "reason"})
        )
    return config_from_mapping(data, folder)


LEADS = (
    "lead_id,created_at,size,mail\nA,2024-01-02,1,Ann@x.de \n"
    "B,2024-01-03T05:00+02:00,2,ann@X.de\nC,2024-01-01,,c@x.de\n"
)


def test_events_keep_their_order_and_are_counted_where_odd(tmp_path: Path) -> None:
    events = (
        "lead_id,occurred_at,event,page\n"
        "A,2024-01-05T00:00Z,page_view,/a\n"
        "A,2024-01-05T00:00Z,page_view,/a\n"
        "A,2024-01-05T00:00Z,page_view,/b\n"
        "A,2024-01-01T00:00Z,page_view,/a\n"
        "A,2031-01-01T00:00Z,page_view,/a\n"
        "Z,2024-01-06T00:00Z,page_view,/a\n"
        "A,,page_view,/a\n"
        "A,2024-01-06T00:00Z,,/a\n"
        ",2024-01-06T00:00Z,page_view,/a\n"
    )
    history = FileHistory.read(company(tmp_path, LEADS, events), clock=CLOCK)
    table = history.quality.table("events")
    assert table is not None
    assert (table.read, table.used, table.rejected, table.duplicate) == (9, 6, 3, 0)
    assert [note.lines for note in table.rejections] == [(10,), (8,), (9,)]
    odd = history.quality.oddities
    assert (odd.same_moment_repeats, odd.events_before_creation, odd.events_in_future) == (1, 1, 1)
    assert (odd.events_without_lead, odd.shared_emails, odd.leads_with_shared_email) == (1, 1, 2)
    assert history.observed_until == at(6)
    assert history.events().collect()["property.page"].to_list() == ["/a", "/a", "/b", "/a", "/a", "/a"]


def test_versions_of_a_lead_stay_and_exact_repeats_go(tmp_path: Path) -> None:
    leads = (
        "lead_id,created_at,known_at,size\n"
        "A,2024-01-02,2024-01-02,1\nA,2024-01-02,2024-01-09,5\nA,2024-01-02,2024-01-09,7\nB,2024-01-01,,2\nB,2024-01-01,,3\n"
    )
    config = company(tmp_path, leads, leads_entries={"known_at": "known_at", "columns": {"size": {"type": "number"}}})
    history = FileHistory.read(config, clock=CLOCK)
    assert history.leads()["attribute.size"].to_list() == [1.0, 5.0, 2.0]
    assert history.quality.tables[0].duplicates[0].lines == (4, 6)
    assert history.leads()["order"].to_list() == [2, 2, 1]


def test_a_rejected_row_does_not_make_a_good_one_a_duplicate(tmp_path: Path) -> None:
    history = FileHistory.read(company(tmp_path, "lead_id,created_at,size\nA,never,1\nA,2024-01-02,2\n"), clock=CLOCK)
    assert history.leads()["attribute.size"].to_list() == [2.0]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ({"order": "column", "order_column": "size"}, [3, 1, 2]),
        ({"order": "column", "order_column": "size", "order_descending": True}, [1, 3, 2]),
        ({"order": "file"}, [1, 2, 3]),
        ({"order": "file", "order_descending": True}, [3, 2, 1]),
        ({"order": "none"}, [None, None, None]),
        ({"order": "created_at"}, [1, 3, 2]),
    ],
)
def test_the_order_follows_the_configuration(
    tmp_path: Path, entries: dict[str, Any], expected: list[int | None]
) -> None:
    leads = "lead_id,created_at,size\nA,2024-01-01,30\nB,2024-01-03,10\nC,2024-01-02,20\n"
    assert (
        FileHistory.read(company(tmp_path, leads, leads_entries=entries), clock=CLOCK).leads()["order"].to_list()
        == expected
    )


def test_outcomes_come_from_their_file_repeats_taken_out(tmp_path: Path) -> None:
    outcomes = (
        "lead_id,occurred_at,outcome,reason\nA,2024-01-09,won,\nA,2024-01-09,won,\nB,2024-01-08,lost,price\n"
        "B,,lost,price\nC,2024-01-08,,\n"
    )
    history = FileHistory.read(company(tmp_path, LEADS, outcomes=outcomes), clock=CLOCK)
    assert history.outcomes().rows() == [("A", at(9), "won", None), ("B", at(8), "lost", "price")]
    table = history.quality.table("outcomes")
    assert table is not None
    assert (table.read, table.used, table.rejected, table.duplicate) == (5, 2, 2, 1)


@pytest.mark.parametrize(
    ("created", "said", "expected"),
    [
        pytest.param("2024-01-02T10:00Z", "2024-01-02", "2024-01-02T10:00:00.000001+00:00", id="on its day"),
        pytest.param("2024-01-02", "2024-01-02", "2024-01-02T00:00:00.000001+00:00", id="both by day"),
        pytest.param("2024-01-02T10:00+01:00", "2024-01-02T00:00+01:00", "2024-01-02T00:00+01:00", id="its own zone"),
        pytest.param("2024-01-02T10:00Z", "2024-01-03", "2024-01-03T00:00:00+00:00", id="a later day"),
        pytest.param("2024-01-02T10:00Z", "2024-01-01", "2024-01-01T00:00:00+00:00", id="an earlier day"),
        pytest.param("2024-01-02T10:00Z", "2024-01-02T09:00Z", "2024-01-02T09:00:00+00:00", id="a clock time"),
    ],
)
def test_an_outcome_dated_by_the_day_of_the_creation_came_after_it(
    tmp_path: Path, created: str, said: str, expected: str
) -> None:
    config = company(
        tmp_path,
        f"lead_id,created_at,size,mail\nA,{created},1,\n",
        None,
        f"lead_id,occurred_at,outcome,reason\nA,{said},won,\n",
    )
    history = FileHistory.read(config, clock=CLOCK)
    assert history.outcomes()["occurred_at"].to_list() == [datetime.fromisoformat(expected)]


def test_lead_ids_that_a_spreadsheet_rounded_are_counted(tmp_path: Path) -> None:
    leads = 'lead_id,created_at,size,mail\n"1,73688E+05",2024-01-02,1,\n4.91573E+12,2024-01-02,1,\nE+5,2024-01-02,1,\n'
    odd = FileHistory.read(company(tmp_path, leads), require_outcomes=False, clock=CLOCK).quality.oddities
    assert odd.rounded_ids == 2
    assert [row[:2] for row in odd.told()] == [("lead ids like 1,73688E+05", 2)]


def test_a_column_that_is_left_out_may_be_missing_without_a_word(tmp_path: Path) -> None:
    columns = {"size": {"type": "number"}, "deal": {"type": "category", "role": "left_out"}}
    config = company(tmp_path, "lead_id,created_at,size\nA,2024-01-02,1\n", leads_entries={"columns": columns})
    assert FileHistory.read(config, require_outcomes=False, clock=CLOCK).warnings == ()
    config = company(tmp_path, "lead_id,created_at,deal\nA,2024-01-02,1\n", leads_entries={"columns": columns})
    (warning,) = FileHistory.read(config, require_outcomes=False, clock=CLOCK).warnings
    assert warning == "leads.csv lacks 'size'; it counts as missing for every lead"


def test_without_an_outcome_column_every_row_is_the_target_with_or_without_times(tmp_path: Path) -> None:
    config = company(tmp_path, LEADS, outcomes="lead_id\nA\nB\n", outcomes_entries={"occurred_at": None})
    assert FileHistory.read(config, clock=CLOCK).outcomes().rows() == [
        ("A", None, "won", None),
        ("B", None, "won", None),
    ]


def test_outcomes_come_from_kinds_of_events(tmp_path: Path) -> None:
    events = "lead_id,occurred_at,event,page\nA,2024-01-05,signed,\nB,2024-01-06,refused,\nC,2024-01-06,page_view,\n"
    target = {"from_events": True, "positive": ["signed"], "negative": ["refused"]}
    history = FileHistory.read(company(tmp_path, LEADS, events, target=target), clock=CLOCK)
    assert sorted(history.outcomes().rows()) == [("A", at(5), "won", None), ("B", at(6), "lost", "refused")]


def test_outcomes_come_from_a_column_and_the_unsaid_stays_unsaid(tmp_path: Path) -> None:
    leads = "lead_id,created_at,state\nA,2024-01-01,Yes\nB,2024-01-01,no\nC,2024-01-01,\nD,2024-01-01,open\n"
    everything = {"column": "state", "positive": ["yes"]}
    listed = everything | {"negative": ["no"]}
    rows = FileHistory.read(company(tmp_path, leads, target=everything), clock=CLOCK).outcomes()
    assert rows.select("lead_id", "outcome").rows() == [("A", "won"), ("B", "lost"), ("D", "lost")]
    assert rows["occurred_at"].null_count() == 3
    rows = FileHistory.read(company(tmp_path, leads, target=listed), clock=CLOCK).outcomes()
    assert rows["lead_id"].to_list() == ["A", "B"]


def test_input_ids_and_moments_follow_the_file_also_through_ragged_rows(tmp_path: Path) -> None:
    leads = (
        "lead_id,created_at,as_of\nA,2024-01-01,2024-01-05\nB,2024-01-01\nA,2024-01-01,2024-01-09\nC,2024-01-01,soon\n"
    )
    history = FileHistory.read(company(tmp_path, leads), clock=CLOCK)
    assert history.input_ids.to_list() == ["A", "B", "A", "C"]
    assert history.as_of is not None
    assert history.as_of.to_list() == [at(5), None, at(9), None]
    assert history.leads()["lead_id"].to_list() == ["A"]


def test_other_events_need_a_workspace_that_knows_events(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="knows events"):
        FileHistory.read(company(tmp_path, LEADS), events_file=tmp_path / "leads.csv", clock=CLOCK)


def test_a_file_in_another_encoding_than_configured_is_refused_in_words(tmp_path: Path) -> None:
    config = company(tmp_path, LEADS)
    (tmp_path / "leads.csv").write_bytes("lead_id,created_at,size\nü,2024-01-01,1\n".encode("cp1252"))
    with pytest.raises(HistoryError, match="utf-8"):
        FileHistory.read(config, clock=CLOCK)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(
            st.sampled_from(["A", "B", "", "2024-01-01", "x", "\0", '"q\nr"', "lead_id", " ", "7"]),
            min_size=1,
            max_size=4,
        ),
        max_size=25,
    )
)
def test_read_is_always_used_plus_rejected_plus_duplicate(tmp_path: Path, rows: list[list[str]]) -> None:
    text = "lead_id,created_at,size\n" + "".join(",".join(row) + "\n" for row in rows)
    history = FileHistory.read(company(tmp_path, text), clock=CLOCK)
    table = history.quality.tables[0]
    assert table.read == table.used + table.rejected + table.duplicate == len(history.input_ids)
    assert table.used == history.leads().height
    # An empty line is no row; a row of one blank cell is.
    assert table.read == sum(row != [""] for row in rows)
    assert sum(note.count for note in table.rejections) == table.rejected


@pytest.mark.parametrize(
    ("text", "form", "moment", "reason"),
    [
        ("2024-06-01T12:00:00Z", None, datetime(2024, 6, 1, 12, tzinfo=UTC), None),
        ("2024-06-01 12:00:00.5+0200", None, datetime(2024, 6, 1, 10, 0, 0, 500000, tzinfo=UTC), None),
        ("2024-06-01T12:00+02", None, datetime(2024, 6, 1, 10, tzinfo=UTC), None),
        ("2024-06-01", None, datetime(2024, 5, 31, 22, tzinfo=UTC), None),
        ("20240601T1200", None, datetime(2024, 6, 1, 10, tzinfo=UTC), None),
        ("2026-10-25T02:30", None, None, AMBIGUOUS),
        ("2026-03-29T02:30", None, None, IMPOSSIBLE),
        ("2026-10-25T02:30+02:00", None, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), None),
        ("2024-02-30", None, None, UNREADABLE),
        ("0001-01-01", None, None, UNREADABLE),
        ("9999-12-31T23:59:59Z", None, None, UNREADABLE),
        ("1.6.2024 9:05", "%d.%m.%Y %H:%M", datetime(2024, 6, 1, 7, 5, tzinfo=UTC), None),
        ("01.06.2024", "%d.%m.%Y", datetime(2024, 5, 31, 22, tzinfo=UTC), None),
        ("25.10.2026 02:30", "%d.%m.%Y %H:%M", None, AMBIGUOUS),
        ("06/01/2024 09:05 PM", "%m/%d/%Y %I:%M %p", datetime(2024, 6, 1, 19, 5, tzinfo=UTC), None),
        (
            "2024/06/01 12:00:00.250 +0200",
            "%Y/%m/%d %H:%M:%S.%f %z",
            datetime(2024, 6, 1, 10, 0, 0, 250000, tzinfo=UTC),
            None,
        ),
        ("1717236000", "epoch_s", datetime(2024, 6, 1, 10, tzinfo=UTC), None),
        ("1717236000500", "epoch_ms", datetime(2024, 6, 1, 10, 0, 0, 500000, tzinfo=UTC), None),
        ("1717236000500", "epoch_s", None, UNREADABLE),
    ],
)
def test_times_are_read_in_their_own_zone_or_the_declared_one(
    text: str, form: str | None, moment: datetime | None, reason: str | None
) -> None:
    moments, reasons = read_times(Series([text, None]), "Europe/Berlin", form)
    assert (moments.to_list(), reasons.to_list()) == ([moment, None], [reason, None])


def test_offsets_may_change_from_row_to_row() -> None:
    texts = ["2011-10-30T01:00:00.123+02:00", "2011-10-30T02:00:00+01:00", "2011-10-30T00:00:00Z", "2011-10-30T02:00"]
    moments, _ = read_times(Series(texts), "UTC")
    assert [moment.hour for moment in moments] == [23, 1, 0, 2]


def test_beside_a_time_format_iso_times_are_read_that_carry_their_zone() -> None:
    texts = ["01.02.2024 10:00:00", "2024-02-01T10:00:00+02:00", "2024-02-01T08:00:00Z", "2024-02-01T10:00:00", "x"]
    moments, reasons = read_times(Series(texts), "Europe/Berlin", "%d.%m.%Y %H:%M:%S")
    assert moments.to_list() == [at_hour(9), at_hour(8), at_hour(8), None, None]
    assert reasons.to_list() == [None, None, None, UNREADABLE, UNREADABLE]


def at_hour(hour: int) -> datetime:
    return datetime(2024, 2, 1, hour, tzinfo=UTC)


def test_a_time_format_that_is_no_pattern_is_refused() -> None:
    with pytest.raises(ConfigError, match="time_format"):
        read_times(Series(["x"]), "UTC", "%Q %H")


def test_reasons_of_rejections_are_those_of_the_list_and_others_count_as_other(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("lead_id\nA\nB\nC\nD\n", encoding="utf-8")
    rows = ["A,sql_rejected,Kein Budget", "B,sql_rejected,asked Ann", "C,sql_rejected,", "D,lost,asked Ann"]
    (tmp_path / "outcomes.csv").write_text("lead_id,outcome,reason\n" + "\n".join(rows), encoding="utf-8")
    config = config_from_mapping(
        {
            "name": "acme", "leads": {"file": "leads.csv", "lead_id": "lead_id"}, "target": {},
            "outcomes": {"file": "outcomes.csv", "occurred_at": None, "outcome": "outcome", "reason": "reason"},
        },
        tmp_path,
    )  # fmt: skip
    history = FileHistory.read(config)
    assert history.outcomes()["reason"].to_list() == ["no_budget", "other", None, "asked Ann"]
    assert any("1 rejection for reasons that are not on the list" in one for one in history.quality.warnings)
