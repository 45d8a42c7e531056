"""Proposing and signing: what two roles signed holds, everywhere and after a crash too, and nothing else does."""

import dataclasses
import json
import shutil
import time
from datetime import UTC, datetime

import pytest

from features.domain import Sla
from features.workspace import Workspace
from models.agreement import Agreement
from models.rules import RulesScorer
from serving import champion
from serving.calls.agreement_in_force import take_over
from serving.store.keys import Role

SQL = {"employees": 200, "industry": "software"}
PROPOSALS = "/v1/sla/proposals"
START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def keys(service, monkeypatch):
    """Return a key's header for each role."""
    monkeypatch.setattr(champion, "_LOOK_EVERY_SECONDS", 0.0)
    with service.rooms.door.store().begin() as tx:
        made = {role: tx.keys.create("test", role, by="test")[1] for role in Role}
    return {role.value: {"authorization": f"Bearer {text}"} for role, text in made.items()}


def propose(service, keys, by="marketing", **body):
    answer = service.client.post(PROPOSALS, json=body, headers=keys[by])
    assert answer.status_code == 201, answer.text
    return answer.json()


def sign(service, keys, proposal, by):
    return service.client.post(f"{PROPOSALS}/{proposal['proposal_id']}/signature", headers=keys[by])


def agree(service, keys, **body):
    proposal = propose(service, keys, **body)
    for role in ("marketing", "sales"):
        assert sign(service, keys, proposal, role).status_code == 200
    return proposal


def agreement(service, keys):
    return service.client.get("/v1/sla", headers=keys["scientist"]).json()


def history(service, keys, query=""):
    return service.client.get(PROPOSALS + query, headers=keys["crm"]).json()


