"""Numbers, counts and time spans as English and German write them."""

from __future__ import annotations

from features.domain import Text

_TO_GERMAN = str.maketrans({",": ".", ".": ","})


def number(value: float) -> Text:
    """Return a number with at most two decimals, as many as it needs; very small ones with three digits.

    Examples
    --------
    >>> number(1234.5)
    Text(en='1,234.5', de='1.234,5')
    >>> number(250.0).de, number(-0.004).en, number(-0.0).en
    ('250', '-0.004', '0')
    """
    if value and (abs(value) < 0.01 or abs(value) >= 1e15):
        english = f"{value:.3g}"
    else:
        # Adding 0 turns the negative zero, which nobody means, into the ordinary one.
        english = f"{value + 0.0:,.2f}".rstrip("0").rstrip(".")
    return Text(english, english.translate(_TO_GERMAN))


def times(count: float) -> Text:
    """Return how often: ``once`` and ``einmal``, ``3 times`` and ``3-mal``."""
    if count == 1:
        return Text("once", "einmal")
    amount = number(count)
    return Text(f"{amount.en} times", f"{amount.de}-mal")


def window(days: int) -> Text:
    """Return the span of a window: ``in 7 days`` and ``in 7 Tagen``."""
    return Text("in 24 hours", "in 24 Stunden") if days == 1 else Text(f"in {days} days", f"in {days} Tagen")


def span(days: float) -> Text:
    """Return a time span in the unit that reads best, in the German dative ("vor 3 Tagen").

    Examples
    --------
    >>> span(0.02).en, span(0.3).de, span(1.0).de, span(12.4).en, span(900).en
    ('29 minutes', '7 Stunden', '1 Tag', '12 days', '2.5 years')
    """
    days = abs(days)
    if round(days * 1440) == 0:
        return Text("less than a minute", "weniger als einer Minute")
    if days < 1 / 24:
        return _amount(round(days * 1440), ("minute", "minutes"), ("Minute", "Minuten"))
    if days < 1:
        return _amount(round(days * 24), ("hour", "hours"), ("Stunde", "Stunden"))
    if days < 730:
        return _amount(round(days), ("day", "days"), ("Tag", "Tagen"))
    return _amount(round(days / 365.25, 1), ("year", "years"), ("Jahr", "Jahren"))


def _amount(value: float, english: tuple[str, str], german: tuple[str, str]) -> Text:
    amount = number(value)
    plural = int(value != 1)
    return Text(f"{amount.en} {english[plural]}", f"{amount.de} {german[plural]}")


def sentence_start(text: str) -> str:
    """Return a text with its first letter in upper case."""
    return text[:1].upper() + text[1:]
