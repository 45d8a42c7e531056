from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from features.config import Config, ConsentsTable, config_from_mapping
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


def with_consents(config: Config, folder: Path, rows: str) -> Config:
    (folder / "consents.csv").write_text(f"lead_id,said_at,word,proof\n{rows}", encoding="utf-8")
    return replace(config, consents=ConsentsTable(folder / "consents.csv", proof="proof"))


def test_what_people_said_is_loaded_once_with_its_proof(store: Store, config: Config, tmp_path: Path) -> None:
    rows = "L1,2026-02-01,objected,\nL2,2026-02-01,given,wording 3\nL9,2026-02-01,withdrawn,\n"
    told = with_consents(config, tmp_path, rows)
    first = import_files(store, told, SilentProgress())
    again = import_files(store, told, SilentProgress())
    assert (first.stored["consents"], again.stored["consents"], again.present["consents"]) == (3, 0, 3)
    with store.read() as tx:
        assert tx.consents.all_last_words("profiling") == {"L1": "objected", "L2": "given", "L9": "withdrawn"}
        (given,) = tx.consents.of("L2")
        assert (given.source, given.proof) == ("consents.csv", {"said": "wording 3"})
        assert [one.action for one in tx.audit.entries()] == ["consents.imported"]
    # The leads themselves are kept: who they are is not what was objected to.
    assert first.stored["leads"] == 2
    assert StoreHistory.read(store, told).leads()["lead_id"].to_list() == ["L2"]


def test_words_of_erased_and_of_merged_leads_go_where_the_leads_are(
    store: Store, config: Config, tmp_path: Path
) -> None:
    import_files(store, config, SilentProgress())
    with store.begin() as tx:
        tx.erasure.erase("L1", by="ann")
        tx.identities.merge("other", "L2", source="crm")
    told = with_consents(config, tmp_path, "L1,2026-02-01,objected,\nother,2026-02-01,objected,\n")
    assert import_files(store, told, SilentProgress()).erased["consents"] == 1
    with store.read() as tx:
        assert tx.consents.all_last_words("profiling") == {"L2": "objected"}
