from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.webhooks.signatures import ID, SIGNATURE, TIMESTAMP, is_genuine, key_of, signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the reference library's own example
OTHER = "whsec_" + base64.b64encode(b"another secret of 24 bytes").decode()
SENT_AT = datetime.fromtimestamp(1_614_265_330, tz=UTC)
BODY = b'{"test": 2432232314}'
HEADERS = {
    ID: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    TIMESTAMP: "1614265330",
    SIGNATURE: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_what_we_sign_is_what_the_reference_library_signs() -> None:
    """Made with standardwebhooks 1.1.0, the second one of a body beyond ASCII."""
    assert signed_headers([SECRET], HEADERS[ID], SENT_AT, BODY) == HEADERS
    beyond = signed_headers(
        [SECRET], "msg_a", datetime.fromtimestamp(1_764_063_000, tz=UTC), '{"name":"Jürgen Müller"}'.encode()
    )
    assert beyond[SIGNATURE] == "v1,1As2SpMblwcSJeQLDvz0aa1UkHM0azHlnHTlCjOVcKs="


def test_each_secret_signs_so_that_a_receiver_may_know_the_old_or_the_new_one() -> None:
    headers = signed_headers([OTHER, SECRET], HEADERS[ID], SENT_AT, BODY)
    assert len(headers[SIGNATURE].split(" ")) == 2
    for secret in (SECRET, OTHER):
        assert is_genuine([secret], headers, SENT_AT, BODY)
    assert is_genuine([OTHER, SECRET], HEADERS, SENT_AT, BODY)
    assert not is_genuine([OTHER], HEADERS, SENT_AT, BODY)
    assert not is_genuine([], HEADERS, SENT_AT, BODY)


@pytest.mark.parametrize(("minutes", "genuine"), [(-5.01, False), (-5, True), (0, True), (5, True), (5.01, False)])
def test_row_36_a_message_is_genuine_for_five_minutes_around_its_moment(minutes: float, genuine: bool) -> None:
    assert is_genuine([SECRET], HEADERS, SENT_AT + timedelta(minutes=minutes), BODY) is genuine


@given(place=st.integers(0, len(BODY) - 1), bit=st.integers(0, 7))
def test_row_36_no_bit_of_the_body_may_differ(place: int, bit: int) -> None:
    changed = bytearray(BODY)
    changed[place] ^= 1 << bit
    assert not is_genuine([SECRET], HEADERS, SENT_AT, bytes(changed))


@pytest.mark.parametrize("name", [ID, TIMESTAMP, SIGNATURE])
@given(data=st.data())
def test_row_36_no_character_of_a_header_may_differ(name: str, data: st.DataObject) -> None:
    text = HEADERS[name]
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(max_codepoint=255).filter(lambda one: one != text[place]))
    changed = HEADERS | {name: text[:place] + other + text[place + 1 :]}
    assert not is_genuine([SECRET], changed, SENT_AT, BODY)
    assert not is_genuine([SECRET], {key: value for key, value in HEADERS.items() if key != name}, SENT_AT, BODY)


@pytest.mark.parametrize("timestamp", ["", "now", "-1614265330", "1614265330.0", "1e9", "9" * 400, "١٦١٤٢٦٥٣٣٠", " 1"])
def test_row_36_a_moment_that_is_no_whole_number_of_seconds_is_refused(timestamp: str) -> None:
    headers = signed_headers([SECRET], HEADERS[ID], SENT_AT, BODY) | {TIMESTAMP: timestamp}
    assert not is_genuine([SECRET], headers, SENT_AT, BODY)


def test_a_signature_of_another_scheme_is_none() -> None:
    signature = HEADERS[SIGNATURE].removeprefix("v1,")
    assert not is_genuine([SECRET], HEADERS | {SIGNATURE: f"v2,{signature} v1a,{signature} {signature}"}, SENT_AT, BODY)
    assert is_genuine([SECRET], HEADERS | {SIGNATURE: f"v1a,{signature} v1,{signature}"}, SENT_AT, BODY)


def test_a_secret_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        key_of("whsec_%%%")
