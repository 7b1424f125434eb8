"""The file key store of the seal and of the time-stamping authority: `KEYS_DIR/seal`, `KEYS_DIR/tsa`."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from compliance.reports.errors import SealUnavailableError
from compliance.reports.sealing.development import (
    SEAL_PROFILE,
    TSA_PROFILE,
    Profile,
    make_folder,
    revocation_list,
)
from compliance.reports.trust import TrustError, tsa_roots

KEY_FILE: Final = "key.pem"
CERTIFICATE_FILE: Final = "cert.pem"
ROOT_FILE: Final = "root.pem"
ROOT_KEY_FILE: Final = "root-key.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A signing key with its certificate, the certificates between it and the root, and the root.

    `revocation_list` (DER) is that of a development root; None where the issuer publishes its own.
    """

    key: EllipticCurvePrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    root: x509.Certificate
    revocation_list: bytes | None


def development_keys_allowed() -> bool:
    """Return whether keys may be made on first use.

    That is so where the built-in time-stamping authority is in use: production has to name an
    authority (settings `TIMESTAMP_URL`) and therefore never gets keys of our making.
    """
    return not settings.TIMESTAMP_URL


def seal_material(*, now: datetime) -> Material:
    """Return the seal's key and certificates.

    Raises:
        SealUnavailableError: if they are missing (production) or unreadable.
    """
    return _material(Path(settings.KEYS_DIR) / "seal", SEAL_PROFILE, now)


def tsa_material(*, now: datetime) -> Material:
    """Return the built-in time-stamping authority's key and certificates; development only.

    Raises:
        SealUnavailableError: if they are unreadable, or this is not a development deployment.
    """
    if not development_keys_allowed():
        raise SealUnavailableError("the built-in time-stamping authority is for development only")
    return _material(Path(settings.KEYS_DIR) / "tsa", TSA_PROFILE, now)


def stamp_roots(*, now: datetime) -> tuple[x509.Certificate, ...]:
    """Return the roots that time stamps are verified against; the built-in one is made if needed.

    Raises:
        SealUnavailableError: if they are missing (production) or unreadable.
    """
    if development_keys_allowed():
        tsa_material(now=now)
    try:
        return tsa_roots()
    except TrustError as error:
        raise SealUnavailableError(
            f"there is no readable root of the time-stamping authority: {error}"
        ) from error


def _material(folder: Path, profile: Profile, now: datetime) -> Material:
    """Return what is in `folder`, made first where that is allowed."""
    if not (folder / KEY_FILE).exists():
        if not development_keys_allowed():
            raise SealUnavailableError(
                f"there is no sealing key: put {KEY_FILE}, {CERTIFICATE_FILE} (leaf first) and "
                f"{ROOT_FILE} into `{folder.name}` in the folder NINEFOLD_KEYS_DIR"
            )
        make_folder(folder, profile, now=now)
    try:
        key = load_pem_private_key((folder / KEY_FILE).read_bytes(), password=None)
        leaf, *chain = x509.load_pem_x509_certificates((folder / CERTIFICATE_FILE).read_bytes())
        root = x509.load_pem_x509_certificate((folder / ROOT_FILE).read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise SealUnavailableError(
            f"cannot read the keys in `{folder.name}`: {type(error).__name__}"
        ) from error
    _check(folder.name, key, leaf, now)
    return Material(
        key=_elliptic(folder.name, key),
        certificate=leaf,
        chain=tuple(chain),
        root=root,
        revocation_list=_revocation_list(folder, root, now),
    )


def _elliptic(name: str, key: object) -> EllipticCurvePrivateKey:
    """Return the key if it is of the kind that we seal with."""
    if not isinstance(key, EllipticCurvePrivateKey):
        raise SealUnavailableError(f"the key in `{name}` is not an elliptic-curve key")
    return key


def _check(name: str, key: object, leaf: x509.Certificate, now: datetime) -> None:
    """Refuse a certificate of another key, or one that is not valid now."""
    if leaf.public_key() != _elliptic(name, key).public_key():
        raise SealUnavailableError(f"the certificate in `{name}` belongs to another key")
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise SealUnavailableError(f"the certificate in `{name}` is not valid at this time")


def _revocation_list(folder: Path, root: x509.Certificate, now: datetime) -> bytes | None:
    """Return a fresh, empty list where the root is of our making."""
    path = folder / ROOT_KEY_FILE
    if not path.exists():
        return None
    key = load_pem_private_key(path.read_bytes(), password=None)
    return revocation_list(_elliptic(folder.name, key), root, now=now)
