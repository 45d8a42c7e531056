"""Which kinds of events show beyond dispute that a lead wants to buy."""

from __future__ import annotations

from features.vocabulary.event_phrases import Phrase, phrase_of

_OF_INTENT: frozenset[Phrase] = frozenset(
    phrase
    for kind in (
        "pricing_view", "demo_request", "quote_request", "contact_request", "form_submit", "webinar_attended",
        "trial_start", "meeting_booked", "meeting",
    )
    if (phrase := phrase_of(kind)) is not None
)  # fmt: skip


def shows_intent(kind: str) -> bool:
    """Return whether more of a kind, and more lately, can only speak for a lead, however the kind is spelt.

    Kinds that crowds, scanners and job seekers make as well (pages, opens, clicks), and those that may as well be a
    refusal (replies, calls, chats), are not among them.

    Examples
    --------
    >>> shows_intent("DemoRequest"), shows_intent("email_open"), shows_intent("A_ACCEPTED")
    (True, False, False)
    """
    phrase = phrase_of(kind)
    return phrase is not None and phrase in _OF_INTENT
