"""What names of columns and events tell, in English and German: words only, never a single data set's names."""

from __future__ import annotations

import re

_CAMEL = re.compile(r"(?<=[a-zäöüß0-9])(?=[A-ZÄÖÜ])")
_NO_WORD = re.compile(r"[^0-9a-zäöüß]+")

LEAD_ID = ("lead id", "lead number", "lead nr", "lead no", "prospect id", "contact id", "person id", "customer id",
           "case id", "mql id", "id", "uuid", "guid", "nr", "nummer")  # fmt: skip
CREATED_AT = ("created at", "created", "created date", "create date", "created on", "creation date", "creation time",
              "first contact date", "first contact", "registration date", "reg date", "registered at", "signup date",
              "sign up date", "lead date", "date created", "date", "timestamp", "time", "angelegt am", "angelegt",
              "erstellt am", "erstellt", "erstelldatum", "anlagedatum", "eingang", "datum")  # fmt: skip
KNOWN_AT = ("known at", "valid from", "updated at", "modified at", "snapshot date", "gültig ab", "geändert am")
OCCURRED_AT = ("occurred at", "occurred", "timestamp", "event time", "event timestamp", "event date", "happened at",
               "time", "datetime", "date", "created at", "zeitpunkt", "zeit", "datum")  # fmt: skip
OUTCOME_AT = ("occurred at", "outcome date", "won date", "won at", "close date", "closed date", "closed at",
              "close time", "converted at", "conversion date", "date", "timestamp", "datum")  # fmt: skip
EVENT = ("event", "event type", "event name", "activity", "activity type", "action", "kind", "type", "name",
         "ereignis", "aktivität", "aktion")  # fmt: skip
OUTCOME = ("outcome", "result", "status", "stage", "deal stage", "lead status", "ergebnis", "ausgang", "phase")
REASON = ("reason", "lost reason", "rejection reason", "close reason", "grund", "verlustgrund")

TARGET_MERIT = {
    "converted": 3, "conversion": 3, "is converted": 3, "target": 3, "won": 3, "is won": 3, "label": 3,
    "deal won": 3, "closed won": 3, "gewonnen": 3, "konvertiert": 3, "ziel": 3,
    "y": 2, "outcome": 2, "subscribed": 2, "purchased": 2, "bought": 2, "success": 2, "successful": 2,
    "is customer": 2, "became customer": 2, "sale": 2, "sold": 2, "kunde": 2, "abschluss": 2, "verkauft": 2,
    "status": 1, "lead status": 1, "result": 1, "response": 1, "stage": 1, "deal stage": 1, "class": 1, "customer": 1,
}  # fmt: skip
"""How much a column's name says that it is the target."""

POSITIVE_WORDS = frozenset({
    "1", "1.0", "yes", "y", "true", "t", "won", "closed won", "converted", "customer", "success", "successful",
    "subscribed", "purchased", "bought", "sold", "ja", "j", "wahr", "gewonnen", "kunde", "sale", "deal won", "approved",
})  # fmt: skip
NEGATIVE_WORDS = frozenset({
    "0", "0.0", "no", "n", "false", "f", "lost", "closed lost", "not converted", "open", "failure", "rejected",
    "nein", "falsch", "verloren", "declined", "cancelled", "canceled", "disqualified", "unqualified", "denied",
})  # fmt: skip

_PLAIN_YES = frozenset({"1", "1.0", "yes", "y", "true", "t", "ja", "j", "wahr"})
_NEGATIONS = frozenset({"no", "not", "non", "kein", "keine", "keiner", "nicht", "nie", "never"})
_WON = frozenset({"won", "converted", "conversion", "purchase", "purchased", "approved", "sold", "customer",
                  "gewonnen", "abgeschlossen", "kauf"})  # fmt: skip
_LOST = frozenset({"lost", "declined", "cancelled", "canceled", "rejected", "denied", "withdrawn", "disqualified",
                   "churned", "refused", "unqualified", "verloren", "abgelehnt", "storniert",
                   "abgesagt", "abgebrochen"})  # fmt: skip
