"""Signatures by Standard Webhooks 1.0 (2023): HMAC-SHA256 over id, moment and the body's very bytes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from serving.store.columns import EPOCH

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"

WINDOW = timedelta(minutes=5)
"""How far the moment of a message may be from our present; what is older may be a recording."""

_PREFIX = "whsec_"
_SCHEME = "v1,"
_MOST_SIGNATURES = 20
_SECOND = timedelta(seconds=1)


def signed_headers(secrets: Iterable[str], message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that prove who sent ``body`` and when.

    Parameters
    ----------
    secrets : iterable of str
        ``whsec_`` and base64; one signature of each, so that a receiver may know the old or the new one.
    message_id : str
        The same at every attempt, without a full stop.
    now : datetime
        The moment of this attempt.
    body : bytes
        What is sent.
    """
    timestamp = str((now - EPOCH) // _SECOND)
    signed = _signed_content(message_id, timestamp, body)
    signatures = " ".join(_SCHEME + _signature(key_of(secret), signed) for secret in secrets)
    return {ID: message_id, TIMESTAMP: timestamp, SIGNATURE: signatures}


def is_genuine(secrets: Iterable[str], headers: Mapping[str, str], now: datetime, body: bytes) -> bool:
    """Return whether somebody who knows one of the secrets signed ``body`` within five minutes of ``now``.

    Parameters
    ----------
    secrets : iterable of str
        Those that hold now.
    headers : Mapping[str, str]
        With names in lower case.
    now : datetime
        The present.
    body : bytes
        As it came in, before anybody parsed it.
    """
    message_id, timestamp = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    if not message_id or not is_recent(timestamp, _SECOND, now):
        return False
    signed = _signed_content(message_id, timestamp, body)
    given = [
        one.removeprefix(_SCHEME)
        for one in headers.get(SIGNATURE, "").split(" ")[:_MOST_SIGNATURES]
        if one.startswith(_SCHEME)
    ]
    return any(same(_signature(key_of(secret), signed), one) for secret in secrets for one in given)


def is_recent(timestamp: str, unit: timedelta, now: datetime) -> bool:
    """Return whether so many units since 1970 are within five minutes of ``now``."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 15):
        return False
    return abs((now - EPOCH) / unit - int(timestamp)) <= WINDOW / unit


def same(expected: str, given: str) -> bool:
    """Compare two signatures in a time that does not depend on where they differ."""
    return hmac.compare_digest(expected.encode("utf-8"), given.encode("utf-8", "surrogateescape"))


def key_of(secret: str) -> bytes:
    """Return the bytes that a secret stands for.

    Raises
    ------
    ValueError
        If it is not ``whsec_`` and base64.

    Examples
    --------
    >>> key_of("whsec_bGVhZHNjb3Jl")
    b'leadscore'
    """
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a secret is not whsec_ and base64") from None


def _signed_content(message_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode("utf-8", "surrogateescape") + body


def _signature(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode("ascii")
