"""Who may call: bearer keys with roles, or this machine alone while no key has been made.

Keys are looked up in the store and remembered for some seconds, so that a call does not pay for it and scoring goes on
while the store is away. A revoked key is refused once they are over.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import time
from dataclasses import dataclass, replace
from datetime import timedelta

from serving.api.call import LOCAL, Caller
from serving.api.key_tries import KeyTries
from serving.errors import Problem, RefusedError
from serving.store import StoreError
from serving.store.keys import ApiKey
from serving.store_door import StoreDoor

_LOG = logging.getLogger("bentoml.leadscore")

USED_AGAIN = timedelta(minutes=1)
"""How exactly the last use of a key is kept."""

FRESH_SECONDS = 5.0
"""How long a key is taken without looking it up; a revoked one is refused after that."""

STALE_SECONDS = 3_600.0
"""How long a key that was known is taken while the store is away."""

_MOST_REMEMBERED = 1_000
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})


@dataclass(frozen=True, slots=True)
class _Seen:
    caller: Caller
    confirmed: float
    checked: float


class Access:
    """Tells who a caller is.

    Parameters
    ----------
    door : StoreDoor
        Where keys are kept.
    host : str
        Address that the service listens on.
    key_tries : int
        Unknown keys a minute that one address may show; 0: any number.
    """

    def __init__(self, door: StoreDoor, host: str, key_tries: int) -> None:
        self._door = door
        self._is_local = is_loopback(host)
        self._seen: dict[str, _Seen] = {}
        self._tries = KeyTries(key_tries)
        self._has_keys: bool | None = None
        self._looked = float("-inf")

    def caller(self, authorization: str | None, host: str, forwarded: bool, address: str) -> Caller:
        """Return who calls.

        Parameters
        ----------
        authorization : str or None
            The header ``Authorization``.
        host : str
            The header ``Host``: a page of another site can reach this machine, but not under its name.
        forwarded : bool
            Whether a proxy passed the call on.
        address : str
            Where the call comes from.

        Raises
        ------
        RefusedError
            If there is no valid key and one is needed, or the address has shown too many that are none.
        StoreError
            If the key cannot be looked up because the store is away.
        """
        if authorization is None:
            if self._is_open() and not forwarded and _name_of(host) in _LOCAL_NAMES:
                return LOCAL
            raise _refused("Send the header Authorization: Bearer and a key; leadscore keys DIR create makes one.")
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise _refused("Expected the header Authorization: Bearer and a key.")
        return self._known(key.strip(), address)

    def remembered(self, authorization: str | None, host: str, forwarded: bool) -> Caller | None:
        """Return who calls as far as it was looked up a moment ago, without touching the store."""
        now = time.monotonic()
        if authorization is None:
            is_known = self._has_keys is False and now - self._looked < FRESH_SECONDS
            return LOCAL if is_known and not forwarded and _name_of(host) in _LOCAL_NAMES else None
        seen = self._seen.get(_digest(authorization.partition(" ")[2].strip()))
        return seen.caller if seen is not None and now - seen.checked < FRESH_SECONDS else None

    def _is_open(self) -> bool:
        if not self._is_local:
            return False
        now = time.monotonic()
        if self._has_keys is None or now - self._looked >= FRESH_SECONDS:
            try:
                with self._door.store().read() as tx:
                    self._has_keys = bool(tx.keys.all())
            except StoreError:
                # Whoever could score a moment ago can score on; after a start without a store nobody knows, so none.
                if self._has_keys is None:
                    raise
            self._looked = now
        return not self._has_keys

    def _known(self, key: str, address: str) -> Caller:
        digest, now = _digest(key), time.monotonic()
        seen = self._seen.get(digest)
        # Who guesses must not keep those waiting whose keys are known here.
        wait = 0 if seen is not None else self._tries.wait(address)
        if wait:
            raise RefusedError(Problem("too-many-requests", "Too many keys that are none.", retry_after=wait))
        try:
            with self._door.store().read() as tx:
                found = tx.keys.find(key)
        except StoreError:
            if seen is None or now - seen.confirmed >= STALE_SECONDS:
                raise
            self._seen[digest] = replace(seen, checked=now)
            return seen.caller
        if found is None:
            # A key that was known here is no guess.
            if self._seen.pop(digest, None) is None:
                self._tries.failed(address)
            raise _refused("The key is none, or was revoked, or has expired.")
        self._keep_use(found)
        if len(self._seen) >= _MOST_REMEMBERED:
            self._seen.clear()
        caller = Caller(found.key_id, found.role)
        self._seen[digest] = _Seen(caller, now, now)
        return caller

    def _keep_use(self, key: ApiKey) -> None:
        store = self._door.store()
        if key.last_used_at is not None and store.clock.now() - key.last_used_at < USED_AGAIN:
            return
        try:
            with store.begin() as tx:
                tx.keys.used(key)
        except StoreError:
            # When a key was last used is worth less than the call.
            _LOG.warning("when key %s was used could not be kept", key.key_id)


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _name_of(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower() if host.count(":") == 1 else host.lower()


def _refused(detail: str) -> RefusedError:
    return RefusedError(Problem("unauthorized", detail))


def _digest(key: str) -> str:
    # What is remembered is no key.
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
