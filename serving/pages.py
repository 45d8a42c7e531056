"""The application beside the scoring calls: leads, model, agreement, health, description, console."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from features.domain import Engine
from features.domain.score import iso
from serving import documentation, openapi
from serving.api import agreement_routes, inbound_routes, report_routes, score_routes, webhook_routes
from serving.api.lead_routes import ROUTES
from serving.champion import NO_MODEL
from serving.console import routes as console
from serving.metrics.backlog import Backlog
from serving.metrics.exposition import MEDIA_TYPE, exposition
from serving.registry_state import RegistryState
from serving.scoring import ScoringService
from serving.store_door import StoreDoor

OPERATION_PATHS = ("/livez", "/readyz")
"""Addresses that BentoML would answer itself, without saying what serves."""


async def reference(request: Request) -> Response:
    """Show every call and field."""
    return HTMLResponse(documentation.reference_page())


async def style(request: Request) -> Response:
    """Send the pages' style sheet."""
    return Response(documentation.STYLE, media_type="text/css", headers={"cache-control": "max-age=3600"})


async def description(request: Request) -> Response:
    """Send the OpenAPI description."""
    return Response(openapi.text(), media_type="application/json")


async def model(request: Request) -> Response:
    """Tell what serves."""
    return JSONResponse(_model(_scoring(request)))


async def live(request: Request) -> Response:
    """Say that the process is up."""
    nothing = dict.fromkeys(("engine", "degraded_reason", "store", "journal"))
    return JSONResponse({"status": "live", **nothing})


async def metrics(request: Request) -> Response:
    """Tell Prometheus what was counted and timed, and what waits."""
    text = await anyio.to_thread.run_sync(exposition, Backlog(request.app.state.door))
    return Response(text, media_type=MEDIA_TYPE)


async def ready(request: Request) -> Response:
    """Say whether the service can answer and keep what it is sent; whether a model is there decides nothing."""
    state = _model(_scoring(request))
    door: StoreDoor = request.app.state.door
    fault = await anyio.to_thread.run_sync(door.fault)
    content = {
        "status": "ready" if fault is None else "not-ready",
        "engine": state["engine"],
        "degraded_reason": state["degraded_reason"],
        "store": "writable" if fault is None else fault.code,
        "journal": door.journal,
    }
    if fault is None:
        return JSONResponse(content)
    return JSONResponse(content, HTTPStatus.SERVICE_UNAVAILABLE, {"retry-after": "2"})


def _scoring(request: Request) -> ScoringService:
    scoring: ScoringService = request.app.state.scoring
    return scoring


def _model(scoring: ScoringService) -> dict[str, Any]:
    champion = scoring.champion
    champion.look()
    loaded, refusal = champion.loaded, champion.refusal
    reason = None if loaded is not None else NO_MODEL if refusal is None else refusal.reason
    registry = RegistryState.read(scoring.workspace)
    refused = None if loaded is None or refusal is None else {"reason": refusal.reason, "at": iso(refusal.at)}
    if refused is None and registry is not None and registry.refused is not None:
        refused = {"reason": registry.refused, "at": registry.refused_at}
    return {
        "engine": (Engine.RULES if loaded is None else Engine.MODEL).value,
        "model": None if loaded is None else loaded.scorer.reference.to_mapping(),
        "loaded_at": iso(champion.loaded_at),
        "degraded": loaded is None,
        "degraded_reason": reason,
        "refused": refused,
        "registry": None if registry is None else registry.to_mapping(),
        "card": None if loaded is None else dict(loaded.card),
    }


def application() -> Starlette:
    """Return the application; its ``state`` is set when the service starts."""
    return Starlette(
        routes=[
            Route("/docs", reference),
            Route("/leadscore.css", style),
            Route("/openapi.json", description),
            Route("/v1/model", model),
            *score_routes.ROUTES,
            *ROUTES,
            *agreement_routes.ROUTES,
            *webhook_routes.ROUTES,
            *inbound_routes.ROUTES,
            *report_routes.ROUTES,
            *console.ROUTES,
            Route("/livez", live),
            Route("/readyz", ready),
            Route("/metrics", metrics),
        ]
    )
