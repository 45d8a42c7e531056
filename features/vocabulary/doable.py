"""What a lead can truthfully be invited to do, as an invitation says it."""

from __future__ import annotations

from features.domain import Text
from features.vocabulary.event_phrases import Phrase, phrase_of

_INVITATIONS: dict[str, Text] = {
    "demo_request": Text("Request a demo", "Eine Demo anfragen"),
    "quote_request": Text("Request a quote", "Ein Angebot anfragen"),
    "contact_request": Text("Ask to be contacted", "Um Kontakt bitten"),
    "meeting_booked": Text("Book a meeting", "Einen Termin buchen"),
    "trial_start": Text("Start a trial", "Einen Testzugang beginnen"),
    "webinar_attended": Text("Attend a webinar", "An einem Webinar teilnehmen"),
    "webinar_registration": Text("Register for a webinar", "Sich für ein Webinar anmelden"),
    "event_attended": Text("Attend an event", "An einer Veranstaltung teilnehmen"),
    "call": Text("Have a call", "Ein Telefonat führen"),
    "email_reply": Text("Reply to an e-mail", "Auf eine E-Mail antworten"),
    "form_submit": Text("Submit a form", "Ein Formular abschicken"),
    "download": Text("Download content", "Inhalte herunterladen"),
    "pricing_view": Text("Look at the prices", "Die Preise ansehen"),
    "signup": Text("Sign up", "Sich registrieren"),
    "newsletter_signup": Text("Subscribe to the newsletter", "Den Newsletter bestellen"),
}
_BY_PHRASE: dict[Phrase, Text] = {
    phrase: text for kind, text in _INVITATIONS.items() if (phrase := phrase_of(kind)) is not None
}


def invitation(kind: str) -> Text | None:
    """Return how a lead is invited to an event of a kind, or None for what nobody can be asked to do.

    Opens, clicks and page views are not among them: they say something only while nobody is asked for them.

    Examples
    --------
    >>> invitation("DemoRequested").en
    'Request a demo'
    >>> invitation("email_open") is None
    True
    """
    phrase = phrase_of(kind)
    return None if phrase is None else _BY_PHRASE.get(phrase)
