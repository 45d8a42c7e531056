import threading
import time
from datetime import UTC, datetime

import pytest

from features.domain import BundleError, ConfigError, FixedClock
from serving import champion as module
from serving.champion import Champion, Loaded
from serving.engines import rules_scorer

CLOCK = FixedClock(datetime(2026, 3, 10, tzinfo=UTC))


class Bundles:
    """A folder whose manifest names its content; ``bad`` content does not verify."""

    def __init__(self, folder, workspace):
        self.folder = folder
        self.scorer = rules_scorer(workspace, workspace.config(), workspace.sla())
        self.release = threading.Event()
        self.release.set()
        self.rules_fail = False

    def write(self, content):
        self.folder.mkdir(exist_ok=True)
        draft = self.folder / "draft"
        draft.write_text(content)
        draft.replace(self.folder / "MANIFEST.json")

    def load(self, folder):
        content = (folder / "MANIFEST.json").read_text()
        self.release.wait(5)
        if content == "bad":
            raise BundleError("trees-0.txt has another SHA-256.", "the manifest's.", "Fetch it again.")
        if content == "crash":
            raise RuntimeError("boom")
        return Loaded(self.scorer, {"content": content})

    def rules(self):
        if self.rules_fail:
            raise ConfigError("rules.yaml is broken.", "rules.", "Mend it.")
        return self.scorer

    def champion(self):
        return Champion(self.folder, (self.folder / "MANIFEST.json",), self.load, self.rules, CLOCK)


@pytest.fixture
def bundles(tmp_path, workspace, monkeypatch):
    monkeypatch.setattr(module, "_LOOK_EVERY_SECONDS", 0.0)
    return Bundles(tmp_path / "champion", workspace)


def look_until(champion, holds):
    deadline = time.monotonic() + 5
    while not holds() and time.monotonic() < deadline:
        champion.look()
        time.sleep(0.005)
    assert holds()


def test_without_a_folder_there_is_no_model(bundles):
    champion = bundles.champion()
    assert champion.loaded is None
    assert champion.refusal.reason == "no-model"


def test_a_new_bundle_is_taken_over_without_a_restart(bundles):
    champion = bundles.champion()
    bundles.write("one")
    look_until(champion, lambda: champion.loaded is not None)
    bundles.write("two")
    look_until(champion, lambda: champion.loaded.card == {"content": "two"})
    assert champion.refusal is None


@pytest.mark.parametrize(
    ("content", "reason"), [("bad", "bundle-invalid: trees-0.txt"), ("crash", "bundle-invalid: Run")]
)
def test_a_bundle_that_does_not_verify_leaves_the_old_one_serving(bundles, content, reason):
    bundles.write("one")
    champion = bundles.champion()
    bundles.write(content)
    look_until(champion, lambda: champion.refusal is not None)
    assert champion.loaded.card == {"content": "one"}
    assert champion.refusal.reason.startswith(reason)


def test_a_damaged_bundle_at_the_start_leaves_the_rules(bundles):
    bundles.write("bad")
    champion = bundles.champion()
    assert champion.loaded is None
    assert champion.refusal.reason == "bundle-invalid: trees-0.txt has another SHA-256."


def test_the_old_model_answers_while_the_new_one_is_verified(bundles):
    bundles.write("one")
    champion = bundles.champion()
    bundles.release.clear()
    bundles.write("two")
    for _ in range(20):
        began = time.perf_counter()
        champion.look()
        assert time.perf_counter() - began < 0.1
        assert champion.loaded.card == {"content": "one"}
    bundles.release.set()
    look_until(champion, lambda: champion.loaded.card == {"content": "two"})


def test_rules_that_break_later_leave_the_old_ones(bundles):
    bundles.write("one")
    champion = bundles.champion()
    before = champion.rules
    bundles.rules_fail = True
    bundles.write("two")
    look_until(champion, lambda: champion.loaded.card == {"content": "two"})
    assert champion.rules is before


def test_a_process_that_nobody_calls_moves_too(bundles, monkeypatch):
    monkeypatch.setattr(module, "_LOOK_EVERY_SECONDS", 0.01)
    champion = bundles.champion()
    champion.watch()
    bundles.write("one")
    deadline = time.monotonic() + 5
    while champion.loaded is None and time.monotonic() < deadline:
        time.sleep(0.01)
    champion.stop()
    assert champion.loaded.card == {"content": "one"}
