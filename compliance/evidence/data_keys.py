"""Encrypts what may be kept of somebody under a key of their own, which can be destroyed.

A data key (AES-256-GCM, NIST SP 800-38D) belongs to one subject. In the database it lies wrapped (AES-KW, NIST SP 800-38F) by the
PSP's wrapping key, `KEYS_DIR/wrapping/<PSP>`: made once, when the PSP first has something kept, and never in the database or
a dump. Without the wrapped key nothing that it encrypted can be read again; without the wrapping key, nothing of the PSP.
"""
# SPDX-License-Identifier: Apache-2.0

import hmac
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from django.conf import settings

from compliance.core.files import write_private
from compliance.evidence.errors import VaultError

KEY_SIZE: Final = 32
WRAPPED_SIZE: Final = KEY_SIZE + 8
_NONCE_SIZE: Final = 12


def make_wrapping_key(psp_ref: str) -> bytes:
    """Return the PSP's wrapping key, made if there is none; processes that race agree on one.

    Raises:
        VaultError: if it is damaged.
    """
    path = _path(psp_ref)
    if not path.exists():
        write_private(path, secrets.token_bytes(KEY_SIZE), replace=False)
    return _read(psp_ref)


def load_wrapping_key(psp_ref: str, *, check: str) -> bytes:
    """Return the PSP's wrapping key, which is the one of which `key_check` gave `check`.

    Raises:
        VaultError: if it is missing, damaged or another one: a new one in its place would have
            what was kept before lost in silence.
    """
    key = _read(psp_ref)
    if not hmac.compare_digest(key_check(key, psp_ref), check):
        raise VaultError(f"the key store's file `wrapping/{psp_ref}` is another one than it was")
    return key


def key_check(key: bytes, psp_ref: str) -> str:
    """Return a value by which a wrapping key is known again, and which tells nothing of it (hex)."""
    return hmac.digest(key, f"ninefold wrapping key 1\n{psp_ref}".encode(), "sha256").hex()


def new_data_key() -> bytes:
    """Return a new data key (32 random bytes)."""
    return secrets.token_bytes(KEY_SIZE)


def wrap(data_key: bytes, *, wrapping_key: bytes) -> bytes:
    """Return a data key wrapped (40 bytes)."""
    return aes_key_wrap(wrapping_key, data_key)


def unwrap(wrapped: bytes, *, wrapping_key: bytes) -> bytes:
    """Return the data key that `wrap` was given.

    Raises:
        VaultError: if it was wrapped by another key, or changed.
    """
    try:
        return aes_key_unwrap(wrapping_key, wrapped)
    except (InvalidUnwrap, ValueError) as error:
        raise VaultError(
            "a data key cannot be unwrapped: the wrapping key is another one"
        ) from error


def encrypt(content: bytes, *, data_key: bytes, bound_to: str) -> bytes:
    """Return `content` encrypted; only the same `bound_to` opens it again."""
    nonce = secrets.token_bytes(_NONCE_SIZE)
    return nonce + AESGCM(data_key).encrypt(nonce, content, bound_to.encode())


def decrypt(sealed: bytes, *, data_key: bytes, bound_to: str) -> bytes:
    """Return what `encrypt` was given.

    Raises:
        VaultError: if it was changed, or is bound to something else.
    """
    try:
        nonce, rest = sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:]
        return AESGCM(data_key).decrypt(nonce, rest, bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise VaultError("what was kept cannot be decrypted: it is not what was stored") from error


def _path(psp_ref: str) -> Path:
    """Return where the PSP's wrapping key lies."""
    return Path(settings.KEYS_DIR) / "wrapping" / psp_ref


def _read(psp_ref: str) -> bytes:
    """Return the key that the file holds."""
    try:
        key = _path(psp_ref).read_bytes()
    except OSError as error:
        raise VaultError(f"the key store's file `wrapping/{psp_ref}` cannot be read") from error
    if len(key) != KEY_SIZE:
        raise VaultError(f"the key store's file `wrapping/{psp_ref}` is damaged")
    return key
