"""What a log keeps outside the database: its keys, and a copy of its newest checkpoint.

All of it lies in `KEYS_DIR/log/`. The copy is what shows that a database was rolled back: it must never
be restored together with one.
"""
# SPDX-License-Identifier: Apache-2.0

from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings

from compliance.core.files import write_private
from compliance.ledger.errors import LogKeyError
from compliance.ledger.notes import Signer, format_vkey
from compliance.tenants.models import Psp

VKEY_SUFFIX: Final = ".vkey"


def key_path(psp: Psp) -> Path:
    """Return where the log's private key lies (PEM, mode 0600)."""
    return Path(settings.KEYS_DIR) / "log" / f"{psp.ref}.pem"


def vkey_path(psp: Psp) -> Path:
    """Return where the log's verifier key lies: public, for whoever verifies and never signs."""
    return Path(settings.KEYS_DIR) / "log" / f"{psp.ref}{VKEY_SUFFIX}"


def copy_path(psp: Psp) -> Path:
    """Return where the copy of the log's newest checkpoint lies."""
    return Path(settings.KEYS_DIR) / "log" / f"{psp.ref}.checkpoint"


def make_signer(psp: Psp, *, origin: str) -> Signer:
    """Return the log's signer; its key is made if there is none yet.

    Raises:
        LogKeyError: if there is a key that cannot be used, or none can be written.
    """
    path = key_path(psp)
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write(path, pem, replace=False)
    signer = _load(path, origin)
    _write(vkey_path(psp), f"{format_vkey(signer.verifier)}\n".encode(), replace=True)
    return signer


def load_signer(psp: Psp, *, origin: str, vkey: str) -> Signer:
    """Return the log's signer.

    Raises:
        LogKeyError: if its key is missing, unreadable or not the one of `vkey`: a log does not
            change its key in silence.
    """
    signer = _load(key_path(psp), origin)
    if format_vkey(signer.verifier) != vkey:
        raise LogKeyError(f"the key of log `{origin}` is not the one that the log was made with")
    return signer


def read_copy(psp: Psp) -> str | None:
    """Return the copy of the newest checkpoint (a signed note, not verified), if there is one.

    Raises:
        LogKeyError: if it is there and cannot be read.
    """
    try:
        return copy_path(psp).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(copy_path(psp), error) from error


def write_copy(psp: Psp, note: str) -> None:
    """Replace the copy: after a crash the file is the old or the new one, whole, on the disk.

    Raises:
        LogKeyError: if it cannot be written.
    """
    _write(copy_path(psp), note.encode(), replace=True)


def _load(path: Path, origin: str) -> Signer:
    """Return the signer with the key in `path`."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise LogKeyError(f"the key of log `{origin}` cannot be read from the key store") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise LogKeyError(f"the key of log `{origin}` is not an Ed25519 key")
    return Signer(name=origin, private_key=key)


def _write(path: Path, content: bytes, *, replace: bool) -> None:
    """Write a file of the key store; one log's trouble with it is not the other logs'."""
    try:
        write_private(path, content, replace=replace)
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> LogKeyError:
    """Return what to say about a file that the system does not let us use."""
    return LogKeyError(f"the key store's file `{path.name}` cannot be used: {error.strerror}")
