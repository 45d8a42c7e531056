"""The pages of signing in and out, and the switch of languages."""

from __future__ import annotations

import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from features.domain import Text
from features.domain.say import sentence
from serving.api.access import is_loopback
from serving.console.forms import is_from_here, read_form
from serving.console.language import COOKIE, LANGUAGES, language_of
from serving.console.paths import is_local
from serving.console.problems import problem_page, stale_form_page
from serving.console.session import forget, remember, session_of, signing_in, token_of
from serving.console.visit import Frame, shown
from serving.console.words import sign_in as words
from serving.errors import Problem, RefusedError, from_store, problem_from
from serving.settings import Settings
from serving.store import StoreError

_A_YEAR = 365 * 24 * 3600
_SIGN_IN, _HOME = "/sign-in", "/"


@dataclass(frozen=True, slots=True)
class SignInPage:
    """What stands on the page.

    Parameters
    ----------
    message : Text or None
        Why there is no session yet.
    shows_link_help : bool
        Whether to say where the one-time link was printed, or how to get a new one.
    has_passwords : bool
        Whether anybody can sign in by a password.
    name, back : str
        What was typed, and where to go then.
    workspace : str
        For the commands that are shown.
    """

    message: Text | None
    shows_link_help: bool
    has_passwords: bool
    name: str
    back: str
    workspace: str


async def show(request: Request) -> Response:
    """Show the form; with a one-time link, sign in at once."""
    try:
        if "link" in request.query_params and request.method == "GET":
            return await _by_link(request)
        if await session_of(request) is not None:
            return RedirectResponse(_back(request.query_params), HTTPStatus.SEE_OTHER)
        message = words.SIGNED_OUT if "out" in request.query_params else None
        return await _page(request, message, HTTPStatus.OK, back=_back(request.query_params))
    except StoreError as error:
        return problem_page(from_store(error), language_of(request))


async def take(request: Request) -> Response:
    """Take a name and a password."""
    try:
        form = await read_form(request)
        sent = {name: values[0] for name, values in form.items()}
        name, back = sent.get("name", "").strip(), _back(sent)
        if not is_from_here(request, _settings(request).public_url):
            return stale_form_page(language_of(request), Frame(words.TITLE))
        address = "" if request.client is None else request.client.host
        found = await signing_in(request).by_password(name, sent.get("password", ""), address)
        if found is None:
            return await _page(request, words.WRONG, HTTPStatus.FORBIDDEN, name=name, back=back)
        return await _begun(request, found.token, back)
    except RefusedError as refused:
        if refused.problem.code != "too-many-requests":
            return problem_page(refused.problem, language_of(request))
        return await _wait(request, refused.problem)
    except StoreError as error:
        return problem_page(from_store(error), language_of(request))


async def leave(request: Request) -> Response:
    """Sign out."""
    try:
        session, token = await session_of(request), token_of(request)
        if session is not None and token is not None:
            csrf = next(iter((await read_form(request)).get("csrf", ())), "")
            if not hmac.compare_digest(csrf.encode(), session.csrf_token.encode()):
                return stale_form_page(language_of(request), Frame(words.TITLE))
            await signing_in(request).out(token, session.user.name)
    except (RefusedError, StoreError) as error:
        return problem_page(problem_from(error), language_of(request))
    return forget(RedirectResponse(f"{_SIGN_IN}?out=1", HTTPStatus.SEE_OTHER), request)


async def speak(request: Request) -> Response:
    """Keep the language that a person chose."""
    language = request.path_params["language"]
    if language not in LANGUAGES:
        return problem_page(Problem("not-found", "There is no such language."), language_of(request))
    answer = RedirectResponse(_back(request.query_params), HTTPStatus.SEE_OTHER)
    answer.set_cookie(COOKIE, language, max_age=_A_YEAR, httponly=True, samesite="lax")
    return answer


async def _by_link(request: Request) -> Response:
    found = await signing_in(request).by_link(request.query_params["link"])
    if found is None:
        return await _page(request, words.LINK_OVER, HTTPStatus.FORBIDDEN, back=_back(request.query_params))
    return await _begun(request, found.token, _back(request.query_params))


async def _begun(request: Request, token: str, back: str) -> Response:
    before = token_of(request)
    if before is not None:
        # Whatever the browser came with ends here: nobody can have planted it for later.
        await signing_in(request).forget(before)
    return remember(RedirectResponse(back, HTTPStatus.SEE_OTHER), request, token)


async def _wait(request: Request, problem: Problem) -> Response:
    minutes = math.ceil((problem.retry_after or 60) / 60)
    message = sentence(words.TOO_MANY.en, words.TOO_MANY.de, minutes=str(minutes))
    answer = await _page(request, message, problem.status)
    answer.headers.update(problem.headers)
    return answer


async def _page(request: Request, message: Text | None, status: int, *, name: str = "", back: str = _HOME) -> Response:
    has_passwords = await signing_in(request).has_passwords()
    settings = _settings(request)
    context = SignInPage(
        message, is_loopback(settings.host), has_passwords, name, back, settings.workspace or "DIR"
    )  # fmt: skip
    frame = Frame(words.TITLE, here=_SIGN_IN)
    return shown("sign_in.html", language_of(request), "UTC", frame, status, page=context, words=words)


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _back(given: Mapping[str, str]) -> str:
    for name in ("next", "back"):
        if is_local(given.get(name, "")):
            return given[name]
    return _HOME
