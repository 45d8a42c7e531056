"""The funnel: how many leads became MQL, SQL, opportunity and customer, how soon, and what sales said.

A lead counts where it came in. What it has become so far is counted of all leads; rates and times are of leads whose
horizon is over only, and count what happened within it, so that last week is not taken for a bad week.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from features.domain import Stage
from features.domain.score import iso
from serving.calls.reports.setting import ReportSetting
from serving.calls.reports.share import Share
from serving.calls.reports.span import By, Period, Span
from serving.store import Transaction
from serving.store.columns import EPOCH, microseconds
from serving.store.journeys import NEVER, STEPS, Arrivals, Flags, Parting, Reached

MOST_GROUPS = 12
"""Sources or personas that are told apart; the smaller ones are told together."""

MOST_REASONS = 20
_DAY_MICROSECONDS = 86_400_000_000
_MICROSECOND = timedelta(microseconds=1)


def funnel_report(tx: Transaction, setting: ReportSetting, span: Span, by: By) -> dict[str, Any]:
    """Return the funnel of the leads that came in within a span, in the shape of the API.

    Parameters
    ----------
    tx : Transaction
        What is known at its moment.
    setting : ReportSetting
        Names and horizon.
    span : Span
        When the leads came in.
    by : By
        By what the rows part them; by source only where the setting names one.
    """
    periods = span.periods(by)
    parting = Parting(setting.source if by is By.SOURCE else None, by is By.PERSONA)
    # Before 1970 nothing came in, however long the horizon.
    mature_until = max(tx.now - setting.horizon, EPOCH)
    arrivals = tx.journeys.arrivals(span.starts(periods), mature_until, parting)
    reached = tx.journeys.of_arrivals(span.begin, span.end, setting.words, parting)
    told = _Told(arrivals, reached, microseconds(mature_until), setting.horizon // _MICROSECOND)
    rows = _by_period(told, span, periods) if by in (By.WEEK, By.MONTH) else _by_group(told)
    everyone = np.ones(len(arrivals.count), dtype=bool), np.ones(len(reached.created), dtype=bool)
    return {
        **setting.heading(span, by, tx.now),
        "source_attribute": setting.source,
        "mature_until": iso(mature_until),
        "total": told.row(*everyone),
        "rows": list(rows),
        "rejections": _rejections(tx.journeys.rejections(span.begin, span.end, setting.words)),
    }


@dataclass(frozen=True, slots=True)
class _Told:
    """What the store told; moments and spans in microseconds."""

    arrivals: Arrivals
    reached: Reached
    mature_until: int
    horizon: int

    def row(self, arrived: Flags, came: Flags) -> dict[str, Any]:
        """Return the figures of a part: which entries of the arrivals, and which of those that came further."""
        leads = int(self.arrivals.count[arrived].sum())
        mature = int(self.arrivals.count[arrived & self.arrivals.settled].sum())
        reached = self.reached.where(came)
        settled = reached.where(reached.created <= self.mature_until)
        in_time = settled.moments - settled.created[:, None] <= self.horizon
        counts = [mature, *(int(column.sum()) for column in in_time.T)]
        names = (Stage.LEAD, *STEPS)
        return {
            "counts": {
                Stage.LEAD.value: leads,
                **{step.value: int((reached.at(step) < NEVER).sum()) for step in STEPS},
            },
            "missed_customers": _missed(reached),
            "maturity": "mature" if mature == leads else "partly" if mature else "immature",
            "conversion": Share(counts[-1], mature).to_mapping(),
            "steps": [
                {
                    "from": names[number].value,
                    "to": names[number + 1].value,
                    **Share(counts[number + 1], counts[number]).to_mapping(),
                    "median_days": _median_days(settled, in_time, number),
                }
                for number in range(len(STEPS))
            ],
            "acceptance": _acceptance(reached),
        }


def _missed(reached: Reached) -> int:
    customer = reached.at(Stage.CUSTOMER)
    return int(((customer < NEVER) & (reached.qualified > customer)).sum())


def _median_days(settled: Reached, in_time: Flags, number: int) -> float | None:
    before = settled.created if number == 0 else settled.moments[:, number - 1]
    # Who passed two steps at one moment skipped the first of them.
    took = (settled.moments[:, number] - before)[in_time[:, number]]
    took = took[took > 0]
    return round(float(np.median(took)) / _DAY_MICROSECONDS, 2) if len(took) else None


def _acceptance(reached: Reached) -> dict[str, Any]:
    answered = reached.is_answered
    waiting = (reached.at(Stage.SQL) < NEVER) & ~answered
    share = Share(int(reached.is_accepted.sum()), int(answered.sum()))
    return {"waiting": int(waiting.sum()), **share.to_mapping()}


def _by_period(told: _Told, span: Span, periods: Sequence[Period]) -> Iterator[dict[str, Any]]:
    starts = np.array([microseconds(one) for one in span.starts(tuple(periods))[:-1]])
    came = np.searchsorted(starts, told.reached.created, side="right") - 1
    for number, period in enumerate(periods):
        named = {"name": None, "is_rest": False, "from": period.first.isoformat(), "to": period.last.isoformat()}
        yield named | told.row(told.arrivals.place == number, came == number)


def _by_group(told: _Told) -> Iterator[dict[str, Any]]:
    sizes: dict[str | None, int] = {}
    for name, count in zip(told.arrivals.group, told.arrivals.count, strict=True):
        sizes[name] = sizes.get(name, 0) + int(count)
    order = sorted(sizes, key=lambda name: (-sizes[name], name or ""))
    numbers = {name: min(number, MOST_GROUPS) for number, name in enumerate(order)}
    arrived = np.array([numbers[name] for name in told.arrivals.group], dtype=np.int64)
    came = np.array([numbers[name] for name in told.reached.group], dtype=np.int64)
    for number in range(min(len(order), MOST_GROUPS + 1)):
        is_rest = number == MOST_GROUPS
        named = {"name": None if is_rest else order[number], "is_rest": is_rest, "from": None, "to": None}
        yield named | told.row(arrived == number, came == number)


def _rejections(reasons: Sequence[tuple[str | None, int]]) -> list[dict[str, Any]]:
    told = [{"reason": reason, "is_rest": False, "count": count} for reason, count in reasons[:MOST_REASONS]]
    rest = sum(count for _, count in reasons[MOST_REASONS:])
    return [*told, {"reason": None, "is_rest": True, "count": rest}] if rest else told
