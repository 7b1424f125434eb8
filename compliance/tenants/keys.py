"""The form of an API key: `nf_live_` or `nf_test_`, then 256 random bits."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import secrets

SCOPES = ("decide", "outcomes", "read", "policies:write", "reports", "erase")
"""What a key may be allowed to do; `erase` is alone, for what it does cannot be undone."""


def new_api_key(*, live: bool) -> str:
    """Return a new key; whoever holds the text holds the key."""
    return f"nf_{'live' if live else 'test'}_{secrets.token_urlsafe(32)}"


def digest_of_key(key: str) -> bytes:
    """Return the SHA-256 under which a key is stored (32 bytes).

    A slow hash is not needed: a key has 256 random bits, so it cannot be guessed from this.
    """
    return hashlib.sha256(key.encode()).digest()
