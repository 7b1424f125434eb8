"""What back-ends send and set up for App Attest, and what is refused with its place."""
# SPDX-License-Identifier: Apache-2.0

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from compliance.evidence.providers.apple_app_attest import NAME, PROVIDER
from compliance.evidence.providers.apple_app_attest.payload import (
    MAX_ASSERTION,
    MAX_ATTESTATION,
    MAX_RECEIPT,
)
from compliance.evidence.providers.apple_app_attest.settings import Settings, read_settings
from compliance.evidence.providers.shape import Evidence, EvidenceShapeError, Mode, SettingsError
from tests.support.app_attest import AT, appraise, b64, new_key, of_assertion, point

KEY = new_key()
ASSERTION = {"client_data_hash": b64(bytes(32)), "public_key": b64(point(KEY))}


def problems_of(
    payload: dict[str, Any], expected: dict[str, Any] | None = None, mode: Mode = Mode.RAW
) -> list[str]:
    with pytest.raises(EvidenceShapeError) as caught:
        appraise(Evidence(NAME, mode, payload, expected or {}, AT))
    return [problem.pointer for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("payload", "pointers"),
    [
        ({}, ["/payload"]),
        ({"is_supported": True}, ["/payload"]),
        ({"attestation": "AAAA", "receipt": "AAAA"}, ["/payload"]),
        ({"attestation": "AAAA", "more": 1}, ["/payload/more"]),
        ({"attestation": 5}, ["/payload/attestation"]),
        ({"attestation": ""}, ["/payload/attestation"]),
        ({"attestation": "A-A_"}, ["/payload/attestation"]),
        ({"attestation": "AA\nAA"}, ["/payload/attestation"]),
        ({"attestation": "ÄÄÄÄ"}, ["/payload/attestation"]),
        ({"attestation": b64(bytes(MAX_ATTESTATION + 1))}, ["/payload/attestation"]),
        ({"receipt": b64(bytes(MAX_RECEIPT + 1))}, ["/payload/receipt"]),
        ({"receipt": "AAAA", "client_data_hash": "AAAA"}, ["/payload/client_data_hash"]),
        ({"attestation": "AAAA", "client_data_hash": "AAAA"}, ["/payload/client_data_hash"]),
        ({"attestation": "AAAA", "client_data_hash": None}, ["/payload/client_data_hash"]),
    ],
)
def test_a_malformed_payload_is_refused_with_every_place(
    payload: dict[str, Any], pointers: list[str]
) -> None:
    assert problems_of(payload) == pointers


@pytest.mark.parametrize(
    ("expected", "pointers"),
    [
        ({}, ["/expected/public_key", "/expected/client_data_hash"]),
        (ASSERTION | {"nonce": "n"}, ["/expected/nonce"]),
        (ASSERTION | {"challenge": "AAAA"}, ["/expected/challenge"]),
        (ASSERTION | {"client_data_hash": "AAAA"}, ["/expected/client_data_hash"]),
        (ASSERTION | {"client_data_hash": 5}, ["/expected/client_data_hash"]),
        (ASSERTION | {"client_data_hash": "A" * 9999}, ["/expected/client_data_hash"]),
        (ASSERTION | {"key_id": "key"}, ["/expected/key_id"]),
        (ASSERTION | {"app_id": "de.psp.app"}, ["/expected/app_id"]),
        (ASSERTION | {"app_id": "TEAMID1234." + "a" * 255}, ["/expected/app_id"]),
        (ASSERTION | {"app_id": 5}, ["/expected/app_id"]),
        (ASSERTION | {"last_counter": "-1"}, ["/expected/last_counter"]),
        (ASSERTION | {"last_counter": "01"}, ["/expected/last_counter"]),
        (ASSERTION | {"last_counter": "٣"}, ["/expected/last_counter"]),
        (ASSERTION | {"last_counter": "4294967296"}, ["/expected/last_counter"]),
        (ASSERTION | {"last_counter": 1}, ["/expected/last_counter"]),
        (ASSERTION | {"public_key": ""}, ["/expected/public_key"]),
        (ASSERTION | {"public_key": 5}, ["/expected/public_key"]),
        (ASSERTION | {"public_key": b64(b"\x04" + bytes(64))}, ["/expected/public_key"]),
        (ASSERTION | {"public_key": "A" * 513}, ["/expected/public_key"]),
        (ASSERTION | {"public_key": "-----BEGIN PUBLIC KEY-----ÄÖ"}, ["/expected/public_key"]),
    ],
)
def test_expectations_that_cannot_be_compared_are_refused(
    expected: dict[str, Any], pointers: list[str]
) -> None:
    assert problems_of({"assertion": "AAAA"}, expected) == pointers


