"""To which request, app and moment a verdict of Play Integrity belongs."""
# SPDX-License-Identifier: Apache-2.0

from datetime import timedelta
from typing import Any

import pytest

from tests.support.attestation import AT, codes, states
from tests.support.play import (
    DIGEST,
    NONCE,
    OF_THE_TOKEN,
    OPEN,
    PACKAGE,
    SOUND,
    appraised,
    b64url,
    content,
    decoded,
    milliseconds,
    raw,
    token,
    told,
)


@pytest.mark.parametrize(
    ("expected", "field", "state"),
    [
        ({"nonce": NONCE}, {}, "absent"),
        ({"nonce": NONCE + "=="}, {}, "absent"),
        ({"nonce": "another"}, {}, "present"),
        ({"nonce": NONCE}, {"nonce": None}, "present"),
        ({"nonce": "a+/b"}, {"nonce": "a-_b"}, "absent"),
        (
            {"request_hash": "sha256 of it"},
            {"nonce": None, "requestHash": "sha256 of it"},
            "absent",
        ),
        (
            {"request_hash": "sha256 of it"},
            {"nonce": None, "requestHash": "Sha256 of it"},
            "present",
        ),
        ({"request_hash": NONCE}, {}, "present"),
        ({"nonce": NONCE, "request_hash": "h"}, {}, "present"),
        ({"nonce": NONCE, "request_hash": "h"}, {"requestHash": "h"}, "absent"),
        ({}, {}, "not_evaluated"),
        ({"package": PACKAGE}, {}, "not_evaluated"),
        ({"nonce": NONCE, "package": PACKAGE}, {}, "absent"),
        ({"nonce": NONCE, "package": "com.example.other"}, {}, "present"),
        ({"nonce": NONCE}, {"requestPackageName": "com.evil"}, "present"),
        ({"nonce": NONCE}, {"requestPackageName": None}, "not_evaluated"),
    ],
)
def test_a_token_is_compared_with_the_request_that_it_was_asked_for(
    expected: dict[str, str], field: dict[str, Any], state: str
) -> None:
    changed = {f"requestDetails__{name}": value for name, value in field.items()}
    appraisal = appraised(decoded(content(**changed), **expected))

    assert states(appraisal)["attestation.binding_mismatch"] == state
    if state == "present":
        assert codes(appraisal, "absent") <= OF_THE_TOKEN


@pytest.mark.parametrize("form", ["decoded", "raw"])
def test_comparing_nothing_never_clears_more(form: str) -> None:
    def cleared(**expected: str) -> set[str]:
        item = raw(token(), **expected) if form == "raw" else decoded(content(), **expected)
        return codes(appraised(item), "absent")

    assert cleared() < cleared(nonce=NONCE)


def test_an_app_of_another_name_is_repackaged_and_its_token_says_nothing_about_ours() -> None:
    appraisal = told(appIntegrity__packageName="com.evil")

    assert codes(appraisal, "present") == {"app.repackaged", "attestation.binding_mismatch"}
    assert codes(appraisal, "absent") <= OF_THE_TOKEN


@pytest.mark.parametrize(
    ("digests", "state"),
    [
        ([b64url(DIGEST)], "absent"),
        ([b64url(bytes(32)), b64url(DIGEST)], "absent"),
        ([b64url(bytes(32))], "present"),
        (["no digest"], "present"),
        ([], "not_evaluated"),
        (None, "not_evaluated"),
    ],
)
def test_the_certificate_is_compared_with_those_that_are_registered(
    digests: list[str] | None, state: str
) -> None:
    appraisal = told(appIntegrity__certificateSha256Digest=digests)

    assert states(appraisal)["app.repackaged"] == state
    assert (states(appraisal)["app.tampered"] == "absent") is (state == "absent")
    assert states(appraisal)["device.rooted"] == "absent"


def test_the_back_end_may_expect_one_of_the_registered_certificates() -> None:
    other = bytes(32)
    both = [b64url(DIGEST), other.hex()]
    fits = decoded(content(), nonce=NONCE, signature_digest=DIGEST.hex())
    differs = decoded(content(), nonce=NONCE, signature_digest=other.hex())

    assert "app.repackaged" in codes(appraised(fits, certificate_digests=both), "absent")
    assert "app.repackaged" in codes(appraised(differs, certificate_digests=both), "present")


