"""Every call of the service in one table: its address, who may make it, what it takes and what it answers.

The layer around the calls, the OpenAPI description and the tests all read this table, so none can forget a call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from serving import answers, examples
from serving.api import agreement_answers, bodies, lead_answers, report_answers, webhook_answers
from serving.api.call import STORING
from serving.calls.reports import By
from serving.store.agreements import SIGNERS
from serving.store.keys import Role
from serving.store.worklist import LARGEST_PAGE, Sort
from serving.wire import MAX_BATCH, BatchRequest, ScoreRequest

ALL = frozenset(Role)
WRITERS = STORING

READERS = frozenset({Role.CRM, Role.MARKETING, Role.SALES, Role.ADMIN})
"""Who may see leads by name, and say what people allow and forbid; a data scientist learns without names."""

DEALERS = frozenset({Role.CRM, Role.SALES, Role.ADMIN})
"""Who may say what became of a lead."""

PROTECTORS = frozenset({Role.CRM, Role.ADMIN})
"""Who may erase and export a person."""

PROPOSERS = frozenset({Role.MARKETING, Role.SALES, Role.SCIENTIST, Role.ADMIN})
"""Who may propose an agreement; only those in it sign."""

KEEPERS = frozenset({Role.ADMIN})
"""Who may say to whom messages about leads are sent."""

REPORT_READERS = frozenset({Role.MARKETING, Role.SALES, Role.SCIENTIST, Role.ADMIN})
"""Who may read reports."""

FUNNEL_BY = (By.WEEK, By.MONTH, By.SOURCE, By.PERSONA)
SLA_BY = (By.WEEK, By.MONTH)
"""By what each report may be parted; the first is the default."""

FUNNEL_WEEKS, SLA_WEEKS = 26, 13
"""Weeks that each report is about where no day is named, the present one among them."""

WATCHERS = frozenset({Role.SCIENTIST, Role.ADMIN})
"""Who may watch the service itself."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an address: behind the question mark, or in the path."""

    name: str
    description: str
    schema: Mapping[str, Any]
    where: str = "query"
    repeats: bool = False


