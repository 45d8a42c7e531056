"""A lead's page: why it scores as it does, what would qualify it, what happened, and the answer of sales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import quote, unquote

from starlette.responses import Response

from features.domain import InputError, Outcome, Score, Text
from features.domain.say import listed, sentence
from features.schema import Schema
from models.scale import SQL_POINTS
from serving.api.operations import DEALERS
from serving.calls.lead_story import LeadStory, explain_to_person, lead_story
from serving.calls.leads import NOT_HERE
from serving.calls.outcomes import CONTACTED, record_outcome
from serving.calls.scored import StoredScoring
from serving.console.facts import Fact, Who, facts_of, who_is
from serving.console.paths import LEAD_PREFIX
from serving.console.timeline import SHOWN, Moment, event_text, timeline
from serving.console.visit import Visit, zone_of
from serving.console.waterfall import Waterfall, waterfall
from serving.console.words import lead as words
from serving.errors import RefusedError
from serving.store import Transaction
from serving.store.handovers import HandOver
from serving.wire import checked_name


@dataclass(frozen=True, slots=True)
class Step:
    """One step that would lift the lead: what it is, its points, and the score after it."""

    text: Text
    points: float
    score: int


@dataclass(frozen=True, slots=True)
class Done:
    """What a person did, summed up: what, how often, first and last."""

    text: Text
    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class LeadPage:
    """What stands on the page.

    Parameters
    ----------
    story : LeadStory
        Where the lead stands.
    who : Who
        Who it is.
    score : Score or None
        The score that it stands at.
    steps : Waterfall or None
        Its reasons, drawn.
    degraded : Text or None
        Why rules scored it although a model was expected.
    not_scored : Text or None
        Why there is no score.
    facts : tuple of Fact
        What is known.
    qualify : tuple of Step
        What would lift it over its next cutoff.
    is_on_top : bool
        Whether there is no higher cutoff.
    ask : Text or None
        The question to ask next.
    blocked : Text or None
        The fields that the agreement asks for.
    handover : HandOver or None
        The one that sales has not answered.
    is_overdue : bool
        Whether its time is over and nobody called.
    may_answer : bool
        Whether the visitor may accept and reject.
    reasons : mapping of str to Text
        Why a lead may be rejected, as agreed.
    wrong : Text or None
        What was wrong with the form.
    moments : tuple of Moment
        The timeline.
    older : int
        Entries that are not shown.
    address : str
        Of this page.
    """

    story: LeadStory
    who: Who
    score: Score | None
    steps: Waterfall | None
    degraded: Text | None
    not_scored: Text | None
    facts: tuple[Fact, ...]
    qualify: tuple[Step, ...]
    is_on_top: bool
    ask: Text | None
    blocked: Text | None
    handover: HandOver | None
    is_overdue: bool
    may_answer: bool
    reasons: Mapping[str, Text]
    wrong: Text | None
    moments: tuple[Moment, ...]
    older: int
    address: str


@dataclass(frozen=True, slots=True)
class PersonPage:
    """What the person is given."""

    story: LeadStory
    who: Who
    score: Score | None
    steps: Waterfall | None
    facts: tuple[Fact, ...]
    done: tuple[Done, ...]
    address: str


async def show(visit: Visit) -> Response:
    """Show a lead."""
    return await _shown(visit)


async def answer(visit: Visit) -> Response:
    """Take the answer of sales: accepted, rejected with a reason, or contacted."""
    lead_id, said = _lead_id(visit), visit.sent("answer")
    reason = visit.scoring.words.acceptance.reasons.find(visit.sent("reason"))
    kept = visit.scoring.words.by_name.get(said)
    if kept is None or said not in words.NOTICES:
        raise InputError("An answer that is none.", "accepted, rejected or contacted.", "Use the page's buttons.")
    if said == "rejected" and reason is None:
        return await _shown(visit, wrong=words.REASON_MISSING)
    scoring, by = visit.scoring, visit.visitor.name
    is_dated = scoring.scoring.schema.timed or kept == CONTACTED

    def keep(tx: Transaction) -> None:
        told = Outcome(lead_id, tx.now if is_dated else None, kept, reason if said == "rejected" else None)
        record_outcome(tx, scoring, told, outcome_id=None, by=by)

    await visit.change(keep)
    return visit.done(address_of(lead_id), said)


async def show_person(visit: Visit) -> Response:
    """Show what the person can be given."""
    lead_id, by = _lead_id(visit), visit.visitor.name
    story = await visit.change(lambda tx: explain_to_person(tx, visit.scoring, lead_id, by))
    score = None if story.latest is None else story.latest.score
    page = PersonPage(
        story=story,
        who=_who(story),
        score=score,
        steps=None if score is None else waterfall(score),
        facts=facts_of(story.record.lead.attributes, visit.scoring.scoring.schema),
        done=_done(story),
        address=address_of(lead_id),
    )
    return visit.page("lead_person.html", page, words, title=words.PRINT_TITLE)


def address_of(lead_id: str) -> str:
    """Return where a lead's page is."""
    return LEAD_PREFIX + quote(lead_id, safe="").replace("..", "%2E%2E")


