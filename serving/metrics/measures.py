"""What every process counts and times.

Each process writes its figures into files of its own (prometheus_client's multiprocess mode, whose folder BentoML names
in the environment), and whoever is asked adds them up. Labels come from fixed lists only: nothing that a caller sends
becomes one.
"""

from __future__ import annotations

import threading

from prometheus_client import Counter, Gauge, Histogram

from features.domain import Engine, ModelReference, Score, Stage
from serving.soundness import MODEL_ERROR, MODEL_OUTPUT

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_NONE = "none"

REQUEST_SECONDS = Histogram(
    "leadscore_request_duration_seconds",
    "Time from the head of a request to the end of its answer.",
    ("method", "route", "status"),
    buckets=_SECONDS,
)
STORE_WAIT_SECONDS = Histogram(
    "leadscore_store_wait_seconds", "Time that a write waited for its turn.", buckets=_SECONDS
)
STORE_WRITE_SECONDS = Histogram(
    "leadscore_store_write_seconds", "Time that a write took, from its turn to its end.", buckets=_SECONDS
)
STORE_WRITES_WAITING = Gauge(
    "leadscore_store_writes_waiting", "Writes that wait for their turn.", multiprocess_mode="livesum"
)
_SCORES = Counter("leadscore_scores", "Scores by who answered and why rules did.", ("engine", "degraded_reason"))
_ALARMS = Counter("leadscore_model_alarms", "Answers of a model that were no score, and failures.", ("kind",))
_STAGE_CHANGES = Counter("leadscore_stage_changes", "Leads that went from one stage to another.", ("before", "after"))
_INBOUND = Counter("leadscore_inbound_messages", "What CRMs told, by what became of it.", ("result",))
_WORKERS = Gauge(
    "leadscore_workers",
    "Processes that answer, by the engine and the model that they serve by.",
    ("engine", "model_version"),
    multiprocess_mode="livesum",
)

for _kind in (MODEL_OUTPUT, MODEL_ERROR):
    # At zero from the start, so that the first one is seen as a rise.
    _ALARMS.labels(_kind)


def count_score(score: Score) -> None:
    """Count a score."""
    reason = _NONE if score.degraded_reason is None else score.degraded_reason.partition(":")[0]
    _SCORES.labels(score.engine.value, reason).inc()
    if reason in (MODEL_OUTPUT, MODEL_ERROR):
        _ALARMS.labels(reason).inc()


def count_inbound(result: str) -> None:
    """Count a CRM's message: what became of it, or ``refused`` where it was not signed."""
    _INBOUND.labels(result).inc()


def count_stage_change(before: Stage | None, after: Stage | None) -> None:
    """Count a lead that is in another stage; None is outside of all."""
    _STAGE_CHANGES.labels(*(_NONE if stage is None else stage.value for stage in (before, after))).inc()


class WorkerEngine:
    """Says by what this process serves: one of its labels is 1, those before are 0."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now: tuple[str, str] | None = None

    def serves_by(self, model: ModelReference | None) -> None:
        """Keep that this process serves by a model, or by rules."""
        labels = (Engine.RULES.value, _NONE) if model is None else (Engine.MODEL.value, model.version)
        with self._lock:
            if self._now is not None:
                _WORKERS.labels(*self._now).set(0)
            _WORKERS.labels(*labels).set(1)
            self._now = labels
