"""Real attestations of Google's own verifier, read and appraised."""
# SPDX-License-Identifier: Apache-2.0

import base64
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from compliance.evidence.providers.android_key_attestation import NAME
from compliance.evidence.providers.android_key_attestation.key_description import (
    ApplicationId,
    KeyDescription,
    RootOfTrust,
    read_key_description,
)
from compliance.evidence.providers.android_key_attestation.revocations import (
    read_revocation_list,
    status_of,
)
from compliance.evidence.providers.android_key_attestation.roots import KNOWN_ROOTS
from compliance.evidence.providers.android_key_attestation.tags import KEY_DESCRIPTION, TAGS, Kind
from compliance.evidence.providers.shape import Appraisal, Revocations, TrustMaterial
from compliance.evidence.providers.x509.certificates import read_certificate
from tests.support.attestation import anchor_of, appraise_one, codes, evidence_of

VECTORS = Path(
    os.environ.get(
        "NINEFOLD_VECTORS",
        str(Path(__file__).resolve().parents[3] / "shared" / "evidence" / "vectors"),
    )
)
CHAINS = VECTORS / "android-key-attestation"
GENUINE = [
    path.relative_to(CHAINS).as_posix()
    for path in sorted(CHAINS.rglob("*.pem"))
    if path.with_suffix(".json").exists()
]
INVALID = [
    path.relative_to(CHAINS).as_posix() for path in sorted((CHAINS / "invalid").rglob("*.pem"))
]
# Names of the vectors where they differ from the schema's.
THEIR_NAMES = {
    "purpose": "purposes",
    "algorithm": "algorithms",
    "digest": "digests",
    "padding": "paddings",
}
GOOGLE_ALONE = TrustMaterial()

pytestmark = pytest.mark.skipif(not CHAINS.is_dir(), reason=f"no sample evidence in {CHAINS}")


def chain_in(name: str) -> list[bytes]:
    certificates = x509.load_pem_x509_certificates((CHAINS / name).read_bytes())
    return [certificate.public_bytes(Encoding.DER) for certificate in certificates]


