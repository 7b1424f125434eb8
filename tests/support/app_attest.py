"""Invented App Attest: a root, its authorities, devices, and evidence as a back-end sends it. All synthetic."""
# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID, ObjectIdentifier

from compliance.evidence.demonstration import der
from compliance.evidence.providers.apple_app_attest import NAME, PROVIDER
from compliance.evidence.providers.shape import Anchor, Appraisal, Evidence, Mode, TrustMaterial
from compliance.evidence.providers.x509.certificates import read_certificate

AT: Final = datetime(2026, 11, 23, 10, 15, 5, tzinfo=UTC)
CHALLENGE: Final = b"a challenge of the back-end"
APP_ID: Final = "TEAMID1234.de.psp.app"
PRODUCTION: Final = b"appattest" + bytes(7)
DEVELOPMENT: Final = b"appattestdevelop"

NONCE_OID: Final = "1.2.840.113635.100.8.2"
KEY_ACCESS_CONTROL_OID: Final = "1.2.840.113635.100.8.6"
RECEIPT_SIGNER_OID: Final = "1.2.840.113635.100.12.15"
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
_DATA: Final = bytes.fromhex("06092a864886f70d010701")
_SHA256: Final = bytes.fromhex("300d06096086480165030402010500")
_ECDSA_SHA256: Final = bytes.fromhex("300a06082a8648ce3d040302")


@dataclass(frozen=True)
class Issuer:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


@dataclass(frozen=True)
class Pki:
    root: Issuer
    authority: Issuer
    receipt_authority: Issuer
    receipt_signer: Issuer


@dataclass(frozen=True)
class Says:
    """What an invented device and its maker say; the defaults are a sound device's."""

    app_id: str = APP_ID
    aaguid: bytes = PRODUCTION
    counter: int = 0
    flags: int = 0x40
    extensions: Mapping[str, Any] | None = None
    client_data_hash: bytes = hashlib.sha256(CHALLENGE).digest()
    issued_at: datetime = AT
    not_after: datetime = AT + timedelta(days=2)
    oids: Mapping[str, bytes] = field(default_factory=dict)
    receipt: Mapping[int, bytes | None] = field(default_factory=dict)


def issue(
    name: str,
    parent: Issuer | None,
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    is_authority: bool = True,
    oids: Mapping[str, bytes] | None = None,
    dates: tuple[datetime, datetime] = (
        datetime(2020, 1, 1, tzinfo=UTC),
        datetime(2049, 12, 31, tzinfo=UTC),
    ),
) -> Issuer:
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"synthetic {name}")])
    usage = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    usage["key_cert_sign" if is_authority else "digital_signature"] = True
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(parent.certificate.subject if parent else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dates[0])
        .not_valid_after(dates[1])
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
    )
    for oid, value in (oids or {}).items():
        builder = builder.add_extension(
            x509.UnrecognizedExtension(ObjectIdentifier(oid), value), critical=False
        )
    return Issuer(key, builder.sign(parent.key if parent else key, hashes.SHA256()))


@cache
def pki() -> Pki:
    root = issue("root", None)
    receipt_authority = issue("receipt authority", root)
    return Pki(
        root,
        issue("attestation authority", root),
        receipt_authority,
        issue(
            "receipt signer",
            receipt_authority,
            is_authority=False,
            oids={RECEIPT_SIGNER_OID: der.null()},
        ),
    )


@cache
def trust_of_tests() -> TrustMaterial:
    return trust()


def trust(*, demonstration: bool = False, **settings: Any) -> TrustMaterial:
    certificate = pki().root.certificate
    digest = read_certificate(pki().root.der).public_key_digest
    anchor = Anchor(NAME, "a root of tests", certificate, digest, demonstration)
    assert PROVIDER.read_settings is not None
    read = PROVIDER.read_settings(settings)
    return TrustMaterial(anchors=(anchor,), settings={NAME: read} if settings else {})


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def key_id(key: ec.EllipticCurvePrivateKey) -> bytes:
    return hashlib.sha256(point(key)).digest()


def canonical(value: Any) -> bytes:
    return cbor2.dumps(value, canonical=True)


def fixed_data(says: Says, counter: int) -> bytes:
    rp_id_hash = hashlib.sha256(says.app_id.encode()).digest()
    return rp_id_hash + bytes([says.flags]) + counter.to_bytes(4, "big")


def extension_octets(says: Says) -> bytes:
    return b"" if says.extensions is None else canonical(dict(says.extensions))


def cose_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    octets = point(key)
    return canonical({1: 2, 3: -7, -1: 1, -2: octets[1:33], -3: octets[33:]})


def authenticator_data(key: ec.EllipticCurvePrivateKey, says: Says) -> bytes:
    credential = says.aaguid + b"\x00\x20" + key_id(key) + cose_key(key)
    return fixed_data(says, says.counter) + credential + extension_octets(says)


def nonce_extension(nonce: bytes) -> bytes:
    return der.sequence([der.explicit(1, der.octets(nonce))])


def leaf_for(
    key: ec.EllipticCurvePrivateKey, data: bytes, says: Says, parent: Issuer | None = None
) -> bytes:
    nonce = hashlib.sha256(data + says.client_data_hash).digest()
    return issue(
        "attested key",
        parent or pki().authority,
        key=key,
        is_authority=False,
        oids={NONCE_OID: nonce_extension(nonce), **says.oids},
        dates=(says.issued_at - timedelta(days=1), says.not_after),
    ).der


def time_text(moment: datetime) -> bytes:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()


