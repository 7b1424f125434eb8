"""The demonstration's own attestation authority: a root, an intermediate, and keys of invented devices."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPrivateKeyTypes,
    CertificatePublicKeyTypes,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID, ObjectIdentifier

from compliance.core.files import write_private
from compliance.evidence.demonstration.device import DeviceState, attestation_extension
from compliance.evidence.providers.android_key_attestation.tags import KEY_DESCRIPTION_OID

ROOT: Final = "root"
INTERMEDIATE: Final = "intermediate"
_NAMES: Final = {
    ROOT: ("Ninefold demonstration", "Ninefold demonstration root"),
    INTERMEDIATE: ("Ninefold demonstration", "Ninefold demonstration intermediate"),
    # The secure environments of invented devices, named as on remotely provisioned ones.
    "SOFTWARE": ("Software", "Ninefold demonstration software keystore"),
    "TRUSTED_ENVIRONMENT": ("TEE", "Ninefold demonstration secure environment"),
    "STRONG_BOX": ("StrongBox", "Ninefold demonstration secure element"),
}
_NOT_BEFORE: Final = datetime(2020, 1, 1, tzinfo=UTC)
_NOT_AFTER: Final = datetime(2049, 12, 31, tzinfo=UTC)
_LEAF_NOT_BEFORE: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LEAF_NOT_AFTER: Final = datetime(2048, 1, 1, tzinfo=UTC)
"""The dates that Android puts into a key's certificate where the app names none."""
_FILE: Final = "authority.json"


class DemonstrationKeysError(ValueError):
    """The authority's file cannot be used; removing it makes a new authority."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """A key that signs certificates, and its own certificate."""

    key: CertificateIssuerPrivateKeyTypes
    certificate: x509.Certificate


class DemonstrationAuthority:
    """Attests keys of invented devices, in the form of real ones, under a root of its own.

    Nothing trusts this root but a PSP that registers it; evidence under it is marked everywhere.
    """

    def __init__(self, issuers: Mapping[str, Issuer]) -> None:
        """Keep the issuers by name: `root`, `intermediate`, and one for each security level."""
        self._issuers = issuers
        self._ders = {
            name: issuer.certificate.public_bytes(Encoding.DER) for name, issuer in issuers.items()
        }

    @property
    def root_pem(self) -> str:
        """The root certificate, to be registered as a trust anchor."""
        return self._issuers[ROOT].certificate.public_bytes(Encoding.PEM).decode()

    def attest(self, state: DeviceState, *, challenge: bytes, at: datetime) -> list[bytes]:
        """Return the chain (DER, leaf first) of a new key that the device made at `at`."""
        key = ec.generate_private_key(ec.SECP256R1())
        extension = attestation_extension(state, challenge=challenge, at=at)
        return self.chain_for(key.public_key(), extension, level=state.security_level)

    def chain_for(
        self, key: CertificatePublicKeyTypes, extension: bytes | None, *, level: str
    ) -> list[bytes]:
        """Return the chain for any public key, with or without an attestation extension."""
        leaf = issue_leaf(self._issuers[level], key, extension)
        return [leaf, self._ders[level], self._ders[INTERMEDIATE], self._ders[ROOT]]


def issue_leaf(issuer: Issuer, key: CertificatePublicKeyTypes, extension: bytes | None) -> bytes:
    """Return the certificate (DER) that a secure environment would give to a key."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name("", "Android Keystore Key"))
        .issuer_name(issuer.certificate.subject)
        .public_key(key)
        .serial_number(1)
        .not_valid_before(_LEAF_NOT_BEFORE)
        .not_valid_after(_LEAF_NOT_AFTER)
    )
    if extension is not None:
        oid = ObjectIdentifier(KEY_DESCRIPTION_OID)
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, extension), critical=False)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def load_or_create_authority(folder: Path) -> DemonstrationAuthority:
    """Return the authority kept in `folder` (one file, for its owner alone); make it if there is none.

    Raises:
        DemonstrationKeysError: if the file is there and cannot be used.
    """
    path = folder / _FILE
    if not path.exists():
        _write(path, create_issuers())
    try:
        stored = json.loads(path.read_bytes())
        return DemonstrationAuthority({name: _read_issuer(stored[name]) for name in _NAMES})
    except (ValueError, KeyError, TypeError) as error:
        raise DemonstrationKeysError(f"{path} is damaged; remove it to begin anew") from error


def create_issuers() -> dict[str, Issuer]:
    """Return new keys and certificates: root, intermediate, and one for each security level."""
    root = _issue(ROOT, None)
    intermediate = _issue(INTERMEDIATE, root)
    issuers = {ROOT: root, INTERMEDIATE: intermediate}
    return issuers | {name: _issue(name, intermediate) for name in _NAMES if name not in issuers}


def _issue(name: str, parent: Issuer | None) -> Issuer:
    """Return a new issuer, signed by `parent`, or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(*_NAMES[name])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(parent.certificate.subject if parent else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOT_BEFORE)
        .not_valid_after(_NOT_AFTER)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(parent.key if parent else key, hashes.SHA256())
    )
    return Issuer(key, certificate)


def _name(organization: str, common_name: str) -> x509.Name:
    """Return a subject; without an organization if that is empty."""
    parts = [(NameOID.ORGANIZATION_NAME, organization), (NameOID.COMMON_NAME, common_name)]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])


def _write(path: Path, issuers: Mapping[str, Issuer]) -> None:
    """Write the file, unless another process was quicker."""
    content = {
        name: {
            "key": issuer.key.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            ).decode(),
            "certificate": issuer.certificate.public_bytes(Encoding.PEM).decode(),
        }
        for name, issuer in issuers.items()
    }
    write_private(path, json.dumps(content).encode(), replace=False)


def _read_issuer(stored: Mapping[str, str]) -> Issuer:
    """Return one issuer from its PEM texts."""
    key = load_pem_private_key(stored["key"].encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(stored["key"][:27])
    return Issuer(key, x509.load_pem_x509_certificate(stored["certificate"].encode()))
