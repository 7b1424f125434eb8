"""What an attestation amounts to, and what it never clears."""
# SPDX-License-Identifier: Apache-2.0

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from compliance.evidence.demonstration import (
    PACKAGE,
    SIGNATURE_DIGEST,
    DeviceState,
    attestation_extension,
    der,
)
from compliance.evidence.providers.android_key_attestation import NAME
from compliance.evidence.providers.android_key_attestation.payload import (
    MAX_CERTIFICATE_SIZE,
    MAX_CHAIN,
)
from compliance.evidence.providers.android_key_attestation.revocations import MAX_LIST_AGE
from compliance.evidence.providers.android_key_attestation.rules import RULES
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    Revocations,
    TrustMaterial,
)
from policies.vocabulary.findings import Assurance
from tests.support.attestation import (
    AT,
    CHALLENGE,
    appraise_one,
    authority,
    b64,
    chain_of,
    codes,
    evidence_of,
    states,
    trust,
)

CLEAN = {
    "attestation.binding_mismatch",
    "attestation.invalid",
    "device.boot_unverified",
    "device.bootloader_unlocked",
    "device.os_custom",
    "device.os_outdated",
    "device.rooted",
    "key.attestation_revoked",
    "key.software_backed",
    "key.user_auth_not_required",
}


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
            {"device.os_custom"},
            {"device.boot_unverified", "device.rooted"},
        ),
        (
            {"verified_boot_state": "SELF_SIGNED", "device_locked": False},
            {"device.bootloader_unlocked"},
            {"device.boot_unverified", "device.rooted"},
        ),
        ({"user_auth_required": False}, {"key.user_auth_not_required"}, set()),
        ({"origin": "IMPORTED"}, {"key.software_backed"}, set()),
        ({"origin": "DERIVED"}, {"key.software_backed"}, set()),
        ({"origin": "SECURELY_IMPORTED"}, {"key.software_backed"}, set()),
        ({"origin": "UNKNOWN"}, set(), {"key.software_backed"}),
        ({"os_patch_level": 202510}, {"device.os_outdated"}, set()),
        ({"os_patch_level": 202511}, set(), set()),
        ({"os_patch_level": 202613}, set(), {"device.os_outdated"}),
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


def known(statuses: Mapping[str, str], *, age: timedelta = timedelta()) -> TrustMaterial:
    revocations = Revocations(statuses=statuses, loaded_at=AT - age)
    return trust(revocations=revocations, demonstration=False)


@pytest.mark.parametrize("status", ["REVOKED", "SUSPENDED"])
@pytest.mark.parametrize("position", [0, 1, 2, 3])
@pytest.mark.parametrize("age", [timedelta(), MAX_LIST_AGE * 9])
def test_a_revoked_key_anywhere_in_the_chain_makes_all_of_it_worthless(
    status: str, position: int, age: timedelta
) -> None:
    chain = chain_of(DeviceState(device_locked=False))
    serial = x509.load_der_x509_certificate(chain[position]).serial_number
    appraisal = appraise_one(
        evidence_of(chain), against=known({format(serial, "x"): status}, age=age)
    )

    assert codes(appraisal, "present") == {"key.attestation_revoked", "device.bootloader_unlocked"}
    assert codes(appraisal, "absent") == set()
    assert not appraisal.verified


def test_a_current_list_that_does_not_name_the_keys_clears_them() -> None:
    appraisal = appraise_one(evidence_of(chain_of()), against=known({"ab": "REVOKED"}))

    assert "key.attestation_revoked" in codes(appraisal, "absent")
    assert appraisal.details["revocation_list"] == "current"


def test_a_stale_list_clears_no_key() -> None:
    stale = known({}, age=MAX_LIST_AGE + timedelta(seconds=1))
    appraisal = appraise_one(evidence_of(chain_of()), against=stale)

    assert codes(appraisal, "not_evaluated") == {"key.attestation_revoked"}
    assert appraisal.details["revocation_list"] == "stale"


def test_without_a_list_no_key_is_cleared_unless_it_is_invented() -> None:
    evidence = evidence_of(chain_of())
    registered = appraise_one(evidence, against=trust(demonstration=False))

    assert codes(registered, "not_evaluated") == {"key.attestation_revoked"}
    assert registered.details["revocation_list"] == "never loaded"
    assert "key.attestation_revoked" in codes(appraise_one(evidence), "absent")


