"""Who may call what: row 47, as a matrix of role and route made from the published description."""

import pytest

from serving import openapi
from serving.api import access
from serving.api.key_tries import KeyTries
from serving.examples import BATCH_REQUEST, EVENTS, LEAD, OUTCOME, PROPOSAL, SCORE_REQUEST, WEBHOOK
from serving.store.keys import Role

MATRIX = [
    (method.upper(), path, set(operation["x-roles"]))
    for path, methods in openapi.document()["paths"].items()
    for method, operation in methods.items()
    if "x-roles" in operation
]
BODIES = {
    "/v1/score": SCORE_REQUEST, "/v1/score/batch": BATCH_REQUEST, "/v1/events": EVENTS,
    "/v1/leads/{lead_id}": LEAD, "/v1/leads/{lead_id}/outcomes": OUTCOME,
    "/v1/webhooks": WEBHOOK, "/v1/sla/proposals": PROPOSAL,
}  # fmt: skip


def make_key(service, role=Role.ADMIN, **given):
    with service.rooms.door.store().begin() as tx:
        return tx.keys.create("test", role, by="test", **given)


def bearer(text):
    return {"authorization": f"Bearer {text}"}


def call(service, method, path, headers):
    body = {"json": BODIES[path]} if path in BODIES and method in ("POST", "PUT") else {}
    return service.client.request(method, path.replace("{lead_id}", "L1"), headers=headers, **body)


def test_the_matrix_has_every_call_but_those_without_personal_data():
    open_calls = [
        (method, path)
        for path, methods in openapi.document()["paths"].items()
        for method, operation in methods.items()
        if "security" not in operation
    ]
    assert open_calls == [("post", "/v1/inbound/{crm}"), ("get", "/livez"), ("get", "/readyz")]
    assert len(MATRIX) >= 12


@pytest.mark.parametrize(("method", "path", "roles"), MATRIX)
def test_row_47_each_role_may_do_what_the_description_says_and_nothing_else(service, method, path, roles):
    make_key(service)
    for role in Role:
        _, text = make_key(service, role)
        status = call(service, method, path, bearer(text)).status_code
        assert (status == 403) == (role.value not in roles), (role, status)
        assert status not in (401, 500)


@pytest.mark.parametrize(("method", "path", "roles"), MATRIX)
def test_row_47_without_a_valid_key_nothing_is_done(service, method, path, roles):
    _, text = make_key(service)
    other = text[:-1] + ("A" if text[-1] != "A" else "B")
    for headers in ({}, bearer("none"), bearer(other), {"authorization": text}, {"authorization": f"Basic {text}"}):
        answer = call(service, method, path, headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


def test_row_47_guessing_keys_is_stopped_after_ten_tries_and_holds_up_nobody_whose_key_is_known(service, monkeypatch):
    _, known = make_key(service)
    assert service.client.get("/v1/leads", headers=bearer(known)).status_code == 200
    monkeypatch.setattr(access, "FRESH_SECONDS", 0.0)
    guesses = [service.client.get("/v1/leads", headers=bearer(f"ls_{n}_x")) for n in range(12)]
    assert [one.status_code for one in guesses] == [401] * 10 + [429] * 2
    assert 1 <= int(guesses[-1].headers["retry-after"]) <= 60
    assert service.client.get("/v1/leads", headers=bearer(known)).status_code == 200
    _, new = make_key(service)
    assert service.client.get("/v1/leads", headers=bearer(new)).status_code == 429


def test_behind_a_proxy_guesses_need_not_be_counted(service):
    make_key(service)
    service.restart(guesses_per_minute=0)
    assert {service.client.get("/v1/leads", headers=bearer(f"ls_{n}_x")).status_code for n in range(12)} == {401}


def test_guesses_are_forgotten_after_a_minute_and_counted_by_address():
    now = 0.0
    tries = KeyTries(10, lambda: now)
    for _ in range(10):
        assert tries.wait("a") == 0
        tries.failed("a")
        now += 1.0
    assert (tries.wait("a"), tries.wait("b")) == (50, 0)
    now = 60.0
    assert tries.wait("a") == 0


def test_row_47_head_asks_for_a_key_like_get(service):
    make_key(service)
    assert service.client.request("HEAD", "/v1/leads/L1").status_code == 401


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/leads/L1", "DELETE, GET, HEAD, PUT"), ("/v1/leads/a%2Fb", "DELETE, GET, HEAD, PUT"),
        ("/v1/webhooks", "GET, HEAD, POST"), ("/v1/events", "POST"), ("/v1/score", "POST"),
    ],
)  # fmt: skip
def test_an_address_names_all_methods_that_it_takes(service, path, methods):
    for method in ("OPTIONS", "PATCH"):
        answer = service.client.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)