def test_an_assertion_that_is_too_long_is_refused() -> None:
    payload = {"assertion": b64(bytes(MAX_ASSERTION + 1))}

    assert problems_of(payload, ASSERTION) == ["/payload/assertion"]


@pytest.mark.parametrize("kind", ["attestation", "receipt"])
@pytest.mark.parametrize("name", ["public_key", "last_counter"])
def test_only_assertions_are_compared_with_a_key_and_a_counter(kind: str, name: str) -> None:
    assert problems_of({kind: "AAAA"}, {name: "1"}) == [f"/expected/{name}"]


def test_a_receipt_is_bound_to_no_request() -> None:
    assert problems_of({"receipt": "AAAA"}, {"challenge": "AAAA"}) == ["/expected/challenge"]


@pytest.mark.parametrize(
    ("payload", "expected", "pointers"),
    [
        ({"attestation": "AAAA"}, {}, ["/payload"]),
        ({"is_supported": "no"}, {}, ["/payload/is_supported"]),
        ({"is_supported": 0}, {}, ["/payload/is_supported"]),
        ({"is_supported": True, "client_data_hash": "A"}, {}, ["/payload/client_data_hash"]),
        ({"is_supported": True}, {"app_id": "a"}, ["/expected/app_id"]),
    ],
)
def test_reported_is_only_whether_a_device_supports_it(
    payload: dict[str, Any], expected: dict[str, Any], pointers: list[str]
) -> None:
    assert problems_of(payload, expected, Mode.REPORTED) == pointers


def spki(key: Any, encoding: Encoding) -> bytes:
    octets: bytes = key.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    return octets


def test_a_key_is_read_in_each_of_its_forms() -> None:
    key = KEY.public_key()
    forms = [
        b64(point(KEY)),
        b64(spki(key, Encoding.DER)),
        b64(spki(key, Encoding.DER)).rstrip("=").replace("+", "-").replace("/", "_"),
        spki(key, Encoding.PEM).decode(),
    ]

    assert all(of_assertion(KEY, public_key=form).verified for form in forms)


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()]
)
def test_a_key_of_another_kind_is_refused(key: Any) -> None:
    for text in (
        b64(spki(key.public_key(), Encoding.DER)),
        spki(key.public_key(), Encoding.PEM).decode(),
    ):
        assert problems_of({"assertion": "AAAA"}, ASSERTION | {"public_key": text}) == [
            "/expected/public_key"
        ]


def test_everything_that_can_be_set_up_is_read() -> None:
    document = {
        "app_ids": ["TEAMID1234.de.psp.app"],
        "allow_development": True,
        "validation_categories": ["app_store", "testflight"],
        "minimum_bundle_version": "7.3.0",
        "risk_metric_baseline": 3,
        "attestation_max_age_s": 60,
        "receipt_max_age_s": 3600,
    }

    assert read_settings(document) == Settings(
        app_ids=frozenset({"TEAMID1234.de.psp.app"}),
        allow_development=True,
        validation_categories=frozenset({2, 4}),
        minimum_bundle_version=(7, 3),
        risk_metric_baseline=3,
        attestation_max_age=timedelta(minutes=1),
        receipt_max_age=timedelta(hours=1),
    )
    assert read_settings({}) == Settings()
    assert PROVIDER.read_settings is read_settings


@pytest.mark.parametrize(
    "document",
    [
        {"app_ids": []},
        {"app_ids": "TEAMID1234.de.psp.app"},
        {"app_ids": ["de.psp.app"]},
        {"app_ids": [5]},
        {"app_ids": ["TEAMID1234.a"] * 33},
        {"allow_development": 1},
        {"validation_categories": []},
        {"validation_categories": ["shop"]},
        {"validation_categories": [4]},
        {"validation_categories": "app_store"},
        {"minimum_bundle_version": 7},
        {"minimum_bundle_version": "seven"},
        {"risk_metric_baseline": 0},
        {"risk_metric_baseline": True},
        {"risk_metric_baseline": 10**7},
        {"attestation_max_age_s": "60"},
        {"receipt_max_age_s": 10**9},
        {"secret": "x"},
    ],
)
def test_what_makes_no_sense_to_set_up_is_refused_with_its_place(document: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(document)

    assert [problem.pointer for problem in caught.value.problems] == [f"/{next(iter(document))}"]


def test_every_problem_of_a_document_is_told() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({"secret": 1, "app_ids": 1, "allow_development": 1})

    assert len(caught.value.problems) == 3
