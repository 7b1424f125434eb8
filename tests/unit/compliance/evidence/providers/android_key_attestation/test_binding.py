"""To which request and app an attestation belongs."""
# SPDX-License-Identifier: Apache-2.0

import base64
from typing import Any

import pytest

from compliance.evidence.demonstration import (
    PACKAGE,
    SIGNATURE_DIGEST,
    DeviceState,
)
from compliance.evidence.providers.android_key_attestation import NAME
from compliance.evidence.providers.shape import (
    Evidence,
    Mode,
)
from tests.support.attestation import (
    AT,
    appraise_one,
    authority,
    b64,
    chain_of,
    codes,
    evidence_of,
    states,
)


def test_evidence_of_another_request_is_not_bound_and_clears_nothing() -> None:
    appraisal = appraise_one(evidence_of(chain_of(), challenge=b"another"))

    assert codes(appraisal, "present") == {"attestation.binding_mismatch"}
    assert codes(appraisal, "absent") == {"attestation.invalid", "key.attestation_revoked"}


def test_evidence_of_another_request_still_tells_what_is_wrong() -> None:
    chain = chain_of(DeviceState(device_locked=False))
    appraisal = appraise_one(evidence_of(chain, challenge=b"another"))

    assert "device.bootloader_unlocked" in codes(appraisal, "present")


def test_a_binding_that_nobody_expected_was_not_evaluated() -> None:
    appraisal = appraise_one(evidence_of(chain_of(), challenge=None))

    assert codes(appraisal, "not_evaluated") == {"attestation.binding_mismatch"}
    assert appraisal.details["challenge"] == "not compared"


@pytest.mark.parametrize(
    "encode",
    [
        base64.b64encode,
        base64.urlsafe_b64encode,
        lambda data: base64.urlsafe_b64encode(data).rstrip(b"="),
    ],
)
def test_a_challenge_may_be_written_in_either_base64(encode: Any) -> None:
    challenge = bytes(range(240, 256)) + b"?>"
    chain = authority().attest(DeviceState(), challenge=challenge, at=AT)
    expected = {"challenge": encode(challenge).decode()}
    evidence = Evidence(NAME, Mode.RAW, {"chain": [b64(one) for one in chain]}, expected, AT)

    assert "attestation.binding_mismatch" in codes(appraise_one(evidence), "absent")


def test_an_app_that_was_signed_by_somebody_else_is_repackaged() -> None:
    digest = b64(bytes(32))

    assert "app.repackaged" in codes(
        appraise_one(evidence_of(chain_of(), signature_digest=digest)), "present"
    )


def test_the_key_of_another_app_is_not_bound_to_this_one() -> None:
    appraisal = appraise_one(evidence_of(chain_of(), package="de.psp.app"))

    assert {"app.repackaged", "attestation.binding_mismatch"} <= codes(appraisal, "present")


@pytest.mark.parametrize(
    "digest", [SIGNATURE_DIGEST.hex(), SIGNATURE_DIGEST.hex(":").upper(), b64(SIGNATURE_DIGEST)]
)
def test_the_expected_app_is_recognised(digest: str) -> None:
    evidence = evidence_of(chain_of(), package=PACKAGE, signature_digest=digest)

    assert "app.repackaged" in codes(appraise_one(evidence), "absent")


def test_a_package_name_alone_clears_no_app() -> None:
    appraisal = appraise_one(evidence_of(chain_of(), package=PACKAGE))

    assert states(appraisal)["app.repackaged"] == "not_evaluated"


def test_an_altered_system_cannot_vouch_for_the_app() -> None:
    chain = chain_of(DeviceState(device_locked=False))
    appraisal = appraise_one(evidence_of(chain, signature_digest=SIGNATURE_DIGEST.hex()))

    assert states(appraisal)["app.repackaged"] == "not_evaluated"
