"""People who use the console, their sign-ins and their sessions.

Passwords are hashed with scrypt (RFC 7914) at the parameters OWASP names (Password Storage Cheat Sheet, 2025: N =
2^17, r = 8, p = 1). Sessions and one-time links are kept as hashes: whoever reads the store cannot use them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Column, Connection, ForeignKey, Index, Row, Table, Text, select

from features.domain import InputError
from serving.store.columns import Moment, Plain, metadata
from serving.store.keys import Role
from serving.store.upsert import insert

_Row: TypeAlias = Row[*tuple[Any, ...]]

users = Table(
    "users",
    metadata,
    Column("name", Plain, primary_key=True),
    Column("role", Text, nullable=False),
    # NULL: signs in by one-time links only.
    Column("password_hash", Text),
    # NULL: whichever the browser asks for.
    Column("language", Text),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
)
sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("user_name", Plain, ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("csrf_token", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)
Index(None, sessions.c.user_name)
Index(None, sessions.c.expires_at)
sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("user_name", Plain, ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)
Index(None, sign_in_links.c.user_name)
Index(None, sign_in_links.c.expires_at)

IDLE = timedelta(hours=12)
"""How long a session lasts after it was last used."""

LONGEST = timedelta(days=7)
"""How long it lasts at most, however much it is used."""

USED_AGAIN = timedelta(minutes=10)
"""How exactly the last use of a session is kept, so that not every page is a write."""

LINK = timedelta(hours=1)
LEAST_CHARACTERS = 12
_TOKEN_BYTES, _SALT_BYTES, _PASSWORD_BYTES = 32, 16, 15
_N, _R, _P = 2**17, 8, 1
_MEMORY = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in."""

    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    language: str | None = None
    has_password: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has signed in.

    Parameters
    ----------
    user : User
        Who.
    csrf_token : str
        What every form of the session carries.
    created_at, expires_at : datetime
        When it began, and when it ends unless it is used before.
    """

    user: User
    csrf_token: str
    created_at: datetime
    expires_at: datetime

    def is_due(self, now: datetime) -> bool:
        """Return whether its use is to be kept, so that it does not end while somebody works."""
        return min(now + IDLE, self.created_at + LONGEST) - self.expires_at >= USED_AGAIN


class Users:
    """Users and sessions within one transaction (parameters as of :class:`serving.store.scores.Scores`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def put(self, name: str, role: Role, password: str | None = None, *, language: str | None = None) -> User:
        """Add a user, or give one another role, password or language; the sessions of before end.

        Raises
        ------
        InputError
            If the password is shorter than 12 characters.
        """
        if password is not None and len(password) < LEAST_CHARACTERS:
            raise InputError(
                f"A password of {len(password)} characters.", f"at least {LEAST_CHARACTERS}.", "Choose a longer one."
            )
        given = {} if password is None else {"password_hash": hash_password(password)}
        given |= {} if language is None else {"language": language}
        self._connection.execute(
            insert(self._connection, users)
            .values(name=name, role=role.value, created_at=self._now, **given)
            .on_conflict_do_update(
                index_elements=[users.c.name], set_={"role": role.value, "disabled_at": None, **given}
            )
        )
        self.end_sessions(name)
        return _user(self._connection.execute(select(users).where(users.c.name == name)).one())

    def get(self, name: str) -> User | None:
        """Return a user, None where there is none of this name."""
        row = self._connection.execute(select(users).where(users.c.name == name)).one_or_none()
        return None if row is None else _user(row)

    def all(self) -> list[User]:
        """Return all users by name."""
        return [_user(row) for row in self._connection.execute(select(users).order_by(users.c.name))]

    def disable(self, name: str) -> None:
        """Keep a user out, and end the user's sessions."""
        self._connection.execute(users.update().where(users.c.name == name).values(disabled_at=self._now))
        self.end_sessions(name)

    def secret(self, name: str) -> str:
        """Return the text that a user's password is recognised by; nobody's, where the user may not sign in by one."""
        row = self._connection.execute(
            select(users.c.password_hash).where(users.c.name == name, users.c.disabled_at.is_(None))
        ).one_or_none()
        # Nobody's is checked at the same cost, so that the time taken does not tell which names exist.
        return NOBODY if row is None or row.password_hash is None else str(row.password_hash)

    def known(self, name: str) -> User:
        """Return a user.

        Raises
        ------
        InputError
            If there is none of this name.
        """
        user = self.get(name)
        if user is None:
            raise InputError(f"A user {name!r}.", "the name of a user.", "leadscore users DIR list shows them.")
        return user

    def begin_session(self, name: str) -> tuple[Session, str]:
        """Return a new session of a user and its token, which is told this once."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        csrf, expires_at = secrets.token_urlsafe(_TOKEN_BYTES), self._now + IDLE
        self._connection.execute(
            sessions.insert().values(
                token_hash=_hash(token), user_name=name, csrf_token=csrf, created_at=self._now, expires_at=expires_at
            )
        )
        return Session(self.known(name), csrf, self._now, expires_at), token

    def session(self, token: str) -> Session | None:
        """Return the session that a browser has sent, None where it is none or over."""
        row = self._connection.execute(
            select(users, sessions.c.csrf_token, sessions.c.created_at.label("began_at"), sessions.c.expires_at)
            .join(sessions, sessions.c.user_name == users.c.name)
            .where(
                sessions.c.token_hash == _hash(token), sessions.c.expires_at > self._now, users.c.disabled_at.is_(None)
            )
        ).one_or_none()
        return None if row is None else Session(_user(row), row.csrf_token, row.began_at, row.expires_at)

    def used(self, token: str) -> None:
        """Keep that a session is used: it lasts on, but never longer than a week."""
        began = self._connection.execute(
            select(sessions.c.created_at).where(sessions.c.token_hash == _hash(token))
        ).scalar_one_or_none()
        if began is not None:
            expires_at = min(self._now + IDLE, began + LONGEST)
            self._connection.execute(
                sessions.update().where(sessions.c.token_hash == _hash(token)).values(expires_at=expires_at)
            )

    def end_session(self, token: str) -> None:
        """Sign out."""
        self._connection.execute(sessions.delete().where(sessions.c.token_hash == _hash(token)))

    def end_sessions(self, name: str) -> None:
        """End all sessions and links of a user."""
        self._connection.execute(sessions.delete().where(sessions.c.user_name == name))
        self._connection.execute(sign_in_links.delete().where(sign_in_links.c.user_name == name))

    def make_link(self, name: str) -> str:
        """Return the token of a link that signs a user in once, within an hour."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._connection.execute(
            sign_in_links.insert().values(token_hash=_hash(token), user_name=name, expires_at=self._now + LINK)
        )
        return token

    def follow_link(self, token: str) -> User | None:
        """Return the user whom a link signs in, None where it is none, used or over."""
        used = self._connection.execute(
            sign_in_links.update()
            .where(
                sign_in_links.c.token_hash == _hash(token),
                sign_in_links.c.used_at.is_(None),
                sign_in_links.c.expires_at > self._now,
            )
            .values(used_at=self._now)
            .returning(sign_in_links.c.user_name)
        ).scalar_one_or_none()
        if used is None:
            return None
        row = self._connection.execute(select(users).where(users.c.name == used)).one()
        return None if row.disabled_at is not None else _user(row)


def new_password() -> str:
    """Return a password that nobody guesses."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def hash_password(password: str) -> str:
    """Return the text that a password is recognised by."""
    salt = os.urandom(_SALT_BYTES)
    hashed = _scrypt(password, salt, _N, _R, _P)
    parts = (str(_N), str(_R), str(_P), *(base64.b64encode(one).decode() for one in (salt, hashed)))
    return "scrypt$" + "$".join(parts)


def is_password(password: str, stored: str) -> bool:
    """Return whether a stored text is that of this password."""
    _, n, r, p, salt, expected = stored.split("$")
    found = _scrypt(password, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, base64.b64decode(expected))


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode("utf-8"), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)


NOBODY = f"scrypt${_N}${_R}${_P}${base64.b64encode(bytes(16)).decode()}${base64.b64encode(bytes(32)).decode()}"
"""Nobody's password: no text has this hash, and finding that out costs as much as with any other."""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _user(row: _Row) -> User:
    return User(
        row.name, Role(row.role), row.created_at, row.disabled_at, row.language, row.password_hash is not None
    )  # fmt: skip
