"""What a form sends, and whether it comes from a page of this console."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

from serving.errors import Problem, RefusedError

_MOST_FIELDS = 500


async def read_form(request: Request) -> Mapping[str, tuple[str, ...]]:
    """Return a form's fields with all values of each; line ends are those of the browser.

    Raises
    ------
    RefusedError
        If it is no form, or has too many fields.
    """
    try:
        text = (await request.body()).decode("ascii")
        fields = parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise RefusedError(Problem("invalid-request", "The form cannot be read.")) from None
    return {name: tuple(values) for name, values in fields.items()}


def is_from_here(request: Request, public_url: str) -> bool:
    """Return whether a form was sent by a page of this service, as far as the browser says.

    Parameters
    ----------
    request : Request
        Browsers say by ``Sec-Fetch-Site`` or ``Origin`` which site's page sent it.
    public_url : str
        Where the service is reached from outside, if a proxy calls it by another name.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return True
    sender = urlsplit(origin).netloc
    return bool(sender) and sender in (request.headers.get("host", ""), urlsplit(public_url).netloc)
