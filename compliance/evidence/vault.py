"""Encrypts what a PSP sets up for its providers: keys and secrets lie in no table and no dump in the clear.

AES-256-GCM (NIST SP 800-38D) with the deployment's key `KEYS_DIR/provider-settings`, a fresh nonce for each
text, bound to the row that it is in.
"""
# SPDX-License-Identifier: Apache-2.0

import hmac
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from compliance.core.files import write_private
from compliance.evidence.errors import VaultError

KEY_SIZE: Final = 32
_NONCE_SIZE: Final = 12
_FILE: Final = "provider-settings"


def seal(content: bytes, *, bound_to: str) -> bytes:
    """Return `content` encrypted; only the same `bound_to` opens it again.

    Raises:
        VaultError: if the deployment's key is damaged.
    """
    nonce = secrets.token_bytes(_NONCE_SIZE)
    return nonce + _cipher().encrypt(nonce, content, bound_to.encode())


def unseal(sealed: bytes, *, bound_to: str) -> bytes:
    """Return what `seal` was given.

    Raises:
        VaultError: if the deployment's key is another one or damaged, or the text was changed.
    """
    try:
        return _cipher().decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise VaultError(
            f"what is set up cannot be decrypted: the key store's file `{_FILE}` is not the one "
            "that it was encrypted with"
        ) from error


def challenge_key(psp_ref: str) -> bytes:
    """Return the key of one PSP's challenges (32 bytes), derived from the deployment's.

    Raises:
        VaultError: if the deployment's key is damaged.
    """
    deployment = _key(Path(settings.KEYS_DIR))
    return hmac.digest(deployment, f"ninefold challenges 1\n{psp_ref}".encode(), "sha256")


def _cipher() -> AESGCM:
    """Return the cipher with the deployment's key."""
    return AESGCM(_key(Path(settings.KEYS_DIR)))


@lru_cache(maxsize=8)
def _key(folder: Path) -> bytes:
    """Return the deployment's key, made on first use; two processes that race agree on one."""
    path = folder / _FILE
    if not path.exists():
        write_private(path, secrets.token_bytes(KEY_SIZE), replace=False)
    key = path.read_bytes()
    if len(key) != KEY_SIZE:
        raise VaultError(
            f"the key store's file `{_FILE}` is damaged: expected {KEY_SIZE} bytes, got {len(key)}"
        )
    return key
