"""What went wrong, as a page."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from serving.console.language import Language, language_of
from serving.console.visit import Frame, shown
from serving.console.words import problems as words
from serving.errors import REQUEST_ID, Problem

STALE_FORM = "stale-form"


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """What stands on the page: the problem in words, and the request's number to ask by."""

    told: words.Words
    number: str | None


def problem_page(problem: Problem, language: Language, frame: Frame | None = None) -> Response:
    """Return a problem as a page, in the visitor's frame where one is known."""
    return _page(problem.code, problem.status, problem.headers, language, frame)


def stale_form_page(language: Language, frame: Frame) -> Response:
    """Return that a form is not of this session."""
    return _page(STALE_FORM, 403, {}, language, frame)


def problem_of(scope: Scope, problem: Problem) -> Response:
    """Return a problem of a page whose visitor is not known (the layer around every call)."""
    return problem_page(problem, language_of(Request(scope)))


def _page(code: str, status: int, headers: dict[str, str], language: Language, frame: Frame | None) -> Response:
    told = words.BY_CODE.get(code, words.BY_CODE["internal-error"])
    context = ProblemPage(told, REQUEST_ID.get())
    answer = shown("problem.html", language, "UTC", frame or Frame(told.title), status, page=context, words=words)
    answer.headers.update({name: value for name, value in headers.items() if name == "retry-after"})
    return answer
