"""A lead's timeline: what it did, how it scored and why that changed, and what sales said; the newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from features.catalog.said import without_direction
from features.domain import Text
from features.domain.say import sentence, whole
from features.vocabulary.event_phrases import phrase_of
from serving.calls.lead_story import LeadStory
from serving.console.words import lead as words
from serving.store.score_changes import BASE, ReasonChange

SHOWN = 40
_CHANGES = 4
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Change:
    """What one reason gave more or less than before."""

    text: Text
    points: float


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry.

    Parameters
    ----------
    at : datetime or None
        When; None where nobody said.
    kind : str
        ``event``, ``score``, ``stage`` or ``sales``: its mark.
    text : Text
        What happened.
    note : str or None
        Who said so.
    changes : tuple of Change
        For a score: what changed since the one before.
    """

    at: datetime | None
    kind: str
    text: Text
    note: str | None = None
    changes: tuple[Change, ...] = ()


def timeline(story: LeadStory, zone: str, reasons: Mapping[str, Text]) -> list[Moment]:
    """Return all entries, the newest first.

    Parameters
    ----------
    story : LeadStory
        What happened.
    zone : str
        Where a day begins.
    reasons : mapping of str to Text
        What the agreed reasons of rejection are called.
    """
    moments = [
        *_events(story, ZoneInfo(zone)),
        *_scores(story),
        *_stages(story),
        *_outcomes(story, reasons),
        *_handovers(story),
    ]
    return sorted(moments, key=lambda one: one.at or _LONG_AGO, reverse=True)


def event_text(kind: str, count: int = 1) -> Text:
    """Return what a lead did, so many times.

    Examples
    --------
    >>> event_text("pricing_view", 3).de, event_text("demo_request").en
    ('3 × Hat die Preisseite besucht', 'Requested a demo')
    """
    phrase = phrase_of(kind)
    if phrase is None:
        text = Text.same(kind.replace("_", " "))
    else:
        text = Text(phrase.done, " ".join(phrase.getan.format("").split()))
    if count == 1:
        return text
    many = whole(count)
    return Text(f"{many.en} × {text.en}", f"{many.de} × {text.de}")


def _events(story: LeadStory, zone: ZoneInfo) -> Iterator[Moment]:
    # What was done again and again on one day is one entry.
    for (_, kind), group in groupby(
        story.events, key=lambda event: (event.occurred_at.astimezone(zone).date(), event.event)
    ):
        same = list(group)
        yield Moment(same[-1].occurred_at, "event", event_text(kind, len(same)))


def _scores(story: LeadStory) -> Iterator[Moment]:
    for number, one in enumerate(story.scores):
        before = story.scores[number + 1].score.score if number + 1 < len(story.scores) else None
        if before is None:
            text = sentence(words.SCORED.en, words.SCORED.de, score=str(one.score.score))
        else:
            text = sentence(
                words.SCORED_AGAIN.en, words.SCORED_AGAIN.de, score=str(one.score.score), before=str(before)
            )
        changes = tuple(_change(change) for change in one.changes[:_CHANGES])
        yield Moment(one.score.scored_at, "score", text, changes=changes)


def _change(change: ReasonChange) -> Change:
    told = None if change.text is None else without_direction(change.text)
    text = told or (words.CHANGED_BASE if change.feature == BASE else words.CHANGED_OTHER)
    return Change(text, change.points)


def _stages(story: LeadStory) -> Iterator[Moment]:
    for one in story.stages:
        stage = words.STAGE_NAMES[one.stage.value]
        yield Moment(one.at, "stage", sentence(words.BECAME.en, words.BECAME.de, stage=stage), one.changed_by)


def _outcomes(story: LeadStory, reasons: Mapping[str, Text]) -> Iterator[Moment]:
    for one in story.outcomes:
        text = words.OUTCOMES.get(one.outcome.outcome, Text.same(one.outcome.outcome.replace("_", " ")))
        reason = one.outcome.reason
        if reason is not None:
            text = sentence("{what}: {why}", "{what}: {why}", what=text, why=reasons.get(reason, Text.same(reason)))
        yield Moment(one.outcome.occurred_at, "sales", text, one.recorded_by)


def _handovers(story: LeadStory) -> Iterator[Moment]:
    for one in story.handovers:
        yield Moment(one.handed_over_at, "sales", words.HANDED_OVER, one.owner)
        if one.contacted_at is not None:
            yield Moment(one.contacted_at, "sales", words.WAS_CONTACTED)
        if one.breached_at is not None:
            yield Moment(one.breached_at, "sales", words.WAS_LATE)
