"""One visit of a page: who comes, what was asked for or sent, and what is answered."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from features.domain import Sla, Text
from serving.calls.desk import Desk
from serving.calls.scored import StoredScoring
from serving.console.language import Language
from serving.console.rendering import render
from serving.console.words import layout
from serving.settings import Settings
from serving.store import Transaction
from serving.store.keys import Role
from serving.store.users import Session

if TYPE_CHECKING:
    from serving.console.routes import Page

T = TypeVar("T")

DONE = "done"
"""Name in an address of what was just done, so that the page can say so."""


class StaleFormError(Exception):
    """A form came that this session did not make."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page.

    Parameters
    ----------
    name : str
        The user's.
    role : Role
        What the user may do.
    csrf_token : str
        What every form of this session carries.
    """

    name: str
    role: Role
    csrf_token: str

    @classmethod
    def of(cls, session: Session) -> Visitor:
        """Return whose session it is."""
        return cls(session.user.name, session.user.role, session.csrf_token)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the navigation."""

    path: str
    title: Text
    is_here: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds every page.

    Parameters
    ----------
    title : Text
        The page's name, for the browser's tab.
    links : tuple of Link
        The pages that the visitor may see.
    visitor : Visitor or None
        Who looks; None before the sign-in.
    here : str
        The page's own address, to come back to after the language was switched.
    notice : Text or None
        What was just done.
    """

    title: Text
    links: tuple[Link, ...] = ()
    visitor: Visitor | None = None
    here: str = "/"
    notice: Text | None = None


@dataclass(frozen=True)
class Visit:
    """A visit; a page's view gets it and answers by :meth:`page` or :meth:`done`.

    Parameters
    ----------
    request : Request
        What the browser sent.
    visitor : Visitor
        Who has signed in.
    language : str
        ``en`` or ``de``.
    links : tuple of Link
        For the frame.
    at : Page
        The page that is visited.
    form : mapping of str to tuple of str
        What a form sent; empty for a page that is only looked at.
    """

    request: Request
    visitor: Visitor
    language: Language
    links: tuple[Link, ...]
    at: Page
    form: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """The service's settings."""
        settings: Settings = self.request.app.state.settings
        return settings

    @property
    def sla(self) -> Sla:
        """The agreement that holds."""
        return self.scoring.sla

    @property
    def desk(self) -> Desk:
        """Where calls wait for the store."""
        desk: Desk = self.request.app.state.desk
        return desk

    @property
    def scoring(self) -> StoredScoring:
        """What scores out of the store; its ``scoring`` has the workspace and the champion."""
        scoring: StoredScoring = self.request.app.state.stored_scoring
        return scoring

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Read one state of the store."""
        return await self.desk.read(work)

    async def change(self, work: Callable[[Transaction], T]) -> T:
        """Do a write in one transaction and return what it returns."""
        return await self.desk.change(work)

    def sent(self, name: str) -> str:
        """Return what a field of the form holds, empty where it was not sent."""
        return next(iter(self.form.get(name, ())), "")

    def may(self, roles: frozenset[Role]) -> bool:
        """Return whether the visitor has one of these roles, e.g. to show a button."""
        return self.visitor.role in roles

    def page(
        self,
        template: str,
        context: object,
        words: ModuleType,
        *,
        title: Text | None = None,
        status: int = HTTPStatus.OK,
    ) -> Response:
        """Answer with a page.

        Parameters
        ----------
        template : str
            File in ``templates/``.
        context : object
            The page's dataclass; the template calls it ``page``.
        words : module
            The page's texts; the template calls it ``words``.
        title : Text, optional
            By default the page's name in the navigation.
        status : int
            Of the answer, e.g. 422 where a form has to be corrected.
        """
        url = self.request.url
        frame = Frame(
            title or self.at.title, self.links, self.visitor, url.path + (f"?{url.query}" if url.query else ""),
            self.at.notices.get(self.request.query_params.get(DONE, "")),
        )  # fmt: skip
        return shown(template, self.language, zone_of(self.request), frame, status, page=context, words=words)

    def done(self, path: str, what: str = "") -> Response:
        """Answer a form: go to a page, which says what was done by the word in its ``notices``."""
        return RedirectResponse(path + (f"?{urlencode({DONE: what})}" if what else ""), HTTPStatus.SEE_OTHER)

    def check_csrf(self) -> None:
        """Refuse a form that does not carry the session's token.

        Raises
        ------
        StaleFormError
            If it came from elsewhere, or from a session that has ended.
        """
        if not hmac.compare_digest(self.sent("csrf").encode(), self.visitor.csrf_token.encode()):
            raise StaleFormError


def shown(template: str, language: Language, zone: str, frame: Frame, status: int, **names: object) -> Response:
    """Return a page in its frame."""
    return HTMLResponse(render(template, language, zone, frame=frame, layout=layout, **names), status)


def zone_of(request: Request) -> str:
    """Return the time zone in which sales works."""
    scoring: StoredScoring = request.app.state.stored_scoring
    return scoring.sla.calendar.time_zone
