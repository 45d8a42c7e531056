"""Who makes the present call, and whether it is to be done once."""

from __future__ import annotations

import hashlib
from contextvars import ContextVar
from dataclasses import dataclass

from serving.calls.desk import Once
from serving.errors import Problem, RefusedError
from serving.store.keys import Role


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever calls.

    Parameters
    ----------
    name : str
        The key's id; ``local`` where no key is needed.
    role : Role
        What the caller may do.
    """

    name: str
    role: Role


LOCAL = Caller("local", Role.ADMIN)
"""Somebody on this machine, while no key has been made."""


@dataclass(frozen=True, slots=True)
class Call:
    """The call that is being answered.

    Parameters
    ----------
    caller : Caller
        Who.
    once : Once or None
        The request's key, where it came with one.
    """

    caller: Caller
    once: Once | None = None


CALL: ContextVar[Call] = ContextVar("call")
"""Set by the layer around every call, read where it is answered."""


STORING = frozenset({Role.CRM, Role.MARKETING, Role.ADMIN})
"""Who may keep leads, events and scores."""


def storing_call() -> Call:
    """Return the present call, if its caller may keep leads.

    Raises
    ------
    RefusedError
        If its role may score only.
    """
    call = CALL.get()
    if call.caller.role not in STORING:
        raise RefusedError(Problem("forbidden", "The key's role may score; keeping takes crm, marketing or admin."))
    return call


def request_hash(method: str, target: bytes, body: bytes) -> str:
    """Return what a request is recognised by when it comes again."""
    digest = hashlib.sha256()
    for part in (method.encode("ascii"), target, body):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
