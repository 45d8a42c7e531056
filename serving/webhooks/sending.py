"""One attempt to send a message: to the address that was looked at, within 15 seconds, no further."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import anyio
import anyio.to_thread
import httpx

from features.domain import InputError
from serving.webhooks.addresses import Addresses, Target

SECONDS = 15.0
"""Within which an endpoint must have answered (Standard Webhooks: 15 to 30)."""

LONGEST_ANSWER = 64_000
"""Bytes of an answer that are read; none is kept."""

_AGENT = "leadscore-webhooks/1"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint made of a message.

    Parameters
    ----------
    status : int or None
        HTTP status; None where there was no answer.
    failure : str or None
        What went wrong, in a few words; None where the endpoint took the message.
    retry_after : timedelta or None
        How long the endpoint asked to be left in peace.
    """

    status: int | None
    failure: str | None = None
    retry_after: timedelta | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint wants no more messages."""
        return self.status == HTTPStatus.GONE


class Sender:
    """Sends messages.

    Parameters
    ----------
    addresses : Addresses
        Where they may be sent.
    seconds : float
        Within which an attempt must be over.
    """

    def __init__(self, addresses: Addresses, seconds: float = SECONDS) -> None:
        self._addresses = addresses
        self._seconds = seconds
        # The machine's own authorities, so that a company's own receivers are trusted as its browsers trust them.
        self._trust = ssl.create_default_context()

    async def send(self, url: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
        """Send a message once; never raises for what an endpoint does.

        Parameters
        ----------
        url : str
            The endpoint.
        headers : Mapping[str, str]
            Of the signature.
        body : bytes
            JSON.
        now : datetime
            The present, for an endpoint that says until when it wants to be left in peace.
        """
        try:
            with anyio.fail_after(self._seconds):
                target = await anyio.to_thread.run_sync(self._addresses.target, url, abandon_on_cancel=True)
                return await self._to_first(target, headers, body, now)
        except TimeoutError:
            return Answer(None, f"no answer within {self._seconds:g} seconds")
        except InputError as error:
            return Answer(None, f"not sent: {error.given}")
        except (httpx.HTTPError, OSError) as error:
            return Answer(None, f"no answer ({type(error).__name__})")

    async def _to_first(self, target: Target, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
        """Try one address after the other until one takes the connection."""
        *others, last = target.addresses
        for address in others:
            try:
                return await self._to(target.url, address, headers, body, now)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._to(target.url, last, headers, body, now)

    async def _to(self, url: httpx.URL, address: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
        sent = {
            **headers, "host": url.netloc.decode("ascii"), "content-type": "application/json", "user-agent": _AGENT,
            "accept-encoding": "identity", "connection": "close",
        }  # fmt: skip
        # A client of its own: a pool would reuse a connection whose certificate was checked for another name.
        async with (
            httpx.AsyncClient(verify=self._trust, trust_env=False, follow_redirects=False, timeout=None) as client,  # noqa: S113 - the whole attempt has a deadline
            client.stream(
                "POST",
                url.copy_with(host=address),
                headers=sent,
                content=body,
                extensions={"sni_hostname": url.raw_host.decode("ascii")},
            ) as response,
        ):
            answer = _answer(response, now)
            await _read_some(response, self._seconds)
        return answer


def _answer(response: httpx.Response, now: datetime) -> Answer:
    status = response.status_code
    if response.is_success:
        return Answer(status)
    asked = _retry_after(response.headers.get("retry-after", ""), now)
    what = f"HTTP {status}, a redirect, which is not followed" if response.is_redirect else f"HTTP {status}"
    return Answer(status, what, asked)


async def _read_some(response: httpx.Response, seconds: float) -> None:
    """Let an endpoint finish its answer, as far as it is short and comes soon; its status has decided already."""
    read = 0
    try:
        with anyio.move_on_after(seconds / 2):
            async for chunk in response.aiter_raw(4_096):
                read += len(chunk)
                if read >= LONGEST_ANSWER:
                    return
    except httpx.HTTPError:
        return


def _retry_after(text: str, now: datetime) -> timedelta | None:
    """Return the wait that the header asks for, in seconds or as a date (RFC 9110, section 10.2.3)."""
    if text.isascii() and text.isdecimal() and len(text) <= 9:
        return timedelta(seconds=int(text))
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return max(until - now, timedelta(0))
