from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.domain import InputError
from serving.webhooks import hubspot
from serving.webhooks.senders import Senders, changes
from serving.webhooks.signatures import signed_headers

CLIENT_SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"  # noqa: S105 - the documentation's own example
KEY = "whsec_" + base64.b64encode(b"a secret of the crm, 24 or more").decode()
SENT_AT = datetime.fromtimestamp(1_564_113_600, tz=UTC)
PUBLIC, TARGET = "https://www.example.com", "/v1/inbound/hubspot?a=b@c:d"
BODY = (
    b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,'
    b'"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123}]'
)
HEADERS = {
    hubspot.SIGNATURE: "tIkDkGUu76lnUPeb0NivN5egpH1HnmlCh/2J4WOHfCQ=",
    hubspot.TIMESTAMP: "1564113600000",
}


def is_genuine(target=TARGET, headers=HEADERS, now=SENT_AT, body=BODY, method="POST", public=PUBLIC):
    return Senders(f"hubspot={CLIENT_SECRET}", public).is_genuine("hubspot", method, target, headers, now, body)


def test_row_36_what_hubspots_own_library_signs_is_genuine() -> None:
    """Made with hubspot-api-client 12.0.0."""
    assert is_genuine()
    assert is_genuine(public=PUBLIC + "/")


def test_row_36_hubspot_signs_some_characters_decoded() -> None:
    assert is_genuine(target="/v1/inbound/hubspot?a=b%40c%3Ad")
    assert is_genuine(target="/v1/inbound/hubspot?a=b%40c%3ad")
    assert not is_genuine(target="/v1/inbound/hubspot?a=b%40c%3Ad%20")


@pytest.mark.parametrize(("minutes", "genuine"), [(-5.01, False), (-5, True), (0, True), (5, True), (5.01, False)])
def test_row_36_hubspots_moment_counts_milliseconds_and_holds_five_minutes(minutes: float, genuine: bool) -> None:
    assert is_genuine(now=SENT_AT + timedelta(minutes=minutes)) is genuine


@given(place=st.integers(0, len(BODY) - 1), bit=st.integers(0, 7))
def test_row_36_no_bit_of_hubspots_body_may_differ(place: int, bit: int) -> None:
    changed = bytearray(BODY)
    changed[place] ^= 1 << bit
    assert not is_genuine(body=bytes(changed))


@pytest.mark.parametrize("name", [hubspot.SIGNATURE, hubspot.TIMESTAMP])
@given(data=st.data())
def test_row_36_no_character_of_hubspots_headers_may_differ(name: str, data: st.DataObject) -> None:
    text = HEADERS[name]
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(max_codepoint=255).filter(lambda one: one != text[place]))
    assert not is_genuine(headers=HEADERS | {name: text[:place] + other + text[place + 1 :]})
    assert not is_genuine(headers={key: value for key, value in HEADERS.items() if key != name})


def test_row_36_method_address_and_secret_are_signed_too() -> None:
    assert not is_genuine(method="PUT")
    assert not is_genuine(target="/v1/inbound/hubspot")
    assert not is_genuine(public="https://evil.example.com")
    other = Senders("hubspot=another", PUBLIC)
    assert not other.is_genuine("hubspot", "POST", TARGET, HEADERS, SENT_AT, BODY)
    both = Senders(f"hubspot=another hubspot={CLIENT_SECRET}", PUBLIC)
    assert both.is_genuine("hubspot", "POST", TARGET, HEADERS, SENT_AT, BODY)


def test_row_36_another_crm_signs_by_standard_webhooks_with_its_own_secret() -> None:
    senders = Senders(f"acme={KEY} hubspot={CLIENT_SECRET}", PUBLIC)
    headers = signed_headers([KEY], "m1", SENT_AT, BODY)
    assert senders.is_genuine("acme", "POST", "/v1/inbound/acme", headers, SENT_AT, BODY)
    assert not senders.is_genuine("other", "POST", "/v1/inbound/other", headers, SENT_AT, BODY)
    assert not senders.is_genuine("hubspot", "POST", "/v1/inbound/hubspot", headers, SENT_AT, BODY)
    assert not senders.is_genuine("acme", "POST", TARGET, HEADERS, SENT_AT, BODY)
    assert not Senders("", "").is_genuine("acme", "POST", "/v1/inbound/acme", headers, SENT_AT, BODY)


@pytest.mark.parametrize(
    "secrets", ["hubspot", "=secret", "acme=", "acme=plain", "acme=whsec_%%", "Acme=" + KEY, "a/b=" + KEY]
)
def test_secrets_that_are_none_are_told_and_not_shown(secrets: str) -> None:
    with pytest.raises(InputError, match="INBOUND_SECRETS") as refused:
        Senders(secrets, PUBLIC)
    assert "plain" not in str(refused.value)


def test_hubspot_needs_the_public_address_for_it_is_signed() -> None:
    with pytest.raises(InputError, match="PUBLIC_URL"):
        Senders(f"hubspot={CLIENT_SECRET}", "")


def test_what_hubspot_sends_again_has_the_same_id_and_another_event_another() -> None:
    entry = {"eventId": 1, "subscriptionType": "contact.propertyChange", "objectId": 123, "occurredAt": 1564113600000,
             "propertyName": "city", "propertyValue": "Berlin", "attemptNumber": 0}  # fmt: skip
    first, again, other = changes(
        "hubspot", {}, [entry, {**entry, "attemptNumber": 3}, {**entry, "eventId": 2}], SENT_AT
    )
    assert first.message_id == again.message_id != other.message_id
    assert (first.lead_id, first.properties, first.occurred_at) == ("123", {"city": "Berlin"}, SENT_AT)


@pytest.mark.parametrize(
    ("entry", "lead_id"),
    [
        ({"subscriptionType": "object.propertyChange", "objectTypeId": "0-1", "objectId": 7}, "7"),
        ({"subscriptionType": "object.propertyChange", "objectTypeId": "0-3", "objectId": 7}, None),
        ({"subscriptionType": "deal.creation", "objectId": 7}, None),
        ({"subscriptionType": "contact.creation", "objectId": True}, None),
        ({"subscriptionType": "contact.creation", "objectId": "7; drop"}, None),
        ("contact", None),
        ({}, None),
    ],
)
def test_row_38_only_what_tells_of_a_contact_names_a_lead(entry: object, lead_id: str | None) -> None:
    (change,) = changes("hubspot", {}, [entry], SENT_AT)
    assert change.lead_id == lead_id


@pytest.mark.parametrize(
    ("given", "happened"),
    [(1_564_113_000_000, SENT_AT - timedelta(minutes=10)), (1_964_113_000_000, SENT_AT), (None, SENT_AT),
     (True, SENT_AT), (10**40, SENT_AT), (-1, SENT_AT)],
)  # fmt: skip
def test_a_moment_from_ahead_does_not_make_what_follows_look_old(given: object, happened: datetime) -> None:
    (change,) = changes("hubspot", {}, [{"occurredAt": given}], SENT_AT)
    assert change.occurred_at == happened
