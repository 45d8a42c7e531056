"""An id made of the content, so that the same thing said twice is kept once."""

from __future__ import annotations

import hashlib

from serving.store.columns import canonical_json

_BYTES = 16


def content_id(*parts: object) -> str:
    """Return 32 hexadecimal digits that stand for these parts (BLAKE2b, RFC 7693).

    Raises
    ------
    InputError
        If a text cannot be stored.

    Examples
    --------
    >>> content_id("L1", None, "won") == content_id("L1", None, "won")
    True
    >>> content_id("ab", "c") == content_id("a", "bc")
    False
    """
    return hashlib.blake2b(canonical_json(parts).encode("utf-8"), digest_size=_BYTES).hexdigest()
