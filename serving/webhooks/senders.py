"""The CRMs that may send: which secrets they sign with, and what their messages tell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from features.domain import InputError
from serving.store.inbound import Change, Told
from serving.webhooks import hubspot
from serving.webhooks.signatures import ID, is_genuine, key_of

_LONGEST_ID = 255
_TOLD = {"lead.created": Told.CREATED, "lead.erased": Told.ERASED}
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


class Senders:
    """Tells genuine messages from others, and reads them.

    Parameters
    ----------
    secrets : str
        ``hubspot=SECRET crm=whsec_...``, separated by spaces; a name may stand there twice while its secret changes.
    public_url : str
        Where the service is reached from outside, e.g. ``https://leads.example.com``; HubSpot signs it.

    Raises
    ------
    InputError
        If a secret has no name or is none, or HubSpot's is given without ``public_url``.
    """

    def __init__(self, secrets: str, public_url: str) -> None:
        self._public_url = public_url.rstrip("/")
        self._secrets: dict[str, list[str]] = {}
        for one in secrets.split():
            name, _, secret = one.partition("=")
            if not secret or not name or not set(name) <= _NAME_CHARACTERS:
                raise _refused("an entry without a name of small letters, or without a secret")
            if name != hubspot.NAME and not _is_key(secret):
                raise _refused(f"a secret of {name} that is not whsec_ and base64")
            self._secrets.setdefault(name, []).append(secret)
        if hubspot.NAME in self._secrets and not self._public_url:
            raise InputError(
                "LEADSCORE_INBOUND_SECRETS names hubspot, and LEADSCORE_PUBLIC_URL is not set.",
                "the address at which HubSpot reaches the service: HubSpot signs it.",
                "Set LEADSCORE_PUBLIC_URL, e.g. to https://leads.example.com.",
            )

    def is_genuine(
        self, name: str, method: str, target: str, headers: Mapping[str, str], now: datetime, body: bytes
    ) -> bool:
        """Return whether a CRM sent ``body`` just now.

        Parameters
        ----------
        name : str
            The CRM; one without a secret sends nothing genuine.
        method, target : str
            Of the request; the target is path and query as they were sent.
        headers : Mapping[str, str]
            With names in lower case.
        now : datetime
            The present.
        body : bytes
            As it came in.
        """
        secrets = self._secrets.get(name, [])
        if name == hubspot.NAME:
            return hubspot.is_genuine(secrets, method, self._public_url + target, headers, now, body)
        return is_genuine(secrets, headers, now, body)


def changes(name: str, headers: Mapping[str, str], document: Any, now: datetime) -> list[Change]:
    """Return what a genuine message tells: several things of HubSpot, one of any other CRM."""
    if name == hubspot.NAME:
        return hubspot.changes(document if isinstance(document, list) else [document], now)
    told = document if isinstance(document, dict) else {"message": document}
    data = told.get("data")
    properties = dict(data) if isinstance(data, dict) else {}
    lead_id = properties.pop("lead_id", None)
    is_id = isinstance(lead_id, str) and 0 < len(lead_id) <= _LONGEST_ID
    happened = _moment(told.get("timestamp"), now)
    what = _TOLD.get(str(told.get("type")), Told.CHANGED)
    return [Change(name, headers[ID][:_LONGEST_ID], lead_id if is_id else None, happened, properties, told, what)]


def _moment(given: Any, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else now
    except ValueError:
        return now
    # Without a zone it may be any; from ahead it must not make everything that follows look old.
    return now if moment.tzinfo is None else min(moment, now)


def _is_key(secret: str) -> bool:
    try:
        return bool(key_of(secret))
    except ValueError:
        return False


def _refused(what: str) -> InputError:
    return InputError(
        f"LEADSCORE_INBOUND_SECRETS holds {what}.",
        "NAME=SECRET, separated by spaces, e.g. hubspot=... crm=whsec_....",
        "Correct it; the secrets are not shown here.",
    )
