"""What the simulated leads do and what becomes of them: the hidden chain, its events and its endings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.simulation import world
from training.simulation.moments import DAY_SECONDS, weekday, within_day
from training.simulation.people import People
from training.simulation.world import ENTRY_EVENTS, QUIET, STATES, TOKENS, World

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

NEVER = np.iinfo(np.int64).max
"""Day of what never happens."""

_BOT_CLICKS_A_DAY = 500


@dataclass(frozen=True, slots=True)
class Journeys:
    """The hidden truth; arrays have one entry per lead.

    Parameters
    ----------
    multiplier : array of float64
        Factor on the hazard of conversion.
    talkativeness : array of int64
        Level of the habit of clicking.
    states : array of int8, shape (leads, days)
        Hidden state on each day of the lead's life; -1 once it is won, or after the end of the history.
    won_day, lost_day : array of int64
        Day of the lead's life on which it ended, or ``NEVER``.
    """

    multiplier: FloatArray
    talkativeness: IntArray
    states: NDArray[np.int8]
    won_day: IntArray
    lost_day: IntArray


@dataclass(frozen=True, slots=True)
class Happenings:
    """Events in one flat table.

    Parameters
    ----------
    lead, day, token : array of int64
        Which lead, on which day of its life, what (index into ``TOKENS``).
    millisecond : array of int64
        When, since 1970 (UTC).
    seconds : array of float64
        Time on the page; NaN where there is none.
    bot : array of bool
        Whether a link scanner did it.
    """

    lead: IntArray
    day: IntArray
    token: IntArray
    millisecond: IntArray
    seconds: FloatArray
    bot: NDArray[np.bool_]


def first_state_shares(source: IntArray) -> FloatArray:
    """Return the distribution of the state at creation by source, shape (leads, states)."""
    shares = np.array([world.SOURCE_STATES[name] for name in world.SOURCE_SHARES], dtype=np.float64)
    return np.asarray((shares / shares.sum(axis=1, keepdims=True))[source], dtype=np.float64)


def hazards(market: World, multiplier: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the daily probabilities of being won and lost, shape (leads, states) and (states,)."""
    won = 1 - np.exp(-multiplier[:, None] * np.asarray(market.won))
    return won, np.asarray(market.lost, dtype=np.float64)


