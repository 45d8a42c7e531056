"""The table of pages: address, name, who may see it and what makes it. A page is added by a row here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from features.domain import LeadscoreError, Text
from serving.api.operations import DEALERS, PROPOSERS, READERS, REPORT_READERS
from serving.console import agreement, funnel, lead, model, rules, sign_in, static_files, worklist
from serving.console.forms import is_from_here, read_form
from serving.console.language import language_of
from serving.console.problems import error_page, problem_page, stale_form_page
from serving.console.session import session_of
from serving.console.visit import Frame, Link, StaleFormError, Visit, Visitor
from serving.console.words import agreement as agreement_words
from serving.console.words import funnel as funnel_words
from serving.console.words import lead as lead_words
from serving.console.words import model as model_words
from serving.console.words import rules as rules_words
from serving.console.words import worklist as worklist_words
from serving.errors import Problem, RefusedError, from_store
from serving.settings import Settings
from serving.store import StoreError
from serving.store.agreements import SIGNERS
from serving.store.keys import Role

View: TypeAlias = Callable[[Visit], Awaitable[Response]]
_SEE_OTHER = 303


@dataclass(frozen=True, slots=True)
class Page:
    """A page, or where its form is sent.

    Parameters
    ----------
    path : str
        Its address, as Starlette writes it.
    title : Text
        Its name, also in the navigation.
    roles : frozenset of Role
        Who may see it.
    view : callable
        Answers a visit.
    method : str
        ``POST`` for a form; it is checked before the view is asked.
    is_listed : bool
        Whether it stands in the navigation.
    notices : mapping of str to Text
        What the page says after something was done, by the word that :meth:`Visit.done` was given.
    """

    path: str
    title: Text
    roles: frozenset[Role]
    view: View
    method: str = "GET"
    is_listed: bool = False
    notices: Mapping[str, Text] = field(default_factory=dict)


PAGES: tuple[Page, ...] = (
    Page("/", worklist_words.TITLE, READERS, worklist.show, is_listed=True, notices=worklist_words.NOTICES),
    Page("/funnel", funnel_words.TITLE, REPORT_READERS, funnel.show, is_listed=True),
    Page("/funnel/report.csv", funnel_words.TITLE, REPORT_READERS, funnel.download),
    Page(worklist.EXPORT, worklist_words.TITLE, READERS, worklist.export),
    Page("/console/views", worklist_words.TITLE, READERS, worklist.save_view, method="POST"),
    Page("/console/views/remove", worklist_words.TITLE, READERS, worklist.remove_view, method="POST"),
    Page("/rules", rules_words.TITLE, REPORT_READERS, rules.show, is_listed=True, notices=rules_words.NOTICES),
    Page("/rules/edit", rules_words.EDIT_TITLE, rules.EDITORS, rules.edit),
    Page("/rules/try", rules_words.EDIT_TITLE, rules.EDITORS, rules.try_out, method="POST"),
    Page("/rules/save", rules_words.EDIT_TITLE, rules.EDITORS, rules.save, method="POST"),
    Page("/rules/restore", rules_words.TITLE, rules.EDITORS, rules.restore, method="POST"),
    Page(
        "/sla", agreement_words.TITLE, REPORT_READERS, agreement.show, is_listed=True, notices=agreement_words.NOTICES
    ),
    Page("/sla/propose", agreement_words.TITLE, PROPOSERS, agreement.propose, method="POST"),
    Page("/sla/sign", agreement_words.TITLE, frozenset(SIGNERS), agreement.sign, method="POST"),
    Page("/model", model_words.TITLE, REPORT_READERS, model.show, is_listed=True, notices=model_words.NOTICES),
    Page("/model/promote", model_words.TITLE, model.DECIDERS, model.promote, method="POST"),
    Page("/model/rollback", model_words.TITLE, model.DECIDERS, model.undo, method="POST"),
    Page("/leads/{lead_id}", lead_words.TITLE, READERS, lead.show, notices=lead_words.NOTICES),
    Page("/leads/{lead_id}", lead_words.TITLE, DEALERS, lead.answer, method="POST"),
    Page("/leads/{lead_id}/print", lead_words.PRINT_TITLE, READERS, lead.show_person),
)


def _visited(page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            session = await session_of(request)
        except StoreError as error:
            return problem_page(from_store(error), language_of(request))
        if session is None:
            back = "" if page.method != "GET" else f"?next={quote(_here(request), safe='')}"
            return RedirectResponse(f"/sign-in{back}", _SEE_OTHER)
        visitor, language = Visitor.of(session), language_of(request, session.user.language)
        listed = [one for one in PAGES if one.is_listed and visitor.role in one.roles]
        links = tuple(Link(one.path, one.title, one.path == page.path) for one in listed)
        frame = Frame(page.title, links, visitor, _here(request))
        if visitor.role not in page.roles:
            if page.path == "/" and listed:
                return RedirectResponse(listed[0].path, _SEE_OTHER)
            return problem_page(Problem("forbidden", "The page is for other roles."), language, frame)
        try:
            form: Mapping[str, tuple[str, ...]] = {} if page.method == "GET" else await read_form(request)
            visit = Visit(request, visitor, language, links, page, form)
            if page.method != "GET":
                _check_sender(visit)
            return await page.view(visit)
        except StaleFormError:
            return stale_form_page(language, frame)
        except (RefusedError, LeadscoreError) as error:
            return error_page(error, language, frame)

    return answer


def _check_sender(visit: Visit) -> None:
    settings: Settings = visit.request.app.state.settings
    if not is_from_here(visit.request, settings.public_url):
        raise StaleFormError
    visit.check_csrf()


def _here(request: Request) -> str:
    url = request.url
    return url.path + (f"?{url.query}" if url.query else "")


def _routes() -> Sequence[Route]:
    made: list[Any] = [Route(page.path, _visited(page), methods=[page.method]) for page in PAGES]
    return (
        *made,
        Route("/sign-in", sign_in.show, methods=["GET"]),
        Route("/sign-in", sign_in.take, methods=["POST"]),
        Route("/sign-out", sign_in.leave, methods=["POST"]),
        Route("/console/language/{language}", sign_in.speak, methods=["GET"]),
        Route(static_files.PREFIX + "/{digest}/{name:path}", static_files.send, methods=["GET"]),
    )


ROUTES = _routes()
