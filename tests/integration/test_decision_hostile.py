"""Hostile bodies: each is refused with a problem document that names the place, and leaves nothing."""
# SPDX-License-Identifier: Apache-2.0

import base64
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from compliance.decisions.models import Decision
from compliance.tenants.models import Psp
from tests.integration.decision_point import Caller, running
from tests.support.factories import (
    decision_body,
    make_api_key,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp)
    put_design_in_force(psp)
    return psp


@pytest.fixture
def caller(psp: Psp) -> Iterator[Caller]:
    with running(make_api_key(psp)) as caller:
        yield caller


def text(**changes: Any) -> bytes:
    return json.dumps(decision_body(**changes)).encode()


def with_payload(payload: str, provider: str = "freerasp", mode: str = "reported") -> bytes:
    item = {"provider": provider, "mode": mode, "payload": "PAYLOAD"}
    return text(evidence=[item]).replace(b'"PAYLOAD"', payload.encode())


def attribute(value: str) -> bytes:
    return text(attributes={"amount_eur": "VALUE"}).replace(b'"VALUE"', value.encode())


CLEAN = text()
CERTIFICATE = base64.b64encode(bytes(60)).decode()
BODIES: dict[str, tuple[bytes, int, str]] = {
    "empty body": (b"", 400, ""),
    "truncated": (CLEAN[:200], 400, ""),
    "trailing text": (CLEAN + b"x", 400, ""),
    "byte order mark": (b"\xef\xbb\xbf" + CLEAN, 400, ""),
    "invalid UTF-8": (CLEAN.replace(b"Pixel", b"\xff\xfe"), 400, ""),
    "UTF-16": (CLEAN.decode().encode("utf-16"), 400, ""),
    "lone high surrogate": (CLEAN.replace(b"Pixel", rb"\ud800"), 400, ""),
    "lone low surrogate": (CLEAN.replace(b"Pixel", rb"\udc00"), 400, ""),
    "lone surrogate as a name": (CLEAN.replace(b"amount_eur", rb"\ud800"), 400, ""),
    "array at the top": (b"[" + CLEAN + b"]", 400, ""),
    "text at the top": (b'"{}"', 400, ""),
    "null": (b"null", 400, ""),
    "depth of 1,000 objects": (b'{"a":' * 1000 + b"1" + b"}" * 1000, 400, ""),
    "depth of 1,000 arrays": (with_payload("[" * 1000 + "]" * 1000), 400, ""),
    "depth of 100,000 without an end": (b"[" * 100_000, 400, ""),
    "unknown field": (text(nonsense=1), 400, "/nonsense"),
    "sealed input, which is not stored yet": (text(sealed_input="eyJ"), 400, "/sealed_input"),
    "unknown field below": (
        text(device={"platform": "android", "imei": "35"}),
        400,
        "/device/imei",
    ),
    "unknown field with a name to trip over": (
        text(**{"a~/b - at `$.c`": 1}),
        400,
        "/a~0~1b - at `$.c`",
    ),
    "missing field": (text(transaction={"channel": "x"}), 400, "/transaction/ref"),
    "no elements": (text(elements=[]), 400, "/elements"),
    "unknown element": (text(elements=["knowledge", "charm"]), 400, "/elements/1"),
    "element twice": (text(elements=["knowledge", "knowledge"]), 400, "/elements/1"),
    "element that the design does not have": (
        text(elements=["knowledge", "inherence"]),
        400,
        "/elements/1",
    ),
    "unknown environment": (text(environment={"class": "castle"}), 400, "/environment/class"),
    "number for text": (text(device={"platform": 7}), 400, "/device/platform"),
    "null for an object": (text(device=None), 400, "/device"),
    "text for a list": (text(evidence="none"), 400, "/evidence"),
    "object for an item": (text(evidence=[{}]), 400, "/evidence/0/provider"),
    "payload that is a list": (with_payload("[]"), 400, "/evidence/0/payload"),
    "unknown provider": (with_payload("{}", provider="oracle"), 400, "/evidence/0/provider"),
    "unknown mode": (with_payload("{}", mode="felt"), 400, "/evidence/0/mode"),
    "mode that the provider has not": (with_payload("{}", mode="raw"), 400, "/evidence/0/mode"),
    "time without an offset": (
        text(
            evidence=[
                {
                    "provider": "freerasp",
                    "mode": "reported",
                    "payload": {"threats": [], "all_checks_finished": True},
                    "observed_at": "2026-11-23T10:15:04",
                }
            ]
        ),
        400,
        "/evidence/0/observed_at",
    ),
    "time before the calendar": (
        text(
            evidence=[
                {
                    "provider": "freerasp",
                    "mode": "reported",
                    "payload": {"threats": [], "all_checks_finished": True},
                    "observed_at": "0001-01-01T00:00:00+14:00",
                }
            ]
        ),
        400,
        "/evidence/0/observed_at",
    ),
    "NaN": (attribute("NaN"), 400, ""),
    "Infinity": (attribute("-Infinity"), 400, ""),
    "float where money is meant": (attribute("29.9"), 422, "/attributes/amount_eur"),
    "number beyond floats": (attribute("1e400"), 400, "/attributes"),
    "integer of 400 digits": (attribute("1" + "0" * 400), 422, "/attributes/amount_eur"),
    "integer of 5,000 digits": (attribute("1" + "0" * 5000), 400, "/attributes"),
    "integer of 400 digits in a payload": (
        with_payload('{"threats": [1' + "0" * 400 + '], "all_checks_finished": true}'),
        400,
        "/evidence/0/payload/threats/0",
    ),
    "nested attribute": (attribute('{"a": [1]}'), 422, "/attributes/amount_eur"),
    "undeclared attribute": (text(attributes={"shoe_size": 43}), 422, "/attributes/shoe_size"),
    "65 attributes": (
        text(attributes={f"a{number}": 1 for number in range(65)}),
        422,
        "/attributes",
    ),
    "17 items of evidence": (
        text(evidence=[{"provider": "freerasp", "mode": "reported", "payload": {}}] * 17),
        422,
        "/evidence",
    ),
    "long text": (text(transaction={"ref": "x" * 129}), 422, "/transaction/ref"),
    "control character": (text(device={"model": "a\nb"}), 400, "/device/model"),
    "NUL": (text(transaction={"ref": "\0"}), 400, "/transaction/ref"),
    "name given twice at the top": (
        CLEAN[:-1] + b', "elements": ["knowledge"]}',
        400,
        "/elements",
    ),
    "name given twice below": (
        CLEAN.replace(b'"amount_eur"', b'"amount_eur": "1.00", "amount_eur"'),
        400,
        "/attributes/amount_eur",
    ),
    "name given twice in a payload": (
        with_payload('{"threats": [], "threats": ["hooks"], "all_checks_finished": true}'),
        400,
        "/evidence/0/payload/threats",
    ),
    "2,000 certificates": (
        with_payload(
            json.dumps({"chain": [CERTIFICATE] * 2000}),
            provider="android_key_attestation",
            mode="raw",
        ),
        400,
        "/evidence/0/payload/chain",
    ),
    "certificate that is no text": (
        with_payload('{"chain": [7]}', provider="android_key_attestation", mode="raw"),
        400,
        "/evidence/0/payload/chain/0",
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_body_is_refused_with_its_place(caller: Caller, name: str) -> None:
    body, status, pointer = BODIES[name]

    response = caller.post(body)

    assert response.status == status, response.body
    assert response.headers["content-type"] == "application/problem+json"
    assert pointer in response.pointers, response.body
    assert len(response.body) < 8192
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/xml", "application/json; charset=latin-1"]
)
def test_another_content_type_is_refused(caller: Caller, content_type: str) -> None:
    assert caller.post(content_type=content_type).status == 415


def test_a_charset_of_utf_8_is_fine(caller: Caller) -> None:
    assert caller.post(content_type="application/json; charset=UTF-8").status == 201


def test_a_compressed_body_is_refused(caller: Caller) -> None:
    assert caller.post(content_encoding="gzip").status == 415


@pytest.mark.parametrize("length", ["262145", "10485760", "9" * 40, "-1", "much"])
def test_an_announced_length_over_the_limit_is_refused_unread(caller: Caller, length: str) -> None:
    response = caller.post(content_length=length)

    assert (response.status, response.json["code"]) == (413, "body-too-large")


def test_a_body_that_turns_out_too_long_is_refused(caller: Caller) -> None:
    chunks = [b" " * 65_536] * 160

    response = caller.run(caller.request("POST", "/v1/decisions", chunks, {"content_length": ""}))

    assert response.status == 413


def test_hostile_bodies_do_not_make_the_process_grow(caller: Caller) -> None:
    bodies = [body for body, _status, _pointer in BODIES.values()]
    for body in bodies * 3:
        caller.post(body)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for body in bodies * 10:
            caller.post(body)
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert after - before < 1_000_000
