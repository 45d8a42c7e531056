"""Subscribing, testing, changing the secret, replaying and removing over the API, and messages that arrive."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import select

from serving.store.outbox import messages
from serving.webhooks.signatures import is_genuine

PUBLIC = "https://93.184.216.34/hook"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()
        self.server.arrived.set()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def receiver():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.received, server.status, server.arrived = [], 200, threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def subscribe(service, url=PUBLIC, *kinds):
    answer = service.client.post("/v1/webhooks", json={"url": url, "kinds": list(kinds or ("lead.scored",))})
    assert answer.status_code == 201, answer.text
    return answer.json()


def at(made, what):
    return f"/v1/webhooks/{made['webhook_id']}/{what}"


def test_a_score_arrives_at_the_endpoint_signed_with_the_secret_of_the_answer(service, receiver):
    service.restart(webhook_networks="127.0.0.0/8")
    made = subscribe(service, receiver.url)
    service.put("L1", employees=200)
    assert receiver.arrived.wait(10)
    headers, body = receiver.received[0]
    assert is_genuine([made["secret"]], headers, service.clock.now(), body)
    told = json.loads(body)
    assert told["type"] == "lead.scored"
    assert told["data"]["score"]["lead_id"] == "L1"


def test_the_message_of_a_kept_score_says_what_changed_although_the_answer_does_not(service):
    subscribe(service)
    score = {"lead": {"lead_id": "L1", "employees": 20}, "store": True}
    service.client.post("/v1/score", json=score)
    score["lead"]["employees"] = 200
    assert service.client.post("/v1/score", json=score).status_code == 200
    with service.rooms.door.store().begin() as tx:
        first, second = (one.payload["changes"] for one in told_of(tx, "L1"))
    assert first == []
    assert sum(change["points"] for change in second) > 0


def told_of(tx, lead_id):
    """Return the messages about a lead, the oldest first."""
    return list(tx.connection.execute(select(messages).where(messages.c.lead_id == lead_id).order_by(messages.c.id)))


def test_the_secret_is_shown_once_and_in_no_list(service):
    made = subscribe(service)
    assert made["secret"].startswith("whsec_")
    listed = service.client.get("/v1/webhooks").json()["webhooks"]
    assert listed == [{name: value for name, value in made.items() if name != "secret"}]


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/hook", "https://169.254.169.254/latest", "https://[::ffff:127.0.0.1]/", "https://2130706433/",
     "http://93.184.216.34/", "ftp://93.184.216.34/"],
)  # fmt: skip
def test_row_40_a_url_that_leads_inside_is_refused_when_it_is_saved(service, url):
    answer = service.client.post("/v1/webhooks", json={"url": url, "kinds": ["lead.scored"]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "url-refused"
    assert answer.json()["errors"][0]["pointer"] == "/url"
    assert service.client.get("/v1/webhooks").json()["webhooks"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"url": PUBLIC, "kinds": []}, "/kinds"),
        ({"url": PUBLIC, "kinds": ["lead.sold"]}, "/kinds/0"),
        ({"url": PUBLIC}, "/kinds"),
        ({"url": 7, "kinds": ["lead.scored"]}, "/url"),
        ({"url": PUBLIC, "kinds": ["lead.scored"], "secret": "mine"}, "/secret"),
    ],
)
def test_a_subscription_that_is_none_is_refused(service, body, pointer):
    answer = service.client.post("/v1/webhooks", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_test_message_and_a_new_secret_whose_predecessor_signs_too(service, receiver):
    service.restart(webhook_networks="127.0.0.0/8")
    made = subscribe(service, receiver.url)
    new = service.client.post(at(made, "secret")).json()["secret"]
    sent = service.client.post(at(made, "test"))
    assert sent.status_code == 202
    assert receiver.arrived.wait(10)
    headers, body = receiver.received[0]
    assert headers["webhook-id"] == sent.json()["message_id"]
    assert json.loads(body)["type"] == "webhook.test"
    for secret in (made["secret"], new):
        assert is_genuine([secret], headers, service.clock.now(), body)


def test_row_39_dead_letters_are_listed_and_replayed(service, receiver):
    service.restart(webhook_networks="127.0.0.0/8")
    made = subscribe(service, receiver.url)
    store = service.rooms.door.store()
    service.rooms.deliverer.stop()
    service.put("L1", employees=200)
    with store.begin() as tx:
        (taken,) = tx.outbox.take(1)
        tx.connection.exec_driver_sql("UPDATE deliveries SET attempts = 7")
    with store.begin() as tx:
        (taken,) = [type(taken)(*(7 if name == "attempts" else getattr(taken, name) for name in taken.__slots__))]
        tx.outbox.failed(taken, "HTTP 500", status=500)
    (dead,) = service.client.get(at(made, "dead")).json()["deliveries"]
    assert (dead["message_id"], dead["attempts"], dead["status"]) == (taken.message_id, 8, 500)
    assert service.client.get("/v1/webhooks").json()["webhooks"][0]["dead"] == 1
    assert service.client.post(at(made, "replay")).json()["replayed"] == 1
    service.restart(webhook_networks="127.0.0.0/8")
    assert receiver.arrived.wait(10)
    assert receiver.received[0][0]["webhook-id"] == taken.message_id


def test_row_39_one_dead_letter_is_sent_again_and_the_others_stay_dead(service):
    made, other = subscribe(service), subscribe(service)
    service.rooms.deliverer.stop()
    for number in range(3):
        service.put(f"L{number}", employees=200)
    with service.rooms.door.store().begin() as tx:
        tx.connection.exec_driver_sql("UPDATE deliveries SET state = 'dead'")
    dead = [one["message_id"] for one in service.client.get(at(made, "dead")).json()["deliveries"]]
    assert service.client.post(at(made, f"dead/{dead[1]}/replay")).json()["replayed"] == 1
    left = [one["message_id"] for one in service.client.get(at(made, "dead")).json()["deliveries"]]
    assert left == [dead[0], dead[2]]
    assert len(service.client.get(at(other, "dead")).json()["deliveries"]) == 3
    for message in (dead[1], "msg_nobody", "%FF"):
        assert service.client.post(at(made, f"dead/{message}/replay")).status_code == 404


def test_a_disabled_endpoint_is_enabled_by_hand_and_gets_what_waited(service, receiver):
    service.restart(webhook_networks="127.0.0.0/8")
    made = subscribe(service, receiver.url)
    with service.rooms.door.store().begin() as tx:
        tx.subscriptions.disable(made["webhook_id"], "answered 410 Gone")
        tx.outbox.tell_one(made["webhook_id"], "webhook.test", {})
    assert service.client.post(at(made, "test")).json()["type"].endswith("webhook-disabled")
    listed = service.client.get("/v1/webhooks").json()["webhooks"][0]
    assert (listed["disabled_because"], listed["waiting"]) == ("answered 410 Gone", 1)
    assert service.client.post(at(made, "enable")).status_code == 200
    assert receiver.arrived.wait(10)


def test_a_removed_endpoint_is_gone(service):
    made = subscribe(service)
    assert service.client.delete(f"/v1/webhooks/{made['webhook_id']}").status_code == 200
    assert service.client.get("/v1/webhooks").json()["webhooks"] == []
    assert service.client.delete(f"/v1/webhooks/{made['webhook_id']}").status_code == 404


@pytest.mark.parametrize("what", ["secret", "enable", "test", "replay"])
def test_what_is_asked_of_an_endpoint_that_is_none_is_not_found(service, what):
    assert service.client.post(f"/v1/webhooks/none/{what}").status_code == 404
    assert service.client.get("/v1/webhooks/none/dead").status_code == 404


def test_the_audit_log_tells_who_did_what_without_secrets_and_paths(service):
    made = subscribe(service, "https://93.184.216.34/hook?key=hidden")
    service.client.post(at(made, "secret"))
    with service.rooms.door.store().read() as tx:
        entries = tx.audit.entries()
    assert {one.action for one in entries} >= {"webhook.created", "webhook.secret_changed"}
    text = json.dumps([one.to_mapping() for one in entries])
    assert "hidden" not in text
    assert "whsec_" not in text