def description_beside(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((CHAINS / name).with_suffix(".json").read_text())
    return loaded


def made_at(name: str) -> datetime:
    milliseconds = int(description_beside(name)["softwareEnforced"]["creationDateTime"])
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def appraised(name: str, *, at: datetime | None = None) -> Appraisal:
    expected = base64.b64decode(description_beside(name)["attestationChallenge"])
    moment = at or made_at(name)
    evidence = evidence_of(chain_in(name), challenge=expected, observed_at=moment)
    return appraise_one(evidence, against=GOOGLE_ALONE, at=moment)


def as_theirs(key: KeyDescription) -> dict[str, Any]:
    return {
        "attestationVersion": str(key.version),
        "attestationSecurityLevel": key.security_level,
        "keyMintVersion": str(key.key_mint_version),
        "keyMintSecurityLevel": key.key_mint_security_level,
        "attestationChallenge": base64.b64encode(key.challenge).decode(),
        "softwareEnforced": list_as_theirs(key.software_enforced),
        "hardwareEnforced": list_as_theirs(key.hardware_enforced),
    }


def list_as_theirs(entries: Any) -> dict[str, Any]:
    return {THEIR_NAMES.get(name, name): value_as_theirs(value) for name, value in entries.items()}


def value_as_theirs(value: Any) -> Any:
    match value:
        case bool() | str():
            return value
        case int():
            return str(value)
        case bytes():
            return base64.b64encode(value).decode()
        case RootOfTrust(key, locked, state, boot_hash):
            return {
                "verifiedBootKey": value_as_theirs(key),
                "deviceLocked": locked,
                "verifiedBootState": state,
                "verifiedBootHash": value_as_theirs(boot_hash),
            }
        case ApplicationId(packages, signatures):
            return {
                "packages": [{"name": name, "version": str(version)} for name, version in packages],
                "signatures": sorted(value_as_theirs(one) for one in signatures),
            }
    return [value_as_theirs(one) for one in value]


def without_names_of_the_device(description: dict[str, Any]) -> dict[str, Any]:
    dropped = {tag.name for tag in TAGS.values() if tag.kind is Kind.DROPPED}
    kept = {name: value for name, value in description.items() if name != "uniqueId"}
    for part in ("softwareEnforced", "hardwareEnforced"):
        kept[part] = {name: value for name, value in kept[part].items() if name not in dropped}
    return kept


def test_there_are_chains_to_test_with() -> None:
    assert len(GENUINE) == 12
    assert INVALID


@pytest.mark.parametrize("name", GENUINE)
def test_the_extension_reads_as_googles_verifier_reads_it(name: str) -> None:
    extension = read_certificate(chain_in(name)[0]).extensions[KEY_DESCRIPTION]

    read = as_theirs(read_key_description(extension))

    assert read == without_names_of_the_device(description_beside(name))


@pytest.mark.parametrize("name", GENUINE)
def test_a_genuine_chain_verifies_to_google_at_the_time_of_the_evidence(name: str) -> None:
    appraisal = appraised(name)

    assert appraisal.verified
    assert appraisal.details["root"] == "Google hardware attestation root f92009e853b6b045"
    assert "demonstration" not in appraisal.details
    assert {"attestation.invalid", "attestation.binding_mismatch"} <= codes(appraisal, "absent")


@pytest.mark.parametrize("name", GENUINE)
def test_findings_follow_the_root_of_trust(name: str) -> None:
    hardware = description_beside(name)["hardwareEnforced"]
    boot = hardware["rootOfTrust"]
    appraisal = appraised(name)
    present, absent = codes(appraisal, "present"), codes(appraisal, "absent")

    assert ("device.bootloader_unlocked" in present) is (not boot["deviceLocked"])
    assert ("device.boot_unverified" in present) is (boot["verifiedBootState"] == "UNVERIFIED")
    assert ("device.rooted" in absent) is (boot["verifiedBootState"] == "VERIFIED")
    assert ("key.user_auth_not_required" in present) is hardware.get("noAuthRequired", False)
    assert "key.software_backed" in absent


def test_the_sample_of_a_pixel_8a_shows_an_unlocked_bootloader_and_unverified_boot() -> None:
    appraisal = appraised("akita/sdk34/TEE_RSA_NONE_USERAUTH.pem")

    assert codes(appraisal, "present") == {
        "device.bootloader_unlocked",
        "device.boot_unverified",
        "provider.unavailable",  # no list of revoked keys was loaded here
    }


@pytest.mark.parametrize("name", [name for name in GENUINE if "IMEI" in name])
def test_hardware_identifiers_go_nowhere(name: str) -> None:
    hardware = description_beside(name)["hardwareEnforced"]
    named = [hardware[f"attestationId{what}"] for what in ("Imei", "Device", "Model")]
    extension = read_certificate(chain_in(name)[0]).extensions[KEY_DESCRIPTION]
    told = repr((appraised(name), read_key_description(extension)))

    assert all(value.encode() in extension for value in named)
    assert not [value for value in named if value in told]


@pytest.mark.parametrize("name", INVALID)
def test_a_boolean_that_is_neither_00_nor_ff_is_refused(name: str) -> None:
    at = datetime(2022, 6, 1, tzinfo=UTC)
    evidence = evidence_of(chain_in(name), observed_at=at)
    appraisal = appraise_one(evidence, against=GOOGLE_ALONE, at=at)

    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert codes(appraisal, "absent") == set()
    assert not appraisal.verified
    assert appraisal.details["reason"] == "malformed_extension"


def test_a_device_provisioned_in_the_factory_is_accepted_after_googles_certificates_ended() -> None:
    now = datetime(2028, 11, 23, tzinfo=UTC)
    appraisal = appraised("blueline/sdk28/TEE_EC_NONE.pem", at=now)

    assert appraisal.verified
    assert appraisal.details["expired_factory_certificates"] == 2


def test_a_remotely_provisioned_certificate_is_worth_nothing_after_its_end() -> None:
    name = "caiman/sdk36/TEE_EC_RKP.pem"
    appraisal = appraised(name, at=made_at(name) + timedelta(days=30))

    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert appraisal.details["reason"] == "certificate_expired"


def test_an_audit_years_later_verifies_at_the_time_of_the_evidence() -> None:
    name = "caiman/sdk36/TEE_EC_RKP.pem"
    challenge = base64.b64decode(description_beside(name)["attestationChallenge"])
    evidence = evidence_of(chain_in(name), challenge=challenge, observed_at=made_at(name))
    appraisal = appraise_one(evidence, against=GOOGLE_ALONE, at=datetime(2031, 1, 1, tzinfo=UTC))

    assert appraisal.verified


def test_the_number_of_certificates_given_to_a_device_is_read() -> None:
    assert appraised("caiman/sdk36/TEE_EC_RKP.pem").details["certificates_issued"] == 64


def test_a_chain_without_googles_root_is_untrusted_unless_its_key_is_registered() -> None:
    name = "akita/sdk34/TEE_EC_NONE.pem"
    at = made_at(name)
    *chain, root = chain_in(name)
    pem = x509.load_der_x509_certificate(root).public_bytes(Encoding.PEM).decode()
    anchored = TrustMaterial(anchors=(anchor_of(pem, demonstration=False),))
    evidence = evidence_of(chain, challenge=b"challenge", observed_at=at)

    assert appraise_one(evidence, against=GOOGLE_ALONE, at=at).details["reason"] == "untrusted_root"
    assert appraise_one(evidence, against=anchored, at=at).verified


def test_the_table_of_roots_is_googles_list() -> None:
    pems = json.loads((CHAINS / "roots.json").read_text())

    assert {anchor_of(pem).public_key_digest for pem in pems} == set(KNOWN_ROOTS)


def test_the_published_form_of_the_revocation_list_is_read() -> None:
    content = (VECTORS / "google-revocation-list" / "status.json").read_bytes()
    statuses = read_revocation_list(content)

    assert len(statuses) == 5
    assert status_of(6681152659205225093, statuses) == "REVOKED"
    assert status_of(0xCC66E9A93713B6E643B26C15879786F7, statuses) == "SUSPENDED"
    assert status_of(5, statuses) is None


def test_a_revoked_batch_key_is_found_in_a_genuine_chain() -> None:
    name = "caiman/sdk36/TEE_EC_RKP.pem"
    at = made_at(name)
    serial = x509.load_der_x509_certificate(chain_in(name)[1]).serial_number
    known = Revocations(statuses={format(serial, "x"): "REVOKED"}, loaded_at=at)
    challenge = base64.b64decode(description_beside(name)["attestationChallenge"])
    evidence = evidence_of(chain_in(name), challenge=challenge, observed_at=at)
    appraisal = appraise_one(evidence, against=TrustMaterial(revocations={NAME: known}), at=at)

    assert "key.attestation_revoked" in codes(appraisal, "present")
    assert codes(appraisal, "absent") == set()
    assert not appraisal.verified
