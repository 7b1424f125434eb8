"""Keyed hashes of the back-end's names for payers and devices: found again, not read back."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import hmac
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings

from compliance.core.files import write_private
from compliance.decisions.errors import PseudonymKeyError

KEY_SIZE: Final = 32
_FILE: Final = "pseudonyms"


def pseudonym_key(psp_ref: str) -> bytes:
    """Return the key of one PSP (32 bytes), derived from the deployment's.

    Keys differ by PSP, so that a hash says nothing about whether two PSPs share a customer.

    Raises:
        PseudonymKeyError: if the deployment's key has another length than it was made with.
    """
    deployment = _deployment_key(Path(settings.KEYS_DIR))
    return hmac.digest(deployment, f"ninefold pseudonyms 1\n{psp_ref}".encode(), "sha256")


def pseudonym(key: bytes, kind: str, name: str) -> str:
    """Return the keyed hash of `name` (hex); empty for an empty name.

    `kind` (`payer`, `device`) keeps the two apart where a back-end numbers both alike.
    """
    return hmac.new(key, f"{kind}\n{name}".encode(), hashlib.sha256).hexdigest() if name else ""


@lru_cache(maxsize=8)
def _deployment_key(folder: Path) -> bytes:
    """Return the deployment's key, made on first use; two processes that race agree on one.

    Losing it loses only the way from a name to its decisions, so it is not worth a start's failure
    in a new deployment.
    """
    path = folder / _FILE
    if not path.exists():
        write_private(path, secrets.token_bytes(KEY_SIZE), replace=False)
    key = path.read_bytes()
    if len(key) != KEY_SIZE:
        raise PseudonymKeyError(
            f"the key store's file `{_FILE}` is damaged: expected {KEY_SIZE} bytes, got {len(key)}"
        )
    return key
