"""The scoring calls, as routes.

They are BentoML's calls too (:mod:`serving.service`), and answer the same there; asked over HTTP, the layer around
every call brings a request straight here. Of BentoML 1.4.39 each call makes its body's JSON schema anew and parses the
body a second time, which takes longer than the score (docs/benchmarks.md).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import anyio.to_thread
from pydantic import ValidationError
from starlette.datastructures import State
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.domain import LeadscoreError, Score
from serving.api.call import storing_call
from serving.api.lead_routes import plain, reply
from serving.calls.stored_scores import AT_ONCE, keep_score, keep_scores
from serving.errors import Problem, RefusedError, from_validation, problem_from
from serving.middleware import DOCUMENT
from serving.records import Case
from serving.store import StoreError
from serving.wire import BatchRequest


async def score(request: Request) -> Response:
    """Score one lead."""
    return await answer_score(request.app.state, request.scope[DOCUMENT])


async def score_batch(request: Request) -> Response:
    """Score many leads."""
    return await answer_batch(request.app.state, request.scope[DOCUMENT])


ROUTES: Sequence[Route] = (
    Route("/v1/score", score, methods=["POST"]),
    Route("/v1/score/batch", score_batch, methods=["POST"]),
)


async def answer_score(rooms: State, document: Any) -> Response:
    """Score one lead, and keep it where the request says so.

    Parameters
    ----------
    rooms : State
        Every room under its name (:meth:`serving.rooms.Rooms.open_to`).
    document : Any
        The body, parsed.
    """
    try:
        case = rooms.scoring.read(document)
        stored = rooms.stored_scoring
        if not case.store:
            lacks = await rooms.known_words.lacks([case.lead.lead_id])
            return plain(stored.answer(case, lacks.get(case.lead.lead_id)).to_mapping())
        call = storing_call()
        return reply(
            await rooms.desk.write(
                lambda tx: keep_score(tx, stored, rooms.merging, case, by=call.caller.name), call.once
            )
        )
    except (RefusedError, LeadscoreError) as error:
        return problem_from(error).response()


async def answer_batch(rooms: State, document: Any) -> Response:
    """Score up to 1,000 leads, answered in order (parameters as of :func:`answer_score`)."""
    try:
        requests = BatchRequest.model_validate(document).requests
        cases = await anyio.to_thread.run_sync(rooms.scoring.read_documents, requests)
        if any(isinstance(case, Case) and case.store for case in cases):
            return await _keep(rooms, cases)
        lacks = await rooms.known_words.lacks(case.lead.lead_id for case in cases if isinstance(case, Case))
        results = await anyio.to_thread.run_sync(rooms.stored_scoring.answer_all, cases, lacks)
    except ValidationError as error:
        return from_validation(error, BatchRequest).response()
    except (RefusedError, StoreError) as error:
        return problem_from(error).response()
    return plain({"results": [_entry(result) for result in results]})


async def _keep(rooms: State, cases: list[Case | Problem]) -> Response:
    call = storing_call()
    results: list[Any] = []
    # Part by part, so that other writers get their turn; each part is kept whole and done once.
    for number, start in enumerate(range(0, len(cases), AT_ONCE)):
        part = cases[start : start + AT_ONCE]
        once = None if call.once is None else call.once.part(number)
        work = functools.partial(
            keep_scores, scoring=rooms.stored_scoring, merging=rooms.merging, cases=part, by=call.caller.name
        )
        answer = await rooms.desk.write(work, once)
        results.extend(answer.content["results"])
    return plain({"results": results})


def _entry(result: Score | Problem) -> dict[str, Any]:
    return {"problem": result.to_mapping()} if isinstance(result, Problem) else result.to_mapping()
