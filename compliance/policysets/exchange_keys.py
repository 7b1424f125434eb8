"""The deployment's key for exports: `KEYS_DIR/export`, made on first use, its public half beside it."""
# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.conf import settings

from compliance.core.errors import ComplianceError
from compliance.core.files import write_private


class ExportKeyError(ComplianceError):
    """The deployment's key for exports, or a public key that was given, cannot be used."""

    code = "unavailable"


def key_path() -> Path:
    """Return where the private key lies (PEM, mode 0600)."""
    return Path(settings.KEYS_DIR) / "export" / "export.pem"


def public_key_path() -> Path:
    """Return where the public key lies (PEM): what other installations are given."""
    return key_path().with_suffix(".pub")


def export_key() -> Ed25519PrivateKey:
    """Return the key; it is made if there is none yet, and its public half is written beside it.

    Raises:
        ExportKeyError: if there is one that cannot be used.
    """
    path = key_path()
    if not path.exists():
        _make(path)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ExportKeyError("the key for exports cannot be read from the key store") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ExportKeyError("the key for exports is not an Ed25519 key")
    if not public_key_path().exists():
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        public_key_path().write_bytes(pem)
    return key


def read_public_key(pem: bytes) -> Ed25519PublicKey:
    """Return a public key of another installation.

    Raises:
        ExportKeyError: if it is none, or of another kind.
    """
    try:
        key = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ExportKeyError("the public key cannot be read: expected PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ExportKeyError("the public key is not an Ed25519 key")
    return key


def _make(path: Path) -> None:
    """Make a key, unless another process was quicker."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    write_private(path, pem, replace=False)
