"""The cookie that a browser is known by."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from serving.calls.signing_in import SigningIn
from serving.settings import Settings
from serving.store.users import LONGEST, Session


def token_of(request: Request) -> str | None:
    """Return the token that the browser sent."""
    return request.cookies.get(_cookie(_settings(request)))


async def session_of(request: Request) -> Session | None:
    """Return the session of a request, None where nobody has signed in."""
    token = token_of(request)
    return None if token is None else await signing_in(request).session(token)


def signing_in(request: Request) -> SigningIn:
    """Return what signs people in."""
    room: SigningIn = request.app.state.signing_in
    return room


def remember(response: Response, request: Request, token: str) -> Response:
    """Let the browser keep a new session's token, out of reach of scripts and of other sites' forms."""
    settings = _settings(request)
    is_secure = request.url.scheme == "https" or settings.public_url.startswith("https:")
    response.set_cookie(
        _cookie(settings), token, max_age=int(LONGEST.total_seconds()), httponly=True, samesite="lax", secure=is_secure
    )
    return response


def forget(response: Response, request: Request) -> Response:
    """Let the browser forget its session."""
    response.delete_cookie(_cookie(_settings(request)), httponly=True, samesite="lax")
    return response


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _cookie(settings: Settings) -> str:
    # Cookies are the same for all ports of a host: two services on one machine would sign each other out.
    return f"leadscore-session-{settings.port}"
