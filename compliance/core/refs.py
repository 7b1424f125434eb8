"""Public references: a kind, then 128 bits that sort by time and cannot be guessed."""
# SPDX-License-Identifier: Apache-2.0

import secrets
from datetime import datetime
from typing import Final

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, lower case."""

SUPPORT_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""For what a person reads out: nothing that reads like something else."""


def new_ref(kind: str, *, now: datetime) -> str:
    """Return a new reference such as `dec_01k…`: 48 bits of milliseconds, then 80 random bits."""
    return _ref(kind, now, secrets.randbits(80))


def first_ref(kind: str, *, at: datetime) -> str:
    """Return the reference before which all those sort that were made before the millisecond `at`."""
    return _ref(kind, at, 0)


def _ref(kind: str, moment: datetime, random: int) -> str:
    """Return the reference of a moment with these 80 bits."""
    number = (int(moment.timestamp() * 1000) & (2**48 - 1)) << 80 | random
    digits = []
    for _ in range(26):
        digits.append(ALPHABET[number & 31])
        number >>= 5
    return f"{kind}_{''.join(reversed(digits))}"
