"""Figures and sentences in both languages: a decimal point for English, a comma for German."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from features.domain import Text

NOTHING = Text("–", "–")
"""Stands where a figure cannot be told."""

_NO_BREAK = "\N{NO-BREAK SPACE}"


def sentence(english: str, german: str, **parts: Text | str) -> Text:
    """Return a sentence whose parts are put in by name.

    Examples
    --------
    >>> sentence("{n} leads", "{n} Leads", n=whole(1200)).de
    '1.200 Leads'
    """
    texts = {name: part if isinstance(part, Text) else Text.same(part) for name, part in parts.items()}
    return Text(
        english.format(**{name: text.en for name, text in texts.items()}),
        german.format(**{name: text.de for name, text in texts.items()}),
    )


def whole(count: float) -> Text:
    """Return a count with its thousands apart."""
    english = f"{count:,.0f}"
    return Text(english, english.replace(",", "."))


def number(value: float | None, digits: int = 2) -> Text:
    """Return a number with a fixed count of decimals.

    Examples
    --------
    >>> number(-0.5).de
    '−0,50'
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    english = f"{value:,.{digits}f}".replace("-", "−")
    return Text(english, english.replace(",", "\0").replace(".", ",").replace("\0", "."))


def short(value: float) -> Text:
    """Return a number that people gave, as short as they gave it.

    Examples
    --------
    >>> short(-12.5).de, short(2000.0).en
    ('−12,5', '2,000')
    """
    if float(value).is_integer():
        text = whole(value)
        return Text(text.en.replace("-", "−"), text.de.replace("-", "−"))
    english = f"{value:g}".replace("-", "−")
    return Text(english, english.replace(".", ","))


def signed(value: float | None, digits: int = 1) -> Text:
    """Return a number with its sign, also where it is above zero."""
    text = number(value, digits)
    return Text(f"+{text.en}", f"+{text.de}") if value is not None and value > 0 and text is not NOTHING else text


def percent(share: float | None) -> Text:
    """Return a share with as many decimals as tell something.

    Examples
    --------
    >>> percent(0.1234).en.split(), percent(0.0123).de.split()
    (['12.3', '%'], ['1,23', '%'])
    """
    if share is None or not math.isfinite(share):
        return NOTHING
    text = number(100 * share, 2 if 0 < share < 0.05 else 1)
    return Text(f"{text.en}{_NO_BREAK}%", f"{text.de}{_NO_BREAK}%")


def given(share: float) -> Text:
    """Return a share that people gave, as short as they gave it.

    Examples
    --------
    >>> given(0.25).en.split(), given(0.125).de.split()
    (['25', '%'], ['12,5', '%'])
    """
    english = f"{100 * share:.4g}"
    return Text(f"{english}{_NO_BREAK}%", f"{english.replace('.', ',')}{_NO_BREAK}%")


def span(low: float, high: float) -> Text:
    """Return an interval of shares in a few signs, e.g. ``31.0 to 41.0 %``."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return NOTHING
    digits = 2 if high < 0.05 else 1
    least, most = number(100 * low, digits), number(100 * high, digits)
    return Text(f"{least.en} to {most.en}{_NO_BREAK}%", f"{least.de} bis {most.de}{_NO_BREAK}%")


def between(low: float, high: float, digits: int = 2) -> Text:
    """Return an interval of plain numbers."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return NOTHING
    least, most = number(low, digits), number(high, digits)
    return Text(f"{least.en} to {most.en}", f"{least.de} bis {most.de}")


def day(moment: datetime | None) -> Text:
    """Return a date."""
    return NOTHING if moment is None else Text(f"{moment:%Y-%m-%d}", f"{moment:%d.%m.%Y}")


def minute(moment: datetime | None) -> Text:
    """Return a date and the time of day, in the moment's own zone."""
    return NOTHING if moment is None else Text(f"{moment:%Y-%m-%d %H:%M}", f"{moment:%d.%m.%Y, %H:%M}")


def month(moment: datetime) -> Text:
    """Return a month."""
    return Text(f"{moment:%Y-%m}", f"{moment:%m.%Y}")


def quarter(moment: datetime) -> Text:
    """Return a quarter of a year."""
    number = (moment.month + 2) // 3
    return Text(f"{moment:%Y} Q{number}", f"Q{number} {moment:%Y}")


def listed(texts: Sequence[Text]) -> Text:
    """Return texts as one: commas, and a word before the last.

    Examples
    --------
    >>> listed([Text.same("a"), Text.same("b"), Text.same("c")]).de
    'a, b und c'
    """
    return Text(_joined([text.en for text in texts], "and"), _joined([text.de for text in texts], "und"))


def _joined(parts: Sequence[str], word: str) -> str:
    return f" {word} ".join(filter(None, (", ".join(parts[:-1]), parts[-1]))) if parts else ""
