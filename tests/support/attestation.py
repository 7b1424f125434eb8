"""Invented attestations for tests: an authority, what trusts it, and evidence as a back-end sends it."""
# SPDX-License-Identifier: Apache-2.0

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from compliance.evidence.appraisal import appraise
from compliance.evidence.demonstration import DemonstrationAuthority, DeviceState, create_issuers
from compliance.evidence.providers.android_key_attestation import NAME
from compliance.evidence.providers.shape import (
    Anchor,
    Appraisal,
    Evidence,
    Mode,
    Revocations,
    TrustMaterial,
)
from compliance.evidence.providers.x509.certificates import read_certificate

AT = datetime(2026, 11, 23, 10, 15, 5, tzinfo=UTC)
CHALLENGE = b"a challenge of the back-end"

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


@cache
def authority() -> DemonstrationAuthority:
    return DemonstrationAuthority(create_issuers())


def anchor_of(pem: str, *, label: str = "a root of tests", demonstration: bool = True) -> Anchor:
    certificate = x509.load_pem_x509_certificate(pem.encode())
    digest = read_certificate(certificate.public_bytes(Encoding.DER)).public_key_digest
    return Anchor(NAME, label, certificate, digest, demonstration)


def trust(*, revocations: Revocations | None = None, demonstration: bool = True) -> TrustMaterial:
    anchor = anchor_of(authority().root_pem, demonstration=demonstration)
    return TrustMaterial(anchors=(anchor,), revocations={NAME: revocations} if revocations else {})


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def evidence_of(
    chain: Sequence[bytes],
    *,
    challenge: bytes | None = CHALLENGE,
    observed_at: datetime | None = AT,
    **expected: str,
) -> Evidence:
    if challenge is not None:
        expected["challenge"] = b64(challenge)
    payload = {"chain": [b64(der) for der in chain]}
    return Evidence(NAME, Mode.RAW, payload, expected, observed_at)


def chain_of(state: DeviceState | None = None, *, at: datetime = AT) -> list[bytes]:
    return authority().attest(state or DeviceState(), challenge=CHALLENGE, at=at)


def appraise_one(
    evidence: Evidence, *, against: TrustMaterial | None = None, at: datetime = AT
) -> Appraisal:
    (appraisal,) = appraise([evidence], trust=against or trust(), at=at)
    return appraisal


def states(appraisal: Appraisal) -> dict[str, str]:
    return {finding.code: finding.state.value for finding in appraisal.findings}


def codes(appraisal: Appraisal, state: str) -> set[str]:
    return {code for code, found in states(appraisal).items() if found == state}
