"""What an attestation says of the device and of the key, and what it never clears."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from compliance.evidence.demonstration import (
    PACKAGE,
    SIGNATURE_DIGEST,
    DeviceState,
    attestation_extension,
    der,
)
from compliance.evidence.providers.shape import (
    Appraisal,
    TrustMaterial,
)
from policies.vocabulary.findings import Assurance
from tests.support.attestation import (
    AT,
    CHALLENGE,
    CLEAN,
    appraise_one,
    authority,
    chain_of,
    codes,
    evidence_of,
    states,
    trust,
)


def appraised(**state: Any) -> Appraisal:
    return appraise_one(evidence_of(chain_of(DeviceState(**state))))


def test_a_sound_device_is_clean_in_every_respect_that_was_looked_at() -> None:
    appraisal = appraised()

    assert codes(appraisal, "absent") == states(appraisal).keys() == CLEAN
    assert appraisal.verified
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.A}


def test_evidence_under_a_demonstration_root_is_marked_and_other_evidence_is_not() -> None:
    chain = evidence_of(chain_of())

    assert appraise_one(chain).details["demonstration"] is True
    assert "demonstration" not in appraise_one(chain, against=trust(demonstration=False)).details


@pytest.mark.parametrize(
    ("state", "present", "open_questions"),
    [
        (
            {"device_locked": False, "verified_boot_state": "UNVERIFIED"},
            {"device.bootloader_unlocked", "device.boot_unverified"},
            {"device.rooted"},
        ),
        ({"verified_boot_state": "FAILED"}, {"device.boot_unverified"}, {"device.rooted"}),
        (
            {"verified_boot_state": "SELF_SIGNED"},
            {"device.os_custom", "device.boot_unverified"},
            {"device.rooted"},
        ),
        (
            {"verified_boot_state": "SELF_SIGNED", "device_locked": False},
            {"device.bootloader_unlocked", "device.boot_unverified"},
            {"device.rooted"},
        ),
        ({"user_auth_required": False}, {"key.user_auth_not_required"}, set()),
        ({"origin": "IMPORTED"}, {"key.software_backed"}, set()),
        ({"origin": "DERIVED"}, {"key.software_backed"}, set()),
        ({"origin": "SECURELY_IMPORTED"}, {"key.software_backed"}, set()),
        ({"origin": "UNKNOWN"}, set(), {"key.software_backed"}),
        ({"os_patch_level": 202510}, {"device.os_outdated"}, set()),
        ({"os_patch_level": 202511}, set(), set()),
        ({"os_patch_level": 202613}, set(), {"device.os_outdated"}),
        ({"vendor_patch_level": 20251031}, {"device.os_outdated"}, set()),
        ({"boot_patch_level": 20251031}, {"device.os_outdated"}, set()),
        ({"boot_patch_level": 20260231}, set(), {"device.os_outdated"}),
        ({"security_level": "STRONG_BOX"}, set(), set()),
    ],
)
def test_each_property_of_the_device_has_its_finding(
    state: dict[str, Any], present: set[str], open_questions: set[str]
) -> None:
    appraisal = appraised(**state)

    assert codes(appraisal, "present") == present
    assert codes(appraisal, "not_evaluated") == open_questions
    assert codes(appraisal, "absent") == CLEAN - present - open_questions


def test_what_software_asserts_about_itself_clears_no_device() -> None:
    appraisal = appraised(security_level="SOFTWARE")

    assert {"key.software_backed", "env.not_separate", "device.boot_unverified"} <= codes(
        appraisal, "present"
    )
    assert codes(appraisal, "absent") == {
        "attestation.invalid",
        "attestation.binding_mismatch",
        "key.attestation_revoked",
    }


def test_levels_that_differ_are_a_key_outside_secure_hardware() -> None:
    appraisal = appraised(key_mint_security_level="SOFTWARE")

    assert codes(appraisal, "present") == {"key.software_backed"}
    assert "device.rooted" in codes(appraisal, "not_evaluated")


def test_strongbox_claimed_under_the_key_of_a_secure_environment_is_not_believed() -> None:
    extension = attestation_extension(
        DeviceState(security_level="STRONG_BOX"), challenge=CHALLENGE, at=AT
    )
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    chain = authority().chain_for(key, extension, level="TRUSTED_ENVIRONMENT")

    assert codes(appraise_one(evidence_of(chain)), "present") == {"key.software_backed"}


def bare_chain(*hardware: bytes, version: int = 300) -> list[bytes]:
    fields = [
        der.integer(version),
        der.enumerated(1),
        der.integer(version),
        der.enumerated(1),
        der.octets(CHALLENGE),
        der.octets(b""),
        der.sequence([]),
        der.sequence(hardware),
    ]
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return authority().chain_for(key, der.sequence(fields), level="TRUSTED_ENVIRONMENT")


def test_without_a_root_of_trust_boot_is_unverified() -> None:
    appraisal = appraise_one(evidence_of(bare_chain()))

    assert "device.boot_unverified" in codes(appraisal, "present")
    assert {"device.bootloader_unlocked", "device.os_custom", "device.os_outdated"} <= codes(
        appraisal, "not_evaluated"
    )


@pytest.mark.parametrize(
    "expected", [{"package": PACKAGE}, {"signature_digest": SIGNATURE_DIGEST.hex()}]
)
def test_an_app_that_the_device_does_not_name_was_not_evaluated(expected: dict[str, str]) -> None:
    appraisal = appraise_one(evidence_of(bare_chain(), **expected))  # type: ignore[arg-type]

    assert states(appraisal)["app.repackaged"] == "not_evaluated"


def test_an_app_that_was_asked_for_stays_open_where_nothing_verifies() -> None:
    evidence = evidence_of(chain_of(), package=PACKAGE)
    appraisal = appraise_one(evidence, against=TrustMaterial())

    assert states(appraisal)["app.repackaged"] == "not_evaluated"


def test_an_extension_that_cannot_be_read_is_evidence_that_does_not_verify() -> None:
    unknown = der.explicit(799, der.null())
    appraisal = appraise_one(evidence_of(bare_chain(unknown)))

    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert appraisal.details["reason"] == "UNKNOWN_TAG_NUMBER"


def test_tags_of_a_later_version_are_counted() -> None:
    unknown = der.explicit(799, der.null())
    appraisal = appraise_one(evidence_of(bare_chain(unknown, version=500)))

    assert appraisal.verified
    assert appraisal.details["unknown_tags"] == 1
