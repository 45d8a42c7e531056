from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features.domain import ConfigError, Sla
from models.cutoffs import Clause, Cutoff, State, certify

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = dt.datetime(2025, 2, 3, tzinfo=BERLIN)


def judged(span: str, hours: list[int], per_week: int | None = 40, weeks: int = 24, **calendar: str) -> Cutoff:
    """Return the SQL cutoff for weeks in which one lead comes at each of these hours after Monday midnight."""
    moments = [MONDAY + dt.timedelta(weeks=week, hours=hour) for week in range(weeks) for hour in hours]
    sql = {"contact_within": span} | ({} if per_week is None else {"max_per_week": per_week})
    return certify(
        [0.5] * len(moments), [0] * len(moments), Sla.from_mapping({"sql": sql, "calendar": calendar}), moments
    ).sql


def clause(cutoff: Cutoff, name: str = "sql.contact_within") -> Clause:
    return next(one for one in cutoff.clauses if one.name == name)


def test_leads_that_come_slowly_are_contacted_at_once() -> None:
    found = clause(judged("1 business hour", [10, 34, 58]))
    assert (found.state, found.k, found.n) == (State.CERTIFIED, 0, 22 * 3)
    assert "40 leads taken a week" in found.sentence.en
    assert "innerhalb von 1 Geschäftsstunde" in found.sentence.de


def test_a_crowd_waits_and_the_last_of_it_are_late() -> None:
    # One an hour is taken: of eight at nine o'clock the sixth waits five hours, and later ones more.
    found = clause(judged("4 business hours", [9] * 8))
    assert (found.state, found.k, found.n) == (State.INFEASIBLE, 22 * 3, 22 * 8)
    assert found.estimate == 3 / 8
    assert clause(judged("7 business hours", [9] * 8)).state is State.CERTIFIED


def test_who_comes_on_friday_evening_is_late_by_the_wall_clock_whoever_works() -> None:
    friday_evening = 4 * 24 + 19
    found = clause(judged("24 hours", [10, friday_evening], None))
    assert (found.state, found.estimate) == (State.INFEASIBLE, 0.5)
    assert "as many people as it takes" in found.sentence.en


def test_without_a_capacity_the_calendar_alone_promises_nothing() -> None:
    found = clause(judged("4 business hours", [10, 34], None))
    assert found.state is State.NOT_MEASURED
    assert "how many of these leads" in found.sentence.en


def test_holidays_and_the_days_off_are_no_time_to_contact_anybody() -> None:
    # Who comes on Good Friday is not contacted before Tuesday, and who comes on Easter Monday waits behind them.
    plain = clause(judged("24 hours", [9, 33, 57, 81, 105], 100))
    bavarian = clause(judged("24 hours", [9, 33, 57, 81, 105], 100, holidays="DE-BY"))
    assert plain.k == 0
    assert bavarian.k == 2


def test_few_weeks_are_too_few() -> None:
    found = clause(judged("4 business hours", [9], weeks=10))
    assert found.state is State.PROVISIONAL
    assert "Too few weeks" in found.sentence.en


def test_unknown_holidays_are_an_error_of_the_agreement() -> None:
    with pytest.raises(ConfigError, match="DE-XX"):
        judged("24 hours", [9], holidays="DE-XX")


def test_a_higher_cutoff_is_taken_where_the_queue_is_too_long() -> None:
    rng = np.random.default_rng(1)
    moments = [MONDAY + dt.timedelta(minutes=int(m)) for m in np.sort(rng.integers(0, 40 * 7 * 1440, 4000))]
    agreed = Sla.from_mapping({"sql": {"contact_within": "2 business days", "max_per_week": 30}})
    score = rng.random(4000)
    found = certify(score, score > 0.9, agreed, moments).sql
    assert found.state is State.CERTIFIED
    assert 0.5 < float((score < found.probability).mean()) < 0.95
