"""Before anything is read and after the database fell silent, nobody is let in."""
# SPDX-License-Identifier: Apache-2.0

import time

import pytest

from compliance.decisions.errors import UnavailableError
from compliance.pdp.caches import STALE_S, Caches
from compliance.pdp.keys import KeyRing


def test_nobody_is_let_in_before_the_keys_are_read() -> None:
    caches = Caches()

    assert caches.trouble
    with pytest.raises(UnavailableError):
        _ = caches.keys


def test_nobody_is_let_in_when_a_key_may_have_been_revoked_since() -> None:
    caches = Caches()
    keys = KeyRing({})
    caches._replace(keys, 1)
    assert (caches.keys, caches.trouble) == (keys, "")

    caches._checked_at = time.monotonic() - STALE_S - 1

    assert "6 s ago" in caches.trouble
    with pytest.raises(UnavailableError, match="lost its database"):
        _ = caches.keys
