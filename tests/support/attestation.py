"""Invented attestations for tests: an authority, chains of any shape, what trusts them, and evidence as a back-end sends it."""
# SPDX-License-Identifier: Apache-2.0

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPrivateKeyTypes,
    CertificatePublicKeyTypes,
)
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from compliance.evidence.appraisal import appraise
from compliance.evidence.demonstration import (
    DemonstrationAuthority,
    DeviceState,
    attestation_extension,
    create_issuers,
    der,
)
from compliance.evidence.demonstration.authority import Issuer
from compliance.evidence.providers.android_key_attestation import NAME
from compliance.evidence.providers.android_key_attestation.settings import read_settings
from compliance.evidence.providers.android_key_attestation.tags import (
    KEY_DESCRIPTION_OID,
    PROVISIONING_INFO_OID,
)
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

EXTENSION = attestation_extension(DeviceState(), challenge=CHALLENGE, at=AT)
ORDINARY = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an issuer")])
FACTORY = x509.Name(
    [
        x509.NameAttribute(NameOID.SERIAL_NUMBER, "c6047571d8f0d17c"),
        x509.NameAttribute(NameOID.TITLE, "TEE"),
    ]
)
PROVISIONED = bytes.fromhex("a10108")
_ED25519 = bytes.fromhex("06032b6570")
_NOBODYS = bytes.fromhex("06032b657f")
_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
_WITHOUT_DIGEST = (
    ed25519.Ed25519PrivateKey,
    ed448.Ed448PrivateKey,
    mldsa.MLDSA44PrivateKey,
    mldsa.MLDSA65PrivateKey,
    mldsa.MLDSA87PrivateKey,
)


@cache
def authority() -> DemonstrationAuthority:
    return DemonstrationAuthority(create_issuers())


def anchor_of(pem: str, *, label: str = "a root of tests", demonstration: bool = True) -> Anchor:
    certificate = x509.load_pem_x509_certificate(pem.encode())
    digest = read_certificate(certificate.public_bytes(Encoding.DER)).public_key_digest
    return Anchor(NAME, label, certificate, digest, demonstration)


def trust(
    *, revocations: Revocations | None = None, demonstration: bool = True, **document: Any
) -> TrustMaterial:
    """What verifies the authority's chains; `document` is what the PSP has set up, if anything."""
    anchor = anchor_of(authority().root_pem, demonstration=demonstration)
    return TrustMaterial(
        anchors=(anchor,),
        revocations={NAME: revocations} if revocations else {},
        settings={NAME: read_settings(document)} if document else {},
    )


def issuer(
    parent: Issuer | None = None,
    *,
    key: CertificateIssuerPrivateKeyTypes | None = None,
    subject: x509.Name = ORDINARY,
    days: tuple[int, int] = (-10, 10),
    algorithm: hashes.SHA224 | hashes.SHA384 | None = None,
    provisioned: bytes | None = None,
) -> Issuer:
    """An issuer under `parent`, or a root; `provisioned` is its provisioning information."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    extensions = {} if provisioned is None else {PROVISIONING_INFO_OID: provisioned}
    span = (AT + timedelta(days=days[0]), AT + timedelta(days=days[1]))
    certificate = _certificate(
        parent or own,
        own.public_key(),
        subject=subject,
        span=span,
        extensions=extensions,
        algorithm=algorithm or hashes.SHA256(),
    )
    return Issuer(own, certificate)


def leaf_under(
    parent: Issuer,
    extension: bytes | None = EXTENSION,
    *,
    key: CertificatePublicKeyTypes | None = None,
) -> bytes:
    """The certificate (DER) of an attested key, with or without what attests it."""
    own = key or ec.generate_private_key(ec.SECP256R1()).public_key()
    extensions = {} if extension is None else {KEY_DESCRIPTION_OID: extension}
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Android Keystore Key")])
    span = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2048, 1, 1, tzinfo=UTC))
    certificate = _certificate(parent, own, subject=subject, span=span, extensions=extensions)
    return certificate.public_bytes(Encoding.DER)


def _certificate(
    parent: Issuer | CertificateIssuerPrivateKeyTypes,
    key: CertificatePublicKeyTypes,
    *,
    subject: x509.Name,
    span: tuple[datetime, datetime],
    extensions: dict[str, bytes],
    algorithm: hashes.SHA224 | hashes.SHA256 | hashes.SHA384 = hashes.SHA256(),  # noqa: B008 - immutable
) -> x509.Certificate:
    """A certificate signed by an issuer, or by a root's own key."""
    signer, name = (
        (parent.key, parent.certificate.subject)
        if isinstance(parent, Issuer)
        else (parent, subject)
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(name)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(span[0])
        .not_valid_after(span[1])
    )
    for oid, value in extensions.items():
        raw = x509.UnrecognizedExtension(ObjectIdentifier(oid), value)
        builder = builder.add_extension(raw, critical=False)
    return builder.sign(signer, None if isinstance(signer, _WITHOUT_DIGEST) else algorithm)


def under_unknown_algorithm(parent: Issuer) -> bytes:
    """A genuine leaf (DER) whose key is of an algorithm that nobody knows: an Ed25519 key renamed."""
    original = x509.load_der_x509_certificate(
        leaf_under(parent, key=ed25519.Ed25519PrivateKey.generate().public_key())
    )
    signed = original.tbs_certificate_bytes.replace(_ED25519, _NOBODYS)
    assert isinstance(parent.key, ec.EllipticCurvePrivateKey)
    signature = parent.key.sign(signed, ec.ECDSA(hashes.SHA256()))
    algorithm = original.public_bytes(Encoding.DER)[4 + len(signed) :][: len(_ECDSA_SHA256)]
    assert algorithm == _ECDSA_SHA256
    return der.sequence([signed, algorithm, der.element(0x03, b"\x00" + signature)])


def der_of(one: Issuer) -> bytes:
    return one.certificate.public_bytes(Encoding.DER)


def anchored(one: Issuer, *, demonstration: bool = True) -> Anchor:
    pem = one.certificate.public_bytes(Encoding.PEM).decode()
    return anchor_of(pem, demonstration=demonstration)


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
