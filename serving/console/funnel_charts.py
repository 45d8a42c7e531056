"""The pictures of the funnel report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from features.domain import Text, say
from serving.calls.reports import By
from serving.console.charts import Axis, Chart, Kind, Series, Unit
from serving.console.words import funnel as words

_COLORS = {"lead": "muted", "mql": "two", "sql": "one", "opportunity": "four", "customer": "three"}
_FEWEST_PLACES = 2


def of_parts(parts: Sequence[tuple[Text, Mapping[str, Any]]], by: By, report: Mapping[str, Any]) -> tuple[Chart, ...]:
    """Return how many leads came in and how far they came, and their conversion; none for a single part."""
    if len(parts) < _FEWEST_PLACES:
        return ()
    is_time = by in (By.WEEK, By.MONTH)
    kind = Kind.LINE if is_time else Kind.BAR
    places = [name for name, _ in parts]
    across = Axis(words.PART[by.value])
    counts = report["total"]["counts"]
    rate_help = words.RATE_HELP if is_time else words.RATE_HELP_OF_GROUPS
    return (
        Chart(
            "counts", words.COUNTS_CAPTION, words.COUNTS_HELP,
            _filled(words.COUNTS_ALT, leads=say.whole(counts["lead"]), mql=say.whole(counts["mql"]),
                    sql=say.whole(counts["sql"]), customers=say.whole(counts["customer"])),
            places, across, Axis(words.LEADS, low=0.0),
            [
                Series(words.STEPS[step], [row["counts"][step] for _, row in parts], kind, color)
                for step, color in _COLORS.items()
            ],
        ),
        Chart(
            "conversion", words.RATE_CAPTION, _filled(rate_help, days=say.whole(report["horizon_days"])),
            _rate_alt(report["total"]["conversion"]), places, across, Axis(words.RATE, Unit.PERCENT, low=0.0),
            _rates([row["conversion"] for _, row in parts], is_time=is_time),
        ),
    )  # fmt: skip


def of_rejections(rejections: Sequence[Mapping[str, Any]], labels: Mapping[str, Text]) -> Chart | None:
    """Return why sales rejected, None where it did not.

    Parameters
    ----------
    rejections : sequence of mapping
        As the report tells them.
    labels : Mapping[str, Text]
        What the agreed reasons are called.
    """
    if not rejections:
        return None
    names = [
        words.REST
        if one["is_rest"]
        else words.NO_REASON
        if one["reason"] is None
        else labels.get(one["reason"], Text.same(one["reason"]))
        for one in rejections
    ]
    counts = [one["count"] for one in rejections]
    alt = _filled(words.REASONS_ALT, reason=names[0], count=say.whole(counts[0]))
    return Chart(
        "rejections", words.REASONS_CAPTION, words.REASONS_HELP, alt, names, Axis(words.REASON),
        Axis(words.LEADS, low=0.0), [Series(words.REJECTED, counts, Kind.BAR, "down")],
    )  # fmt: skip


def of_periods(periods: Sequence[Mapping[str, Any]], by: By) -> tuple[Chart, ...]:
    """Return the load on sales, and contact in time, where there was any."""
    if len(periods) < _FEWEST_PLACES:
        return ()
    places = [say.day(datetime.combine(date.fromisoformat(one["from"]), datetime.min.time())) for one in periods]
    across, up = Axis(words.PART[by.value]), Axis(words.STEPS["sql"], low=0.0)
    sqls = [one["sql"] for one in periods]
    charts = []
    if any(sqls):
        load = [Series(words.STEPS["sql"], sqls, Kind.BAR, "one")]
        if periods[0]["capacity"] is not None:
            # What comes first is drawn on top.
            capacity = [one["capacity"] for one in periods]
            load.insert(0, Series(words.CAPACITY, capacity, Kind.LINE, "two", dashed=True))
        alt = _filled(words.LOAD_ALT, most=say.whole(max(sqls)))
        charts.append(Chart("load", words.LOAD_CAPTION, words.LOAD_HELP, alt, places, across, up, load))
    handed, late = [one["handed_over"] for one in periods], [one["late"] for one in periods]
    if any(handed):
        contact = [
            Series(
                words.IN_TIME, [total - missed for total, missed in zip(handed, late, strict=True)], Kind.BAR, "three"
            ),
            Series(words.LATE, late, Kind.BAR, "down"),
        ]
        alt = _filled(words.CONTACT_ALT, late=say.whole(sum(late)), all=say.whole(sum(handed)))
        charts.append(
            Chart("contact", words.CONTACT_CAPTION, words.CONTACT_HELP, alt, places, across, up, contact, stacked=True)
        )
    return tuple(charts)


def _rates(shares: Sequence[Mapping[str, Any]], *, is_time: bool) -> list[Series]:
    ends = {name: [share[name] for share in shares] for name in ("rate", "low", "high")}
    if not is_time:
        return [
            Series(words.RANGE_LOW, ends["low"], Kind.POINTS, "muted"),
            Series(words.RANGE_HIGH, ends["high"], Kind.POINTS, "muted"),
            Series(words.RATE, ends["rate"], Kind.BAR, "three"),
        ]
    return [
        Series(words.RANGE_LOW, ends["low"], Kind.BAND_LOW, "three"),
        Series(words.RANGE_HIGH, ends["high"], Kind.BAND_HIGH, "three", legend=words.RANGE_LEGEND),
        Series(words.RATE, ends["rate"], Kind.LINE, "three"),
    ]


def _rate_alt(share: Mapping[str, Any]) -> Text:
    if share["rate"] is None:
        return words.NO_RATE_ALT
    return _filled(
        words.RATE_ALT, rate=say.percent(share["rate"]), low=say.percent(share["low"]), high=say.percent(share["high"])
    )


def _filled(text: Text, **parts: Text | str) -> Text:
    return say.sentence(text.en, text.de, **parts)
