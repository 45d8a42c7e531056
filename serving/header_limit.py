"""Headers have a limit: the web server underneath has none, and reads what comes (measured: 100 kB passed)."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from serving.errors import Problem

MOST_BYTES = 16_384
MOST_HEADERS = 100


class HeaderLimit:
    """ASGI middleware that refuses calls with more or longer headers than anybody needs.

    Parameters
    ----------
    app : ASGIApp
        What is guarded.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] == "http" and _is_too_much(scope["headers"]):
            problem = Problem("headers-too-large", f"Send at most {MOST_HEADERS} headers of {MOST_BYTES} bytes in all.")
            # What follows of this caller is not worth reading.
            await problem.response({"connection": "close"})(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_too_much(headers: list[tuple[bytes, bytes]]) -> bool:
    if len(headers) > MOST_HEADERS:
        return True
    # A name, a colon, a space, a value, and the end of the line.
    return sum(len(name) + len(value) + 4 for name, value in headers) > MOST_BYTES
