"""The calls for reports, as routes: read what is asked, ask the use case, answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.domain import LeadscoreError
from serving.api.call import CALL
from serving.api.lead_routes import answered, plain
from serving.api.operations import FUNNEL_BY, FUNNEL_WEEKS, SLA_BY, SLA_WEEKS
from serving.api.queries import ReportAsked, report_asked
from serving.calls.desk import Desk
from serving.calls.reports import By, ReportSetting, funnel_report, sla_report
from serving.engines import agreement_that_serves
from serving.errors import RefusedError, from_domain
from serving.scoring import ScoringService
from serving.store.keys import Role

NAMING = frozenset({Role.MARKETING, Role.SALES, Role.ADMIN})
"""Who may see which leads a report is about; a data scientist reads it without."""


@answered
async def funnel(request: Request) -> Response:
    """Tell how far leads came."""
    asked, setting, desk = _asked(request, FUNNEL_BY, FUNNEL_WEEKS)
    return plain(await desk.read(lambda tx: funnel_report(tx, setting, asked.span, asked.by)))


@answered
async def sla(request: Request) -> Response:
    """Tell whether the agreement was kept."""
    asked, setting, desk = _asked(request, SLA_BY, SLA_WEEKS)
    scoring: ScoringService = request.app.state.scoring
    try:
        agreement = await anyio.to_thread.run_sync(agreement_that_serves, scoring.workspace, scoring.champion)
    except LeadscoreError as error:
        raise RefusedError(from_domain(error)) from None
    names = CALL.get().caller.role in NAMING
    return plain(await desk.read(lambda tx: sla_report(tx, setting, agreement, asked.span, asked.by, with_ids=names)))


def _asked(request: Request, offered: Sequence[By], weeks: int) -> tuple[ReportAsked, ReportSetting, Desk]:
    scoring: ScoringService = request.app.state.scoring
    setting = replace(request.app.state.report_setting, sla=scoring.agreement.sla)
    asked = report_asked(request.query_params, setting, scoring.clock.now(), offered, weeks)
    return asked, setting, request.app.state.desk


ROUTES: Sequence[Route] = (
    Route("/v1/reports/funnel", funnel, methods=["GET"]),
    Route("/v1/reports/sla", sla, methods=["GET"]),
)
