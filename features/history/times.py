"""Moments out of text: every row's own zone where it has one, the declared zone where it has none.

Local times that a change of clocks makes ambiguous or impossible are not guessed; they come back as unreadable with
the reason.
"""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from features.domain import ConfigError

MOMENT = pl.Datetime("us", "UTC")
"""The type of every time in a frame."""

UNREADABLE = "unreadable time"
AMBIGUOUS = "local time occurs twice when the clocks go back"
IMPOSSIBLE = "local time skipped when the clocks go forward"

EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000}
"""Microseconds in one unit of the numeric time formats."""

_NAIVE = pl.Datetime("us")
_ZONED_LAYOUTS = tuple(
    f"%Y-%m-%d{separator}{clock}%#z" for separator in ("T", " ") for clock in ("%H:%M:%S%.f", "%H:%M")
)
_LOCAL_LAYOUTS = tuple(f"%Y-%m-%d{separator}{clock}" for separator in ("T", " ") for clock in ("%H:%M:%S%.f", "%H:%M"))
_DATE_SHAPE = r"^[12]\d{3}-\d{2}-\d{2}$"
_ISO_SHAPE = r"^[12]\d{3}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)?$"
_SAMPLE = 300
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def read_times(texts: pl.Series, zone: str, time_format: str | None = None) -> tuple[pl.Series, pl.Series]:
    """Return the moments written in ``texts`` and, where one cannot be read, why.

    Parameters
    ----------
    texts : pl.Series of String, shape (n,)
        Trimmed texts; null where there is none.
    zone : str
        IANA zone of times that carry none; a date alone is its midnight there.
    time_format : str or None
        None for ISO 8601, a ``strptime`` pattern, ``epoch_s`` or ``epoch_ms``. Beside a pattern, ISO 8601 with a zone
        is read too: it can mean one moment only.

    Returns
    -------
    tuple of (pl.Series of Datetime, pl.Series of String)
        Moments in UTC, null where missing or unreadable; the reason where unreadable, else null.

    Raises
    ------
    ConfigError
        If ``time_format`` is not a pattern.

    Examples
    --------
    >>> moments, reasons = read_times(pl.Series(["2024-03-31T02:30:00", "2024-03-31"]), "Europe/Berlin")
    >>> moments[1].isoformat(), reasons[0]
    ('2024-03-30T23:00:00+00:00', 'local time skipped when the clocks go forward')
    """
    moments, reasons = _read(texts.cast(pl.String), zone, time_format)
    # 0001-01-01 and 9999-12-31 are what databases write for "none"; nothing a lead did happened then.
    far = (moments < _EARLIEST) | (moments >= _LATEST)
    if far.any():
        moments = moments.set(far.fill_null(False), None)
        reasons = reasons.set(far.fill_null(False), UNREADABLE)
    return moments, reasons


def read_dates(texts: pl.Series, time_format: str | None = None) -> pl.Series:
    """Return the dates of an attribute in UTC, null where missing or unreadable.

    As ``features.schema.canonical_value`` reads them (ISO 8601, no zone means UTC), and beyond it in the
    file's own ``time_format``.
    """
    texts = texts.cast(pl.String)
    moments, _ = _read(texts, "UTC", None)
    if time_format is not None:
        moments = _coalesce(moments, _read(texts.set(moments.is_not_null(), None), "UTC", time_format)[0])
    return moments


def _read(texts: pl.Series, zone: str, time_format: str | None) -> tuple[pl.Series, pl.Series]:
    if time_format in EPOCHS:
        moments = _from_epoch(texts, EPOCHS[time_format])
        return moments, _reason(texts, moments)
    if time_format is not None:
        moments, local = _by_pattern(texts, time_format)
        moments = _zoned_beside(texts, moments, local)
    else:
        moments, local = _iso(texts)
    return _settle(texts, moments, local, zone)


def carries_zone(texts: pl.Series) -> pl.Series:
    """Return for every text whether it names its own zone (``Z`` or an offset after a clock time)."""
    return texts.str.contains(r":\d{2}(\.\d+)?\s?(Z|[+-]\d{2}(:?\d{2})?)$").fill_null(False)


