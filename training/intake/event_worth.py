"""What kinds of events are usually worth, before a company's own history says otherwise.

The order is common practice of B2B marketing: asking for sales beats looking at prices, that beats reading, and opening
an e-mail says next to nothing (mail programs open them on their own).
"""

from __future__ import annotations

from dataclasses import dataclass

from features.vocabulary.spelling import slug


@dataclass(frozen=True, slots=True)
class Worth:
    """Points of one event and how many of them count.

    Parameters
    ----------
    points : int
        Of one event on the SLA's scale.
    times : int
        Events that count in full.
    half_life_days : int
        Days after which an event counts half.
    """

    points: int
    times: int
    half_life_days: int = 30


_WORDS: tuple[tuple[frozenset[str], Worth], ...] = (
    (frozenset({"unsubscribe", "unsubscribed", "unsubscription", "abgemeldet", "abmeldung"}), Worth(-20, 1, 180)),
    (frozenset({"complaint", "spam", "beschwerde"}), Worth(-25, 1, 365)),
    (frozenset({"bounce", "bounced"}), Worth(-15, 1, 180)),
    (frozenset({"careers", "career", "jobs", "karriere"}), Worth(-5, 2)),
    (frozenset({"demo", "quote", "trial", "angebot", "testphase"}), Worth(20, 1)),
    (frozenset({"meeting", "appointment", "termin"}), Worth(15, 1)),
    (frozenset({"pricing", "price", "preise", "preisseite"}), Worth(8, 2)),
    (frozenset({"contact", "kontakt"}), Worth(12, 1)),
    (frozenset({"form", "formular", "signup", "registered"}), Worth(8, 2)),
    (frozenset({"webinar", "conference", "messe"}), Worth(8, 2)),
    (frozenset({"whitepaper", "ebook", "brochure", "download", "downloaded"}), Worth(6, 2)),
    (frozenset({"login", "usage", "session"}), Worth(4, 3)),
    (frozenset({"call", "chat", "reply", "replied", "anruf", "antwort"}), Worth(5, 2)),
    (frozenset({"open", "opened", "sent", "delivered", "geoeffnet"}), Worth(0, 3)),
    (frozenset({"click", "clicked", "klick"}), Worth(2, 3)),
    (frozenset({"view", "viewed", "visit", "visited", "page", "pageview", "besuch"}), Worth(1, 5)),
)

UNKNOWN = Worth(0, 2)
"""A kind that says nothing by its name: only the history can give it points."""


def worth_of(kind: str) -> Worth:
    """Return what a kind is usually worth by the words of its name; the first line that matches decides.

    Examples
    --------
    >>> worth_of("DemoRequested").points, worth_of("email_opened").points, worth_of("W_Nabellen").points
    (20, 0, 0)
    """
    words = set(slug(kind).split("_"))
    if "opt" in words and "out" in words:
        words.add("unsubscribe")
    for known, worth in _WORDS:
        if words & known or any(word.removesuffix("ed") in known for word in words):
            return worth
    return UNKNOWN