@pytest.mark.parametrize(
    ("age", "changed", "state"),
    [
        (timedelta(minutes=10), {}, "absent"),
        (timedelta(minutes=10, milliseconds=1), {}, "present"),
        (timedelta(minutes=10, milliseconds=1), {"max_age_s": 601}, "absent"),
        (timedelta(seconds=31), {"max_age_s": 30}, "present"),
        (timedelta(days=5 * 365), {}, "present"),
        (timedelta(seconds=-60), {}, "absent"),
        (timedelta(seconds=-61), {}, "not_evaluated"),
    ],
)
def test_an_old_token_is_stale_and_clears_nothing(
    age: timedelta, changed: dict[str, Any], state: str
) -> None:
    payload = content(requestDetails__timestampMillis=milliseconds(AT - age))
    appraisal = appraised(decoded(payload, nonce=NONCE), **changed)

    assert states(appraisal)["attestation.stale"] == state
    assert (codes(appraisal, "absent") <= OF_THE_TOKEN) is (state != "absent")
    assert (OPEN in codes(appraisal, "present")) is (state == "not_evaluated")


def test_the_age_counts_at_the_decision_whatever_the_back_end_says_of_the_time() -> None:
    old = AT - timedelta(hours=2)
    payload = content(requestDetails__timestampMillis=milliseconds(old))
    item = decoded(payload)
    observed = type(item)(item.provider, item.mode, item.payload, {}, old)

    assert "attestation.stale" in codes(appraised(observed), "present")


def test_a_token_that_does_not_say_when_clears_nothing() -> None:
    appraisal = told(requestDetails__timestampMillis=None)

    assert codes(appraisal, "absent") <= OF_THE_TOKEN
    assert states(appraisal)["attestation.stale"] == "not_evaluated"


def test_a_time_may_be_a_number() -> None:
    number = int(milliseconds(AT))

    assert told(requestDetails__timestampMillis=number).findings == told().findings


def test_a_testing_response_is_refused_and_clears_nothing() -> None:
    appraisal = told(testingDetails={"isTestingResponse": True})

    assert codes(appraisal, "present") == {"app.debug_build"}
    assert codes(appraisal, "absent") <= OF_THE_TOKEN
    assert appraisal.details["testing_response"] is True


def test_a_testing_response_counts_where_the_psp_allows_it_and_is_marked() -> None:
    payload = content(testingDetails={"isTestingResponse": True})
    appraisal = appraised(decoded(payload, nonce=NONCE), testing_responses=True)

    assert codes(appraisal, "absent") == SOUND
    assert appraisal.details["testing_response"] is True


def test_false_means_that_it_is_no_testing_response() -> None:
    assert told(testingDetails={"isTestingResponse": False}).findings == told().findings


def test_the_variant_for_pcs_is_read_and_clears_no_android_device() -> None:
    payload = {
        "requestDetails": {
            "requestPackageName": PACKAGE,
            "requestHash": "of the request",
            "requestTime": "2026-11-23T10:15:00.123456789Z",
        },
        "deviceIntegrity": {"deviceRecognitionVerdict": ["MEETS_PC_INTEGRITY"]},
        "accountDetails": {"appLicensingVerdict": "LICENSED"},
    }
    appraisal = appraised(decoded(payload, request_hash="of the request"), verdicts=[])

    assert codes(appraisal, "present") == {OPEN}
    assert codes(appraisal, "absent") == {
        "app.debug_build",
        "attestation.binding_mismatch",
        "attestation.stale",
    }
    assert appraisal.details["variant"] == "pc"
    assert appraisal.details["age_s"] == 4


def test_of_two_times_the_older_counts() -> None:
    old = (AT - timedelta(hours=1)).isoformat()
    appraisal = told(requestDetails__requestTime=old)

    assert "attestation.stale" in codes(appraisal, "present")
    assert appraisal.details["variant"] == "pc"
