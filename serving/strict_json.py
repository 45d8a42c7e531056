"""JSON read without a blind eye: what other parsers let pass quietly is refused with a pointer-ready sentence.

Python's parser (and with it BentoML's) takes ``NaN``, repeated keys, lone surrogates and any depth. Each of these means
something else to another program, so a body with one of them is not the body its sender meant
(RFC 8259 sections 4, 6, 8.2 and 9; RFC 7493, I-JSON, 2015).
"""

from __future__ import annotations

import json
from typing import Any

MAX_DEPTH = 32
_LONGEST_INTEGER = 400


class JsonRefusedError(ValueError):
    """A body that is not acceptable JSON.

    Parameters
    ----------
    code : str
        ``invalid-json`` or ``duplicate-key``.
    message : str
        What was found, without any value of the body.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def parse(body: bytes) -> Any:
    """Return the document in ``body``.

    Parameters
    ----------
    body : bytes
        UTF-8 text, a byte order mark before it is passed over.

    Returns
    -------
    object
        Plain Python data. A number too large for a float is ``inf``: its place is named later, by the model's field.

    Raises
    ------
    JsonRefusedError
        If the text is not UTF-8 or not JSON, repeats a key, holds ``NaN`` or ``Infinity``, half a surrogate pair, an
        integer of more than 400 digits, or is nested deeper than 32.

    Examples
    --------
    >>> parse(b'{"a": [1, 2.5, null]}')
    {'a': [1, 2.5, None]}
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise JsonRefusedError("invalid-json", f"Byte {error.start} is not UTF-8.") from None
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise JsonRefusedError("invalid-json", f"{error.msg} at {place}.") from None
    except RecursionError:
        raise _too_deep() from None
    _refuse_depth(document)
    if "\\ud" in text or "\\uD" in text:
        _refuse_half_pairs(document)
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise JsonRefusedError("duplicate-key", "An object has the same key twice.")
    return found


def _constant(token: str) -> None:
    raise JsonRefusedError("invalid-json", f"{token} is not JSON; send null where a number is not known.")


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_INTEGER:
        raise JsonRefusedError("invalid-json", f"An integer has {len(digits)} digits.")
    return int(digits)


def _too_deep() -> JsonRefusedError:
    return JsonRefusedError("invalid-json", f"The body is nested deeper than {MAX_DEPTH}.")


def _refuse_depth(document: Any) -> None:
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return
        level = [
            value
            for holder in level
            for value in (holder.values() if isinstance(holder, dict) else holder)
            if isinstance(value, dict | list)
        ]
    if level:
        raise _too_deep()


def _refuse_half_pairs(document: Any) -> None:
    try:
        json.dumps(document, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise JsonRefusedError("invalid-json", "A text holds half of a surrogate pair.") from None
