"""Files and the store give one history: what is true of the one is true of the other, and so are the features."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features.builder import FeatureBuilder
from features.catalog import Catalog
from features.config import Config, config_from_mapping
from features.domain import FixedClock
from features.history import FileHistory, History
from features.workspace import Workspace
from serving.store import Store, StoreHistory
from serving.store.importing import import_files
from training.intake.infer import initialise
from training.progress import SilentProgress
from training.simulation import simulate

CLOCK = FixedClock(datetime(2026, 7, 1, tzinfo=UTC))
HISTORIES = ("files", "store")

LEADS = """lead_id,created_at,known_at,employees,city,mail,customer_since
A,2026-01-05T09:00,,10,Bonn,ann@x.de,2020-01-01
A,2026-01-05T09:00,2026-02-01T00:00,25,Köln,ann@x.de,2020-01-01
B,2026-01-06T08:30:00.000001+05:00,,n/a,"Bonn, Süd",bob@x.de,
C,2026-03-29T02:30,,7,Ulm,c@x.de,
D,2026-01-07,,abc,True,,
A,2026-01-05T09:00,2026-02-01T00:00,99,Kiel,ann@x.de,2020-01-01
"""
EVENTS = """lead_id,occurred_at,event,page,seconds
A,2026-01-10T10:00,page_view,/pricing,0.1
A,2026-01-10T10:00,page_view,/pricing,0.1
A,2026-01-11T10:00,page_view,/pricing,30
B,2026-01-20T10:00+01:00,demo_request,,
Z,2026-01-20T10:00+01:00,page_view,/,1e3
A,2026-10-25T02:30,page_view,/,1
"""
OUTCOMES = """lead_id,occurred_at,outcome,reason
A,2026-02-10T10:00,won,
A,2026-02-10T10:00,won,
B,2026-02-11T10:00,sql_rejected,no budget
D,2026-01-07,won,
"""


def read(kind: str, config: Config, folder: Path) -> History:
    if kind == "files":
        return FileHistory.read(config, clock=CLOCK)
    with Store.open(folder / "store.db", config.schema, CLOCK) as store:
        import_files(store, config, SilentProgress())
        return StoreHistory.read(store, config, page=2)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    for name, text in (("leads", LEADS), ("events", EVENTS), ("outcomes", OUTCOMES)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return config_from_mapping(
        {
            "name": "acme",
            "time_zone": "Europe/Berlin",
            "leads": {
                "file": "leads.csv", "lead_id": "lead_id", "created_at": "created_at", "known_at": "known_at",
                "missing_values": ["n/a"],
                "columns": {
                    "employees": {"type": "number"}, "city": {"type": "category"}, "mail": {"type": "email"},
                    "customer_since": {"type": "date"},
                },
            },
            "events": {"file": "events.csv", "properties": {"page": {}, "seconds": {"type": "number"}}},
            "outcomes": {
                "file": "outcomes.csv", "occurred_at": "occurred_at", "outcome": "outcome", "reason": "reason",
            },
            "target": {"outcome": "won"},
        },
        tmp_path,
    )  # fmt: skip


@pytest.fixture(params=HISTORIES)
def history(request: pytest.FixtureRequest, config: Config, tmp_path: Path) -> History:
    return read(request.param, config, tmp_path)


def told(frame: pl.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return frame.select(columns).rows()


def test_a_version_is_one_row_with_the_moment_it_was_known(history: History) -> None:
    february = datetime(2026, 1, 31, 23, tzinfo=UTC)
    rows = told(history.leads().filter(pl.col("lead_id") == "A"), "known_at", "attribute.employees", "attribute.city")
    assert rows == [(None, 10.0, "Bonn"), (february, 25.0, "Köln")]


def test_moments_are_utc_whatever_zone_they_were_written_in(history: History) -> None:
    created = dict(told(history.leads(), "lead_id", "created_at"))
    assert created["A"] == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert created["B"] == datetime(2026, 1, 6, 3, 30, 0, 1, tzinfo=UTC)
    assert created["D"] == datetime(2026, 1, 6, 23, tzinfo=UTC)


def test_rows_whose_local_time_does_not_exist_or_is_ambiguous_are_not_there(history: History) -> None:
    assert "C" not in history.leads()["lead_id"].to_list()
    assert history.events().select(pl.len()).collect().item() == 5


def test_true_repeats_stay_and_repeated_outcomes_do_not(history: History) -> None:
    views = history.events().filter(pl.col("lead_id") == "A").collect()
    assert views["property.seconds"].sort().to_list() == [0.1, 0.1, 30.0]
    assert sorted(told(history.outcomes(), "lead_id", "outcome", "reason")) == [
        ("A", "won", None), ("B", "sql_rejected", "no_budget"), ("D", "won", None),
    ]  # fmt: skip


def test_an_outcome_of_the_day_of_the_creation_came_after_it(history: History) -> None:
    won = history.outcomes().filter(pl.col("lead_id") == "D")["occurred_at"].to_list()
    assert won == [datetime(2026, 1, 6, 23, 0, 0, 1, tzinfo=UTC)]


def test_missing_and_unreadable_values_are_null_and_booleans_lower_case(history: History) -> None:
    rows = {row[0]: row[1:] for row in told(history.leads(), "lead_id", "attribute.employees", "attribute.city")}
    assert rows["B"] == (None, "Bonn, Süd")
    assert rows["D"] == (None, "true")


def test_events_of_leads_without_a_row_are_there(history: History) -> None:
    assert history.events().filter(pl.col("lead_id") == "Z").select(pl.len()).collect().item() == 1
    assert "Z" not in history.leads()["lead_id"].to_list()


def test_it_was_observed_until_the_last_moment_before_the_present(history: History) -> None:
    assert history.observed_until == datetime(2026, 2, 11, 9, tzinfo=UTC)


def features(history: History, config: Config) -> pl.DataFrame:
    ids = history.leads()["lead_id"].unique().sort()
    days = [datetime(2026, 1, 8, tzinfo=UTC) + timedelta(days=number) for number in (0, 5, 60)]
    moments = pl.DataFrame({"lead_id": ids}).join(pl.DataFrame({"as_of": days}), how="cross")
    moments = moments.with_columns(pl.col("as_of").cast(pl.Datetime("us", "UTC")))
    return FeatureBuilder(Catalog.from_schema(config.schema)).frame(history.leads(), history.events(), moments)


def assert_same_features(one: pl.DataFrame, other: pl.DataFrame) -> None:
    assert one.columns == other.columns
    assert one.height > 0
    for name in one.columns:
        for left, right in zip(one[name], other[name], strict=True):
            same = left == right or (
                isinstance(left, float) and isinstance(right, float) and math.isclose(left, right, abs_tol=1e-9)
            )
            assert same, (name, left, right)


def test_features_are_the_same_at_every_moment(config: Config, tmp_path: Path) -> None:
    one, other = (read(kind, config, tmp_path) for kind in HISTORIES)
    assert_same_features(features(one, config), features(other, config))
    # The version known at each moment, not the newest one.
    assert features(other, config)["employees"].to_list()[:3] == [10.0, 10.0, 25.0]


def test_a_row_since_creation_may_stand_after_a_dated_one(config: Config, tmp_path: Path) -> None:
    lines = LEADS.splitlines()
    (tmp_path / "leads.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n", encoding="utf-8")
    one, other = (read(kind, config, tmp_path) for kind in HISTORIES)
    assert_frame_equal(one.leads().drop("order"), other.leads().drop("order"))


def test_importing_twice_adds_nothing(config: Config, tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db", config.schema, CLOCK) as store:
        first = import_files(store, config, SilentProgress())
        again = import_files(store, config, SilentProgress())
    assert first.stored == {"leads": 4, "events": 5, "outcomes": 3}
    assert again.stored == {"leads": 0, "events": 0, "outcomes": 0}
    assert again.present == first.stored
    for table in ("leads", "events", "outcomes"):
        account = first.quality.table(table)
        assert account is not None
        assert account.used == first.stored[table]


def test_an_overwritten_export_is_a_version_known_since_it_was_loaded(config: Config, tmp_path: Path) -> None:
    later = FixedClock(CLOCK.moment + timedelta(days=30))
    read("store", config, tmp_path)
    changed = LEADS.replace("n/a,", "500,")
    for text in (changed, changed, LEADS):
        (tmp_path / "leads.csv").write_text(text, encoding="utf-8")
        with Store.open(tmp_path / "store.db", config.schema, later) as store:
            import_files(store, config, SilentProgress())
    with Store.open(tmp_path / "store.db", config.schema, later) as store, store.read() as tx:
        versions = [(one.known_at, one.attributes.get("employees")) for one in tx.leads.versions("B")]
    step = timedelta(microseconds=1)
    assert versions == [(None, None), (later.moment, 500.0), (later.moment + step, None)]


def test_an_import_that_was_cut_off_is_finished_by_the_next(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from serving.store import importing

    whole = read("files", config, tmp_path)
    monkeypatch.setattr(importing, "BATCH", 1)
    steps = 0

    class Cut(SilentProgress):
        def step(self, detail: str = "") -> None:
            nonlocal steps
            steps += 1
            if steps == 6:
                raise KeyboardInterrupt

    with Store.open(tmp_path / "store.db", config.schema, CLOCK) as store:
        with pytest.raises(KeyboardInterrupt):
            import_files(store, config, Cut())
        half = StoreHistory.read(store, config)
        assert half.leads().height == 4
        assert half.events().select(pl.len()).collect().item() == 2
        import_files(store, config, SilentProgress())
        done = StoreHistory.read(store, config)
    assert_same_features(features(whole, config), features(done, config))
    assert done.outcomes().height == whole.outcomes().height


def test_events_that_are_outcomes_are_told_once(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("lead_id,created_at\nA,2026-01-05\nB,2026-01-06\n", encoding="utf-8")
    (tmp_path / "events.csv").write_text(
        "lead_id,occurred_at,event\nA,2026-01-10,deal_won\nB,2026-01-11,deal_lost\n", encoding="utf-8"
    )
    config = config_from_mapping(
        {
            "name": "acme",
            "leads": {"file": "leads.csv", "lead_id": "lead_id", "created_at": "created_at"},
            "events": {"file": "events.csv"},
            "target": {"from_events": True, "positive": ["deal_won"], "negative": ["deal_lost"]},
        },
        tmp_path,
    )
    one, other = (read(kind, config, tmp_path) for kind in HISTORIES)
    assert_frame_equal(one.outcomes(), other.outcomes(), check_row_order=False)
    assert other.outcomes().height == 2


def test_a_flat_table_without_times_is_the_same_history(tmp_path: Path) -> None:
    rows = "\n".join(f"{number % 7},{'yes' if number % 3 else 'no'},{100 - number}" for number in range(20))
    (tmp_path / "leads.csv").write_text(f"size,bought,number\n{rows}\n", encoding="utf-8")
    config = config_from_mapping(
        {
            "name": "acme",
            "leads": {
                "file": "leads.csv", "order": "column", "order_column": "number",
                "columns": {"size": {"type": "number"}},
            },
            "target": {"column": "bought", "positive": ["yes"]},
        },
        tmp_path,
    )  # fmt: skip
    one, other = (read(kind, config, tmp_path) for kind in HISTORIES)
    assert_frame_equal(one.leads(), other.leads(), check_row_order=False)
    assert_frame_equal(one.outcomes(), other.outcomes(), check_row_order=False)


texts = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters='"'), min_size=1, max_size=12
).filter(lambda text: text.strip() == text)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.tuples(texts, st.floats(allow_nan=False, allow_infinity=False)), min_size=1, max_size=8))
def test_any_text_and_number_survives_the_store(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, float]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    pl.DataFrame(
        {
            "lead_id": [f"L{number}" for number in range(len(cells))],
            "created_at": ["2026-01-05"] * len(cells),
            "city": [text for text, _ in cells],
            "employees": [number for _, number in cells],
        }
    ).write_parquet(folder / "leads.parquet")
    config = config_from_mapping(
        {
            "name": "acme",
            "leads": {
                "file": "leads.parquet", "format": {"kind": "parquet"}, "lead_id": "lead_id",
                "created_at": "created_at",
                "columns": {"city": {"type": "category"}, "employees": {"type": "number"}},
            },
            "target": {"outcome": "won"},
        },
        folder,
    )  # fmt: skip
    one, other = (read(kind, config, folder) for kind in HISTORIES)
    assert_frame_equal(one.leads(), other.leads(), check_exact=True)


def test_a_simulated_company_has_the_same_features(tmp_path: Path) -> None:
    simulate(tmp_path / "history", leads=250, months=6, seed=5, end=CLOCK.moment)
    files = {name: tmp_path / "history" / f"{name}.csv" for name in ("leads", "events", "outcomes")}
    initialise(tmp_path / "acme", target=None, clock=CLOCK, **files)
    config = Workspace.open(tmp_path / "acme").config()
    one, other = (read(kind, config, tmp_path) for kind in HISTORIES)
    moments = (
        one.leads()
        .select("lead_id", as_of=pl.col("created_at") + pl.duration(days=14))
        .unique("lead_id", maintain_order=True)
    )
    builder = FeatureBuilder(Catalog.from_schema(config.schema))
    assert_same_features(*(builder.frame(history.leads(), history.events(), moments) for history in (one, other)))
