"""What is kept of an answer, and which answers and requests are refused."""
# SPDX-License-Identifier: Apache-2.0

from datetime import timedelta
from typing import Any

import pytest

from compliance.evidence.providers.play_integrity import NAME
from compliance.evidence.providers.play_integrity.rules import RULES
from compliance.evidence.providers.shape import EvidenceShapeError, TrustMaterial
from policies.vocabulary.findings import CATALOGUE
from tests.support.attestation import AT, appraise_one, codes
from tests.support.play import (
    APP,
    APPS,
    DIGEST,
    NONCE,
    OPEN,
    PACKAGE,
    appraised,
    b64url,
    content,
    decoded,
    milliseconds,
    raw,
    token,
    told,
    trust_of,
)


def problems_of(payload: dict[str, Any], **expected: Any) -> list[str]:
    with pytest.raises(EvidenceShapeError) as caught:
        appraised(decoded(payload, **expected))
    return [problem.pointer.removeprefix("/evidence/0") for problem in caught.value.problems]


def test_values_and_fields_that_are_new_are_counted_and_not_kept() -> None:
    changed: dict[str, Any] = {
        f"{APPS}__appsDetected": ["KNOWN_INSTALLED", "NEW_ONE", "NEW_TWO"],
        "environmentDetails__brandNewVerdict": {"level": ["NEW_THREE", 1, True, None]},
        "somethingElse": "NEW_FOUR",
    }
    appraisal = told(**changed)

    assert codes(appraisal, "present") == {OPEN}
    assert appraisal.details["unknown_values"] == 2
    assert appraisal.details["unknown_fields"] == 2
    assert "NEW" not in repr(appraisal)


def test_details_name_nobody() -> None:
    details = told().details

    assert details == {
        "binding": "nonce",
        "app_recognition": "PLAY_RECOGNIZED",
        "device_labels": "MEETS_BASIC_INTEGRITY, MEETS_DEVICE_INTEGRITY, MEETS_STRONG_INTEGRITY",
        "licensing": "LICENSED",
        "play_protect": "NO_ISSUES",
        "device_activity": "LEVEL_1",
        "age_s": 5,
        "sdk_version": 35,
        "version_code": 25700,
    }


def test_without_settings_verdicts_count_but_nobody_says_that_the_app_is_ours() -> None:
    item = decoded(content(), nonce=NONCE)
    appraisal = appraise_one(item, against=TrustMaterial())

    assert codes(appraisal, "present") == {OPEN}
    assert codes(appraisal, "not_evaluated") == APP
    assert appraisal.details["set_up"] is False


@pytest.mark.parametrize(
    ("expected", "present", "cleared"),
    [
        ({"package": PACKAGE, "signature_digest": DIGEST.hex()}, set(), True),
        ({"package": PACKAGE}, set(), False),
        ({"signature_digest": DIGEST.hex()}, set(), False),
        ({"package": "com.other"}, {"app.repackaged", "attestation.binding_mismatch"}, False),
        ({"signature_digest": bytes(32).hex()}, {"app.repackaged"}, False),
    ],
)
def test_without_settings_the_back_end_may_say_itself_whose_app_it_is(
    expected: dict[str, str], present: set[str], *, cleared: bool
) -> None:
    item = decoded(content(), nonce=NONCE, **expected)
    appraisal = appraise_one(item, against=TrustMaterial())

    assert codes(appraisal, "present") == present | {OPEN}
    assert (codes(appraisal, "absent") >= APP) is cleared
    assert ("app.tampered" in codes(appraisal, "absent")) is cleared


def test_without_settings_a_testing_response_is_refused_and_ten_minutes_are_the_limit() -> None:
    made_up = decoded(content(testingDetails={"isTestingResponse": True}))
    eleven = milliseconds(AT - timedelta(minutes=11))
    old = decoded(content(requestDetails__timestampMillis=eleven))
    nothing = TrustMaterial()

    assert "app.debug_build" in codes(appraise_one(made_up, against=nothing), "present")
    assert "attestation.stale" in codes(appraise_one(old, against=nothing), "present")


@pytest.mark.parametrize(
    "against", [TrustMaterial(), trust_of(decryption_key=None, verification_key=None)]
)
def test_a_token_without_keys_is_not_evaluated(against: TrustMaterial) -> None:
    appraisal = appraise_one(raw(token(), nonce=NONCE), against=against)

    assert not appraisal.verified
    assert codes(appraisal, "present") == {OPEN}
    assert codes(appraisal, "absent") == set()
    assert {"attestation.invalid", "device.rooted", "attestation.binding_mismatch"} <= codes(
        appraisal, "not_evaluated"
    )
    assert appraisal.details["reason"] == "no_keys"
    assert appraisal.once == ()