async def _shown(visit: Visit, wrong: Text | None = None) -> Response:
    lead_id, scoring = _lead_id(visit), visit.scoring
    story = await visit.read(lambda tx: lead_story(tx, scoring, lead_id))
    page = _page(story, scoring, zone_of(visit.request), visit.may(DEALERS), wrong)
    return visit.page("lead.html", page, words, title=Text.same(page.who.name), status=200 if wrong is None else 422)


def _page(story: LeadStory, scoring: StoredScoring, zone: str, may_answer: bool, wrong: Text | None) -> LeadPage:
    schema, reasons = scoring.scoring.schema, scoring.words.acceptance.reasons.labels
    score = None if story.latest is None else story.latest.score
    moments = timeline(story, zone, reasons)
    handover = story.open_handover
    return LeadPage(
        story=story,
        who=_who(story),
        score=score,
        steps=None if score is None else waterfall(score),
        degraded=None if score is None else _degraded(score),
        not_scored=_not_scored(story),
        facts=facts_of(story.record.lead.attributes, schema),
        qualify=() if score is None else tuple(map(_step, score.what_would_qualify)),
        is_on_top=score is not None and score.points >= SQL_POINTS,
        ask=None if score is None or score.ask_next is None else Text.from_mapping(score.ask_next["text"]),
        blocked=None if score is None or not score.blocked_by else _blocked(score, schema),
        handover=handover,
        is_overdue=_is_overdue(handover, story.now),
        may_answer=may_answer,
        reasons=reasons,
        wrong=wrong,
        moments=tuple(moments[:SHOWN]),
        older=max(len(moments) - SHOWN, 0),
        address=address_of(story.record.lead.lead_id),
    )


def _degraded(score: Score) -> Text | None:
    if not score.degraded:
        return None
    return words.DEGRADED.get((score.degraded_reason or "").partition(":")[0], words.DEGRADED_OTHER)


def _not_scored(story: LeadStory) -> Text | None:
    if story.latest is not None:
        return None
    return words.NOT_SCORED_YET if story.lack is None else words.LACKS[story.lack.value]


def _who(story: LeadStory) -> Who:
    return who_is(story.record.lead.lead_id, story.record.lead.attributes)


def _step(step: Mapping[str, Any]) -> Step:
    return Step(Text.from_mapping(step["text"]), step["points"], step["score"])


def _blocked(score: Score, schema: Schema) -> Text:
    called = {column.name: column.called for column in schema.columns}
    fields = listed([called.get(name, Text.same(name)) for name in score.blocked_by])
    return sentence(words.BLOCKED.en, words.BLOCKED.de, fields=fields)


def _is_overdue(handover: HandOver | None, now: datetime) -> bool:
    return (
        handover is not None and handover.contacted_at is None and handover.due_at is not None and handover.due_at < now
    )


def _done(story: LeadStory) -> tuple[Done, ...]:
    kinds = sorted(story.events, key=lambda event: event.event)
    summed = [
        Done(event_text(kind), len(same), same[0].occurred_at, same[-1].occurred_at)
        for kind, group in groupby(kinds, key=lambda event: event.event)
        for same in [sorted(group, key=lambda event: event.occurred_at)]
    ]
    return tuple(sorted(summed, key=lambda one: one.last, reverse=True))


def _lead_id(visit: Visit) -> str:
    try:
        return checked_name(unquote(visit.request.path_params["lead_id"], errors="strict"))
    except ValueError:
        raise RefusedError(NOT_HERE) from None
