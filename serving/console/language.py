"""Which language a person reads: as chosen here, else as the user was made with, else the browser's."""

from __future__ import annotations

from typing import Literal, TypeAlias

from starlette.requests import Request

from features.domain import Text

Language: TypeAlias = Literal["en", "de"]

COOKIE = "leadscore-language"
LANGUAGES: tuple[Language, ...] = ("en", "de")


def language_of(request: Request, of_user: str | None = None) -> Language:
    """Return the language of a request."""
    for wanted in (request.cookies.get(COOKIE), of_user):
        for language in LANGUAGES:
            if wanted == language:
                return language
    return browsers_choice(request.headers.get("accept-language", ""))


def browsers_choice(header: str) -> Language:
    """Return the better liked of the two languages in the header ``Accept-Language`` (RFC 9110, 12.5.4).

    Examples
    --------
    >>> browsers_choice("fr, de-AT;q=0.8, en;q=0.5"), browsers_choice(""), browsers_choice("de;q=0, en")
    ('de', 'en', 'en')
    """
    liked: dict[Language, float] = {}
    for part in header.split(","):
        tag, _, parameter = part.partition(";")
        weight = _weight(parameter)
        for language in LANGUAGES:
            if tag.strip().lower().partition("-")[0] == language:
                liked[language] = max(weight, liked.get(language, 0.0))
    return max(LANGUAGES, key=lambda one: liked.get(one, 0.0))


def said(text: Text, language: Language) -> str:
    """Return a text in a language."""
    return text.de if language == "de" else text.en


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
