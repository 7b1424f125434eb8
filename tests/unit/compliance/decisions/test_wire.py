"""Bodies of requests: what is read, what is refused, and where the refusal points."""
# SPDX-License-Identifier: Apache-2.0

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.decisions.errors import RefusedRequestError
from compliance.decisions.wire import DEPTH_LIMIT, pointer_to, read_request

ITEM = {"provider": "p", "mode": "reported", "payload": {}}
SMALLEST: dict[str, Any] = {"transaction": {"ref": "tx-1"}, "elements": ["knowledge"]}
CLEAN = json.dumps(
    SMALLEST
    | {
        "device": {"platform": "android", "os_version": "14"},
        "attributes": {"amount_eur": "1.00"},
        "evidence": [{"provider": "p", "mode": "reported", "payload": {"a": [1, {"b": None}]}}],
    }
).encode()


def refused(body: bytes) -> RefusedRequestError:
    with pytest.raises(RefusedRequestError) as raised:
        read_request(body)
    return raised.value


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused(body: bytes) -> None:
    with pytest.raises(RefusedRequestError):
        read_request(body)


@given(st.integers(0, len(CLEAN) - 1), st.integers(0, 255))
def test_a_body_with_one_byte_changed_is_read_or_refused(place: int, value: int) -> None:
    try:
        read_request(CLEAN[:place] + bytes([value]) + CLEAN[place + 1 :])
    except RefusedRequestError as error:
        refusal = error
    else:
        return
    assert refusal.problems


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from([*SMALLEST, "device", "subject", "evidence", "x"]), JSON))
def test_any_json_is_read_or_refused(value: dict[str, Any]) -> None:
    try:
        read_request(json.dumps(SMALLEST | value).encode("utf-8", "surrogatepass"))
    except RefusedRequestError as error:
        refusal = error
    else:
        return
    assert refusal.problems


@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"a":', "}")], ids=["arrays", "objects"]
)
def test_the_deepest_nesting_is_exactly_the_limit(opening: str, closing: str) -> None:
    def body(levels: int) -> bytes:
        inner = opening * levels + "1" + closing * levels
        return b'{"transaction":{"ref":"t"},"elements":["knowledge"],"attributes":{"a":%b}}' % (
            inner.encode()
        )

    read_request(body(DEPTH_LIMIT - 2))
    assert "nested deeper" in str(refused(body(DEPTH_LIMIT - 1)))


def test_brackets_inside_text_are_no_nesting() -> None:
    text = '[[[{"' * 50 + "\\"
    body = json.dumps(SMALLEST | {"attributes": {"a": text, "b": [text]}}).encode()

    assert read_request(body).attributes["a"] == text


@pytest.mark.parametrize("unit", [b'"', b'\\"', b'"\\', b"[]", b'"[', b"\\"])
def test_the_depth_is_measured_in_linear_time(unit: bytes) -> None:
    body = (b"[" * 20 + b"[]" * 20 + unit * 120_000)[:250_000]

    started = time.process_time()
    refused(body)

    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"elements": "\\ud800"}', "half of a surrogate pair (byte 14)"),
        (b'{"elements": "\\ud800\\ud800"}', "(byte "),
        (b'{"transaction": {"ref": "\xff"}}', "invalid UTF-8"),
        (b'{"elements": ', "ends too early (byte 13)"),
        (b'{"attributes": {"a": nan}}', "(byte 2"),
    ],
)
def test_what_is_no_json_is_refused_with_the_byte(body: bytes, message: str) -> None:
    error = refused(body)

    assert error.code == "malformed-json"
    assert message in str(error)


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"evidence": [ITEM] * 17}, "limit-exceeded", "/evidence"),
        ({"attributes": {str(number): 1 for number in range(65)}}, "limit-exceeded", "/attributes"),
        ({"device": {"model": "x" * 65}}, "limit-exceeded", "/device/model"),
        ({"subject": {"name": "Doe"}}, "invalid-request", "/subject/name"),
        ({"elements": []}, "invalid-request", "/elements"),
        ({"evidence": [{"provider": "p"}]}, "invalid-request", "/evidence/0/mode"),
    ],
)
def test_limits_and_shapes_have_codes_of_their_own(
    changes: dict[str, Any], code: str, pointer: str
) -> None:
    error = refused(json.dumps(SMALLEST | changes).encode())

    assert error.code == code
    assert [problem.pointer for problem in error.problems] == [pointer]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"transaction":{"ref":"a","ref":"b"},"elements":["knowledge"]}', "/transaction/ref"),
        (
            b'{"transaction":{"ref":"a"},"elements":["knowledge"],"attributes":{"x":[{},{"y/z":1,"y/z":1}]}}',
            "/attributes/x/1/y~1z",
        ),
    ],
)
def test_a_name_given_twice_is_refused_at_its_place(body: bytes, pointer: str) -> None:
    assert [problem.pointer for problem in refused(body).problems] == [pointer]


def test_pointers_are_escaped_and_cut() -> None:
    assert pointer_to("a/b", 3, "c~d", "e" * 100) == "/a~1b/3/c~0d/" + "e" * 64
