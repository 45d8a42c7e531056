"""The true probability of conversion at each moment of knowledge, computed exactly from the hidden chain.

Two probabilities of being won within the horizon, both true, for two observers:

* ``probability`` is given what a perfect scorer could see: the lead's true attributes and every event up to as_of. It
  is the forward filter of a hidden Markov model (Baum and Petrie 1966; Rabiner 1989, section III.A).
* ``probability_given_intent`` is given the hidden state itself: more than any scorer can know.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.simulation.journeys import (
    Happenings,
    Journeys,
    first_state_shares,
    hazards,
    unsubscription_days,
)
from training.simulation.moments import DAY_SECONDS, weekday
from training.simulation.people import People
from training.simulation.world import AGES_DAYS, ENTRY_EVENTS, HORIZON_DAYS, TOKENS, World

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Truth:
    """One entry per lead and moment at which the lead was neither won nor lost.

    Parameters
    ----------
    lead, age_days : array of int64
        Which lead, how many days after its creation.
    probability, probability_given_intent : array of float64
        Of being won within ``HORIZON_DAYS`` of that moment, given what can be seen, and given the hidden state.
    """

    lead: IntArray
    age_days: IntArray
    probability: FloatArray
    probability_given_intent: FloatArray


def conversion_by_state(market: World, multiplier: FloatArray, days: int = HORIZON_DAYS) -> FloatArray:
    """Return P(won within ``days``) from each hidden state, shape (leads, states), by backward recursion."""
    won, lost = hazards(market, multiplier)
    move = np.asarray(market.move)
    value = np.zeros_like(won)
    for _ in range(days):
        value = won + (1 - won - lost) * (value @ move.T)
    return value


def true_probabilities(
    market: World, people: People, journeys: Journeys, happenings: Happenings, end_second: int
) -> Truth:
    """Return the truth at ``AGES_DAYS`` after each lead's creation, up to the end of the history.

    Parameters
    ----------
    market, people, journeys : World, People, Journeys
        The simulated market.
    happenings : Happenings
        The events; a link scanner's are ignored, as a perfect scorer would.
    end_second : int
        End of the history in seconds since 1970.
    """
    count = len(people.created)
    value = conversion_by_state(market, journeys.multiplier)
    won, lost = hazards(market, journeys.multiplier)
    move = np.asarray(market.move)
    evidence = _Evidence(market, people, happenings)
    # Belief over (talkativeness, state), which the events tell apart only together.
    belief = (
        np.asarray(market.talkativeness_shares)[None, :, None]
        * (first_state_shares(people.source) * evidence.entry())[:, None, :]
    )
    ended = np.minimum(journeys.won_day, journeys.lost_day)
    everyone = np.arange(count)
    parts: list[tuple[IntArray, int, FloatArray, FloatArray]] = []
    for day in range(max(AGES_DAYS) + 1):
        belief /= belief.sum(axis=(1, 2), keepdims=True)
        if day in AGES_DAYS:
            rows = everyone[(ended >= day) & (people.created + day * DAY_SECONDS <= end_second)]
            state = journeys.states[rows, min(day, journeys.states.shape[1] - 1)]
            seen = (belief[rows].sum(axis=1) * value[rows]).sum(axis=1)
            parts.append((rows, day, seen, value[rows, state]))
        belief = ((belief * evidence.likelihood(day)) * (1 - won - lost)[:, None, :]) @ move
    return Truth(
        lead=np.concatenate([rows for rows, _, _, _ in parts]),
        age_days=np.concatenate([np.full(len(rows), day, dtype=np.int64) for rows, day, _, _ in parts]),
        probability=np.concatenate([seen for _, _, seen, _ in parts]),
        probability_given_intent=np.concatenate([given for _, _, _, given in parts]),
    )


class _Evidence:
    """How well each hidden state explains what was seen on one day."""

    def __init__(self, market: World, people: People, happenings: Happenings) -> None:
        self._market = market
        self._shares = market.token_shares()
        self._mail_share = self._shares[:, [t.email or t.event == "unsubscribe" for t in TOKENS]].sum(axis=1)
        self._talk = np.asarray(market.talkativeness)
        self._rates = np.asarray(market.events)
        self._calendar = np.asarray(market.weekday)
        self._first_weekday = weekday(people.created)
        self._entry_token = np.full(len(people.created), -1, dtype=np.int64)
        human = ~happenings.bot
        is_entry = human & (happenings.millisecond == people.created[happenings.lead] * 1_000)
        self._entry_token[happenings.lead[is_entry]] = happenings.token[is_entry]
        daily = human & ~is_entry
        self._lead, self._token = happenings.lead[daily], happenings.token[daily]
        self._day = happenings.day[daily]
        self._order = np.argsort(self._day, kind="stable")
        self._starts = np.searchsorted(self._day[self._order], np.arange(max(AGES_DAYS) + 2))
        self._unsubscribed = unsubscription_days(self._lead, self._day, self._token, len(people.created))

    def entry(self) -> FloatArray:
        """Return the likelihood of the first event, shape (leads, states)."""
        shares = self._market.entry_shares()
        index = {event: number for number, event in enumerate(ENTRY_EVENTS)}
        number = np.array([index.get(t.event, 0) for t in TOKENS])[self._entry_token]
        return np.asarray(shares.T[number], dtype=np.float64)

    def likelihood(self, day: int) -> FloatArray:
        """Return the likelihood of one day's events up to a factor of the lead, shape (leads, levels, states).

        Poisson count times the mix of events; factors that are the same for every hidden state are left out.
        """
        factor = self._calendar[(self._first_weekday + day) % 7]
        writable = np.where((self._unsubscribed < day)[:, None], 1 - self._mail_share, 1.0)
        rate = self._talk[None, :, None] * (self._rates * writable * factor[:, None])[:, None, :]
        log_likelihood = -rate
        rows = self._order[self._starts[day] : self._starts[day + 1]]
        if len(rows):
            lead, token = self._lead[rows], self._token[rows]
            each = np.log(self._talk)[None, :, None] + (np.log(self._rates) + np.log(self._shares[:, token].T))[:, None]
            np.add.at(log_likelihood, lead, each)
        # The largest is taken off before exponentiating, so that a busy day cannot underflow.
        log_likelihood -= log_likelihood.max(axis=(1, 2), keepdims=True)
        return np.asarray(np.exp(log_likelihood), dtype=np.float64)
