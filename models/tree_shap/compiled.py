"""Functions that numba compiles to machine code at their first call, kept on disk where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

_COMPILED: list[Any] = []


def compiled(function: Callable[..., Any]) -> Any:
    """Return the function compiled for the types of its first call, free of Python's lock, with exact arithmetic.

    The machine code is kept beside the source or, where that may not be written, in the user's cache folder; numba
    keys it by source, processor and its own version, and replaces files whole, so that several workers may start at
    once. A read-only installation without a home compiles anew in every process: seconds at loading, never in a
    request.
    """
    try:
        dispatcher: Any = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:
        # numba found no folder that it may write to.
        return numba.njit(nogil=True, error_model="numpy")(function)
    _COMPILED.append(dispatcher)
    return dispatcher


def prepared(call: Callable[[], object]) -> None:
    """Make a call that compiles functions, whatever state the machine code on disk is in.

    Parameters
    ----------
    call : callable
        Uses the functions with the types that they will be given.
    """
    try:
        call()
    except OSError:
        # A full disk: noticed when the code is to be kept, which by then is usable in memory.
        call()
    except Exception:  # noqa: BLE001 - a file cut short by a crash raises whatever its half tells the reader
        for dispatcher in _COMPILED:
            dispatcher._cache.flush()
        call()