@pytest.mark.parametrize(
    ("payload", "pointers"),
    [
        ({"appIntegrity": "PLAY_RECOGNIZED"}, ["/payload/appIntegrity"]),
        (
            {"deviceIntegrity": {"deviceRecognitionVerdict": "MEETS_DEVICE_INTEGRITY"}},
            ["/payload/deviceIntegrity/deviceRecognitionVerdict"],
        ),
        (
            {"deviceIntegrity": {"deviceRecognitionVerdict": ["x"] * 33}},
            ["/payload/deviceIntegrity/deviceRecognitionVerdict"],
        ),
        (
            {"deviceIntegrity": {"deviceRecognitionVerdict": [1]}},
            ["/payload/deviceIntegrity/deviceRecognitionVerdict"],
        ),
        (
            {"requestDetails": {"timestampMillis": "1e3", "nonce": 5, "requestTime": "today"}},
            [
                f"/payload/requestDetails/{name}"
                for name in ("timestampMillis", "nonce", "requestTime")
            ],
        ),
        (
            {"requestDetails": {"timestampMillis": 1.5, "requestTime": "2026-11-23T10:15:00"}},
            [f"/payload/requestDetails/{name}" for name in ("timestampMillis", "requestTime")],
        ),
        ({"requestDetails": {"timestampMillis": -1}}, ["/payload/requestDetails/timestampMillis"]),
        (
            {"requestDetails": {"timestampMillis": True}},
            ["/payload/requestDetails/timestampMillis"],
        ),
        (
            {"requestDetails": {"timestampMillis": "1" * 20}},
            ["/payload/requestDetails/timestampMillis"],
        ),
        (
            {"requestDetails": {"timestampMillis": "١٢"}},
            ["/payload/requestDetails/timestampMillis"],
        ),
        ({"requestDetails": {"nonce": "x" * 1025}}, ["/payload/requestDetails/nonce"]),
        ({"requestDetails": {"requestTime": 5}}, ["/payload/requestDetails/requestTime"]),
        (
            {"testingDetails": {"isTestingResponse": "no"}},
            ["/payload/testingDetails/isTestingResponse"],
        ),
        (
            {"deviceIntegrity": {"deviceAttributes": {"sdkVersion": "35"}}},
            ["/payload/deviceIntegrity/deviceAttributes/sdkVersion"],
        ),
        (
            {"deviceIntegrity": {"deviceAttributes": {"sdkVersion": 2**60}}},
            ["/payload/deviceIntegrity/deviceAttributes/sdkVersion"],
        ),
        ({"a/b~c": 1.5}, ["/payload/a~1b~0c"]),
        ({"new": {"deep": [[[[[[1]]]]]]}}, ["/payload/new"]),
        ({"new": ["x"] * 65}, ["/payload/new"]),
        ({"new": {"schlüssel": 1}}, ["/payload/new"]),
        ({"new": "x" * 1025}, ["/payload/new"]),
        ({"new": 2**60}, ["/payload/new"]),
        ({str(number): 1 for number in range(65)}, ["/payload"]),
        ({"appIntegrity": dict.fromkeys(map(str, range(65)), 1)}, ["/payload/appIntegrity"]),
        ({"tokenPayloadExternal": "eyJ"}, ["/payload/tokenPayloadExternal"]),
        (
            {"tokenPayloadExternal": {"appIntegrity": 1}, "requestDetails": {}},
            ["/payload/requestDetails", "/payload/tokenPayloadExternal/appIntegrity"],
        ),
        ({"new": "\ud800"}, ["/payload"]),
    ],
)
def test_an_answer_of_another_form_is_refused_with_its_places(
    payload: dict[str, Any], pointers: list[str]
) -> None:
    assert problems_of(payload) == pointers


@pytest.mark.parametrize(
    ("payload", "pointers"),
    [
        ({}, ["/payload/token"]),
        ({"token": ""}, ["/payload/token"]),
        ({"token": 5}, ["/payload/token"]),
        ({"token": "x" * (32 * 1024 + 1)}, ["/payload/token"]),
        ({"token": "x", "tokenPayloadExternal": {}}, ["/payload/tokenPayloadExternal"]),
    ],
)
def test_a_request_with_anything_but_a_token_is_refused(
    payload: dict[str, Any], pointers: list[str]
) -> None:
    item = raw("")
    with pytest.raises(EvidenceShapeError) as caught:
        appraised(type(item)(NAME, item.mode, payload, {}, AT))

    assert [problem.pointer for problem in caught.value.problems] == [
        f"/evidence/0{pointer}" for pointer in pointers
    ]


@pytest.mark.parametrize(
    "expected",
    [
        {"nonce": ""},
        {"nonce": 5},
        {"request_hash": "x" * 1025},
        {"package": ""},
        {"package": "x" * 256},
        {"signature_digest": "abc"},
        {"signature_digest": 5},
        {"signature_digest": ":" * 97},
        {"signature_digest": "é" * 43},
        {"signature_digest": b64url(DIGEST)[:-1] + "="},
        {"challenge": "x"},
    ],
)
def test_what_is_expected_must_make_sense(expected: dict[str, Any]) -> None:
    (name,) = expected

    assert problems_of(content(), **expected) == [f"/expected/{name}"]


def test_every_line_of_the_catalogue_is_obeyed() -> None:
    codes_of_play = {
        code for code, type_ in CATALOGUE.items() if NAME in type_.mappings or NAME in type_.clears
    }

    assert {rule.code for rule in RULES} | {OPEN} == codes_of_play


def test_findings_tell_when_the_evidence_was_taken() -> None:
    assert {finding.observed_at for finding in told().findings} == {AT}
    assert told().observed_at == AT
