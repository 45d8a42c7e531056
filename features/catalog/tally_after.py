"""The tally of a lead after one thing more: an event at the very moment, or an attribute told.

The same as tallying the lead anew, without reading all its events again: advice asks for dozens of these with every
score.
"""

from __future__ import annotations

from bisect import insort

from features.catalog import tally as names
from features.catalog.tally import ALL, DAILY_CAP, DAY, SESSION_GAP, TallyPlan
from features.catalog.tally_of_one import LeadAt, LeadTally, Seen, quantity
from features.domain import Value


class TallyAfter:
    """Tells what changes in a tally.

    Parameters
    ----------
    plan : TallyPlan
        What is tallied.
    lead_tally : LeadTally
        Tallies a lead from its events.
    """

    def __init__(self, plan: TallyPlan, lead_tally: LeadTally) -> None:
        self._plan = plan
        self._lead_tally = lead_tally
        self._slots = {kind: slot for slot, kind in enumerate(plan.kinds)}
        self._blank: tuple[tuple[bool, float | str], ...] = (
            *((False, 0.0) for _ in plan.numbers),
            *((False, "") for _ in plan.categories),
        )
        self._sessions = [names.sessions(days) for days in names.ACTIVITY_WINDOW_DAYS]
        self._active_days = [names.active_days(days) for days in names.ACTIVITY_WINDOW_DAYS]
        self._amounts = {slot: self._amounts_of(slot) for slot in range(plan.other + 1)}

    def event(self, before: LeadAt, kind: str) -> LeadAt:
        """Return the lead after an event of this kind, without properties, at the moment that it is tallied at."""
        now = before.now
        if now is None or kind in self._plan.silent:
            return before
        tally = dict(before.tally)
        last, today = before.seen[-1][0] if before.seen else None, now // DAY
        seen = before.seen.copy()
        added: Seen = (now, kind, self._blank)
        insort(seen, added)
        is_counted = sum(own == kind and time // DAY == today for time, own, _ in before.seen) < DAILY_CAP
        if last == now and not is_counted:
            # Events of one moment are ordered by their content: the cap may now fall on one that has properties.
            self._lead_tally.read(tally, seen, now)
            return LeadAt(now, seen, tally)
        slot = self._slots.get(kind, self._plan.other)
        tally[names.last_time(slot)] = tally[names.last_time(ALL)] = now
        tally[names.FIRST_TIME], tally[names.FIRST_KIND], tally[names.LAST_KIND] = seen[0][0], seen[0][1], seen[-1][1]
        grown: list[str] = []
        if last is None or now - last > SESSION_GAP:
            grown += self._sessions
        if last is None or last // DAY != today:
            grown += self._active_days
        if is_counted:
            grown += self._amounts[slot]
        for name in grown:
            # Each decayed sum grows by 2 to the power of 0.
            tally[name] += 1  # type: ignore[operator]  # counts and sums are numbers
        return LeadAt(now, seen, tally)

    def answer(self, before: LeadAt, column: str, value: Value) -> LeadAt:
        """Return the lead with one attribute of this value."""
        kind = self._plan.attributes.get(column)
        if kind is None:
            return before
        told = {names.attribute(column): quantity(value, kind, before.now)}
        return LeadAt(before.now, before.seen, {**before.tally, **told})

    def touched_by_event(self, kind: str) -> frozenset[str]:
        """Return the quantities that an event of this kind may change."""
        slot = self._slots.get(kind, self._plan.other)
        # By the daily cap, another event of the moment may no longer count with its properties.
        capped = [names.of_property(prop, part) for prop in self._plan.numbers for part in ("sum", "filled")]
        lasts = (names.last_time(slot), names.last_time(ALL), names.LAST_KIND, names.FIRST_TIME, names.FIRST_KIND)
        return frozenset((*lasts, *self._sessions, *self._active_days, *self._amounts[slot], *capped))

    def touched_by_answer(self, column: str) -> frozenset[str]:
        """Return the quantities that this attribute's value may change."""
        return frozenset((names.attribute(column),))

    def _amounts_of(self, slot: int) -> list[str]:
        counts = [names.count(one, days) for one in (slot, ALL) for days in (*names.EDGE_DAYS, None)]
        decayed = [names.decayed(ALL, days) for days in names.HALF_LIFE_DAYS]
        return [*counts, names.decayed(slot, names.KIND_HALF_LIFE_DAYS), *decayed]
