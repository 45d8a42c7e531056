from __future__ import annotations

from pathlib import Path

import pytest

from features.config import Config, config_from_mapping
from serving.store import Store, StoreHistory
from serving.store.importing import import_files
from training.progress import SilentProgress


@pytest.fixture
def config(tmp_path: Path) -> Config:
    files = {
        "leads": "lead_id,created_at,city\nL1,2026-01-05,Bonn\nL2,2026-01-06,Ulm\nL3,x,Kiel\n",
        "events": "lead_id,occurred_at,event\nL1,2026-01-07,page_view\nL1,2026-01-07,page_view\nL9,2026-01-08,call\n",
        "outcomes": "lead_id,occurred_at,outcome\nL1,2026-02-01,won\nL1,2026-02-01,won\n",
    }
    for name, content in files.items():
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
    return config_from_mapping(
        {
            "name": "acme",
            "leads": {
                "file": "leads.csv", "lead_id": "lead_id", "created_at": "created_at",
                "columns": {"city": {"type": "category"}},
            },
            "events": {"file": "events.csv"},
            "outcomes": {"file": "outcomes.csv", "occurred_at": "occurred_at", "outcome": "outcome"},
            "target": {"outcome": "won"},
        },
        tmp_path,
    )  # fmt: skip


def test_what_is_new_and_what_was_there_is_counted(store: Store, config: Config) -> None:
    first = import_files(store, config, SilentProgress())
    again = import_files(store, config, SilentProgress())
    assert first.stored == again.present == {"leads": 2, "events": 3, "outcomes": 1}
    assert first.present == again.stored == {"leads": 0, "events": 0, "outcomes": 0}
    assert again.erased == {"leads": 0, "events": 0, "outcomes": 0}
    account = first.quality.table("leads")
    assert account is not None
    assert (account.read, account.used, account.rejected) == (3, 2, 1)


def test_a_file_that_has_grown_adds_what_is_new(store: Store, config: Config, tmp_path: Path) -> None:
    import_files(store, config, SilentProgress())
    with (tmp_path / "events.csv").open("a", encoding="utf-8") as file:
        file.write("L1,2026-01-07,page_view\nL2,2026-01-09,page_view\n")
    assert import_files(store, config, SilentProgress()).stored == {"leads": 0, "events": 2, "outcomes": 0}


def test_the_store_is_read_page_by_page_as_a_whole(store: Store, config: Config) -> None:
    import_files(store, config, SilentProgress())
    pages = [StoreHistory.read(store, config, page=size) for size in (1, 2, 50)]
    for history in pages:
        assert history.leads()["lead_id"].to_list() == ["L1", "L2"]
        assert sorted(history.events().collect()["lead_id"].to_list()) == ["L1", "L1", "L9"]
        assert history.outcomes()["outcome"].to_list() == ["won"]


def test_erased_leads_are_counted_and_not_loaded(store: Store, config: Config) -> None:
    import_files(store, config, SilentProgress())
    with store.begin() as tx:
        tx.erasure.erase("L1", by="ann")
    again = import_files(store, config, SilentProgress())
    assert again.erased == {"leads": 1, "events": 2, "outcomes": 1}
    assert again.present == {"leads": 1, "events": 1, "outcomes": 0}
