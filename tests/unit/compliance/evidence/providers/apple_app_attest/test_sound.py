"""What sound evidence of App Attest amounts to, and what it is bound to."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from typing import Any

import pytest

from compliance.evidence.providers.apple_app_attest import NAME
from compliance.evidence.providers.apple_app_attest.roots import RECEIPT_ROOT
from compliance.evidence.providers.shape import Evidence, Mode, TrustMaterial
from policies.vocabulary.findings import Assurance
from tests.support.app_attest import (
    AT,
    ATTESTED,
    CHALLENGE,
    appraise,
    attest,
    b64,
    key_id,
    new_key,
    of_assertion,
    of_attestation,
    of_receipt,
    renewed,
    trust,
)
from tests.support.attestation import codes, states

ASSERTED = {
    "app.repackaged",
    "attestation.binding_mismatch",
    "attestation.invalid",
    "key.counter_regressed",
}
RENEWED = {
    "attestation.binding_mismatch",
    "attestation.invalid",
    "attestation.stale",
    "device.attestation_farming",
}


def test_a_sound_attestation_is_clean_in_every_respect_that_was_looked_at() -> None:
    key = new_key()
    appraisal = of_attestation(attest(key), key_id=b64(key_id(key)))

    assert codes(appraisal, "absent") == states(appraisal).keys() == ATTESTED
    assert appraisal.verified
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.A}
    assert appraisal.counter is None


def test_a_sound_assertion_is_clean_in_every_respect_that_was_looked_at() -> None:
    key = new_key()
    appraisal = of_assertion(key, last_counter="0", key_id=key_id(key).hex())

    assert codes(appraisal, "absent") == states(appraisal).keys() == ASSERTED
    assert appraisal.verified
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.A}


def test_a_sound_receipt_is_clean_and_worth_a_vendors_signature() -> None:
    key = new_key()
    appraisal = of_receipt(
        renewed(key, b"3"), trust(risk_metric_baseline=3), key_id=b64(key_id(key))
    )

    assert codes(appraisal, "absent") == states(appraisal).keys() == RENEWED
    assert appraisal.verified
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.B}
    assert appraisal.once == ()


def test_evidence_under_a_demonstration_root_is_marked() -> None:
    assert "demonstration" not in of_attestation().details
    assert of_attestation(against=trust(demonstration=True)).details["demonstration"] is True


def test_a_device_that_supports_no_attestation_has_none() -> None:
    def appraised(*, is_supported: bool) -> dict[str, str]:
        payload = {"is_supported": is_supported}
        appraisal = appraise(Evidence(NAME, Mode.REPORTED, payload, {}, AT))
        assert not appraisal.verified
        assert {finding.assurance for finding in appraisal.findings} == {Assurance.D}
        return states(appraisal)

    assert appraised(is_supported=False) == {"attestation.missing": "present"}
    assert appraised(is_supported=True) == {"attestation.missing": "not_evaluated"}


def test_an_attestation_of_another_challenge_verifies_and_clears_nothing() -> None:
    appraisal = of_attestation(challenge=b"another challenge")

    assert appraisal.verified
    assert codes(appraisal, "present") == {"attestation.binding_mismatch"}
    assert codes(appraisal, "absent") == {"attestation.invalid"}


def test_an_attestation_whose_receipt_is_silent_and_whose_challenge_differs_does_not_verify() -> (
    None
):
    appraisal = of_attestation(attest(receipt={4: None}), challenge=b"another challenge")

    assert not appraisal.verified
    assert codes(appraisal, "present") == {"attestation.binding_mismatch", "attestation.invalid"}
    assert codes(appraisal, "absent") == set()


def test_a_binding_that_nobody_expected_was_not_evaluated() -> None:
    appraisal = of_attestation(challenge=None)

    assert codes(appraisal, "not_evaluated") == {"attestation.binding_mismatch"}
    assert codes(appraisal, "absent") == ATTESTED - {"attestation.binding_mismatch"}
    assert appraisal.details["challenge"] == "not compared"


def test_that_the_key_is_the_right_one_binds_nothing_to_a_request() -> None:
    key = new_key()
    appraisal = of_attestation(attest(key), challenge=None, key_id=b64(key_id(key)))

    assert states(appraisal)["attestation.binding_mismatch"] == "not_evaluated"


@pytest.mark.parametrize("form", ["digest", "hexadecimal", "the raw challenge"])
def test_the_expected_binding_may_be_said_in_several_ways(form: str) -> None:
    digest = hashlib.sha256(CHALLENGE).digest()
    options: dict[str, Any] = {"challenge": None, "client_data_hash": b64(digest)}
    data = attest()
    if form == "hexadecimal":
        options["client_data_hash"] = digest.hex().upper()
    elif form == "the raw challenge":  # as Apple's sample of 2026 has it
        options = {}
        data = attest(client_data_hash=CHALLENGE)

    assert states(of_attestation(data, **options))["attestation.binding_mismatch"] == "absent"


def test_a_short_challenge_is_never_taken_without_its_digest() -> None:
    data = attest(client_data_hash=b"short", receipt={4: None})

    assert not of_attestation(data, challenge=b"short").verified


def test_what_the_app_says_it_had_attested_is_compared_with_what_is_expected() -> None:
    claimed = {"client_data_hash": b64(hashlib.sha256(CHALLENGE).digest())}
    key = new_key()
    other = of_assertion(key, challenge=b"another", payload=claimed, last_counter="0")
    silent = of_assertion(key, challenge=None, payload=claimed, last_counter="0")
    same = of_assertion(key, payload=claimed, last_counter="0")

    assert other.verified
    assert codes(other, "present") == {"attestation.binding_mismatch"}
    assert codes(other, "absent") == {"attestation.invalid"}
    assert codes(silent, "not_evaluated") == {"attestation.binding_mismatch"}
    assert codes(same, "absent") == ASSERTED


def test_as_an_anchor_apples_root_for_receipts_attests_no_key() -> None:
    material = trust()
    (anchor,) = material.anchors
    digest = RECEIPT_ROOT.public_key_digest
    as_pinned = TrustMaterial(anchors=(anchor._replace(public_key_digest=digest),))
    data = attest(new_key())

    assert of_attestation(data, material).verified
    assert not of_attestation(data, as_pinned).verified
