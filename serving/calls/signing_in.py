"""Sign people in to the console and out again, by a password or by a one-time link."""

from __future__ import annotations

from dataclasses import dataclass

import anyio
import anyio.to_thread

from serving.calls.desk import Desk
from serving.errors import Problem, RefusedError
from serving.store import Transaction
from serving.store.keys import Role
from serving.store.users import Session, is_password

LOCAL_USER = "local"
"""Whom the link signs in that ``leadscore serve`` prints on this machine."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has just begun, and its token, which only the browser keeps."""

    session: Session
    token: str


class SigningIn:
    """Takes passwords and links; passwords one at a time, because looking at one takes 128 MB.

    Parameters
    ----------
    desk : Desk
        The store.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._one_password = anyio.CapacityLimiter(1)

    async def by_password(self, name: str, password: str, address: str) -> SignedIn | None:
        """Sign a user in, None where name and password do not belong together.

        Parameters
        ----------
        name, password : str
            As they were typed.
        address : str
            From where.

        Raises
        ------
        RefusedError
            After too many tries of this account or from this address.
        """
        await self._desk.change(lambda tx: _begin_try(tx, name, address))
        secret = await self._desk.read(lambda tx: tx.users.secret(name))
        # Outside of any transaction: it takes long, and writers would wait.
        if not await anyio.to_thread.run_sync(is_password, password, secret, limiter=self._one_password):
            await self._desk.change(lambda tx: _refused(tx, name))
            return None
        return await self._desk.change(lambda tx: _by_password(tx, name, secret, address))

    async def by_link(self, token: str) -> SignedIn | None:
        """Sign in whom a link is for, None where it is none, used or over."""
        return await self._desk.change(lambda tx: _by_link(tx, token))

    async def out(self, token: str, name: str) -> None:
        """Sign out."""

        def end(tx: Transaction) -> None:
            tx.users.end_session(token)
            tx.audit.append("user.signed_out", by=name)

        await self._desk.change(end)

    async def forget(self, token: str) -> None:
        """End a session that another one takes the place of."""
        await self._desk.change(lambda tx: tx.users.end_session(token))

    async def has_passwords(self) -> bool:
        """Return whether anybody can sign in by a password."""
        return await self._desk.read(
            lambda tx: any(user.has_password and user.disabled_at is None for user in tx.users.all())
        )

    async def session(self, token: str) -> Session | None:
        """Return the session that a browser has sent, None where it is over; its use is kept, so that it lasts on."""

        def look(tx: Transaction) -> tuple[Session | None, bool]:
            found = tx.users.session(token)
            return found, found is not None and found.is_due(tx.now)

        found, is_due = await self._desk.read(look)
        if is_due:
            await self._desk.change(lambda tx: tx.users.used(token))
        return found


def local_link(tx: Transaction) -> str | None:
    """Return the token of a link for whoever started the service on this machine, None where that user is disabled."""
    user = tx.users.get(LOCAL_USER)
    if user is None:
        user = tx.users.put(LOCAL_USER, Role.ADMIN)
        tx.audit.append("user.created", by=LOCAL_USER, details={"user": LOCAL_USER, "role": user.role.value})
    return None if user.disabled_at is not None else tx.users.make_link(LOCAL_USER)


def _begin_try(tx: Transaction, name: str, address: str) -> None:
    wait = tx.sign_in_tries.begin(name, address)
    if wait is not None:
        raise RefusedError(Problem("too-many-requests", "Too many tries to sign in.", retry_after=wait))


def _refused(tx: Transaction, name: str) -> None:
    # What was typed may be anything, also a password: only the names of users are kept.
    user = tx.users.get(name)
    tx.audit.append("sign_in.refused", by="nobody" if user is None else user.name)


def _by_password(tx: Transaction, name: str, secret: str, address: str) -> SignedIn | None:
    # Between looking at the password and now it may have been changed, or the user disabled.
    if tx.users.secret(name) != secret:
        return None
    tx.sign_in_tries.succeeded(name, address)
    return _begin(tx, name, "password")


def _by_link(tx: Transaction, token: str) -> SignedIn | None:
    user = tx.users.follow_link(token)
    return None if user is None else _begin(tx, user.name, "link")


def _begin(tx: Transaction, name: str, how: str) -> SignedIn:
    session, token = tx.users.begin_session(name)
    tx.audit.append("user.signed_in", by=name, details={"how": how})
    return SignedIn(session, token)