@dataclass(frozen=True)
class Operation:
    """One call.

    Parameters
    ----------
    name : str
        Its id in the description.
    method, path : str
        Its address; ``{lead_id}`` stands for one part of it.
    summary : str
        What it does.
    roles : frozenset of Role or None
        Who may make it; None for everybody, also without a key.
    answer : type of BaseModel or None
        What it answers; None for what is no JSON.
    body : type of BaseModel or None
        What it takes.
    status : int
        Of the usual answer.
    also : tuple of int
        Other answers of the same shape.
    problems : tuple of int
        Statuses of problems that are its own.
    example : mapping or None
        A body.
    parameters : tuple of Parameter
        Of the address.
    is_large : bool
        Whether its body may be as large as a batch.
    writes : bool
        Whether it takes an ``Idempotency-Key``.
    is_signed : bool
        Whether its caller proves who it is by a signature of the body, instead of a key.
    """

    name: str
    method: str
    path: str
    summary: str
    roles: frozenset[Role] | None
    answer: type[BaseModel] | None
    body: type[BaseModel] | None = None
    status: int = 200
    also: tuple[int, ...] = ()
    problems: tuple[int, ...] = ()
    example: Mapping[str, Any] | None = None
    parameters: tuple[Parameter, ...] = field(default=())
    is_large: bool = False
    writes: bool = False
    is_signed: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What the addresses of the call look like."""
        return re.compile(re.sub(r"\{\w+\}", "[^/]+", self.path))


def _report(offered: tuple[By, ...], weeks: int) -> tuple[Parameter, ...]:
    """Return the parameters of a report that may be parted in these ways."""
    day = {"type": "string", "format": "date", "pattern": "^(19|20|21)", "examples": ["2026-03-31"]}
    return (
        Parameter("from", f"First day, in the agreement's zone. Default: {weeks} weeks, that of to included.", day),
        Parameter("to", "Last day, included. Default: today.", day),
        Parameter(
            "by", f"By what it is parted. Default: {offered[0]}.",
            {"type": "string", "enum": [one.value for one in offered]},
        ),
    )  # fmt: skip


_LEAD = Parameter(
    "lead_id", "The company's own identifier, percent-encoded.", {"type": "string", "maxLength": 200}, "path"
)
_LIMIT = Parameter(
    "limit", "How many at most. Default: 50.", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}
)
_CURSOR = Parameter("cursor", "Of the page before.", {"type": "string", "pattern": "^[1-9][0-9]{0,17}$"})
_WORKLIST_CURSOR = Parameter("cursor", "Of the page before, in the same order.", {"type": "string", "minLength": 1})
_WEBHOOK = Parameter("webhook_id", "As it was answered to the subscription.", {"type": "string"}, "path")
_PROPOSAL = Parameter("proposal_id", "As it was answered to the proposal.", {"type": "integer", "minimum": 1}, "path")
_CUTOFFS = tuple(
    Parameter(
        name, f"{name.upper()} cutoff as a probability. Default: the one in force.",
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    )
    for name in ("mql", "sql")
)  # fmt: skip
_MESSAGE = Parameter("message_id", "As in the header webhook-id.", {"type": "string"}, "path")
_CRM = Parameter("crm", "hubspot, or a name of LEADSCORE_INBOUND_SECRETS.", {"type": "string"}, "path")
_WEBHOOK_PROBLEMS = (403, 404, 409, 503, 504)
_WORKLIST = (
    Parameter("stage", "Any of these stages.", {"type": "string", "enum": list(answers.STAGES)}, repeats=True),
    Parameter("grade", "A grade (A2), a letter (A) or a digit (2).",
              {"type": "string", "pattern": "^([A-D][1-4]?|[1-4])$"}, repeats=True),
    Parameter("min_score", "At least this score.", {"type": "integer", "minimum": 0, "maximum": 100}),
    Parameter("persona", "Any of these personas.", {"type": "string"}, repeats=True),
    Parameter("owner", "Looked after by any of these.", {"type": "string"}, repeats=True),
    Parameter("search", "A text in id or attributes, case ignored.", {"type": "string"}),
    Parameter("sort", "A minus: largest or newest first. Default: -score.",
              {"type": "string", "enum": [one.value for one in Sort]}),
    _LIMIT,
    _WORKLIST_CURSOR,
)  # fmt: skip

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "score", "POST", "/v1/score", "Score one lead", ALL, answers.ScoreAnswer, ScoreRequest,
        example=examples.SCORE_REQUEST, writes=True, problems=(403, 409, 410, 503, 504),
    ),
    Operation(
        "scoreBatch", "POST", "/v1/score/batch",
        f"Score up to {MAX_BATCH} leads, answered in order; a bad one is reported in its place",
        ALL, answers.BatchAnswer, BatchRequest, example=examples.BATCH_REQUEST, is_large=True, writes=True,
        problems=(403, 409, 410, 503, 504),
    ),
    Operation(
        "putLead", "PUT", "/v1/leads/{lead_id}", "Keep what is known of a lead, and score it if something changed",
        WRITERS, lead_answers.PutAnswer, bodies.LeadBody, also=(201,), example=examples.LEAD,
        parameters=(_LEAD,), writes=True, problems=(403, 404, 409, 410, 503, 504),
    ),
    Operation(
        "lead", "GET", "/v1/leads/{lead_id}", "A lead as it is known now, with its latest score", READERS,
        lead_answers.LeadAnswer, parameters=(_LEAD,), problems=(403, 404, 422, 503, 504),
    ),
    Operation(
        "eraseLead", "DELETE", "/v1/leads/{lead_id}", "Erase a lead everywhere", PROTECTORS, lead_answers.ErasedAnswer,
        parameters=(_LEAD,), writes=True, problems=(403, 404, 409, 422, 503, 504),
    ),
    Operation(
        "worklist", "GET", "/v1/leads", "The worklist: scored leads, page by page", READERS,
        lead_answers.WorklistAnswer, parameters=_WORKLIST, problems=(403, 422, 503, 504),
    ),
    Operation(
        "scores", "GET", "/v1/leads/{lead_id}/scores", "A lead's scores, and what changed from each to the next",
        READERS, lead_answers.ScoreHistoryAnswer, parameters=(_LEAD, _LIMIT, _CURSOR),
        problems=(403, 404, 422, 503, 504),
    ),
    Operation(
        "exportLead", "GET", "/v1/leads/{lead_id}/export", "All that is held on a person", PROTECTORS,
        lead_answers.ExportAnswer, parameters=(_LEAD,), problems=(403, 404, 422, 503, 504),
    ),
    Operation(
        "outcome", "POST", "/v1/leads/{lead_id}/outcomes", "Say what became of a lead", DEALERS,
        lead_answers.OutcomeAnswer, bodies.OutcomeRequest, also=(201,), example=examples.OUTCOME,
        parameters=(_LEAD,), writes=True, problems=(403, 404, 409, 410, 503, 504),
    ),
    Operation(
        "consent", "POST", "/v1/leads/{lead_id}/consents",
        "Say what a person allowed or forbade; a word on profiling decides at once whether the lead is scored",
        READERS, lead_answers.ConsentAnswer, bodies.ConsentRequest, also=(201,), example=examples.CONSENT,
        parameters=(_LEAD,), writes=True, problems=(403, 404, 409, 410, 503, 504),
    ),
    Operation(
        "events", "POST", "/v1/events",
        f"Keep up to {MAX_BATCH} events, each answered in its place, and score the leads concerned again",
        WRITERS, lead_answers.EventsAnswer, bodies.EventsRequest, status=202, example=examples.EVENTS, is_large=True,
        writes=True, problems=(403, 409, 410, 503, 504),
    ),
    Operation(
        "subscribe", "POST", "/v1/webhooks", "Have an endpoint told what happens here", KEEPERS,
        webhook_answers.NewWebhookAnswer, webhook_answers.WebhookRequest, status=201, example=examples.WEBHOOK,
        writes=True, problems=(403, 409, 503, 504),
    ),
    Operation("webhooks", "GET", "/v1/webhooks", "Endpoints, and what waits for them", KEEPERS,
              webhook_answers.WebhooksAnswer, problems=(403, 503, 504)),
    Operation("removeWebhook", "DELETE", "/v1/webhooks/{webhook_id}", "Remove an endpoint and what waits for it",
              KEEPERS, webhook_answers.WebhookIdAnswer, parameters=(_WEBHOOK,), writes=True,
              problems=_WEBHOOK_PROBLEMS),
    Operation("newWebhookSecret", "POST", "/v1/webhooks/{webhook_id}/secret",
              "Give an endpoint a new secret; the one before signs too, until the next one", KEEPERS,
              webhook_answers.NewSecretAnswer, parameters=(_WEBHOOK,), writes=True, problems=_WEBHOOK_PROBLEMS),
    Operation("enableWebhook", "POST", "/v1/webhooks/{webhook_id}/enable", "Tell a disabled endpoint again", KEEPERS,
              webhook_answers.WebhookIdAnswer, parameters=(_WEBHOOK,), writes=True, problems=_WEBHOOK_PROBLEMS),
    Operation("testWebhook", "POST", "/v1/webhooks/{webhook_id}/test", "Send an endpoint a test message", KEEPERS,
              webhook_answers.TestMessageAnswer, status=202, parameters=(_WEBHOOK,), writes=True,
              problems=_WEBHOOK_PROBLEMS),
    Operation("deadLetters", "GET", "/v1/webhooks/{webhook_id}/dead", "Messages that an endpoint took at no attempt",
              KEEPERS, webhook_answers.DeadLettersAnswer, parameters=(_WEBHOOK, _LIMIT),
              problems=(403, 404, 422, 503, 504)),
    Operation("replayWebhook", "POST", "/v1/webhooks/{webhook_id}/replay", "Send an endpoint's dead letters again",
              KEEPERS, webhook_answers.ReplayAnswer, status=202, parameters=(_WEBHOOK,), writes=True,
              problems=_WEBHOOK_PROBLEMS),
    Operation("replayDeadLetter", "POST", "/v1/webhooks/{webhook_id}/dead/{message_id}/replay",
              "Send one dead letter again", KEEPERS, webhook_answers.ReplayAnswer, status=202,
              parameters=(_WEBHOOK, _MESSAGE), writes=True, problems=_WEBHOOK_PROBLEMS),
    Operation(
        "inbound", "POST", "/v1/inbound/{crm}", "A CRM's signed webhook", None, webhook_answers.InboundAnswer,
        webhook_answers.InboundMessage, status=202, also=(200,), example=examples.INBOUND, parameters=(_CRM,),
        problems=(401, 429, 503, 504), is_signed=True,
    ),
    Operation("model", "GET", "/v1/model", "What serves", ALL, answers.ModelAnswer, problems=(403, 503)),
    Operation("sla", "GET", "/v1/sla", "The agreement and the cutoffs in force", ALL, agreement_answers.SlaAnswer,
              problems=(403, 503)),
    Operation("whatIf", "GET", "/v1/sla/what-if", "What other cutoffs would have done, beside those in force",
              REPORT_READERS, agreement_answers.WhatIfAnswer, parameters=_CUTOFFS, problems=(403, 404, 422, 503)),
    Operation("slaProposals", "GET", "/v1/sla/proposals", "Proposed agreements, and who signed them", ALL,
              agreement_answers.ProposalsAnswer, parameters=(_LIMIT, _CURSOR), problems=(403, 422, 503, 504)),
    Operation("proposeSla", "POST", "/v1/sla/proposals", "Propose an agreement with its cutoffs", PROPOSERS,
              agreement_answers.ProposalAnswer, agreement_answers.ProposalRequest, status=201,
              example=examples.PROPOSAL, writes=True, problems=(403, 409, 503, 504)),
    Operation("signSla", "POST", "/v1/sla/proposals/{proposal_id}/signature",
              "Sign a proposal; the second signature puts it in force", frozenset(SIGNERS),
              agreement_answers.ProposalAnswer, parameters=(_PROPOSAL,), writes=True,
              problems=(403, 404, 409, 503, 504)),
    Operation(
        "funnel", "GET", "/v1/reports/funnel", "How far leads came, how soon, and what sales said of them",
        REPORT_READERS, report_answers.FunnelAnswer, parameters=_report(FUNNEL_BY, FUNNEL_WEEKS),
        problems=(403, 422, 503, 504),
    ),
    Operation(
        "slaReport", "GET", "/v1/reports/sla", "What the agreement promised against what happened", REPORT_READERS,
        report_answers.SlaReportAnswer, parameters=_report(SLA_BY, SLA_WEEKS), problems=(403, 422, 503, 504),
    ),
    Operation("livez", "GET", "/livez", "Whether the process is up", None, answers.HealthAnswer),
    Operation("readyz", "GET", "/readyz", "Whether the service can answer and keep what it is sent", None,
              answers.HealthAnswer, also=(503,)),
    Operation("metrics", "GET", "/metrics", "What is counted and timed, and what waits, for Prometheus", WATCHERS, None,
              problems=(403, 503)),
)  # fmt: skip

_FIXED = {(one.method, one.path): one for one in OPERATIONS if "{" not in one.path}
_OPEN = tuple(one for one in OPERATIONS if "{" in one.path)


def methods_of(path: str) -> tuple[str, ...]:
    """Return which methods an address takes, none where no call is there; what takes GET takes HEAD."""
    taken = {one.method for one in OPERATIONS if one.path == path or ("{" in one.path and one.pattern.fullmatch(path))}
    return tuple(sorted(taken | {"HEAD"} if "GET" in taken else taken))


def operation_of(method: str, path: str) -> Operation | None:
    """Return the call at an address, None where there is none; HEAD asks for what GET answers."""
    asked = "GET" if method == "HEAD" else method
    fixed = _FIXED.get((asked, path))
    if fixed is not None:
        return fixed
    return next((one for one in _OPEN if one.method == asked and one.pattern.fullmatch(path)), None)
