"""Bodies: bounded, strict, and what is wrong is named."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.request import Request

from compliance.api.errors import RequestError
from compliance.api.fields import DayField, StrictSerializer, TextField, TimeField, WholeNumberField
from compliance.api.parsing import BODY_LIMIT, DEPTH_LIMIT, parsed_body


class Inner(StrictSerializer):
    count = serializers.IntegerField(required=False)
    at = TimeField(required=False)


class Body(StrictSerializer):
    name = TextField(max_length=10)
    inner = Inner(required=False)
    items = Inner(many=True, required=False)


def parse(raw: bytes, content_type: str = "application/json") -> dict[str, Any]:
    request = RequestFactory().generic("POST", "/", raw, content_type=content_type)
    return parsed_body(Request(request), Body)


def refusal_of(raw: bytes, content_type: str = "application/json") -> RequestError:
    with pytest.raises(RequestError) as caught:
        parse(raw, content_type)
    return caught.value


def test_a_good_body_gives_its_values() -> None:
    assert parse(b'{"name": "x", "inner": {"count": 3}}') == {"name": "x", "inner": {"count": 3}}


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"{}{}",
        b"\xff",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": 1e999}',
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "\\ud800"}',
        b'{"name": "\\ud800 and more text"}',
        b'{"name": "\\udc00\\ud800"}',
        b'{"name": ' + b"1" * 5000 + b"}",
        b"\xef\xbb\xbf{}",
        b"{'name': 'x'}",
    ],
)
def test_what_is_no_json_is_malformed(raw: bytes) -> None:
    assert refusal_of(raw).code == "malformed-json"


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/name"]),
        ([], [""]),
        (None, [""]),
        ("x", [""]),
        (1, [""]),
        (True, [""]),
        ({"name": None}, ["/name"]),
        ({"name": 1}, ["/name"]),
        ({"name": True}, ["/name"]),
        ({"name": ["x"]}, ["/name"]),
        ({"name": "x" * 11}, ["/name"]),
        ({"name": "a\0b"}, ["/name"]),
        ({"name": ""}, ["/name"]),
        ({"name": "x", "more": 1}, ["/more"]),
        ({"name": "x", "a/b~c": 1}, ["/a~1b~0c"]),
        ({"more": 1}, ["/more", "/name"]),
        ({"name": "x", "inner": {"count": "many", "more": 1}}, ["/inner/more", "/inner/count"]),
        ({"name": "x", "inner": []}, ["/inner"]),
        ({"name": "x", "inner": {"at": "2026-11-23"}}, ["/inner/at"]),
        ({"name": "x", "items": [{}, {"count": "many"}]}, ["/items/1/count"]),
        ({"name": "x", "items": {}}, ["/items"]),
    ],
)
def test_what_is_wrong_is_named_by_its_pointer(body: Any, pointers: list[str]) -> None:
    refusal = refusal_of(json.dumps(body).encode())

    assert refusal.code == "invalid-request"
    assert [problem.pointer for problem in refusal.problems] == pointers


@pytest.mark.parametrize(
    "raw", [b'{"name": "x", "name": "y"}', b'{"name": "x", "inner": {"count": 1, "count": 1}}']
)
def test_a_member_that_is_given_twice_is_refused(raw: bytes) -> None:
    assert "is given twice" in refusal_of(raw).problems[0].detail


def test_a_body_over_the_limit_is_too_large() -> None:
    assert refusal_of(b" " * (BODY_LIMIT + 1)).code == "body-too-large"


def test_a_body_of_just_the_limit_is_read() -> None:
    raw = b'{"name": "x"}'

    assert parse(raw.ljust(BODY_LIMIT)) == {"name": "x"}


@pytest.mark.parametrize("depth", [DEPTH_LIMIT, 1_000, 100_000])
def test_a_body_that_is_nested_too_deep_is_refused(depth: int) -> None:
    assert refusal_of(b'{"name": ' + b"[" * depth + b"]" * depth + b"}").code == "limit-exceeded"


def test_a_body_that_is_nested_just_deep_enough_is_looked_at() -> None:
    depth = DEPTH_LIMIT - 1

    assert refusal_of(b'{"name": ' + b"[" * depth + b"]" * depth + b"}").code == "invalid-request"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"]
)
def test_a_body_that_is_not_announced_as_json_is_refused(content_type: str) -> None:
    assert refusal_of(b'{"name": "x"}', content_type).code == "unsupported-media-type"


def test_parameters_of_the_media_type_do_not_matter() -> None:
    assert parse(b'{"name": "x"}', "Application/JSON; charset=utf-8") == {"name": "x"}


def test_a_thousand_unknown_members_make_a_short_answer() -> None:
    body = {f"member-{number}": 1 for number in range(1000)}

    assert len(refusal_of(json.dumps(body).encode()).problems) == 50


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


BODIES = st.fixed_dictionaries(
    {"name": st.text(max_size=12)},
    optional={"inner": st.fixed_dictionaries({}, optional={"count": st.integers()})},
)
"""Bodies of the right shape, most of which are read."""


@given((JSON | BODIES).map(json.dumps).map(str.encode) | st.binary())
def test_any_bytes_are_read_as_json_reads_them_or_refused(raw: bytes) -> None:
    try:
        read = parse(raw)
    except RequestError:
        return
    assert read == json.loads(raw)


TEXTS = (
    st.integers(min_value=0).map(str)
    | st.dates().map(str)
    | st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)
)
"""Text of the right shape, most of which is read."""


@given(TEXTS | st.text() | st.integers() | st.none())
def test_any_value_is_a_time_or_a_number_or_is_refused(value: Any) -> None:
    moment, day, number = (read_by(field, value) for field in FIELDS)

    assert moment is None or (type(moment), moment.tzinfo) == (datetime, UTC)
    assert day is None or (type(day), str(day)) == (date, value)
    assert number is None or (type(number), str(number)) == (int, value)


FIELDS = (TimeField(), DayField(), WholeNumberField())


def read_by(field: serializers.Field[Any, Any, Any, Any], value: Any) -> Any:
    """Return what the field reads; None if it refuses."""
    try:
        return field.run_validation(value)
    except serializers.ValidationError:
        return None


@pytest.mark.parametrize(
    ("field", "text"),
    list(zip(FIELDS, ("2026-11-23T10:15:04+00:00", "2026-11-23", "50"), strict=True)),
)
def test_what_is_well_formed_is_read(field: Any, text: str) -> None:
    assert str(read_by(field, text)).replace(" ", "T") == text


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23",
        "2026-11-23T10:15:04",
        "2026-11-23 10:15:04Z",
        "2026-13-23T10:15:04Z",
        "2026-11-23T24:15:04Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-11-23T10:15:04.1234567Z",
        "2026-11-23T10:15:04+2:00",
        "２０２６-11-23T10:15:04Z",
    ],
)
def test_a_time_without_offset_or_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(serializers.ValidationError):
        TimeField().run_validation(text)


@pytest.mark.parametrize(
    "text", ["2026-11-23T10:15:04Z", "2026-11-23t11:15:04+01:00", "2026-11-23T10:15:04.000z"]
)
def test_a_time_is_read_into_utc(text: str) -> None:
    assert TimeField().run_validation(text).isoformat() == "2026-11-23T10:15:04+00:00"
