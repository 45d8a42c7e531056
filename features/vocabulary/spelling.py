"""One spelling for names and titles, whatever the case, umlauts, accents and gender marks they were written with."""

from __future__ import annotations

import re
import unicodedata

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_GENDER_NOTE = re.compile(r"\(\s*(?:[mwdfx]\s*[/|,]\s*)+[mwdfx]\s*\)")
_GENDER_MARK = re.compile(r"(?<=\w)[:*/_(]-?in(?:nen)?\)?(?!\w)")
_NOT_WORD = re.compile(r"[^a-z0-9&]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def plain(text: str) -> str:
    """Return a text in lower case without accents; German umlauts as two letters.

    Examples
    --------
    >>> plain("Geschäftsführer")
    'geschaeftsfuehrer'
    """
    german = unicodedata.normalize("NFC", text).casefold().translate(_GERMAN)
    return "".join(c for c in unicodedata.normalize("NFKD", german) if not unicodedata.combining(c))


def words(title: str) -> str:
    """Return a title as plain words with single blanks, without gender notes and marks.

    Examples
    --------
    >>> words("Leiter*in Einkauf (m/w/d)")
    'leiter einkauf'
    """
    return _NOT_WORD.sub(" ", _GENDER_MARK.sub("", _GENDER_NOTE.sub(" ", plain(title)))).strip()


def slug(name: str) -> str:
    """Return a name in lower case with underscores only; empty if no letter or digit of it is Latin.

    Examples
    --------
    >>> slug("What is your Größe?"), slug("DemoRequest"), slug("A_ACCEPTED")
    ('what_is_your_groesse', 'demo_request', 'a_accepted')
    """
    return _NOT_SLUG.sub("_", plain(_CAMEL.sub("_", name))).strip("_")
