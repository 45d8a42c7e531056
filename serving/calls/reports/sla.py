"""Whether the agreement was kept: what each clause promised against what happened, week by week or month by month.

A rate is judged by its exact interval: kept or broken where chance does not explain it, else unclear; and only from
leads whose horizon is over. Nothing here certifies anything: who looks often finds a bad week, so the alarm on a
certificate is the watch of ``leadscore monitor``, which may be looked at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np

from features.domain import Sla, Stage
from features.domain.score import iso
from features.domain.sla import CLAUSES
from models.agreement import Agreement
from models.calendar import HOUR, BusinessClock
from serving.calls.reports.setting import ReportSetting
from serving.calls.reports.share import Share
from serving.calls.reports.span import By, Period, Span
from serving.store import Transaction
from serving.store.columns import EPOCH, microseconds
from serving.store.handovers import HandOver
from serving.store.journeys import NEVER, Reached, Whole
from serving.store.promises import Clocks, Hours

MOST_BREACHES = 50
_MICROSECOND = timedelta(microseconds=1)
_WHOLE_WEEK = 6
"""Days from the first to the last day of a whole week."""
_AT_MOST = ("mql.max_missed_customers",)


class Verdict(StrEnum):
    """Whether a clause was kept."""

    KEPT = "kept"
    BROKEN = "broken"
    UNCLEAR = "unclear"
    OPEN = "open"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class Case:
    """What a clause is judged by: entries with a moment each, of which some count, and some are too young to be told.

    Parameters
    ----------
    at : array of int64, shape (entries,)
        When each belongs, in microseconds since 1970.
    told, counts : array of bool, shape (entries,)
        Whether it is known already, and whether it counts for the share that the clause speaks of.
    """

    at: Whole
    told: np.ndarray
    counts: np.ndarray


def sla_report(
    tx: Transaction, setting: ReportSetting, agreement: Agreement, span: Span, by: By, *, with_ids: bool
) -> dict[str, Any]:
    """Return what was agreed against what happened within a span, in the shape of the API.

    Parameters
    ----------
    tx : Transaction
        What is known at its moment.
    setting : ReportSetting
        Names and horizon.
    agreement : Agreement
        The cutoffs in force, as they hold for the model that serves.
    span : Span
        When leads reached a stage, were handed over, or bought.
    by : By
        Week or month.
    with_ids : bool
        Whether breaches name their leads.
    """
    periods = span.periods(by)
    starts = np.array([microseconds(one) for one in span.starts(periods)])
    reached = tx.journeys.of_steps(span.begin, span.end, setting.words)
    clocks = tx.promises.clocks(span.begin, span.end)
    cases = _cases(reached, clocks, span, setting, tx.now)
    hours = tx.promises.hours(span.begin, span.end)
    breaches = tx.promises.late(span.begin, span.end, MOST_BREACHES)
    return {
        **setting.heading(span, by, tx.now),
        "sla_version": setting.sla.version,
        "certificate": _certificate(agreement, tx.now),
        "periods": _volumes(periods, starts, reached, clocks, cases["sql.contact_within"], hours, setting.sla),
        "clauses": [
            _clause(name, setting.sla, cases, starts) for name in CLAUSES if _promise(setting.sla, name) is not None
        ],
        "breaches": _breaches(breaches, setting.sla, tx.now, with_ids=with_ids),
    }


def _cases(reached: Reached, clocks: Clocks, span: Span, setting: ReportSetting, now: datetime) -> Mapping[str, Case]:
    settled = microseconds(max(now - setting.horizon, EPOCH))
    horizon = setting.horizon // _MICROSECOND
    mql, sql, customer = (reached.at(step) for step in (Stage.MQL, Stage.SQL, Stage.CUSTOMER))
    bought = customer < NEVER
    kept = clocks.stopped <= clocks.due
    agreed = clocks.due < NEVER
    return {
        "mql.min_conversion_rate": Case(mql, mql <= settled, customer - mql <= horizon),
        "mql.max_missed_customers": Case(customer, bought, reached.qualified > customer),
        "sql.min_conversion_rate": Case(sql, sql <= settled, customer - sql <= horizon),
        "sql.min_acceptance_rate": Case(sql, reached.is_answered, reached.is_accepted),
        "sql.max_per_week": _weeks(sql, span, setting.sla.sql.max_per_week),
        "sql.contact_within": Case(
            clocks.began[agreed], (kept | (clocks.due < microseconds(now)))[agreed], kept[agreed]
        ),
    }


def _weeks(sql: Whole, span: Span, most: int | None) -> Case:
    """Return the whole weeks of a span, each where it begins; it counts where no more than ``most`` became an SQL."""
    weeks = span.periods(By.WEEK)
    starts = np.array([microseconds(one) for one in span.starts(weeks)])
    whole = np.array([(one.last - one.first).days == _WHOLE_WEEK for one in weeks])
    came, _ = np.histogram(sql[(sql >= starts[0]) & (sql < starts[-1])], bins=starts)
    return Case(starts[:-1][whole], np.ones(whole.sum(), dtype=bool), came[whole] <= (most or 0))


def _promise(sla: Sla, name: str) -> float | str | None:
    part, clause = name.split(".")
    promise = getattr(getattr(sla, part), clause)
    return promise if promise is None or isinstance(promise, int | float) else str(promise)


def _clause(name: str, sla: Sla, cases: Mapping[str, Case], starts: Whole) -> dict[str, Any]:
    promise = _promise(sla, name)
    # What holds for most weeks and hand-overs holds with the certificate's confidence.
    limit = promise if isinstance(promise, float) and promise < 1 else sla.confidence
    case, is_most = cases.get(name), name in _AT_MOST
    judged = {"promise": promise, "limit": limit, "direction": "at_most" if is_most else "at_least"}
    if case is None:
        nothing = {"open": 0, "verdict": Verdict.NOT_MEASURED.value, **Share(0, 0).to_mapping()}
        return {"name": name, **judged, "total": nothing, "periods": [nothing] * (len(starts) - 1)}
    place = np.searchsorted(starts, case.at, side="right") - 1
    inside = (place >= 0) & (place < len(starts) - 1)
    return {
        "name": name,
        **judged,
        "total": _figure(case, inside, limit, is_most=is_most),
        "periods": [_figure(case, place == number, limit, is_most=is_most) for number in range(len(starts) - 1)],
    }


def _figure(case: Case, rows: np.ndarray, limit: float, *, is_most: bool) -> dict[str, Any]:
    share = Share(int((case.counts & case.told & rows).sum()), int((case.told & rows).sum()))
    return {
        "open": int((rows & ~case.told).sum()),
        "verdict": _verdict(share, limit, is_most=is_most).value,
        **share.to_mapping(),
    }


def _verdict(share: Share, limit: float, *, is_most: bool) -> Verdict:
    if share.interval is None:
        return Verdict.OPEN
    low, high = share.interval
    if is_most:
        return Verdict.KEPT if high <= limit else Verdict.BROKEN if low > limit else Verdict.UNCLEAR
    return Verdict.KEPT if low >= limit else Verdict.BROKEN if high < limit else Verdict.UNCLEAR


def _volumes(
    periods: Sequence[Period], starts: Whole, reached: Reached, clocks: Clocks, contact: Case, hours: Hours, sla: Sla
) -> list[dict[str, Any]]:
    def counted(moments: Whole, weights: Whole | None = None) -> list[int]:
        place = np.searchsorted(starts, moments, side="right") - 1
        inside = (place >= 0) & (place < len(periods))
        taken = None if weights is None else weights[inside]
        return [int(one) for one in np.bincount(place[inside], weights=taken, minlength=len(periods))]

    late = contact.at[contact.told & ~contact.counts]
    figures = {
        "mql": counted(reached.at(Stage.MQL)),
        "sql": counted(reached.at(Stage.SQL)),
        "customers": counted(reached.at(Stage.CUSTOMER)),
        "handed_over": counted(clocks.began),
        "late": counted(late),
        "scores": counted(hours.began, hours.scores),
        "degraded_scores": counted(hours.began, hours.degraded),
        "hours": counted(hours.began),
        "degraded_hours": counted(hours.began[hours.degraded > 0]),
    }
    return [
        {
            "from": period.first.isoformat(),
            "to": period.last.isoformat(),
            "capacity": _capacity(period, sla.sql.max_per_week),
            **{name: column[number] for name, column in figures.items()},
        }
        for number, period in enumerate(periods)
    ]


def _capacity(period: Period, per_week: int | None) -> float | None:
    return None if per_week is None else round(per_week * ((period.last - period.first).days + 1) / 7, 1)


def _certificate(agreement: Agreement, now: datetime) -> dict[str, Any]:
    return {
        "state": agreement.state_at(now),
        "signed": agreement.signed,
        "mql": agreement.mql,
        "sql": agreement.sql,
        "model_version": agreement.model_version,
        "since": iso(agreement.since),
        "valid_until": iso(agreement.valid_until),
    }


def _breaches(late: Sequence[HandOver], sla: Sla, now: datetime, *, with_ids: bool) -> list[dict[str, Any]]:
    if not late:
        return []
    clock = BusinessClock.between(sla.calendar, late[-1].handed_over_at.timestamp(), now.timestamp())
    return [_breach(one, clock, now, with_ids=with_ids) for one in late]


def _breach(one: HandOver, clock: BusinessClock, now: datetime, *, with_ids: bool) -> dict[str, Any]:
    stopped = min((moment for moment in (one.contacted_at, one.answered_at) if moment is not None), default=None)
    ends = [moment.timestamp() for moment in (one.due_at or now, stopped or now)]
    due, ended = clock.worked(np.array(ends))
    return {
        "lead_id": one.lead_id if with_ids else None,
        "owner": one.owner if with_ids else None,
        "handed_over_at": iso(one.handed_over_at),
        "due_at": iso(one.due_at),
        "stopped_at": iso(stopped),
        "business_hours_late": round(float(ended - due) / HOUR, 2),
    }
