"""Texts that mean "no value", taken only where they are seen and behave like an empty cell."""

from __future__ import annotations

import math

import polars as pl

from training.intake.findings import Findings, Level

TOKENS = frozenset({
    "select", "unknown", "n/a", "na", "#n/a", "n.a.", "-", "--", "?", "null", "none", "nan", "nil", "(blank)", "blank",
    "not provided", "not specified", "unspecified", "undefined", "missing", "not available", "please select",
    "bitte wählen", "unbekannt", "keine angabe", "k.a.", "k. a.", "ohne angabe",
})  # fmt: skip
"""Compared without regard to case."""

_SENTINELS = ("-1", "999", "9999", "99999", "-99", "-999")
_FEW = 50
_FAR_APART = 6.0


def find_missing_values(frame: pl.DataFrame, positive: pl.Series | None, findings: Findings) -> tuple[str, ...]:
    """Return the texts that mean "no value" in this file.

    A token whose leads convert quite differently from those with an empty cell in the same column says something
    of its own (an untouched drop-down is not a form never seen); it stays a value.

    Parameters
    ----------
    frame : pl.DataFrame
        Texts, null where empty.
    positive : pl.Series of Boolean or None
        Whether each row reached the target, where the file says so.
    findings : Findings
        Where the conclusions are noted.
    """
    chosen: list[str] = []
    for token, places in _seen(frame).items():
        cells = sum(places.values())
        where = ", ".join(f"{name} ({count:,})" for name, count in list(places.items())[:5])
        contrast = None if positive is None else _contrast(frame, list(places), token, positive)
        if contrast is not None:
            findings.add("leads.missing_values", f"{token!r} is kept as a value of its own", contrast)
            continue
        chosen.append(token)
        findings.add("leads.missing_values", f"{token!r} means missing", f"{cells:,} cells in {where}")
    _suspect_sentinels(frame, findings)
    return tuple(chosen)


def _seen(frame: pl.DataFrame) -> dict[str, dict[str, int]]:
    seen: dict[str, dict[str, int]] = {}
    for column in frame:
        known = column.str.to_lowercase().is_in(list(TOKENS)).fill_null(False)
        for token, count in column.filter(known).value_counts(sort=True, name="n").iter_rows():
            seen.setdefault(str(token), {})[column.name] = int(count)
    return dict(sorted(seen.items()))


def _contrast(frame: pl.DataFrame, names: list[str], token: str, positive: pl.Series) -> str | None:
    for name in names:
        said, empty = (frame[name] == token).fill_null(False), frame[name].is_null()
        n, m = int(said.sum()), int(empty.sum())
        if min(n, m) < _FEW:
            continue
        a, b = int((said & positive).sum()), int((empty & positive).sum())
        pooled = (a + b) / (n + m)
        error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
        if error and abs(a / n - b / m) / error > _FAR_APART:
            return f"in {name} its leads reach the target in {a / n:.1%}, those with an empty cell in {b / m:.1%}"
    return None


def _suspect_sentinels(frame: pl.DataFrame, findings: Findings) -> None:
    for column in frame:
        numbers = column.cast(pl.Float64, strict=False)
        if numbers.null_count() > column.null_count() or numbers.n_unique() < 10:
            continue
        for text in _SENTINELS:
            count = int((numbers == float(text)).sum())
            others = numbers.filter(numbers != float(text)).drop_nulls()
            beyond = others.is_empty() or others.min() > float(text) or others.max() < float(text)  # type: ignore[operator]  # floats: nulls are dropped
            if beyond and count >= max(_FEW, 0.05 * len(column)):
                findings.add(
                    "leads.columns",
                    f"{text} in {column.name!r} may stand for missing; it is read as a number",
                    f"{count:,} cells, and every other value lies on one side of it",
                    Level.ASSUMED,
                    entry=column.name,
                )