def look(service, holds):
    """Let the service look after the agreement until something holds."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        for work in (service.rooms.agreement.take_over, service.rooms.agreement.score_again):
            service.rooms.desk.in_line(work)
        service.rooms.worker.work_once()


def audit(service):
    with service.rooms.door.store().read() as tx:
        return [(one.action, one.by) for one in reversed(tx.audit.entries()) if one.action.startswith("sla.")]


def test_an_agreement_holds_once_marketing_and_sales_have_signed_it(service, keys):
    proposal = propose(service, keys, sla={"version": 4, "hysteresis": 9}, mql=0.1, sql=0.3)
    assert (proposal["state"], proposal["signatures"], proposal["is_in_force"]) == ("uncertified", [], False)
    first = sign(service, keys, proposal, "sales").json()
    assert (first["in_force_since"], first["is_in_force"]) == (None, False)
    assert agreement(service, keys)["version"] == 3
    second = sign(service, keys, proposal, "marketing").json()
    assert [one["role"] for one in second["signatures"]] == ["sales", "marketing"]
    assert second["is_in_force"] is True
    told = agreement(service, keys)
    assert (told["version"], told["hysteresis"], told["is_signed"]) == (4, 9, True)
    assert (told["cutoffs"]["mql"], told["cutoffs"]["sql"], told["cutoffs"]["signed"]) == (0.1, 0.3, True)
    assert [action for action, _ in audit(service)] == ["sla.proposed", "sla.signed", "sla.signed", "sla.in_force"]


def test_an_admin_and_others_may_not_sign_for_the_departments(service, keys):
    proposal = propose(service, keys, by="admin")
    for role in ("admin", "scientist", "crm"):
        assert sign(service, keys, proposal, role).status_code == 403
    assert service.client.post(PROPOSALS, json={}, headers=keys["crm"]).status_code == 403
    assert history(service, keys)["proposals"][0]["signatures"] == []


def test_a_department_signs_once(service, keys):
    proposal = propose(service, keys)
    assert sign(service, keys, proposal, "sales").status_code == 200
    again = sign(service, keys, proposal, "sales")
    assert (again.status_code, again.json()["type"]) == (409, "urn:leadscore:problem:already-signed")
    assert history(service, keys)["proposals"][0]["is_in_force"] is False


@pytest.mark.parametrize("number", ["999", "0", "x", "-1", "9" * 30, "1%00"])
def test_a_proposal_that_is_none_is_not_found(service, keys, number):
    assert service.client.post(f"{PROPOSALS}/{number}/signature", headers=keys["sales"]).status_code == 404


def test_leads_are_scored_again_by_what_was_signed(service, keys):
    crm = {"headers": keys["crm"]}
    service.client.put("/v1/leads/L1", json=SQL, **crm)
    service.send(service.event("L1"), **crm)
    assert service.client.get("/v1/leads/L1", **crm).json()["stage"] == "sql"
    agree(service, keys, sla={"version": 4, "sql": {"requires": ["country"]}})

    def stood():
        return service.client.get("/v1/leads/L1", **crm).json()

    look(service, lambda: stood()["score"]["sla"]["version"] == 4)
    assert (stood()["stage"], stood()["score"]["blocked_by"]) == ("mql", ["country"])
    last = service.client.get("/v1/leads/L1/scores", **crm).json()["scores"][0]
    assert last["cause"] == "agreement"


def test_a_lead_that_another_process_scored_meanwhile_is_scored_again_too(service, keys):
    crm = {"headers": keys["crm"]}
    agree(service, keys, sla={"version": 4})
    look(service, lambda: service.rooms.scoring.agreement.sla.version == 4)
    for _ in range(3):
        service.rooms.desk.in_line(service.rooms.agreement.score_again)
    # By the agreement before: a process that has not seen the file yet.
    signed = service.rooms.scoring.champion.rules
    service.rooms.scoring.champion.rules = _under_version_3(signed)
    service.client.put("/v1/leads/L9", json=SQL, **crm)
    service.rooms.scoring.champion.rules = signed
    service.clock.move(minutes=2)
    look(service, lambda: service.client.get("/v1/leads/L9", **crm).json()["score"]["sla"]["version"] == 4)


def _under_version_3(rules):
    before = dataclasses.replace(rules.agreement, sla=Sla(version=3))
    return RulesScorer(rules.rule_set, before, calibration=rules.calibration, reference=rules.reference)


def test_what_was_signed_is_told_to_those_who_asked(service, keys):
    made = service.client.post(
        "/v1/webhooks", json={"url": "https://93.184.216.34/hook", "kinds": ["sla.proposed", "sla.signed"]},
        headers=keys["admin"],
    )  # fmt: skip
    assert made.status_code == 201
    agree(service, keys)
    assert service.client.get("/v1/webhooks", headers=keys["admin"]).json()["webhooks"][0]["waiting"] == 3


def test_a_crash_behind_the_last_signature_is_mended_at_the_start(service, keys, monkeypatch):
    proposal = propose(service, keys, sla={"version": 4}, mql=0.1, sql=0.3)
    sign(service, keys, proposal, "sales")
    with monkeypatch.context() as dying:
        # The process ends after the transaction: the file is never written.
        dying.setattr(Agreement, "write", lambda *_: None)
        assert sign(service, keys, proposal, "marketing").status_code == 200
    service.rooms.close()
    assert Agreement.read(service.workspace).signing is None
    service.start()
    assert Agreement.read(service.workspace).signing.proposal == proposal["proposal_id"]
    assert service.rooms.scoring.agreement.mql == 0.1


def test_a_crash_behind_the_last_signature_is_mended_in_the_rounds_of_a_process_that_goes_on(
    service, keys, monkeypatch
):
    proposal = propose(service, keys, sla={"version": 4}, mql=0.1, sql=0.3)
    sign(service, keys, proposal, "sales")
    with monkeypatch.context() as dying:
        dying.setattr(Agreement, "write", lambda *_: None)
        sign(service, keys, proposal, "marketing")
    assert service.rooms.agreement.take_over in service.rooms.rounds.works
    look(service, lambda: service.rooms.scoring.agreement.mql == 0.1)


def test_a_file_that_was_damaged_is_written_again_at_the_start(service, keys):
    agree(service, keys, sla={"version": 4}, mql=0.1, sql=0.3)
    service.rooms.close()
    (service.workspace.var / "cutoffs.json").write_text("{", encoding="utf-8")
    service.start()
    assert agreement(service, keys)["cutoffs"]["mql"] == 0.1


def test_a_certificate_that_broke_stays_broken_over_a_restart(service, keys):
    agree(service, keys, sla={"version": 4}, mql=0.1, sql=0.3)
    Agreement.read(service.workspace).violated().write(service.workspace)
    service.restart()
    assert agreement(service, keys)["cutoffs"]["state"] == "violated"


def other_machine(service, folder):
    """The workspace of another machine on the same store, with files of its own."""
    shutil.copytree(service.workspace.root, folder, ignore=shutil.ignore_patterns("var"))
    return Workspace.open(folder)


def brought(workspace, mql, version="1"):
    """Let a model that a machine took over bring its cutoffs, as long as there are none."""
    if not Agreement.read(workspace).has_cutoffs:
        sha256 = version * 64
        Agreement(
            workspace.sla(), mql, 0.3, "certified", model_version=version, since=START, model_sha256=sha256
        ).write(workspace)


def learn(service, workspace):
    service.rooms.desk.in_line(lambda tx: take_over(tx, workspace))
    return Agreement.read(workspace)


def test_a_machine_that_joins_later_uses_the_cutoffs_of_the_first_model_and_not_of_its_own_first(
    service, keys, tmp_path
):
    brought(service.workspace, 0.1)
    service.restart()
    other = other_machine(service, tmp_path / "other")
    assert (learn(service, other).mql, learn(service, other).model_version) == (0.1, "1")
    late = other_machine(service, tmp_path / "late")
    # The store was away when its first model came.
    brought(late, 0.25, "3")
    assert (learn(service, late).mql, learn(service, service.workspace).mql) == (0.1, 0.1)


@pytest.mark.parametrize("is_signed", [False, True])
def test_that_a_certificate_broke_is_known_on_every_machine(service, keys, tmp_path, is_signed):
    if is_signed:
        agree(service, keys, sla={"version": 4}, mql=0.1, sql=0.3)
    else:
        brought(service.workspace, 0.1)
        service.restart()
    other = other_machine(service, tmp_path / "other")
    assert learn(service, other).state != "violated"
    learn(service, other).violated().write(other)
    learn(service, other)
    assert learn(service, service.workspace).state == "violated"
    assert learn(service, other_machine(service, tmp_path / "third")).state == "violated"


def test_an_sla_file_that_nobody_signed_is_shown_as_proposed_and_holds_nothing(service, keys):
    agree(service, keys)
    assert agreement(service, keys)["proposed"] is None
    service.workspace.sla_file.write_text("version: 4\nhysteresis: 1\n", encoding="utf-8")
    service.restart()
    told = agreement(service, keys)
    assert (told["version"], told["hysteresis"]) == (3, 5)
    assert (told["proposed"]["version"], told["proposed"]["hysteresis"]) == (4, 1)
    assert service.rooms.scoring.agreement.sla.hysteresis == 5
    agree(service, keys)
    told = agreement(service, keys)
    assert (told["version"], told["hysteresis"], told["proposed"]) == (4, 1, None)


def test_before_anybody_signed_the_sla_file_holds_as_it_is(service, keys):
    service.workspace.sla_file.write_text("version: 4\nhysteresis: 1\n", encoding="utf-8")
    service.restart()
    told = agreement(service, keys)
    assert (told["version"], told["is_signed"], told["proposed"], told["cutoffs"]) == (4, False, None, None)
    assert service.rooms.scoring.agreement.sla.hysteresis == 1


def test_an_earlier_agreement_can_be_signed_again(service, keys):
    agree(service, keys, sla={"version": 4}, mql=0.1, sql=0.3)
    agree(service, keys, sla={"version": 5}, mql=0.2, sql=0.4)
    agree(service, keys, sla={"version": 4}, mql=0.1, sql=0.3)
    told = agreement(service, keys)
    assert (told["version"], told["cutoffs"]["mql"]) == (4, 0.1)
    assert [one["is_in_force"] for one in history(service, keys)["proposals"]] == [True, False, False]


@pytest.mark.parametrize(
    "body",
    [
        {"mql": 0.1}, {"mql": 0.3, "sql": 0.1}, {"mql": 0.0, "sql": 0.5}, {"mql": 0.1, "sql": 1.0}, {"score": 99},
        {"sla": {"version": 4, "unknown": 1}}, {"sla": {"version": 0}}, {"sla": []},
        {"sla": {"version": 4, "sql": {"requires": ["phone"]}}},
        {"sla": {"version": 4, "calendar": {"holidays": "ZZ-99"}}},
        {"sla": {"version": 4, "agreed_by": {"sales": "a\0b"}}},
    ],
)  # fmt: skip
def test_what_cannot_be_agreed_is_refused_and_leaves_nothing_behind(service, keys, body):
    answer = service.client.post(PROPOSALS, json=body, headers=keys["marketing"])
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]
    assert history(service, keys)["proposals"] == []


def test_a_version_says_the_same_for_good(service, keys):
    propose(service, keys, sla={"version": 4})
    answer = service.client.post(PROPOSALS, json={"sla": {"version": 4, "hysteresis": 1}}, headers=keys["sales"])
    assert answer.status_code == 422
    assert "Count version up" in answer.json()["detail"]


def test_the_same_request_proposes_once(service, keys):
    once = {**keys["sales"], "idempotency-key": "a"}
    first, again = (service.client.post(PROPOSALS, json={}, headers=once) for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(history(service, keys)["proposals"]) == 1


def test_proposals_are_read_page_by_page_the_newest_first(service, keys):
    numbers = [propose(service, keys)["proposal_id"] for _ in range(5)]
    seen, query = [], "?limit=2"
    while query:
        page = history(service, keys, query)
        seen += [one["proposal_id"] for one in page["proposals"]]
        query = page["cursor"] and f"?limit=2&cursor={page['cursor']}"
    assert seen == numbers[::-1]


def test_the_file_holds_what_was_signed_whole(service, keys):
    agree(service, keys, sla={"version": 4, "mql": {"contact_within": "2 business days"}}, mql=0.1, sql=0.3)
    stored = json.loads((service.workspace.var / "cutoffs.json").read_text(encoding="utf-8"))
    assert stored["signing"]["sla"]["mql"]["contact_within"] == "2 business days"
    read = Agreement.read(service.workspace)
    assert (read.sla.version, read.signed, read.mql) == (4, True, 0.1)
