"""The BentoML service: scoring as BentoML calls, all calls as a mounted application, two layers around both.

The scoring calls are BentoML's, so that its clients and tools find them, and routes of the application, which answers
them over HTTP (:mod:`serving.api.score_routes` says why). They take the body as plain data and check it themselves.
BentoML would check a pydantic model too, but it answers 400 for every fault, writes refused values into the log and
leaves no way to name the place; its clients see the same call either way.
"""

from __future__ import annotations

import gc
from typing import Any

import bentoml

from features.domain import SystemClock
from features.workspace import Workspace
from serving import pages
from serving.api.score_routes import answer_batch, answer_score
from serving.header_limit import HeaderLimit
from serving.logs import set_up_logs
from serving.middleware import Gate
from serving.observing import Observer
from serving.parent_watch import stop_with_parent
from serving.rooms import open_rooms
from serving.settings import Settings

APPLICATION = pages.application()


class ScoringCalls:
    """Scores leads of one workspace."""

    def __init__(self) -> None:
        settings = Settings.from_environment()
        set_up_logs(settings)
        workspace = Workspace.open(settings.workspace)
        self._rooms = open_rooms(workspace, settings, SystemClock())
        self._rooms.open_to(APPLICATION.state)
        stop_with_parent()
        # What is loaded by now stays: collections then look only at what calls make, a fraction of it.
        gc.collect()
        gc.freeze()

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]  # BentoML's decorator carries no types
    def close(self) -> None:
        """Finish what has begun."""
        self._rooms.close()

    @bentoml.api(route="/v1/score")  # type: ignore[untyped-decorator]  # as above
    async def score(self, document: dict[str, Any], /) -> Any:
        """Score one lead."""
        return await answer_score(APPLICATION.state, document)

    @bentoml.api(route="/v1/score/batch")  # type: ignore[untyped-decorator]  # as above
    async def score_batch(self, document: dict[str, Any], /) -> Any:
        """Score up to 1,000 leads, answered in order."""
        return await answer_batch(APPLICATION.state, document)


LeadScore = bentoml.service(
    name="leadscore",
    logging={"access": {"enabled": False}},
    metrics={"enabled": False},
    # Nothing takes the traces, and making them costs a tenth of a score.
    tracing={"excluded_urls": ".*"},
)(ScoringCalls)
LeadScore.mount_asgi_app(APPLICATION, path="/")
LeadScore.add_asgi_middleware(Observer, settings=Settings.from_environment)
LeadScore.add_asgi_middleware(HeaderLimit)
LeadScore.add_asgi_middleware(
    Gate,
    application=APPLICATION,
    operation_paths=pages.OPERATION_PATHS,
    settings=Settings.from_environment,
    access=lambda: APPLICATION.state.access,
)