def test_what_does_not_verify_is_invalid_and_nothing_is_taken_from_it() -> None:
    chain = chain_of(DeviceState(device_locked=False))
    appraisal = appraise_one(evidence_of(chain), against=TrustMaterial())

    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert codes(appraisal, "absent") == set()
    assert codes(appraisal, "not_evaluated") == CLEAN - {"attestation.invalid"}
    assert not appraisal.verified
    assert appraisal.details == {
        "chain_length": 4,
        "verified_at": "2026-11-23T10:15:05+00:00",
        "reason": "untrusted_root",
        "certificate": 3,
    }


def test_a_leaf_whose_key_ended_is_stale() -> None:
    later = AT.replace(year=2048, month=2)
    evidence = evidence_of(chain_of(), observed_at=later)

    assert "attestation.stale" in codes(appraise_one(evidence, at=later), "present")


@pytest.mark.parametrize("observed_at", [None, AT + timedelta(days=400)])
def test_a_time_that_is_missing_or_in_the_future_is_not_used(observed_at: Any) -> None:
    appraisal = appraise_one(evidence_of(chain_of(), observed_at=observed_at))

    assert appraisal.details["verified_at"] == "2026-11-23T10:15:05+00:00"
    assert appraisal.observed_at == observed_at
    assert codes(appraisal, "absent") == CLEAN


def problems_of(payload: Any, expected: dict[str, Any] | None = None) -> list[str]:
    evidence = Evidence(NAME, Mode.RAW, payload, expected or {}, AT)
    with pytest.raises(EvidenceShapeError) as caught:
        appraise_one(evidence)
    return [problem.pointer.removeprefix("/evidence/0") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("payload", "pointers"),
    [
        ({}, ["/payload/chain"]),
        ({"chain": []}, ["/payload/chain"]),
        ({"chain": "MIIC"}, ["/payload/chain"]),
        ({"chain": ["AAAA"] * (MAX_CHAIN + 1)}, ["/payload/chain"]),
        ({"chain": ["AAAA", 5, None, "", "AAA", "A-A_", "AA\nAA", "=AAA"]}, None),
        ({"chain": [b64(bytes(MAX_CERTIFICATE_SIZE + 1))]}, ["/payload/chain/0"]),
        ({"chain": ["A" * 30_000]}, ["/payload/chain/0"]),
        ({"chain": ["AAAA"], "leaf": 1}, ["/payload/leaf"]),
    ],
)
def test_a_malformed_payload_is_refused_with_every_place(
    payload: dict[str, Any], pointers: list[str] | None
) -> None:
    every_but_the_first = [f"/payload/chain/{index}" for index in range(1, 8)]

    assert problems_of(payload) == (pointers or every_but_the_first)


@pytest.mark.parametrize(
    ("expected", "pointer"),
    [
        ({"challenge": "!"}, "/expected/challenge"),
        ({"challenge": ""}, "/expected/challenge"),
        ({"challenge": 5}, "/expected/challenge"),
        ({"challenge": "A" * 5000}, "/expected/challenge"),
        ({"package": ""}, "/expected/package"),
        ({"package": "a" * 256}, "/expected/package"),
        ({"signature_digest": "abcd"}, "/expected/signature_digest"),
        ({"signature_digest": 5}, "/expected/signature_digest"),
        ({"nonce": "AAAA"}, "/expected/nonce"),
    ],
)
def test_expectations_that_cannot_be_compared_are_refused(
    expected: dict[str, Any], pointer: str
) -> None:
    assert problems_of({"chain": ["AAAA"]}, expected) == [pointer]


def test_the_limit_of_a_chain_is_named() -> None:
    evidence = Evidence(NAME, Mode.RAW, {"chain": ["AAAA"] * 11}, {}, AT)
    with pytest.raises(EvidenceShapeError, match="expected at most 10 certificates"):
        appraise_one(evidence)


def test_ten_certificates_that_are_none_are_evidence_that_does_not_verify() -> None:
    evidence = Evidence(NAME, Mode.RAW, {"chain": ["AAAA"] * 10}, {}, AT)

    assert codes(appraise_one(evidence), "present") == {"attestation.invalid"}


def test_every_operation_of_the_catalogue_for_this_provider_is_understood() -> None:
    assert {rule.code for rule in RULES} >= CLEAN
