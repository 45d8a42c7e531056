from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from serving.store.leases import LEASE
from serving.store.outbox import LONGEST_ASKED, SCHEDULE, TAKEN, DeliveryState
from serving.webhooks.delivering import GIVEN_UP_AFTER, STRETCH, TASK
from serving.webhooks.sending import LONGEST_ANSWER
from serving.webhooks.signatures import SIGNATURE, is_genuine

Receive = Callable[..., Any]


def rows(post: Any) -> list[Any]:
    with post.store.read() as tx:
        query = "SELECT state, attempts, status, failure, due_at FROM deliveries ORDER BY id"
        return list(tx.connection.exec_driver_sql(query))


def wait_of(post: Any) -> timedelta:
    """Return how long the one message waits from now on."""
    (row,) = rows(post)
    now = post.store.clock.now()
    return timedelta(microseconds=row.due_at) - timedelta(seconds=now.timestamp())


def test_a_message_arrives_signed_and_in_the_standards_shape(post: Any, receive: Receive, clock: Any) -> None:
    receiver = receive(200)
    endpoint = post.subscribe(receiver.url)
    post.tell(1)
    clock.move(seconds=30)
    post.deliver()
    (got,) = receiver.received
    assert got.path == "/hook?of=acme"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["host"] == receiver.url.removeprefix("http://").removesuffix("/hook?of=acme")
    assert json.loads(got.body) == {
        "type": "lead.scored", "timestamp": "2026-03-02T09:00:00+00:00", "data": {"number": 1},
    }  # fmt: skip
    assert is_genuine(endpoint.secrets, got.headers, clock.now(), got.body)
    assert [tuple(row)[:4] for row in rows(post)] == [(DeliveryState.DELIVERED.value, 1, 200, None)]


def test_both_secrets_sign_while_an_endpoint_changes_its_secret(post: Any, receive: Receive, clock: Any) -> None:
    receiver = receive(200)
    old = post.subscribe(receiver.url)
    with post.store.begin() as tx:
        new = tx.subscriptions.rotate(old.subscription_id)
    post.tell(1)
    post.deliver()
    (got,) = receiver.received
    assert len(got.headers[SIGNATURE].split(" ")) == 2
    for secret in (old.secrets[0], new.secrets[0]):
        assert is_genuine([secret], got.headers, clock.now(), got.body)


def test_row_39_a_message_is_tried_by_the_schedule_with_the_same_id_and_then_dead_and_can_be_replayed(
    post: Any, receive: Receive, clock: Any
) -> None:
    receiver = receive(500)
    post.subscribe(receiver.url)
    post.tell(1)
    waits = []
    for _ in SCHEDULE:
        post.deliver()
        waits.append(wait_of(post))
        clock.move(seconds=(waits[-1] - timedelta(seconds=0.01)).total_seconds())
        attempts = len(receiver.received)
        post.deliver()
        assert len(receiver.received) == attempts
        clock.move(seconds=0.01)
    for wait, planned in zip(waits, SCHEDULE, strict=True):
        assert planned <= wait <= planned * (1 + STRETCH)
    assert [planned.total_seconds() for planned in SCHEDULE] == [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]
    post.deliver()
    (row,) = rows(post)
    assert tuple(row)[:4] == (DeliveryState.DEAD.value, 8, 500, "HTTP 500")
    assert len({got.headers["webhook-id"] for got in receiver.received}) == 1
    assert len({got.body for got in receiver.received}) == 1
    assert len({got.headers["webhook-timestamp"] for got in receiver.received}) == 8
    receiver.answers[:] = [204]
    with post.store.begin() as tx:
        (dead,) = tx.outbox.dead()
        tx.outbox.replay_dead(dead.subscription_id, dead.message_id)
    post.deliver()
    assert receiver.received[-1].headers["webhook-id"] == dead.message_id
    assert post.depth() == 0


def test_waits_are_stretched_so_that_what_failed_together_is_not_tried_together(
    post: Any, receive: Receive, clock: Any
) -> None:
    for _ in range(5):
        post.subscribe(receive(500).url)
    post.tell(1)
    post.deliver()
    assert len({row.due_at for row in rows(post)}) == 5


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("600", timedelta(minutes=10)),
        ("Mon, 02 Mar 2026 09:20:00 GMT", timedelta(minutes=20)),
        ("1", SCHEDULE[0]),
        ("Mon, 02 Mar 2020 09:00:00 GMT", SCHEDULE[0]),
        ("999999999", LONGEST_ASKED),
        ("soon", SCHEDULE[0]),
    ],
)
def test_row_39_an_endpoint_may_ask_for_more_time_up_to_a_day(
    post: Any, receive: Receive, asked: str, wait: timedelta
) -> None:
    post.subscribe(receive(429, headers={"retry-after": asked}).url)
    post.tell(1)
    post.deliver()
    assert wait <= wait_of(post) <= wait * (1 + STRETCH)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_row_39_a_redirect_is_a_failure_and_never_followed(post: Any, receive: Receive, status: int) -> None:
    elsewhere = receive(200)
    post.subscribe(receive(status, headers={"location": elsewhere.url}).url)
    post.tell(1)
    post.deliver()
    assert elsewhere.received == []
    (row,) = rows(post)
    assert (row.state, row.status) == (DeliveryState.WAITING.value, status)
    assert "not followed" in row.failure


