"""HubSpot's webhooks: its signature of version 3, and what its notifications tell of a contact.

developers.hubspot.com, "Validating requests" and "Webhooks API" (2025): HMAC-SHA256, base64, over method, address, body
and the moment in milliseconds. The address is the one that HubSpot was given, so it is made from the configured public
one: whatever the header Host says, an attacker may have written it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from serving.store.columns import EPOCH
from serving.store.content_id import content_id
from serving.store.inbound import Change, Told
from serving.webhooks.signatures import is_recent, same

NAME = "hubspot"
SIGNATURE, TIMESTAMP = "x-hubspot-signature-v3", "x-hubspot-request-timestamp"

_MILLISECOND = timedelta(milliseconds=1)
# HubSpot signs these characters of an address as themselves.
_DECODED = re.compile(r"%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
_CONTACTS = "0-1"
_TOLD = {"creation": Told.CREATED, "privacyDeletion": Told.ERASED}
_LATEST = 4_102_444_800_000


def is_genuine(
    secrets: Iterable[str], method: str, address: str, headers: Mapping[str, str], now: datetime, body: bytes
) -> bool:
    """Return whether HubSpot sent ``body`` within five minutes of ``now``.

    Parameters
    ----------
    secrets : iterable of str
        Client secrets of the app.
    method : str
        ``POST``.
    address : str
        The public one, with what stands behind the question mark, as it was sent.
    headers : Mapping[str, str]
        With names in lower case.
    now : datetime
        The present.
    body : bytes
        As it came in.
    """
    timestamp, given = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    if not is_recent(timestamp, _MILLISECOND, now):
        return False
    plain = _DECODED.sub(lambda found: chr(int(found[1], 16)), address)
    signed = f"{method}{plain}".encode("utf-8", "surrogateescape") + body + timestamp.encode("ascii")
    return any(same(_signature(secret, signed), given) for secret in secrets)


def changes(document: list[Any], now: datetime) -> list[Change]:
    """Return what the notifications of one request tell."""
    return [_change(one, now) for one in document]


def _change(told: Any, now: datetime) -> Change:
    entry: dict[str, Any] = told if isinstance(told, dict) else {"notification": told}
    # Of one event sent again only the number of the attempt differs; HubSpot's own id of events is not unique.
    message_id = content_id({name: value for name, value in entry.items() if name != "attemptNumber"})
    name = entry.get("propertyName")
    properties = {name: entry.get("propertyValue")} if isinstance(name, str) and name else {}
    # What a person had erased there is a matter of its own; that somebody deleted the contact there says nothing of it.
    told = _TOLD.get(str(entry.get("subscriptionType", "")).partition(".")[2], Told.CHANGED)
    return Change(NAME, message_id, _contact(entry), _moment(entry.get("occurredAt"), now), properties, entry, told)


def _contact(entry: Mapping[str, Any]) -> str | None:
    kind, object_id = str(entry.get("subscriptionType", "")), entry.get("objectId")
    is_contact = kind.startswith("contact.") or (kind.startswith("object.") and entry.get("objectTypeId") == _CONTACTS)
    is_id = isinstance(object_id, int) and not isinstance(object_id, bool)
    return str(object_id) if is_contact and is_id else None


def _moment(milliseconds: Any, now: datetime) -> datetime:
    if isinstance(milliseconds, int) and not isinstance(milliseconds, bool) and 0 <= milliseconds < _LATEST:
        # A clock that is ahead there must not make everything that follows look old.
        return min(EPOCH + milliseconds * _MILLISECOND, now)
    return now


def _signature(secret: str, signed: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode("utf-8"), signed, hashlib.sha256).digest()).decode("ascii")