def live(rng: np.random.Generator, market: World, people: People, end_second: int) -> Journeys:
    """Return each lead's hidden life from its creation to the end of the history.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of chance.
    market : World
        The chain.
    people : People
        Leads in order of creation.
    end_second : int
        End of the history in seconds since 1970.
    """
    count = len(people.created)
    span = max(1, end_second - int(people.created[0]))
    share = (people.created - people.created[0]) / span
    year = people.created / (365.25 * DAY_SECONDS)
    multiplier = np.exp(people.fit + market.drift * (share - 0.5) + market.season * np.sin(2 * np.pi * year))
    talk = rng.choice(len(market.talkativeness), count, p=market.talkativeness_shares).astype(np.int64)
    days = ((end_second - people.created) // DAY_SECONDS + 1).astype(np.int64)
    states = np.full((count, int(days.max())), -1, dtype=np.int8)
    won_day = np.full(count, NEVER, dtype=np.int64)
    lost_day = np.full(count, NEVER, dtype=np.int64)
    won, lost = hazards(market, multiplier)
    move = np.cumsum(np.asarray(market.move), axis=1)
    state = _pick(rng, np.cumsum(first_state_shares(people.source), axis=1))
    alive = np.arange(count)
    for day in range(states.shape[1]):
        alive = alive[days[alive] > day]
        states[alive, day] = state[alive]
        chance, now = rng.random(len(alive)), state[alive]
        is_won = chance < won[alive, now]
        is_lost = ~is_won & (chance < won[alive, now] + lost[now])
        won_day[alive[is_won]] = day
        lost_day[alive[is_lost]] = day
        state[alive] = _pick(rng, move[now])
        alive = alive[~is_won & ~is_lost]
    # Who is lost still gets the newsletter.
    ages = np.arange(states.shape[1])
    states[(ages > lost_day[:, None]) & (ages < days[:, None])] = QUIET
    return Journeys(multiplier, talk, states, won_day, lost_day)


def behave(rng: np.random.Generator, market: World, people: People, journeys: Journeys, end_second: int) -> Happenings:
    """Return what the leads did, in order of time; e-mails end the day after an unsubscription.

    Parameters
    ----------
    rng, market, people, end_second
        As in :func:`live`.
    journeys : Journeys
        The hidden lives.
    """
    entries = _entries(rng, market, people, journeys)
    lead, day, token = _daily(rng, market, people, journeys)
    lead, day, token = _without_mail_after_unsubscription(lead, day, token, len(people.created))
    second = within_day(rng, people.created[lead] + day * DAY_SECONDS, office=False)
    # An event at the very moment of creation would belong to the first moment of knowledge already.
    second = np.maximum(second, people.created[lead] + 1)
    human = Happenings(
        lead, day, token, second * 1_000 + rng.integers(0, 1_000, len(lead)), _dwell(rng, token),
        np.zeros(len(lead), dtype=np.bool_),
    )  # fmt: skip
    together = [entries, human, _bots(rng, market, people, end_second)]
    fields = {name: np.concatenate([getattr(part, name) for part in together]) for name in Happenings.__slots__}
    order = np.lexsort((fields["lead"], fields["millisecond"]))
    order = order[fields["millisecond"][order] <= end_second * 1_000]
    return Happenings(**{name: values[order] for name, values in fields.items()})


def unsubscription_days(lead: IntArray, day: IntArray, token: IntArray, count: int) -> IntArray:
    """Return the day of each lead's first unsubscription, or ``NEVER``."""
    first = np.full(count, NEVER, dtype=np.int64)
    is_unsubscribe = np.array([t.event == "unsubscribe" for t in TOKENS])[token]
    np.minimum.at(first, lead[is_unsubscribe], day[is_unsubscribe])
    return first


def _pick(rng: np.random.Generator, cumulative: FloatArray) -> IntArray:
    chance = rng.random((len(cumulative), 1)) * cumulative[:, -1:]
    return np.asarray((chance >= cumulative).sum(axis=1), dtype=np.int64)


def _entries(rng: np.random.Generator, market: World, people: People, journeys: Journeys) -> Happenings:
    count = len(people.created)
    first = journeys.states[:, 0].astype(np.int64)
    chosen = _pick(rng, np.cumsum(market.entry_shares(), axis=1)[first])
    index = np.array([next(i for i, t in enumerate(TOKENS) if t.event == event) for event in ENTRY_EVENTS])
    return Happenings(
        lead=np.arange(count),
        day=np.zeros(count, dtype=np.int64),
        token=index[chosen].astype(np.int64),
        millisecond=people.created * 1_000,
        seconds=np.full(count, np.nan),
        bot=np.zeros(count, dtype=np.bool_),
    )


def _daily(
    rng: np.random.Generator, market: World, people: People, journeys: Journeys
) -> tuple[IntArray, IntArray, IntArray]:
    talk = np.asarray(market.talkativeness)[journeys.talkativeness]
    calendar = np.asarray(market.weekday)[weekday(people.created)[:, None] + np.arange(7)[None, :] - 7]
    rates = np.append(np.asarray(market.events), 0.0)  # the last one belongs to state -1
    lead_parts, day_parts = [], []
    for day in range(journeys.states.shape[1]):
        rows = np.flatnonzero(journeys.states[:, day] >= 0)
        rate = rates[journeys.states[rows, day]] * talk[rows] * calendar[rows, day % 7]
        found = np.repeat(rows, rng.poisson(rate))
        lead_parts.append(found)
        day_parts.append(np.full(len(found), day, dtype=np.int64))
    lead, day_of = np.concatenate(lead_parts), np.concatenate(day_parts)
    state = journeys.states[lead, day_of]
    shares = np.cumsum(market.token_shares(), axis=1)
    token = np.empty(len(lead), dtype=np.int64)
    for number in range(len(STATES)):
        mine = np.flatnonzero(state == number)
        token[mine] = np.searchsorted(shares[number], rng.random(len(mine)) * shares[number, -1], side="right")
    return lead, day_of, token


def _without_mail_after_unsubscription(
    lead: IntArray, day: IntArray, token: IntArray, count: int
) -> tuple[IntArray, IntArray, IntArray]:
    needs_mail = np.array([t.email or t.event == "unsubscribe" for t in TOKENS])
    keep = ~(needs_mail[token] & (day > unsubscription_days(lead, day, token, count)[lead]))
    return lead[keep], day[keep], token[keep]


def _dwell(rng: np.random.Generator, token: IntArray) -> FloatArray:
    median = np.array([np.nan if t.median_seconds is None else t.median_seconds for t in TOKENS])[token]
    return np.asarray(np.round(median * np.exp(rng.normal(0, 0.9, len(token)))), dtype=np.float64)


def _bots(rng: np.random.Generator, market: World, people: People, end_second: int) -> Happenings:
    count = len(people.created)
    scanned = rng.choice(count, min(count, max(1, round(count * market.bots))), replace=False)
    burst = rng.integers(1, 4, len(scanned))
    lead = np.repeat(scanned, burst * _BOT_CLICKS_A_DAY)
    day = np.concatenate(
        [np.repeat(rng.integers(0, 20) + np.arange(b), _BOT_CLICKS_A_DAY) for b in burst]
    ).astype(np.int64)  # fmt: skip
    click = next(i for i, t in enumerate(TOKENS) if t.event == "email_click")
    return Happenings(
        lead=lead,
        day=day,
        token=np.full(len(lead), click, dtype=np.int64),
        millisecond=(people.created[lead] + day * DAY_SECONDS) * 1_000
        + rng.integers(1, DAY_SECONDS * 1_000, len(lead)),
        seconds=np.full(len(lead), np.nan),
        bot=np.ones(len(lead), dtype=np.bool_),
    )
