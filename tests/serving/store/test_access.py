from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from features.domain import InputError
from serving.store import Store
from serving.store import users as users_module
from serving.store.keys import Role
from serving.store.sign_in_tries import MOST, WINDOW
from serving.store.users import IDLE, LINK, LONGEST, NOBODY, hash_password, is_password


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords of tests need not withstand anybody."""
    monkeypatch.setattr(users_module, "_N", 2**4)
    monkeypatch.setattr(users_module, "NOBODY", hash_password("nobody's password"))


def dump(store: Store) -> str:
    with store.read() as tx:
        tables = ("api_keys", "users", "sessions", "sign_in_links")
        return str([tx.connection.execute(text(f"SELECT * FROM {one}")).all() for one in tables])  # noqa: S608 - ours


def test_a_key_opens_until_it_is_revoked_and_is_kept_as_a_hash(store: Store) -> None:
    with store.begin() as tx:
        key, secret = tx.keys.create("HubSpot", Role.CRM, by="ann")
    assert secret.rsplit("_", 1)[-1] not in dump(store)
    with store.begin() as tx:
        assert tx.keys.find(secret) == key
        assert tx.keys.revoke(key.key_id).revoked_at is not None
        assert tx.keys.find(secret) is None
        assert [one.name for one in tx.keys.all()] == ["HubSpot"]


def test_a_key_is_the_whole_text_and_nothing_else(store: Store) -> None:
    with store.begin() as tx:
        key, secret = tx.keys.create("HubSpot", Role.CRM, by="ann")
        wrongs = (
            "", "ls", "\0", "ls_é_é", "ls_' OR 1=1_x", secret[:-1], secret + "a", f"ls_{key.key_id}_",
            f"ls_{key.key_id}", secret.replace("ls_", "LS_"), secret.replace(key.key_id, "0" * 12),
        )  # fmt: skip
        for wrong in wrongs:
            assert tx.keys.find(wrong) is None, wrong


def test_a_key_expires(store: Store, clock: Any) -> None:
    with store.begin() as tx:
        _, secret = tx.keys.create("trial", Role.SALES, by="ann", expires_at=clock.now() + timedelta(days=1))
        assert tx.keys.find(secret) is not None
    clock.move(days=1)
    with store.read() as tx:
        assert tx.keys.find(secret) is None


def test_when_a_key_was_used_is_kept_to_the_minute(store: Store, clock: Any) -> None:
    with store.begin() as tx:
        _, secret = tx.keys.create("HubSpot", Role.CRM, by="ann")
    first = clock.now()
    for seconds, expected in ((0, 0), (59, 0), (1, 60)):
        clock.move(seconds=seconds)
        with store.begin() as tx:
            key = tx.keys.find(secret)
            assert key is not None
            tx.keys.used(key)
            again = tx.keys.find(secret)
            assert again is not None
            assert again.last_used_at == first + timedelta(seconds=expected)


def test_revoking_a_key_that_is_none_is_refused(store: Store) -> None:
    with pytest.raises(InputError, match="does not exist"), store.begin() as tx:
        tx.keys.revoke("0" * 12)


def test_a_user_signs_in_with_the_password_alone(store: Store) -> None:
    with store.begin() as tx:
        tx.users.put("ann", Role.MARKETING, "correct horse battery")
        tx.users.put("bob", Role.SALES)
    assert "correct horse" not in dump(store)
    with store.begin() as tx:
        assert is_password("correct horse battery", tx.users.secret("ann"))
        assert not is_password("Correct horse battery", tx.users.secret("ann"))
        tx.users.disable("ann")
        # Who is disabled, is none, or signs in by links only, has nobody's password.
        assert {tx.users.secret(name) for name in ("ann", "bob", "nobody")} == {users_module.NOBODY}


def test_nobodys_password_is_no_text_and_costs_as_much_as_any_other() -> None:
    assert not is_password("", NOBODY)
    assert NOBODY.split("$")[:4] == ["scrypt", str(2**17), "8", "1"]


def test_a_short_password_is_refused(store: Store) -> None:
    with pytest.raises(InputError, match="12"), store.begin() as tx:
        tx.users.put("ann", Role.ADMIN, "short")


def test_a_session_lasts_half_a_day_and_ends_by_signing_out(store: Store, clock: Any) -> None:
    with store.begin() as tx:
        tx.users.put("ann", Role.MARKETING)
        session, token = tx.users.begin_session("ann")
        _, other = tx.users.begin_session("ann")
        assert tx.users.session(token) == session
        tx.users.end_session(other)
        assert tx.users.session(other) is None
    assert token not in dump(store)
    clock.move(seconds=IDLE.total_seconds())
    with store.read() as tx:
        assert tx.users.session(token) is None


def test_a_session_that_is_used_lasts_on_but_a_week_at_most(store: Store, clock: Any) -> None:
    begin = clock.now()
    with store.begin() as tx:
        tx.users.put("ann", Role.MARKETING)
        session, token = tx.users.begin_session("ann")
        assert not session.is_due(tx.now)
    while (clock.now() - begin) < LONGEST - IDLE / 2:
        clock.move(seconds=IDLE.total_seconds() / 2)
        with store.begin() as tx:
            found = tx.users.session(token)
            assert found is not None
            # Near its end there is nothing left to add.
            assert found.is_due(tx.now) == (clock.now() + IDLE / 2 < begin + LONGEST)
            tx.users.used(token)
    clock.move(seconds=IDLE.total_seconds() / 2)
    with store.read() as tx:
        assert tx.users.session(token) is None


@pytest.mark.parametrize("ending", ["disable", "new role"])
def test_sessions_and_links_end_when_the_user_is_disabled_or_changed(store: Store, ending: str) -> None:
    with store.begin() as tx:
        tx.users.put("ann", Role.ADMIN)
        _, token = tx.users.begin_session("ann")
        link = tx.users.make_link("ann")
        if ending == "disable":
            tx.users.disable("ann")
        else:
            tx.users.put("ann", Role.SALES)
        assert tx.users.session(token) is None
        assert tx.users.follow_link(link) is None


def test_a_link_signs_in_once_and_soon(store: Store, clock: Any) -> None:
    with store.begin() as tx:
        tx.users.put("ann", Role.ADMIN)
        first, second = tx.users.make_link("ann"), tx.users.make_link("ann")
        followed = tx.users.follow_link(first)
        assert followed is not None
        assert followed.name == "ann"
        assert tx.users.follow_link(first) is None
        assert tx.users.follow_link("nonsense") is None
    clock.move(seconds=LINK.total_seconds())
    with store.begin() as tx:
        assert tx.users.follow_link(second) is None


def test_passwords_are_salted() -> None:
    one, other = hash_password("correct horse battery"), hash_password("correct horse battery")
    assert one != other
    assert is_password("correct horse battery", one)


def test_the_eleventh_try_waits_by_account_and_by_address(store: Store, clock: Any) -> None:
    with store.begin() as tx:
        for number in range(MOST):
            assert tx.sign_in_tries.begin("ann", f"10.0.0.{number}") is None
        assert tx.sign_in_tries.begin("ann", "10.0.1.1") == WINDOW.total_seconds()
        for number in range(MOST):
            assert tx.sign_in_tries.begin(f"user {number}", "10.0.2.1") is None
        assert tx.sign_in_tries.begin("bob", "10.0.2.1") == WINDOW.total_seconds()
        assert tx.sign_in_tries.begin("bob", "10.0.3.1") is None
    with store.read() as tx:
        kept = str(tx.connection.execute(text("SELECT * FROM sign_in_tries")).all())
    assert "ann" not in kept
    assert "10.0." not in kept
    clock.move(seconds=WINDOW.total_seconds())
    with store.begin() as tx:
        assert tx.sign_in_tries.begin("ann", "10.0.2.1") is None


def test_the_right_password_forgets_the_tries_of_the_account(store: Store) -> None:
    with store.begin() as tx:
        for number in range(MOST):
            tx.sign_in_tries.begin("ann", f"10.0.0.{number}")
        tx.sign_in_tries.succeeded("ann", "10.0.0.9")
        assert tx.sign_in_tries.begin("ann", "10.0.0.9") is None
