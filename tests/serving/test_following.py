"""The process that follows the registry's alias, with registries that fail in every way."""

from datetime import UTC, datetime

import pytest

from features.domain import BundleError, FixedClock, RegistryError
from models.champion_alias import ChampionAlias
from serving import following as module
from serving.following import Follower
from serving.registry_state import RegistryState

CLOCK = FixedClock(datetime(2026, 3, 10, tzinfo=UTC))
AT = "2026-03-10T00:00:00+00:00"


class Versions:
    """A registry in memory: an alias, and versions of which some are broken."""

    def __init__(self):
        self.at = None
        self.is_away = False
        self.broken = set()
        self.serves = None
        self.fetched = []

    def alias(self):
        if self.is_away:
            raise RegistryError("Connection refused.", "a registry that answers.", "Check the address.")
        return None if self.at is None else ChampionAlias(self.at, None)

    def follow(self, alias):
        self.fetched.append(alias.version)
        if alias.version in self.broken:
            raise BundleError("trees-0.txt has another SHA-256.", "the manifest's.", "Fetch it again.")
        moved = self.serves != alias.version
        self.serves = alias.version
        return alias.version if moved else None


@pytest.fixture
def versions():
    return Versions()


@pytest.fixture
def follower(workspace, versions):
    return Follower(workspace, versions, CLOCK)


def test_what_was_seen_is_kept_for_every_process(workspace, versions, follower):
    assert follower.look() == RegistryState(AT)
    versions.at = "1"
    follower.look()
    assert RegistryState.read(workspace) == RegistryState(AT, alias="1")
    assert versions.serves == "1"


def test_a_registry_that_is_away_leaves_what_serves_and_what_was_known(versions, follower):
    versions.at = "1"
    follower.look()
    versions.is_away = True
    assert follower.look() == RegistryState(AT, alias="1", fault="registry-unavailable")
    versions.is_away = False
    assert follower.look() == RegistryState(AT, alias="1")
    assert versions.serves == "1"


def test_a_broken_version_is_told_until_the_alias_leaves_it(versions, follower):
    versions.at = "1"
    follower.look()
    versions.at, versions.broken = "2", {"2"}
    refused = "version 2: bundle-invalid: trees-0.txt has another SHA-256."
    for _ in range(2):
        assert follower.look() == RegistryState(AT, alias="2", refused=refused, refused_at=AT)
    assert versions.serves == "1"
    versions.at = "1"
    assert follower.look() == RegistryState(AT, alias="1")


def test_a_broken_version_is_not_fetched_at_every_look_but_again_after_a_while(versions, follower, monkeypatch):
    versions.at, versions.broken = "2", {"2"}
    for _ in range(5):
        follower.look()
    assert versions.fetched == ["2"]
    monkeypatch.setattr(module, "_REFUSED_AGAIN_SECONDS", 0.0)
    versions.broken = set()
    assert follower.look().refused is None
    assert versions.serves == "2"


def test_a_torn_note_is_no_state(workspace):
    (workspace.var).mkdir(exist_ok=True)
    (workspace.var / "registry.json").write_text('{"alias": ')
    assert RegistryState.read(workspace) is None
