"""What went wrong, as a page."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from features.domain import LeadscoreError, Text
from serving.console.language import Language, language_of
from serving.console.visit import Frame, shown
from serving.console.words import problems as words
from serving.errors import REQUEST_ID, Problem, RefusedError, problem_from

STALE_FORM = "stale-form"


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """What stands on the page: the problem in words, and the request's number to ask by."""

    told: words.Words
    number: str | None


def problem_page(problem: Problem, language: Language, frame: Frame | None = None) -> Response:
    """Return a problem as a page, in the visitor's frame where one is known."""
    return _page(_words(problem.code), problem.status, problem.headers, language, frame)


def error_page(error: RefusedError | LeadscoreError, language: Language, frame: Frame) -> Response:
    """Return an error as a page: in its own words where it has some in both languages, else in those of its kind."""
    problem = problem_from(error)
    if not isinstance(error, LeadscoreError) or not error.is_in_both_languages:
        return problem_page(problem, language, frame)
    given, _, remedy = error.in_words
    told = words.Words(words.NOT_DONE, Text(f"{given.en} {remedy.en}", f"{given.de} {remedy.de}"))
    return _page(told, problem.status, problem.headers, language, frame)


def stale_form_page(language: Language, frame: Frame) -> Response:
    """Return that a form is not of this session."""
    return _page(_words(STALE_FORM), 403, {}, language, frame)


def problem_of(scope: Scope, problem: Problem) -> Response:
    """Return a problem of a page whose visitor is not known (the layer around every call)."""
    return problem_page(problem, language_of(Request(scope)))


def _words(code: str) -> words.Words:
    return words.BY_CODE.get(code, words.BY_CODE["internal-error"])


def _page(told: words.Words, status: int, headers: dict[str, str], language: Language, frame: Frame | None) -> Response:
    context = ProblemPage(told, REQUEST_ID.get())
    answer = shown("problem.html", language, "UTC", frame or Frame(told.title), status, page=context, words=words)
    answer.headers.update({name: value for name, value in headers.items() if name == "retry-after"})
    return answer
