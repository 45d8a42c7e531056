"""Where messages may be sent: public addresses, and the company's own networks that the settings name.

An endpoint's name may point to another address each time it is asked for (DNS rebinding), so what it points to is
looked at when the endpoint is saved and again at every attempt, and the connection goes to the very address that was
looked at. Without this, whoever may add an endpoint could have the service talk to what only this machine reaches.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import httpx

from features.domain import InputError

LONGEST_URL = 2_000
_LAST_PORT = 65_535

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver: TypeAlias = Callable[[str, int], Sequence[str]]
"""Returns the addresses of a name; raises OSError where it has none."""

_PUBLIC = "https:// and a name that points to public addresses"


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name, in the order in which this machine would try them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


@dataclass(frozen=True, slots=True)
class Target:
    """An endpoint with the addresses that were looked at.

    Parameters
    ----------
    url : httpx.URL
        As it was given.
    addresses : tuple of str
        What its name points to now; never empty.
    """

    url: httpx.URL
    addresses: tuple[str, ...]


class Addresses:
    """Tells where messages may be sent.

    Parameters
    ----------
    networks : str
        The company's own networks that may be reached too, e.g. ``10.1.0.0/16,127.0.0.0/8``.
    resolver : callable
        Looks names up.

    Raises
    ------
    InputError
        If ``networks`` holds anything else.
    """

    def __init__(self, networks: str = "", resolver: Resolver = system_resolver) -> None:
        self._own = tuple(_network(one.strip()) for one in networks.split(",") if one.strip())
        self._resolver = resolver

    def target(self, url: str) -> Target:
        """Return where a URL leads now.

        Raises
        ------
        InputError
            If it leads to where nothing may be sent, or nowhere.
        """
        parsed = _parsed(url)
        port = parsed.port or (443 if parsed.scheme == "https" else 80)
        try:
            found = [ipaddress.ip_address(one) for one in self._resolver(parsed.host, port)]
        except (OSError, UnicodeError, ValueError):
            found = []
        if not found:
            raise _refused("The name of the URL points to no address.")
        # One refused address is enough: which of several is taken would be up to whoever owns the name.
        if not all(self.is_allowed(one) for one in found):
            raise _refused("The URL points to an address of a private or special network.")
        if parsed.scheme == "http" and not all(self._is_own(one) for one in found):
            raise _refused("A URL with http:// would send messages in the clear.")
        return Target(parsed, tuple(map(str, found)))

    def is_allowed(self, address: _Address) -> bool:
        """Return whether messages may be sent to an address."""
        if address.is_link_local or address.is_multicast or address.is_unspecified:
            # Link-local is where clouds hand out their machines' credentials; no network of receivers.
            return False
        return self._is_own(address) or _is_public(address)

    def _is_own(self, address: _Address) -> bool:
        return any(address in network for network in self._own)


def _is_public(address: _Address) -> bool:
    if not address.is_global or address.is_private or address.is_reserved or address.is_loopback:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    # Addresses that carry an IPv4 address lead to it, whatever their own range says.
    carries = address.ipv4_mapped or address.sixtofour or address.teredo
    return not (carries or address.is_site_local)


def _parsed(url: str) -> httpx.URL:
    # The sender's own parser, so that both read the same host.
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError, TypeError):
        raise _refused("The URL is none.") from None
    if len(url) > LONGEST_URL:
        raise _refused(f"The URL has {len(url)} characters; {LONGEST_URL} at most.")
    if parsed.scheme not in ("https", "http") or not parsed.host:
        raise _refused("The URL does not begin with https:// and a name.")
    if parsed.port is not None and not 0 < parsed.port <= _LAST_PORT:
        raise _refused("The URL names a port that there is not.")
    if parsed.userinfo or parsed.fragment:
        raise _refused("The URL holds a user, a password or a fragment.")
    return parsed


def _network(text: str) -> _Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise InputError(
            f"LEADSCORE_WEBHOOK_NETWORKS names {text!r}.",
            "networks such as 10.1.0.0/16, separated by commas.",
            "Correct it; leadscore settings shows what it is for.",
        ) from None


def _refused(given: str) -> InputError:
    return InputError(
        given,
        f"{_PUBLIC}.",
        "Give another URL, or name the receiver's network in LEADSCORE_WEBHOOK_NETWORKS.",
    )