_ENGAGEMENT = frozenset({
    "visit", "visits", "visited", "visitor", "session", "sessions", "page", "pages", "pageview", "pageviews", "view",
    "views", "viewed", "click", "clicks", "clicked", "open", "opens", "opened", "activity", "activities", "website",
    "browse", "time", "spent", "source", "campaign", "medium", "channel", "utm", "referrer", "referer", "download",
    "downloads", "downloaded", "webinar", "webinars", "demo", "email", "emails", "mail", "mails", "newsletter",
    "response", "responded", "reply", "replies", "contacted", "contacts", "previous", "poutcome", "pdays", "login",
    "logins", "trial", "form", "forms", "origin", "landing", "recency", "frequency", "besuche", "klicks",
    "geöffnet", "quelle", "kanal", "kampagne", "aktivität",
})  # fmt: skip
_CONSENT = frozenset({"not", "consent", "opt", "optin", "optout", "gdpr", "dsgvo", "einwilligung"})
_PERSON = frozenset({"firstname", "lastname", "fullname", "surname", "forename", "vorname", "nachname"})
_COMPANY = frozenset({"company", "organisation", "organization", "firma", "unternehmen", "account"})
_IDENTIFIER = frozenset({"id", "uuid", "guid", "number", "nr", "no", "nummer", "key", "phone", "telefon", "mobile"})
_KEY_ENDING = re.compile(
    r"(nummer|number|guid|uuid|(lead|customer|kunden|kontakt|contact|account|user|record)(nr|no|id|key|code))$"
)
_COUNTING = frozenset({"count", "counts", "number", "num", "anzahl", "zahl", "size", "total", "summe", "of"})
_CLOCK = frozenset({"ts", "time", "date", "at", "on", "timestamp", "datetime", "epoch", "created", "signup",
                    "registered", "datum", "zeit", "zeitpunkt", "zeitstempel", "am", "erstellt", "angelegt",
                    "uhrzeit"})  # fmt: skip
_CODE = frozenset(
    {
        "zip",
        "zipcode",
        "postcode",
        "postal",
        "plz",
        "code",
        "id",
        "resource",
        "user",
        "owner",
        "agent",
        "rep",
    }
)


def words(name: str) -> tuple[str, ...]:
    """Return the name's words in lower case.

    Examples
    --------
    >>> words("Last Notable_activityDate")
    ('last', 'notable', 'activity', 'date')
    """
    return tuple(word for word in _NO_WORD.split(_CAMEL.sub(" ", name).casefold()) if word)


def phrase(name: str) -> str:
    """Return the name's words with single blanks between them."""
    return " ".join(words(name))


def rank(name: str, wanted: tuple[str, ...]) -> int:
    """Return how well a name fits a list of names, the best first; ``len(wanted)`` and above is no fit."""
    text = phrase(name)
    if text in wanted:
        return wanted.index(text)
    endings = [place for place, want in enumerate(wanted) if " " in want and text.endswith(" " + want)]
    return len(wanted) * 2 if not endings else len(wanted) - 1


def names_engagement(name: str) -> bool:
    """Return whether the name speaks of what a lead did rather than who the lead is."""
    said = words(name)
    return not _ENGAGEMENT.isdisjoint(said) and _CONSENT.isdisjoint(said)


def names_person(name: str) -> bool:
    """Return whether the column holds people's names, which say who they are but not whether they buy."""
    said = set(words(name))
    return bool(said & _PERSON) or ("name" in said and bool(said & {"first", "last", "full", "middle", "contact"}))


def names_company(name: str) -> bool:
    """Return whether the column holds companies' names."""
    return not _COMPANY.isdisjoint(words(name))


def names_identifier(name: str) -> bool:
    """Return whether the name speaks of a key or a phone number."""
    said = words(name)
    return not _IDENTIFIER.isdisjoint(said) or said[-1:] == ("code",) or bool(said and _KEY_ENDING.search(said[-1]))


def names_code(name: str) -> bool:
    """Return whether the name speaks of a code whose digits are no amount."""
    said = words(name)
    return not _CODE.isdisjoint(said) and _COUNTING.isdisjoint(said)


def names_clock(name: str) -> bool:
    """Return whether the name speaks of a moment, so that large numbers below it may count seconds since 1970."""
    return not _CLOCK.isdisjoint(words(name))


def names_win(kind: str) -> bool:
    """Return whether a kind of event or an outcome sounds like the goal."""
    said = words(kind)
    return not _WON.isdisjoint(said) and "not" not in said


def names_loss(kind: str) -> bool:
    """Return whether a kind of event or an outcome sounds like the end without the goal."""
    return not _LOST.isdisjoint(words(kind))


def value_says_lost(value: str) -> bool:
    """Return whether a value of a target column closes the lead without the goal; ``open`` leaves it open.

    Examples
    --------
    >>> [value_says_lost(value) for value in ("Closed Lost", "kein Interesse", "in Bearbeitung", "open")]
    [True, True, False, False]
    """
    plain = value.casefold() in NEGATIVE_WORDS and value.casefold() != "open"
    return plain or names_loss(value) or (words(value)[:1] != () and words(value)[0] in _NEGATIONS)


def value_says_won(value: str, *, plain_yes: bool = True) -> bool:
    """Return whether a value of a target column says that the goal was reached.

    ``plain_yes`` counts ``yes``, ``1`` and the like, which any flag may hold.
    """
    if value_says_lost(value) or not _NEGATIONS.isdisjoint(words(value)):
        return False
    if value.casefold() in _PLAIN_YES:
        return plain_yes
    return value.casefold() in POSITIVE_WORDS or phrase(value) in POSITIVE_WORDS or names_win(value)