def test_row_39_an_endpoint_that_is_gone_is_disabled_and_its_messages_are_kept(post: Any, receive: Receive) -> None:
    receiver = receive(410)
    endpoint = post.subscribe(receiver.url)
    post.tell(1)
    post.deliver()
    post.tell(2)
    post.deliver()
    assert len(receiver.received) == 1
    assert post.endpoint(endpoint).disabled_because == "answered 410 Gone"
    assert post.depth() == 1
    with post.store.read() as tx:
        (entry,) = tx.audit.entries()
    assert entry.action == "webhook.disabled"


def test_row_39_an_endpoint_that_hangs_is_left_after_its_time(post: Any, receive: Receive) -> None:
    post.subscribe(receive("hang").url)
    post.tell(1)
    post.seconds = 0.3
    assert post.deliver() < 5
    (row,) = rows(post)
    assert (row.state, row.status, row.failure) == (DeliveryState.WAITING.value, None, "no answer within 0.3 seconds")


def test_row_39_an_endpoint_that_drips_is_left_after_its_time(post: Any, receive: Receive) -> None:
    """Each byte comes soon enough, the answer as a whole does not."""
    post.subscribe(receive("drip").url)
    post.tell(1)
    post.seconds = 0.5
    assert post.deliver() < 4
    assert rows(post)[0].failure == "no answer within 0.5 seconds"


def test_row_39_no_more_than_64_kilobytes_of_an_answer_are_read(post: Any, receive: Receive) -> None:
    """What lies in the machine's own buffers was sent too, so the bound is a loose one."""
    receiver = receive("endless")
    post.subscribe(receiver.url)
    post.tell(1)
    post.deliver()
    assert LONGEST_ANSWER == 64_000
    assert LONGEST_ANSWER <= receiver.sent < 20_000_000
    assert rows(post)[0].state == DeliveryState.DELIVERED.value


@pytest.mark.parametrize("answer", ["drop", "nobody"])
def test_row_39_an_endpoint_that_drops_the_line_or_is_away_is_tried_again(
    post: Any, receive: Receive, answer: str
) -> None:
    post.subscribe("http://127.0.0.1:9/hook" if answer == "nobody" else receive(answer).url)
    post.tell(1)
    post.deliver()
    (row,) = rows(post)
    assert (row.state, row.attempts, row.status) == (DeliveryState.WAITING.value, 1, None)
    assert row.failure.startswith("no answer (")


def test_an_endpoint_that_took_nothing_for_five_days_is_disabled(post: Any, receive: Receive, clock: Any) -> None:
    receiver = receive(500)
    endpoint = post.subscribe(receiver.url)
    post.tell(1)
    post.deliver()
    for _ in range(5):
        clock.move(seconds=GIVEN_UP_AFTER.total_seconds() / 5 - 1)
        post.tell(1, lead_id="L2")
        post.deliver()
        assert post.endpoint(endpoint).disabled_at is None
    clock.move(days=1)
    post.deliver()
    assert post.endpoint(endpoint).disabled_because == "took nothing for 5 days"
    told = len(receiver.received)
    clock.move(days=1)
    post.deliver()
    assert len(receiver.received) == told


def test_one_success_begins_the_five_days_anew(post: Any, receive: Receive, clock: Any) -> None:
    endpoint = post.subscribe(receive(500, 200, 500).url)
    post.tell(1)
    post.deliver()
    clock.move(days=4)
    post.deliver()
    clock.move(days=4)
    post.tell(2)
    post.deliver()
    assert post.endpoint(endpoint).disabled_at is None


def test_a_leads_messages_arrive_in_order_although_one_fails(post: Any, receive: Receive, clock: Any) -> None:
    receiver = receive(500, 200)
    post.subscribe(receiver.url)
    post.tell(1)
    post.deliver()
    post.tell(2)
    post.tell(3)
    post.deliver()
    assert len(receiver.received) == 1
    clock.move(seconds=6)
    post.deliver()
    assert [json.loads(got.body)["data"]["number"] for got in receiver.received] == [1, 1, 2, 3]


def test_row_35_messages_keep_their_order_when_the_clock_is_set_back(post: Any, receive: Receive, clock: Any) -> None:
    receiver = receive(200)
    endpoint = post.subscribe(receiver.url)
    post.tell(1)
    clock.move(hours=-1)
    post.tell(2)
    post.deliver()
    assert receiver.received == []
    clock.move(hours=1)
    post.deliver()
    assert [json.loads(got.body)["data"]["number"] for got in receiver.received] == [1, 2]
    assert all(is_genuine(endpoint.secrets, got.headers, clock.now(), got.body) for got in receiver.received)