def receipt_fields(leaf: bytes, says: Says, kind: bytes) -> dict[int, bytes]:
    environment = b"production" if says.aaguid == PRODUCTION else b"sandbox"
    fields: dict[int, bytes | None] = {
        2: says.app_id.encode(),
        3: leaf,
        4: says.client_data_hash,
        5: b"a token that names the device",
        6: kind,
        7: environment,
        12: time_text(says.issued_at),
        21: time_text(says.issued_at + timedelta(days=90)),
        **says.receipt,
    }
    return {number: value for number, value in fields.items() if value is not None}


def receipt_content(fields: Mapping[int, bytes]) -> bytes:
    return der.element(
        0x31,
        b"".join(
            der.sequence([der.integer(number), der.integer(1), der.octets(value)])
            for number, value in fields.items()
        ),
    )


def signed_data(
    content: bytes,
    *,
    signer: Issuer | None = None,
    certificates: Sequence[bytes] | None = None,
    is_indefinite: bool = True,
) -> bytes:
    """Return SignedData as Apple writes it: with indefinite lengths, or as it renews it: in DER."""
    signer = signer or pki().receipt_signer
    listed = certificates or [signer.der, pki().receipt_authority.der, pki().root.der]
    signature = signer.key.sign(content, ec.ECDSA(hashes.SHA256()))
    who = der.sequence(
        [
            signer.certificate.issuer.public_bytes(),
            der.integer(signer.certificate.serial_number),
        ]
    )
    info = der.sequence([der.integer(1), who, _SHA256, _ECDSA_SHA256, der.octets(signature)])
    wrap = indefinite if is_indefinite else der.element
    segments = [content[:1000], content[1000:]] if is_indefinite else []
    octets = (
        indefinite(0x24, b"".join(map(der.octets, segments))) if segments else der.octets(content)
    )
    signed = [
        der.integer(1),
        der.element(0x31, _SHA256),
        wrap(0x30, _DATA + wrap(0xA0, octets)),
        wrap(0xA0, b"".join(listed)),
        der.element(0x31, info),
    ]
    return wrap(0x30, _SIGNED_DATA + wrap(0xA0, wrap(0x30, b"".join(signed))))


def indefinite(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x80]) + content + b"\x00\x00"


def receipt_of(leaf: bytes, says: Says | None = None, kind: bytes = b"ATTEST") -> bytes:
    return signed_data(receipt_content(receipt_fields(leaf, says or Says(), kind)))


def attestation_object(chain: Sequence[bytes], receipt: bytes, data: bytes) -> bytes:
    return canonical(
        {
            "fmt": "apple-appattest",
            "attStmt": {"x5c": list(chain), "receipt": receipt},
            "authData": data,
        }
    )


def attest(
    key: ec.EllipticCurvePrivateKey | None = None, says: Says | None = None, **changes: Any
) -> bytes:
    says = replace(says or Says(), **changes)
    key = key or new_key()
    data = authenticator_data(key, says)
    leaf = leaf_for(key, data, says)
    return attestation_object([leaf, pki().authority.der], receipt_of(leaf, says), data)


def assert_with(
    key: ec.EllipticCurvePrivateKey, says: Says | None = None, *, counter: int = 1, **changes: Any
) -> bytes:
    says = replace(says or Says(), **changes)
    data = fixed_data(says, counter) + extension_octets(says)
    nonce = hashlib.sha256(data + says.client_data_hash).digest()
    signature = key.sign(nonce, ec.ECDSA(hashes.SHA256()))
    return canonical({"signature": signature, "authenticatorData": data})


def renewed(key: ec.EllipticCurvePrivateKey, metric: bytes | None, **changes: Any) -> bytes:
    says = replace(Says(), **changes)
    leaf = leaf_for(key, authenticator_data(key, says), says)
    fields = receipt_fields(leaf, says, b"RECEIPT")
    fields.setdefault(19, time_text(AT + timedelta(days=1)))
    if metric is not None:
        fields[17] = metric
    return signed_data(receipt_content(fields), is_indefinite=False)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def evidence(
    kind: str,
    data: bytes,
    *,
    challenge: bytes | None = CHALLENGE,
    app_id: str | None = APP_ID,
    observed_at: datetime | None = AT,
    payload: Mapping[str, Any] | None = None,
    **expected: str,
) -> Evidence:
    if challenge is not None and kind != "receipt":
        expected["challenge"] = b64(challenge)
    if app_id is not None:
        expected["app_id"] = app_id
    return Evidence(NAME, Mode.RAW, {kind: b64(data), **(payload or {})}, expected, observed_at)


def appraise(item: Evidence, against: TrustMaterial | None = None, at: datetime = AT) -> Appraisal:
    appraisal: Appraisal = PROVIDER.appraise(item, trust=against or trust_of_tests(), at=at)
    return appraisal


def of_attestation(
    data: bytes | None = None, against: TrustMaterial | None = None, **options: Any
) -> Appraisal:
    return appraise(evidence("attestation", data or attest(), **options), against)


def of_assertion(
    key: ec.EllipticCurvePrivateKey,
    data: bytes | None = None,
    against: TrustMaterial | None = None,
    **options: Any,
) -> Appraisal:
    options.setdefault("public_key", b64(point(key)))
    return appraise(evidence("assertion", data or assert_with(key), **options), against)


def of_receipt(
    data: bytes, against: TrustMaterial | None = None, at: datetime = AT, **options: Any
) -> Appraisal:
    return appraise(evidence("receipt", data, observed_at=at, **options), against, at)


ATTESTED = {
    "app.debug_build",
    "app.repackaged",
    "attestation.binding_mismatch",
    "attestation.invalid",
    "attestation.stale",
    "key.software_backed",
}
