"""The two hashes of a Merkle tree; a prefix keeps leaves and nodes apart (RFC 6962, 2.1)."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from typing import Final

HASH_SIZE: Final = 32
"""Length of every hash, in bytes: SHA-256."""

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""Root hash of the tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ entry), 32 bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 ‖ left ‖ right), 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()
