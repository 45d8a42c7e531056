"""The text that Prometheus reads."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from serving.settings import metrics_folder

MEDIA_TYPE = CONTENT_TYPE_LATEST


def exposition(*more: Collector) -> bytes:
    """Return the figures of all processes of the service, and those of further collectors.

    Parameters
    ----------
    *more : Collector
        Read now.
    """
    folder = metrics_folder()
    if folder is None:
        return generate_latest(REGISTRY) + _text(more)
    _forget_dead(folder)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]  # prometheus_client: as it is
    return generate_latest(registry) + _text(more)


def _text(collectors: tuple[Collector, ...]) -> bytes:
    registry = CollectorRegistry()
    for one in collectors:
        registry.register(one)
    return generate_latest(registry)


def _forget_dead(folder: Path) -> None:
    """Take out what a killed process last said of itself; what it counted stays."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]  # as above