def test_row_47_a_score_cannot_be_assigned(service):
    answer = service.client.put("/v1/leads/L1", json={"employees": 200, "score": 99, "stage": "sql", "role": "admin"})
    assert (answer.json()["score"]["score"], answer.json()["score"]["stage"]) == (40, "lead")
    assert service.lead("L1")["attributes"] == {"employees": 200.0}


def test_before_any_key_only_this_machine_may_call(service):
    assert service.client.get("/v1/leads").status_code == 200
    for headers in ({"host": "evil.example"}, {"x-forwarded-for": "10.0.0.1"}, {"forwarded": "for=10.0.0.1"}):
        assert service.client.get("/v1/leads", headers=headers).status_code == 401
    service.restart(host="0.0.0.0")  # noqa: S104 - what is tested
    assert service.client.get("/v1/leads").status_code == 401


def test_with_the_first_key_the_open_door_closes_for_good(service, monkeypatch):
    monkeypatch.setattr(access, "FRESH_SECONDS", 0.0)
    assert service.client.get("/v1/leads").status_code == 200
    key, _ = make_key(service)
    assert service.client.get("/v1/leads").status_code == 401
    with service.rooms.door.store().begin() as tx:
        tx.keys.revoke(key.key_id)
    assert service.client.get("/v1/leads").status_code == 401


def test_a_revoked_or_expired_key_is_refused(service, monkeypatch):
    from datetime import timedelta

    monkeypatch.setattr(access, "FRESH_SECONDS", 0.0)
    revoked, text = make_key(service)
    _, short = make_key(service, expires_at=service.clock.now() + timedelta(hours=1))
    for one in (text, short):
        assert service.client.get("/v1/leads", headers=bearer(one)).status_code == 200
    with service.rooms.door.store().begin() as tx:
        tx.keys.revoke(revoked.key_id)
    service.clock.move(hours=2)
    for one in (text, short):
        assert service.client.get("/v1/leads", headers=bearer(one)).status_code == 401


def test_a_key_is_kept_as_a_hash_with_its_last_use(service):
    _, text = make_key(service)
    service.client.get("/v1/leads", headers=bearer(text))
    with service.rooms.door.store().read() as tx:
        (key,) = tx.keys.all()
    assert key.last_used_at == service.clock.now()
    for file in service.file.parent.glob("store.db*"):
        assert text.removeprefix(f"ls_{key.key_id}_").encode() not in file.read_bytes()


def test_a_caller_that_calls_too_often_is_told_when_to_come_back(service):
    service.restart(calls_per_second=1)
    answers = [service.client.get("/v1/leads") for _ in range(4)]
    assert [one.status_code for one in answers[:2]] == [200, 200]
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 5


def test_a_bucket_fills_again_with_time():
    from serving.api.rate_limit import RateLimit

    now = 0.0
    limit = RateLimit(2, lambda: now)
    assert [limit.wait("a") for _ in range(5)] == [0, 0, 0, 0, 1]
    assert limit.wait("b") == 0
    now = 0.5
    assert [limit.wait("a") for _ in range(2)] == [0, 1]
