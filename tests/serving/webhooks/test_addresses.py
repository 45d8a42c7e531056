from __future__ import annotations

import socket
from collections.abc import Sequence

import pytest

from features.domain import InputError
from serving.webhooks.addresses import Addresses

PUBLIC = "93.184.216.34"


def pointing_to(*addresses: str) -> Addresses:
    return Addresses(resolver=lambda host, port: list(addresses))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
        "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "::127.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "fc00::1", "fd00:ec2::254", "fe80::1",
        "fe80::1%eth0", "fec0::1", "ff02::1",
    ],
)  # fmt: skip
def test_row_40_nothing_is_sent_to_private_or_special_addresses(address: str) -> None:
    with pytest.raises(InputError, match="private or special"):
        pointing_to(address).target("https://crm.example/hook")


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:80e::200e"])
def test_public_addresses_are_taken(address: str) -> None:
    assert pointing_to(address).target("https://crm.example/hook").addresses == (address,)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "2130706433", "0x7f000001", "017700000001", "127.1", "localhost"],
)
def test_row_40_no_way_of_writing_loopback_gets_through(host: str) -> None:
    """The system's own resolver reads decimal, octal and hexadecimal numbers as addresses too."""
    with pytest.raises(InputError):
        Addresses().target(f"https://{host}/hook")


def test_row_40_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(InputError, match="private or special"):
        pointing_to(PUBLIC, "10.0.0.1").target("https://crm.example/hook")


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("ftp://crm.example/hook", "https://"),
        ("crm.example/hook", "https://"),
        ("https:///hook", "https://"),
        ("file:///etc/passwd", "https://"),
        ("https://ann:secret@crm.example/hook", "user"),
        ("https://crm.example/hook#part", "fragment"),
        ("https://crm.example/" + "a" * 2_000, "characters"),
        ("https://crm.example:99999/", "port"),
        ("https://crm.exam\nple/", "URL"),
        ("http://crm.example/hook", "in the clear"),
    ],
)
def test_a_url_that_is_none_is_refused(url: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        pointing_to(PUBLIC).target(url)


def test_a_name_that_points_nowhere_is_refused() -> None:
    def nowhere(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror

    with pytest.raises(InputError, match="no address"):
        Addresses(resolver=nowhere).target("https://nobody.example/hook")
    with pytest.raises(InputError, match="no address"):
        pointing_to().target("https://nobody.example/hook")


def test_the_companys_own_networks_can_be_named_and_nothing_else_opens() -> None:
    own = Addresses("10.1.0.0/16, ::1/128", resolver=lambda host, port: [host])
    assert own.target("http://10.1.2.3/hook").addresses == ("10.1.2.3",)
    assert own.target("https://[::1]/hook").addresses == ("::1",)
    for url in ("https://10.2.0.1/hook", "https://127.0.0.1/hook", f"http://{PUBLIC}/hook"):
        with pytest.raises(InputError):
            own.target(url)


def test_row_40_link_local_addresses_stay_closed_whatever_is_named() -> None:
    """There clouds hand out the credentials of their machines."""
    with pytest.raises(InputError, match="private or special"):
        Addresses("0.0.0.0/0", resolver=lambda host, port: [host]).target("http://169.254.169.254/latest")


def test_a_network_that_is_none_is_told() -> None:
    with pytest.raises(InputError, match="WEBHOOK_NETWORKS"):
        Addresses("10.0.0.0/8, intranet")
