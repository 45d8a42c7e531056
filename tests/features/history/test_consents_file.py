"""What people said on profiling, from a file: every row accounted for, and who may not be profiled is left out."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from features.config import Config, config_from_mapping
from features.domain import ConfigError, FixedClock
from features.domain.consent import PROFILING, Word
from features.history import FileHistory
from features.history.consents_file import last_words

CLOCK = FixedClock(datetime(2026, 6, 1, tzinfo=UTC))
CONSENTS = """\
Lead,When,About,Said,Where,Shown by
L1,2026-03-01T10:00:00+01:00,profiling,opt-in,form,wording 3
L1,2026-04-01,profiling,objected,mail,
L2,2026-03-01,newsletter,opt-in,form,wording 3
L3,2026-03-01,profiling,opt-out,,
L3,2026-03-01,profiling,opt-out,phone,
,2026-03-01,profiling,objected,mail,
L4,2026-07-01,profiling,objected,mail,
L4,2026-03-01,profiling,maybe,mail,
L4,2026-03-01,profiling,opt-in,mail,
L4,soon,profiling,objected,mail,
L4,2026-03-01,,objected,mail,
"""


def config(folder: Path, basis: str = "legitimate_interest", **consents: Any) -> Config:
    for name, text in {
        "consents": CONSENTS,
        "leads": "lead_id,created_at\n" + "".join(f"L{n},2026-01-0{n}\n" for n in range(1, 6)),
        "events": "lead_id,occurred_at,event\nL1,2026-01-07,call\nL2,2026-01-07,call\nL3,2026-01-07,call\n",
        "outcomes": "lead_id,occurred_at,outcome\nL1,2026-02-01,won\nL2,2026-02-01,won\n",
    }.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return config_from_mapping(
        {
            "name": "acme",
            "time_zone": "Europe/Berlin",
            "leads": {"file": "leads.csv", "lead_id": "lead_id", "created_at": "created_at"},
            "events": {"file": "events.csv"},
            "outcomes": {"file": "outcomes.csv", "occurred_at": "occurred_at", "outcome": "outcome"},
            "target": {"outcome": "won"},
            "profiling": {"basis": basis},
            "consents": {
                "file": "consents.csv", "lead_id": "Lead", "said_at": "When", "purpose": "About", "word": "Said",
                "source": "Where", "proof": "Shown by", "words": {"opt-in": "given", "opt-out": "withdrawn"},
                **consents,
            },
        },
        folder,
    )  # fmt: skip


def test_every_row_is_accounted_for_with_its_line(tmp_path: Path) -> None:
    history = FileHistory.read(config(tmp_path), clock=CLOCK)
    account = history.quality.table("consents")
    assert account is not None
    assert (account.read, account.used, account.rejected, account.duplicate) == (11, 4, 6, 1)
    assert {note.reason.partition(":")[0]: note.lines for note in account.rejections} == {
        "no Lead": (7,), "When in the future": (8,), "Said": (9,), "When": (11,), "no About": (12,),
        "given without a proof (its wording and version, for example)": (10,),
    }  # fmt: skip
    assert history.consents().rows()[0] == (
        "L1", datetime(2026, 3, 1, 9, tzinfo=UTC), "profiling", "given", "form", "wording 3",
    )  # fmt: skip
    assert history.consents()["source"].to_list() == ["form", "mail", "form", "consents.csv"]


def test_the_word_that_was_said_last_holds(tmp_path: Path) -> None:
    consents = FileHistory.read(config(tmp_path), clock=CLOCK).consents()
    assert last_words(consents, PROFILING) == {"L1": Word.OBJECTED, "L3": Word.WITHDRAWN}


@pytest.mark.parametrize(("basis", "learned"), [("legitimate_interest", ["L2", "L4", "L5"]), ("consent", [])])
def test_nothing_is_learned_from_who_may_not_be_profiled(tmp_path: Path, basis: str, learned: list[str]) -> None:
    history = FileHistory.read(config(tmp_path, basis), clock=CLOCK)
    assert history.leads()["lead_id"].to_list() == learned
    for frame in (history.events().collect(), history.outcomes(), history.recorded_outcomes()):
        assert set(frame["lead_id"]) <= set(learned)
    assert any("without a basis for profiling" in one for one in history.warnings)


def test_to_be_kept_everybody_is_read(tmp_path: Path) -> None:
    history = FileHistory.read(config(tmp_path), everybody=True, clock=CLOCK)
    assert history.leads().height == 5
    assert history.events().collect().height == 3


def test_leads_that_are_scored_from_a_file_are_read_as_they_are(tmp_path: Path) -> None:
    history = FileHistory.read(config(tmp_path), require_outcomes=False, clock=CLOCK)
    assert history.leads().height == 5


def test_a_word_that_means_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="words: perhaps"):
        config(tmp_path, words={"maybe": "perhaps"})
