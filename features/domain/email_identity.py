"""Whether two e-mail addresses are one mailbox of one person."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

_SHARED_MAILBOXES = """
admin anfrage billing buchhaltung bewerbung contact einkauf empfang hello help hr info invoice it jobs kontakt mail
marketing no-reply noreply office post postmaster presse press rechnung sales service support team vertrieb webmaster
zentrale
"""
_SHARED = frozenset(_SHARED_MAILBOXES.split())
_LONGEST = 320


class PlusTags(StrEnum):
    """Whether ``ann+fair@x.de`` is ``ann@x.de``."""

    SAME = "same"
    APART = "apart"


def mailbox(address: str, plus_tags: PlusTags = PlusTags.SAME) -> str | None:
    """Return what is equal for all ways to write one person's address, None where it names no single person.

    Case does not matter (RFC 5321 would let it before the @; no provider of size does), nor does the form in which
    Unicode is composed (NFC), nor whether the domain is written in letters of its language or in ASCII (IDNA 2003,
    RFC 3490). Mailboxes that several people read (``info@``) name nobody.

    Parameters
    ----------
    address : str
        As it was typed.
    plus_tags : PlusTags
        Whether what follows a plus before the @ belongs to the address.

    Examples
    --------
    >>> mailbox(" Ann+Fair@BÜCHER.example "), mailbox("ann@xn--bcher-kva.example"), mailbox("info@x.de")
    ('ann@xn--bcher-kva.example', 'ann@xn--bcher-kva.example', None)
    """
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", address).casefold()).strip()
    local, at, domain = text.rpartition("@")
    if not at or not local or len(text) > _LONGEST or any(one.isspace() for one in text):
        return None
    if plus_tags is PlusTags.SAME:
        local = local.partition("+")[0] or local
    try:
        ascii_domain = domain.rstrip(".").encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if "." not in ascii_domain or local in _SHARED:
        return None
    return f"{local}@{ascii_domain}"