def _settle(texts: pl.Series, moments: pl.Series, local: pl.Series, zone: str) -> tuple[pl.Series, pl.Series]:
    unreadable = _reason(texts, moments.is_not_null() | local.is_not_null())
    if local.null_count() == len(local):
        return moments, unreadable
    frame = pl.DataFrame({"moment": moments, "local": local, "reason": unreadable})
    zoned = pl.col("local").dt.replace_time_zone
    frame = frame.with_columns(
        strict=zoned(zone, ambiguous="null", non_existent="null").dt.convert_time_zone("UTC"),
        lenient=zoned(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC"),
    )
    unsettled = pl.col("local").is_not_null() & pl.col("strict").is_null()
    frame = frame.select(
        moment=pl.coalesce("moment", "strict").cast(MOMENT),
        reason=pl.when(unsettled & pl.col("lenient").is_null())
        .then(pl.lit(IMPOSSIBLE))
        .when(unsettled)
        .then(pl.lit(AMBIGUOUS))
        .otherwise(pl.col("reason")),
    )
    return frame["moment"], frame["reason"]


def _reason(texts: pl.Series, read: pl.Series) -> pl.Series:
    known = read if read.dtype == pl.Boolean else read.is_not_null()
    failed = texts.is_not_null() & ~known
    return pl.select(pl.when(failed).then(pl.lit(UNREADABLE)).otherwise(pl.lit(None, pl.String)))["literal"]


def _from_epoch(texts: pl.Series, unit: int) -> pl.Series:
    numbers = texts.cast(pl.Float64, strict=False)
    # From 1900 to 2200: outside of it the unit is wrong, and polars would wrap around.
    sane = numbers.is_finite() & (numbers * unit).is_between(-2.21e15, 7.26e15)
    whole = (numbers * unit).round().set(~sane.fill_null(False), None)
    return whole.cast(pl.Int64).cast(_NAIVE).dt.replace_time_zone("UTC")


def _by_pattern(texts: pl.Series, pattern: str) -> tuple[pl.Series, pl.Series]:
    # In chrono's patterns (which polars follows) "%.f" is a fraction with its point; in Python's it is ".%f".
    chrono = pattern.replace(".%f", "%.f")
    empty = pl.Series([None] * len(texts), dtype=MOMENT), pl.Series([None] * len(texts), dtype=_NAIVE)
    try:
        if "%z" in chrono or "%:z" in chrono:
            chrono = chrono.replace("%:z", "%#z").replace("%z", "%#z")
            return texts.str.to_datetime(chrono, strict=False, time_unit="us").cast(MOMENT), empty[1]
        if not any(part in chrono for part in ("%H", "%I", "%T", "%R", "%X", "%c", "%s")):
            return empty[0], texts.str.to_date(chrono, strict=False).cast(_NAIVE)
        return empty[0], texts.str.to_datetime(chrono, strict=False, time_unit="us").cast(_NAIVE)
    except pl.exceptions.PolarsError:
        raise ConfigError(
            f"time_format is {pattern!r}.",
            "a strptime pattern such as '%d.%m.%Y %H:%M', epoch_s or epoch_ms.",
            "Correct time_format in leadscore.yaml.",
        ) from None


def _zoned_beside(texts: pl.Series, moments: pl.Series, local: pl.Series) -> pl.Series:
    """Return the moments with those of ISO texts that carry their zone: two systems' exports in one file are plain."""
    rest = texts.set((moments.is_not_null() | local.is_not_null()).fill_null(False), None)
    zoned = rest.set(~carries_zone(rest), None)
    return moments if zoned.null_count() == len(zoned) else _coalesce(moments, _iso(zoned)[0])


def _iso(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return zoned moments and local times; the usual layouts at once, the rest one by one as Python reads them."""
    frame = pl.DataFrame({"text": texts})
    # The shape is checked first: chrono would also take single digits, which Python's ISO reader refuses.
    shaped = frame["text"].str.contains(_ISO_SHAPE).fill_null(False)
    dates = frame["text"].str.contains(_DATE_SHAPE).fill_null(False)
    clock = texts.set(~shaped, None)
    zoned = clock.set(~carries_zone(clock), None)
    bare = clock.set(carries_zone(clock), None)
    moments = _first_that_reads(zoned, _ZONED_LAYOUTS).cast(MOMENT)
    local = _first_that_reads(bare, _LOCAL_LAYOUTS).cast(_NAIVE)
    if dates.any():
        local = _coalesce(local, texts.set(~dates, None).str.to_date("%Y-%m-%d", strict=False).cast(_NAIVE))
    rest = texts.set((moments.is_not_null() | local.is_not_null()).fill_null(False), None)
    if rest.null_count() < len(rest):
        other_moments, other_local = _python_iso(rest)
        moments, local = _coalesce(moments, other_moments), _coalesce(local, other_local)
    return moments, local


def _first_that_reads(texts: pl.Series, layouts: tuple[str, ...]) -> pl.Series:
    zoned = "%#z" in layouts[0]
    result = pl.Series([None] * len(texts), dtype=MOMENT if zoned else _NAIVE)
    if texts.null_count() == len(texts):
        return result
    sample = texts.drop_nulls().head(_SAMPLE)
    hits = {layout: _parse(sample, layout).null_count() for layout in layouts}
    for layout in sorted(layouts, key=hits.__getitem__):
        result = _coalesce(result, _parse(texts, layout))
        texts = texts.set(result.is_not_null(), None)
        if texts.null_count() == len(texts):
            break
    return result


def _parse(texts: pl.Series, layout: str) -> pl.Series:
    return texts.str.to_datetime(layout, strict=False, time_unit="us")


def _python_iso(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    moments: dict[str, datetime] = {}
    local: dict[str, datetime] = {}
    for text in texts.drop_nulls().unique():
        try:
            read = datetime.fromisoformat(text)
            if read.tzinfo is None:
                local[text] = read
            else:
                moments[text] = read.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return _looked_up(texts, moments, MOMENT), _looked_up(texts, local, _NAIVE)


def _looked_up(texts: pl.Series, found: dict[str, datetime], dtype: pl.Datetime) -> pl.Series:
    if not found:
        return pl.Series([None] * len(texts), dtype=dtype)
    table = pl.DataFrame(
        {"text": list(found), "value": list(found.values())}, schema={"text": pl.String, "value": dtype}
    )
    return pl.DataFrame({"text": texts}).join(table, on="text", how="left", maintain_order="left")["value"]


def _coalesce(first: pl.Series, second: pl.Series) -> pl.Series:
    return (
        first if second.null_count() == len(second) else first.zip_with(first.is_not_null(), second.cast(first.dtype))
    )
