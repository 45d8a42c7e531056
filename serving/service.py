"""The BentoML service: scoring as BentoML calls, what is read as a mounted application, one layer around both.

The calls take the body as plain data and check it themselves. BentoML would check a pydantic model too, but it answers
400 for every fault, writes refused values into the log and leaves no way to name the place; its clients see the same
call either way.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import anyio.to_thread
import bentoml
from pydantic import ValidationError
from starlette.responses import Response

from features.domain import LeadscoreError, Score, SystemClock
from features.workspace import Workspace
from serving import pages
from serving.errors import Problem, RefusedError, from_domain, from_validation
from serving.middleware import Gate
from serving.parent_watch import stop_with_parent
from serving.scoring import ScoringService
from serving.settings import Settings
from serving.wire import BatchRequest

PAGES = pages.application()


class ScoringCalls:
    """Scores leads of one workspace."""

    def __init__(self) -> None:
        settings = Settings.from_environment()
        logging.getLogger("bentoml.leadscore").setLevel(settings.log_level.upper())
        workspace = Workspace.open(settings.workspace)
        self._scoring = ScoringService.open(workspace, SystemClock())
        PAGES.state.scoring = self._scoring
        stop_with_parent()

    @bentoml.api(route="/v1/score")  # type: ignore[untyped-decorator]  # BentoML's decorator carries no types
    async def score(self, document: dict[str, Any], /) -> Any:
        """Score one lead."""
        try:
            return _json(self._scoring.score(self._scoring.read(document)).to_mapping())
        except RefusedError as refused:
            return refused.problem.response()
        except LeadscoreError as error:
            return from_domain(error).response()

    @bentoml.api(route="/v1/score/batch")  # type: ignore[untyped-decorator]  # as above
    async def score_batch(self, document: dict[str, Any], /) -> Any:
        """Score up to 1,000 leads, answered in order."""
        try:
            requests = BatchRequest.model_validate(document).requests
        except ValidationError as error:
            return from_validation(error, BatchRequest).response()
        results = await anyio.to_thread.run_sync(self._scoring.score_documents, requests)
        return _json({"results": [_entry(result) for result in results]})


def _entry(result: Score | Problem) -> dict[str, Any]:
    return {"problem": result.to_mapping()} if isinstance(result, Problem) else result.to_mapping()


def _json(answer: dict[str, Any]) -> Response:
    # BentoML's own answer would quietly turn NaN into null; ours is checked and must fail loudly instead.
    return Response(json.dumps(answer, ensure_ascii=False, allow_nan=False), media_type="application/json")


LeadScore = bentoml.service(name="leadscore", logging={"access": {"enabled": False}})(ScoringCalls)
LeadScore.mount_asgi_app(PAGES, path="/")
LeadScore.add_asgi_middleware(
    Gate, operation=PAGES, operation_paths=pages.OPERATION_PATHS, settings=Settings.from_environment
)
