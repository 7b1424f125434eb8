"""Makes development keys: a root, and under it the seal's or the time-stamping authority's key."""
# SPDX-License-Identifier: Apache-2.0

import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_ROOT_DAYS: Final = 3650
_LEAF_DAYS: Final = 1095
_BACKDATED: Final = timedelta(days=1)
_ORGANISATION: Final = "Ninefold development (not for production)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Names of the two certificates, and whether the lower one stamps time."""

    root_name: str
    leaf_name: str
    stamps_time: bool


SEAL_PROFILE: Final = Profile(
    root_name="Ninefold development seal root",
    leaf_name="Ninefold development seal",
    stamps_time=False,
)
TSA_PROFILE: Final = Profile(
    root_name="Ninefold development time-stamping root",
    leaf_name="Ninefold development time-stamping authority",
    stamps_time=True,
)


def make_folder(folder: Path, profile: Profile, *, now: datetime) -> None:
    """Make `folder` with new keys and certificates; whoever comes second uses the first's.

    The folder appears by one rename, so nobody ever sees half of it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _fill(scratch, profile, now)
        try:
            scratch.rename(folder)
        except OSError:
            if not (folder / "key.pem").exists():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def revocation_list(
    key: ec.EllipticCurvePrivateKey, root: x509.Certificate, *, now: datetime
) -> bytes:
    """Return an empty revocation list (DER) of a development root, issued at `now`."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(now - timedelta(minutes=1))
        .next_update(now + timedelta(days=365))
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
    )
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def _fill(folder: Path, profile: Profile, now: datetime) -> None:
    """Write the two keys and certificates."""
    root_key = ec.generate_private_key(ec.SECP256R1())
    leaf_key = ec.generate_private_key(ec.SECP256R1())
    root = _root(profile, root_key, now)
    leaf = _leaf(profile, leaf_key, root, root_key, now)
    for name, key in (("root-key.pem", root_key), ("key.pem", leaf_key)):
        _write(folder / name, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for name, certificate in (("root.pem", root), ("cert.pem", leaf)):
        _write(folder / name, certificate.public_bytes(Encoding.PEM))


def _write(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _name(common_name: str) -> x509.Name:
    """Return a name that says that it is not for production."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    """Return a certificate with what both have in common."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _root(profile: Profile, key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    """Return a self-signed root that may sign certificates and revocation lists."""
    name = _name(profile.root_name)
    builder = (
        _builder(name, name, key, now, _ROOT_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
    )
    return builder.sign(key, SHA256())


def _leaf(
    profile: Profile,
    key: ec.EllipticCurvePrivateKey,
    root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    """Return a certificate for signatures; for an authority of time, for that alone (RFC 3161, 2.3)."""
    builder = (
        _builder(_name(profile.leaf_name), root.subject, key, now, _LEAF_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
            critical=False,
        )
    )
    if profile.stamps_time:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(root_key, SHA256())


def _usage(*, authority: bool) -> x509.KeyUsage:
    """Return the key usage of an authority, or of a key that signs content."""
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
