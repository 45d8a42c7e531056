"""Which addresses are pages for people, and what a form may send them."""

from __future__ import annotations

from collections.abc import Mapping

FORM_TYPE = "application/x-www-form-urlencoded"
FORM_BYTES = 64_000
"""Largest body of a form."""

LEAD_PREFIX = "/leads/"
_PAGES = frozenset({"/", "/sign-in", "/sign-out", "/model", "/sla", "/rules", "/funnel"})
_PREFIXES = (LEAD_PREFIX, "/console/", "/model/", "/sla/", "/rules/", "/funnel/")

HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-ancestors 'none'; "
        "form-action 'self'; base-uri 'none'; object-src 'none'"
    ),
    # Not no-referrer: browsers would then send the origin of a form as null.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
"""What every page says of itself: no script and no style but the console's own, in nobody else's frame."""


def is_page(path: str) -> bool:
    """Return whether an address is a page's, so that its errors are pages too.

    Examples
    --------
    >>> is_page("/leads/L42"), is_page("/v1/leads/L42")
    (True, False)
    """
    return path in _PAGES or path.startswith(_PREFIXES)


def is_local(path: str) -> bool:
    """Return whether an address that came with a request leads nowhere but to this console.

    Examples
    --------
    >>> is_local("/leads/L42?x=1"), is_local("//evil.example"), is_local("https://evil.example")
    (True, False, False)
    """
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
