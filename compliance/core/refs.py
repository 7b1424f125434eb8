"""Public references: a kind, then 128 bits that sort by time and cannot be guessed."""
# SPDX-License-Identifier: Apache-2.0

import secrets
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case
_SUPPORT_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that reads like something else


def new_ref(kind: str, *, now: datetime) -> str:
    """Return a new reference such as `dec_01k…`: 48 bits of milliseconds, then 80 random bits."""
    number = (int(now.timestamp() * 1000) & (2**48 - 1)) << 80 | secrets.randbits(80)
    digits = []
    for _ in range(26):
        digits.append(_ALPHABET[number & 31])
        number >>= 5
    return f"{kind}_{''.join(reversed(digits))}"


def new_support_ref() -> str:
    """Return an opaque reference that a person can read out, such as `K7Q2-M9XD`.

    It is random: nothing about the decision can be computed from it.
    """
    letters = "".join(secrets.choice(_SUPPORT_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"
