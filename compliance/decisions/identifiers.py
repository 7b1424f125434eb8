"""References and keys of a decision from one supply of random bytes: one system call for many decisions.

The form and letters are those of `compliance.core.refs`. Each system call for random bytes gives up the
interpreter's lock, and a decision would need a dozen.
"""
# SPDX-License-Identifier: Apache-2.0

import os
from datetime import datetime
from typing import Final

from compliance.core.refs import ALPHABET, SUPPORT_ALPHABET

KEY_SIZE: Final = 32
_TAKEN: Final = 10 + 8 + KEY_SIZE
_STOCK: Final = 256 * _TAKEN
_PAIRS: Final = tuple(first + second for first in ALPHABET for second in ALPHABET)
_LETTERS: Final = len(SUPPORT_ALPHABET)
_UNEVEN: Final = 256 - 256 % _LETTERS


class Identifiers:
    """Hands out references and keys. For one thread; a forked child starts with nothing."""

    def __init__(self) -> None:
        self._stock = b""
        self._position = 0
        self._process = 0

    def take(self, now: datetime) -> tuple[str, str, bytes]:
        """Return a new decision reference, support reference and commitment key.

        The decision's sorts by `now`; the support reference tells nothing, as it is random alone.
        """
        random = self._random()
        milliseconds = int(now.timestamp() * 1000) & (2**48 - 1)
        number = milliseconds << 80 | int.from_bytes(random[:10], "big")
        digits = "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])
        return f"dec_{digits}", _support_ref(random[10:18]), random[18:]

    def _random(self) -> bytes:
        """Return random bytes that nobody had before."""
        if self._position >= len(self._stock) or self._process != os.getpid():
            self._stock = os.urandom(_STOCK)
            self._position = 0
            self._process = os.getpid()
        start = self._position
        self._position += _TAKEN
        return self._stock[start : self._position]


def _support_ref(random: bytes) -> str:
    """Return eight letters, each as likely as any other."""
    while max(random) >= _UNEVEN:
        random = bytes(value if value < _UNEVEN else os.urandom(1)[0] for value in random)
    letters = "".join([SUPPORT_ALPHABET[value % _LETTERS] for value in random])
    return f"{letters[:4]}-{letters[4:]}"