def test_an_endpoint_that_hangs_keeps_no_other_waiting(post: Any, receive: Receive) -> None:
    """All of the quick one's messages are there while the other's first ones still hang; then those go one by one."""
    hanging, quick = receive("hang"), receive(200)
    post.subscribe(hanging.url)
    post.subscribe(quick.url)
    post.seconds = 1.0
    for number in range(11):
        post.tell(number, lead_id=f"L{number}")
    thread = threading.Thread(target=post.deliver)
    thread.start()
    while len(quick.received) < 11 and thread.is_alive():
        thread.join(0.01)
    hung = len(hanging.received)
    thread.join()
    assert len(quick.received) == 11
    assert hung <= 8
    assert len(hanging.received) == 11


def test_row_40_a_name_that_points_elsewhere_at_the_second_look_is_not_connected_to(
    post: Any, receive: Receive
) -> None:
    """Rebinding: looked at once, at the moment of sending, and connected to exactly that."""
    receiver = receive(200)
    port = receiver.url.removeprefix("http://127.0.0.1:").partition("/")[0]
    post.subscribe(f"http://flips.example:{port}/hook")
    post.networks = "127.0.0.1/32"
    looks: list[str] = []

    def flipping(host: str, _: int) -> Sequence[str]:
        looks.append(host)
        return ["127.0.0.1"] if len(looks) % 2 else ["127.0.0.2"]

    post.tell(1)
    post.deliver(flipping)
    assert looks == ["flips.example"]
    assert [got.headers["host"] for got in receiver.received] == [f"flips.example:{port}"]
    post.tell(2)
    post.deliver(flipping)
    assert len(receiver.received) == 1
    assert rows(post)[1].failure == "not sent: The URL points to an address of a private or special network."


def test_row_40_an_endpoint_that_was_public_when_it_was_saved_is_not_sent_to_on_this_machine(
    post: Any, receive: Receive
) -> None:
    receiver = receive(200)
    port = receiver.url.removeprefix("http://127.0.0.1:").partition("/")[0]
    post.subscribe(f"https://rebinds.example:{port}/hook")
    post.networks = ""
    post.tell(1)
    post.deliver(lambda host, port: ["127.0.0.1"])
    assert receiver.received == []
    assert rows(post)[0].attempts == 1
    assert "private or special" in rows(post)[0].failure


def test_the_next_address_is_tried_where_the_first_takes_no_connection(post: Any, receive: Receive) -> None:
    receiver = receive(200)
    port = receiver.url.removeprefix("http://127.0.0.1:").partition("/")[0]
    post.subscribe(f"http://two.example:{port}/hook")
    post.tell(1)
    post.deliver(lambda host, port: ["127.0.0.2", "127.0.0.1"])
    assert len(receiver.received) == 1


def test_one_process_at_a_time_delivers(post: Any, receive: Receive, clock: Any) -> None:
    receiver = receive(200)
    post.subscribe(receiver.url)
    post.tell(1)
    with post.store.begin() as tx:
        assert tx.leases.take(TASK, "another process")
    post.deliver()
    assert receiver.received == []
    clock.move(seconds=LEASE.total_seconds())
    post.deliver()
    assert len(receiver.received) == 1
    with post.store.read() as tx:
        assert tx.leases.holder(TASK) is None


def test_row_33_what_a_process_had_taken_when_it_died_is_delivered_by_the_next_under_the_same_id(
    post: Any, receive: Receive, clock: Any
) -> None:
    receiver = receive(200)
    post.subscribe(receiver.url)
    post.tell(1)
    with post.store.begin() as tx:
        (taken,) = tx.outbox.take(1)
    post.deliver()
    assert receiver.received == []
    clock.move(seconds=TAKEN.total_seconds())
    post.deliver()
    assert receiver.received[0].headers["webhook-id"] == taken.message_id


def test_a_failure_that_comes_late_does_not_undo_a_delivery(post: Any, receive: Receive, clock: Any) -> None:
    post.subscribe(receive(200).url)
    post.tell(1)
    with post.store.begin() as tx:
        (slow,) = tx.outbox.take(1)
    clock.move(seconds=TAKEN.total_seconds())
    post.deliver()
    with post.store.begin() as tx:
        tx.outbox.failed(slow, "no answer")
    assert [row.state for row in rows(post)] == [DeliveryState.DELIVERED.value]


def test_messages_of_many_leads_all_arrive_once_and_each_leads_in_order(post: Any, receive: Receive) -> None:
    receiver = receive(200)
    post.subscribe(receiver.url)
    for number in range(60):
        post.tell(number, lead_id=f"L{number % 7}")
    post.deliver()
    numbers = [json.loads(got.body)["data"]["number"] for got in receiver.received]
    assert sorted(numbers) == list(range(60))
    for lead in range(7):
        of_lead = [number for number in numbers if number % 7 == lead]
        assert all(first < second for first, second in pairwise(of_lead))
