"""The BentoML service: scoring as BentoML calls, what is read as a mounted application, one layer around both.

The calls take the body as plain data and check it themselves. BentoML would check a pydantic model too, but it answers
400 for every fault, writes refused values into the log and leaves no way to name the place; its clients see the same
call either way.
"""

from __future__ import annotations

import functools
from typing import Any

import anyio.to_thread
import bentoml
from pydantic import ValidationError

from features.domain import InputError, LeadscoreError, Score, SystemClock
from features.workspace import Workspace
from serving import pages
from serving.api.call import storing_call
from serving.api.lead_routes import plain, reply
from serving.calls.stored_scores import AT_ONCE, keep_score, keep_scores
from serving.errors import Problem, RefusedError, from_domain, from_input, from_store, from_validation
from serving.logs import set_up_logs
from serving.middleware import Gate
from serving.observing import Observer
from serving.parent_watch import stop_with_parent
from serving.records import Case
from serving.rooms import open_rooms
from serving.settings import Settings
from serving.store import StoreError
from serving.wire import BatchRequest

PAGES = pages.application()


class ScoringCalls:
    """Scores leads of one workspace."""

    def __init__(self) -> None:
        settings = Settings.from_environment()
        set_up_logs(settings)
        workspace = Workspace.open(settings.workspace)
        self._rooms = open_rooms(workspace, settings, SystemClock())
        self._scoring = self._rooms.scoring
        self._rooms.open_to(PAGES.state)
        stop_with_parent()

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]  # BentoML's decorator carries no types
    def close(self) -> None:
        """Finish what has begun."""
        self._rooms.close()

    @bentoml.api(route="/v1/score")  # type: ignore[untyped-decorator]  # as above
    async def score(self, document: dict[str, Any], /) -> Any:
        """Score one lead."""
        try:
            case = self._scoring.read(document)
            if not case.store:
                lacks = await self._rooms.known_words.lacks([case.lead.lead_id])
                return plain(self._rooms.stored_scoring.answer(case, lacks.get(case.lead.lead_id)).to_mapping())
            call, stored = storing_call(), self._rooms.stored_scoring
            return reply(await self._rooms.desk.write(lambda tx: keep_score(tx, stored, case), call.once))
        except RefusedError as refused:
            return refused.problem.response()
        except StoreError as error:
            return from_store(error).response()
        except InputError as error:
            return from_input(error).response()
        except LeadscoreError as error:
            return from_domain(error).response()

    @bentoml.api(route="/v1/score/batch")  # type: ignore[untyped-decorator]  # as above
    async def score_batch(self, document: dict[str, Any], /) -> Any:
        """Score up to 1,000 leads, answered in order."""
        try:
            requests = BatchRequest.model_validate(document).requests
            cases = await anyio.to_thread.run_sync(self._scoring.read_documents, requests)
            if any(isinstance(case, Case) and case.store for case in cases):
                return await self._keep(cases)
            lacks = await self._rooms.known_words.lacks(case.lead.lead_id for case in cases if isinstance(case, Case))
            results = await anyio.to_thread.run_sync(self._rooms.stored_scoring.answer_all, cases, lacks)
        except ValidationError as error:
            return from_validation(error, BatchRequest).response()
        except RefusedError as refused:
            return refused.problem.response()
        except StoreError as error:
            return from_store(error).response()
        return plain({"results": [_entry(result) for result in results]})

    async def _keep(self, cases: list[Case | Problem]) -> Any:
        call, stored, desk = storing_call(), self._rooms.stored_scoring, self._rooms.desk
        results: list[Any] = []
        # Part by part, so that other writers get their turn; each part is kept whole and done once.
        for number, start in enumerate(range(0, len(cases), AT_ONCE)):
            part = cases[start : start + AT_ONCE]
            once = None if call.once is None else call.once.part(number)
            answer = await desk.write(functools.partial(keep_scores, scoring=stored, cases=part), once)
            results.extend(answer.content["results"])
        return plain({"results": results})


def _entry(result: Score | Problem) -> dict[str, Any]:
    return {"problem": result.to_mapping()} if isinstance(result, Problem) else result.to_mapping()


LeadScore = bentoml.service(name="leadscore", logging={"access": {"enabled": False}}, metrics={"enabled": False})(
    ScoringCalls
)
LeadScore.mount_asgi_app(PAGES, path="/")
LeadScore.add_asgi_middleware(Observer, settings=Settings.from_environment)
LeadScore.add_asgi_middleware(
    Gate,
    operation=PAGES,
    operation_paths=pages.OPERATION_PATHS,
    settings=Settings.from_environment,
    access=lambda: PAGES.state.access,
)
