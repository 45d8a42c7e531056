from __future__ import annotations

from typing import Any

import pytest

from features.domain import InputError
from serving.store import Store
from serving.store.keys import Role

SLA = {"version": 3, "mql": {"min_conversion_rate": 0.15}}


@pytest.fixture
def proposed(store: Store) -> int:
    with store.begin() as tx:
        tx.agreements.record(3, SLA, by="ann")
        return tx.agreements.propose(
            3, mql=0.11, sql=None, state="certified", certificate={"leads": 900}, by="train", model_version="7"
        )


def test_cutoffs_are_in_force_once_both_departments_have_signed(store: Store, proposed: int, clock: Any) -> None:
    with store.begin() as tx:
        first = tx.agreements.sign(proposed, Role.MARKETING, by="ann")
        assert first.in_force_since is None
        assert tx.agreements.in_force() is None
    clock.move(days=1)
    with store.begin() as tx:
        second = tx.agreements.sign(proposed, Role.SALES, by="bob")
        assert second.in_force_since == clock.now()
        assert tx.agreements.in_force() == second
        assert [(one.role, one.signed_by) for one in second.signatures] == [
            (Role.MARKETING, "ann"), (Role.SALES, "bob"),
        ]  # fmt: skip
        assert (second.mql, second.sql, second.certificate, second.model_version) == (0.11, None, {"leads": 900}, "7")


@pytest.mark.parametrize(
    ("role", "by"), [(Role.MARKETING, "cleo"), (Role.SALES, "ann"), (Role.SCIENTIST, "dan"), (Role.ADMIN, "root")]
)
def test_each_department_signs_once_and_nobody_for_both(store: Store, proposed: int, role: Role, by: str) -> None:
    with store.begin() as tx:
        tx.agreements.sign(proposed, Role.MARKETING, by="ann")
    with pytest.raises(InputError), store.begin() as tx:
        tx.agreements.sign(proposed, role, by=by)
    with store.read() as tx:
        assert tx.agreements.in_force() is None


def test_the_last_signed_cutoffs_are_in_force_and_the_others_stay_to_be_seen(
    store: Store, proposed: int, clock: Any
) -> None:
    with store.begin() as tx:
        newer = tx.agreements.propose(3, mql=0.2, sql=0.4, state="provisional", certificate={}, by="train")
        for proposal in (newer, proposed):
            clock.move(days=1)
            tx.agreements.sign(proposal, Role.MARKETING, by="ann")
    for proposal in (newer, proposed):
        clock.move(days=1)
        with store.begin() as tx:
            tx.agreements.sign(proposal, Role.SALES, by="bob")
    with store.read() as tx:
        in_force = tx.agreements.in_force()
        assert in_force is not None
        assert in_force.proposal_id == proposed
        assert [one.proposal_id for one in tx.agreements.history()] == [newer, proposed]


def test_what_was_agreed_does_not_change_under_its_number(store: Store, proposed: int) -> None:
    with store.begin() as tx:
        assert not tx.agreements.record(3, SLA, by="bob")
        assert tx.agreements.version(3) == SLA
        assert tx.agreements.version(4) is None
        with pytest.raises(InputError, match="Count version up"):
            tx.agreements.record(3, {"version": 3}, by="bob")


def test_a_proposal_that_is_none_cannot_be_signed(store: Store) -> None:
    with pytest.raises(InputError, match="proposal 9"), store.begin() as tx:
        tx.agreements.sign(9, Role.SALES, by="bob")
