"""What waits in the store, read when Prometheus asks: it is the same for all processes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from serving.store import StoreError, Transaction
from serving.store.rescoring import Priority
from serving.store_door import StoreDoor


class Backlog(Collector):
    """The store's figures.

    Parameters
    ----------
    door : StoreDoor
        The store; while it is away only that is told.
    """

    def __init__(self, door: StoreDoor) -> None:
        self._door = door

    def describe(self) -> list[GaugeMetricFamily]:
        """Return nothing, so that being registered reads no store."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read what waits."""
        try:
            with self._door.store().read() as tx:
                found = list(_figures(tx))
        except StoreError:
            yield _gauge("store_up", "Whether the store answers.", 0)
            return
        yield _gauge("store_up", "Whether the store answers.", 1)
        yield from found


def _figures(tx: Transaction) -> Iterator[GaugeMetricFamily]:
    depth = GaugeMetricFamily("leadscore_rescoring_waiting", "Leads that wait to be scored again.", labels=["priority"])
    age = GaugeMetricFamily(
        "leadscore_rescoring_oldest_seconds", "How long the lead in front has waited.", labels=["priority"]
    )
    queue = tx.rescoring.backlog()
    for priority in Priority:
        waiting, oldest = queue.waiting.get(priority, (0, None))
        depth.add_metric([priority.name.lower()], waiting)
        age.add_metric([priority.name.lower()], _age(tx.now, oldest))
    yield depth
    yield age
    yield _gauge("rescoring_given_up", "Leads whose scoring failed too often.", queue.given_up)
    renewal = tx.renewals.current()
    remaining = 0 if renewal is None else tx.renewals.remaining(renewal)
    yield _gauge("renewal_leads_remaining", "Leads still to be scored by the newest champion.", remaining)
    outbox = tx.outbox.backlog()
    yield _gauge("outbox_waiting", "Deliveries that wait, due or not.", outbox.waiting)
    yield _gauge("outbox_oldest_due_seconds", "How long the first delivery is overdue.", _age(tx.now, outbox.due_at))
    yield _gauge("outbox_dead", "Deliveries that were given up.", outbox.dead)


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"leadscore_{name}", help_text, value=value)


def _age(now: datetime, since: datetime | None) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)
