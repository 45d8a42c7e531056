from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features.domain import ConfigError
from features.domain.sla import Calendar, Duration
from models.calendar import BusinessClock, public_holidays

BERLIN = ZoneInfo("Europe/Berlin")
BAVARIA = Calendar(holidays="DE-BY")


def clock(calendar: Calendar = BAVARIA) -> BusinessClock:
    first, last = dt.datetime(2026, 1, 1, tzinfo=BERLIN), dt.datetime(2026, 12, 31, tzinfo=BERLIN)
    return BusinessClock.between(calendar, first.timestamp(), last.timestamp())


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("at", "span", "due"),
    [
        ("2026-01-08 10:00", "4 business hours", "2026-01-08 14:00"),
        ("2026-01-08 15:00", "4 business hours", "2026-01-09 11:00"),
        ("2026-01-08 07:00", "4 business hours", "2026-01-08 13:00"),
        # Friday evening, and Monday is open.
        ("2026-01-09 18:30", "1 business hour", "2026-01-12 10:00"),
        # Epiphany is a holiday in Bavaria.
        ("2026-01-05 16:00", "2 business hours", "2026-01-07 10:00"),
        ("2026-01-05 16:00", "1 business day", "2026-01-07 17:00"),
        ("2026-01-09 10:00", "1 business day", "2026-01-12 17:00"),
        ("2026-01-10 10:00", "2 business days", "2026-01-13 17:00"),
        ("2026-01-08 10:00", "0.5 business days", "2026-01-09 13:00"),
        ("2026-01-08 10:00", "24 hours", "2026-01-09 10:00"),
        ("2026-01-08 10:00", "1 day", "2026-01-09 10:00"),
    ],
)
def test_a_promised_span_ends_when_people_expect_it(at: str, span: str, due: str) -> None:
    assert clock().due_at(local(at), Duration.parse(span, "span")) == local(due)


def test_epiphany_is_a_working_day_in_berlin() -> None:
    berlin = clock(Calendar(holidays="DE-BE"))
    span = Duration.parse("2 business hours", "span")
    assert berlin.due_at(local("2026-01-05 16:00"), span) == local("2026-01-06 10:00")


def test_opening_hours_are_local_on_both_sides_of_a_change_of_clocks() -> None:
    # Clocks go forward on Sunday 29 March 2026.
    span = Duration.parse("8 business hours", "span")
    assert clock().due_at(local("2026-03-27 12:00"), span) == local("2026-03-30 12:00")
    assert local("2026-03-30 12:00") - local("2026-03-27 12:00") == dt.timedelta(days=3)
    passed = local("2026-03-30 12:00").timestamp() - local("2026-03-27 12:00").timestamp()
    assert passed == 71 * 3600


def test_a_night_shift_over_the_change_of_clocks_is_as_long_as_it_is() -> None:
    whole_days = clock(Calendar(days="sun", hours="00:00-24:00"))
    ends = [local("2026-03-29 00:00").timestamp(), local("2026-03-30 00:00").timestamp()]
    before, after = whole_days.worked(np.array(ends))
    assert after - before == 23 * 3600


def test_worked_seconds_and_moments_are_inverse_within_opening_hours() -> None:
    berlin = clock()
    moments = np.array([local(f"2026-06-{day:02d} 11:20").timestamp() for day in (1, 2, 3, 5, 8)])
    assert berlin.moment(berlin.worked(moments)) == pytest.approx(moments)
    assert berlin.is_open(moments).all()
    # Corpus Christi, a Sunday, and closing time.
    shut = [local(text).timestamp() for text in ("2026-06-04 11:00", "2026-06-07 11:00", "2026-06-08 17:00")]
    assert not berlin.is_open(np.array(shut)).any()


def test_a_range_of_days_may_go_over_the_weekend() -> None:
    weekend = clock(Calendar(days="fri-mon", hours="09:00-17:00"))
    assert weekend.week_seconds == 4 * 8 * 3600
    span = Duration.parse("1 business hour", "span")
    assert weekend.due_at(local("2026-01-06 10:00"), span) == local("2026-01-09 10:00")


@pytest.mark.parametrize("code", ["DE-XX", "QQ", "Bavaria"])
def test_unknown_holidays_say_what_to_write(code: str) -> None:
    with pytest.raises(ConfigError, match="DE-BY"):
        public_holidays(code, [2026])


def test_without_a_code_there_are_no_holidays() -> None:
    assert public_holidays(None, [2026]) == frozenset()
    assert dt.date(2026, 1, 6) in public_holidays("de-by", [2026])
