import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.strict_json import MAX_DEPTH, JsonRefusedError, parse

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(DOCUMENTS)
def test_every_plain_document_reads_as_it_was_written(document):
    assert parse(json.dumps(document).encode()) == document


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"a": NaN}', "invalid-json"),
        (b'{"a": Infinity}', "invalid-json"),
        (b'{"a": -Infinity}', "invalid-json"),
        (b'{"a": 1, "a": 2}', "duplicate-key"),
        (b'{"x": [{"a": 1, "b": 2, "a": 3}]}', "duplicate-key"),
        (b'{"a": "\\ud800"}', "invalid-json"),
        (b'{"\\uDC00": 1}', "invalid-json"),
        (b'{"a": "\xff"}', "invalid-json"),
        ('{"a": 1}'.encode("utf-16"), "invalid-json"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "invalid-json"),
        (b'{"a": 1', "invalid-json"),
        (b"", "invalid-json"),
        (b'{"a": 01}', "invalid-json"),
        (b"{'a': 1}", "invalid-json"),
        (b'{"a": 1,}', "invalid-json"),
        (b'{"a": "\x01"}', "invalid-json"),
        (b"[" * 100_000, "invalid-json"),
    ],
)
def test_rows_1_2_4_and_6_what_other_parsers_let_pass_is_refused(body, code):
    with pytest.raises(JsonRefusedError) as refused:
        parse(body)
    assert refused.value.code == code


def test_row_6_a_byte_order_mark_is_passed_over():
    assert parse(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_a_whole_surrogate_pair_is_one_character():
    assert parse(b'{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}


@pytest.mark.parametrize(("depth", "accepted"), [(MAX_DEPTH, True), (MAX_DEPTH + 1, False)])
def test_row_5_nesting_ends_at_the_stated_depth(depth, accepted):
    body = b"[" * depth + b"1" + b"]" * depth
    if accepted:
        parse(body)
    else:
        with pytest.raises(JsonRefusedError, match="nested deeper"):
            parse(body)


def test_row_5_a_hundred_thousand_brackets_are_refused_quickly():
    began = time.perf_counter()
    with pytest.raises(JsonRefusedError):
        parse(b"[" * 100_000)
    assert time.perf_counter() - began < 0.05
