"""Deliver messages out of the outbox: signed, in order for each lead, again and again until they are taken.

One process at a time delivers (it holds a lease in the store), to several endpoints at once; one that does not answer
keeps no other waiting, and is tried with one message at a time until it answers.
"""

from __future__ import annotations

import logging
import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import anyio
import anyio.to_thread

from serving.store import Store, StoreError, Transaction
from serving.store.columns import canonical_json
from serving.store.outbox import Delivery
from serving.webhooks.sending import Answer, Sender
from serving.webhooks.signatures import signed_headers

_LOG = logging.getLogger("bentoml.leadscore")

TASK = "deliveries"
"""Name of the lease."""

GIVEN_UP_AFTER = timedelta(days=5)
"""An endpoint that took nothing for so long is told nothing more."""

STRETCH = 0.1
"""Waits are longer by up to this share, so that what failed together is not tried again together."""

_AT_ONCE = 32
_AT_ONE_ENDPOINT = 8
_IDLE_SECONDS = 0.25
_AWAY_SECONDS = 5.0

Write: TypeAlias = Callable[[Callable[[Transaction], None]], None]
"""Does a write in one transaction, in line with the other writers of the process."""


@dataclass(frozen=True, slots=True)
class _Letter:
    delivery: Delivery
    url: str
    secrets: tuple[str, ...]


class Deliverer:
    """Delivers what is due.

    Parameters
    ----------
    store : callable
        Returns the store; raises StoreError while it does not answer.
    write : callable
        Does a write.
    sender : Sender
        Sends.
    """

    def __init__(self, store: Callable[[], Store], write: Write, sender: Sender) -> None:
        self._store = store
        self._write = write
        self._sender = sender
        self._holder = uuid.uuid4().hex
        self._busy: Counter[str] = Counter()
        self._over = anyio.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self.run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Deliver in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more, and finish the attempts under way."""
        self._stopped.set()
        self._thread.join()

    def run(self) -> None:
        """Deliver until stopped."""
        anyio.run(self.deliver)

    async def deliver(self, *, until_idle: bool = False) -> None:
        """Deliver until stopped, or until nothing is due (any more)."""
        async with anyio.create_task_group() as group:
            while not self._stopped.is_set():
                self._over = anyio.Event()
                was_busy = self._busy.total() > 0
                letters = await self._next()
                for letter in letters:
                    self._busy[letter.delivery.subscription_id] += 1
                    group.start_soon(self._attempt, letter)
                if letters:
                    continue
                if until_idle and not was_busy:
                    break
                with anyio.move_on_after(_IDLE_SECONDS):
                    await self._over.wait()
        with suppress(StoreError):
            await anyio.to_thread.run_sync(self._write, lambda tx: tx.leases.give_back(TASK, self._holder))

    async def _next(self) -> list[_Letter]:
        if self._busy.total() >= _AT_ONCE:
            return []
        try:
            return await anyio.to_thread.run_sync(self._take)
        except StoreError as error:
            _LOG.warning("delivering waits for the store: %s", error.code)
        except Exception:  # noqa: BLE001 - delivering goes on in the next round; the messages are where they were
            _LOG.exception("taking messages failed")
        await anyio.to_thread.run_sync(self._stopped.wait, _AWAY_SECONDS)
        return []

    def _take(self) -> list[_Letter]:
        # Reading first: whoever only waits must not take the writer's place.
        with self._store().read() as tx:
            due, holder = tx.outbox.due(), tx.leases.holder(TASK)
        room = {one: self._room(one, failing=failing) for one, failing in due.items()}
        if not any(room.values()) or holder not in (None, self._holder):
            return []
        taken: list[_Letter] = []

        def work(tx: Transaction) -> None:
            if tx.leases.take(TASK, self._holder):
                taken.extend(self._letters(tx, room))

        self._write(work)
        return taken

    def _letters(self, tx: Transaction, room: dict[str, int]) -> list[_Letter]:
        letters: list[_Letter] = []
        for subscription_id, count in room.items():
            found = tx.outbox.take(count, subscription_id=subscription_id) if count else []
            if found:
                endpoint = tx.subscriptions.get(subscription_id)
                letters.extend(_Letter(one, endpoint.url, endpoint.secrets) for one in found)
        return letters

    def _room(self, subscription_id: str, *, failing: bool) -> int:
        most = 1 if failing else _AT_ONE_ENDPOINT
        return max(0, min(most - self._busy[subscription_id], _AT_ONCE - self._busy.total()))

    async def _attempt(self, letter: _Letter) -> None:
        delivery = letter.delivery
        try:
            now = self._store().clock.now()
            body = body_of(delivery)
            headers = signed_headers(letter.secrets, delivery.message_id, now, body)
            answer = await self._sender.send(letter.url, headers, body, now)
            stretch = random.SystemRandom().uniform(0, STRETCH)
            await anyio.to_thread.run_sync(self._write, lambda tx: settle(tx, delivery, answer, stretch))
        except StoreError as error:
            # Taken for a minute only, so it comes back; the endpoint knows the message by its id.
            _LOG.warning("what became of delivery %s could not be kept: %s", delivery.delivery_id, error.code)
        except Exception:  # noqa: BLE001 - one message must not stop the others
            _LOG.exception("delivery %s failed", delivery.delivery_id)
        finally:
            self._busy[delivery.subscription_id] -= 1
            self._over.set()


def body_of(delivery: Delivery) -> bytes:
    """Return what is sent: kind, moment and content, the same bytes at every attempt."""
    told = {"type": delivery.kind, "timestamp": delivery.created_at, "data": delivery.payload}
    return canonical_json(told).encode("utf-8")


def settle(tx: Transaction, delivery: Delivery, answer: Answer, stretch: float) -> None:
    """Keep what became of an attempt; an endpoint that is gone, or took nothing for five days, is disabled."""
    if answer.failure is None and answer.status is not None:
        tx.outbox.delivered(delivery, answer.status)
        return
    failure = answer.failure or "no answer"
    tx.outbox.failed(delivery, failure, status=answer.status, retry_after=answer.retry_after, stretch=stretch)
    now_or_earlier = tx.now if answer.is_gone else tx.now - GIVEN_UP_AFTER
    because = "answered 410 Gone" if answer.is_gone else f"took nothing for {GIVEN_UP_AFTER.days} days"
    if tx.subscriptions.disable_failing(delivery.subscription_id, since=now_or_earlier, because=because):
        _LOG.error("webhook %s is disabled: %s", delivery.subscription_id, because)
        details = {"subscription_id": delivery.subscription_id, "because": because}
        tx.audit.append("webhook.disabled", by="leadscore", details=details)
