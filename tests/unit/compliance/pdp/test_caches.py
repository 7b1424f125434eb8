"""Before anything is read and after the database fell silent, nobody is let in."""
# SPDX-License-Identifier: Apache-2.0

import asyncio
import threading
import time

import pytest

from compliance.decisions.errors import UnavailableError
from compliance.pdp.caches import STALE_S, Caches
from compliance.pdp.keys import KeyRing
from compliance.tenants.models import Psp


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


def test_stopping_does_not_wait_for_a_reading_that_never_ends() -> None:
    never = threading.Event()

    async def main() -> None:
        caches = Caches(stop_limit_s=0.1)
        caches._loop = asyncio.get_running_loop()
        caches._thread = threading.Thread(target=never.wait, args=(20,))
        caches._thread.start()
        waiting = caches.context_of(Psp(pk=1))

        await asyncio.wait_for(caches.stop(), 5)

        with pytest.raises(UnavailableError, match="stopped"):
            await asyncio.wait_for(waiting, 5)
        with pytest.raises(UnavailableError, match="not running"):
            _ = caches.context_of(Psp(pk=2))

    try:
        asyncio.run(main())
    finally:
        never.set()


def test_a_fault_that_nobody_thought_of_does_not_end_the_reading() -> None:
    # Without the database's mark a test's threads may not use it: each reading ends in a
    # RuntimeError, which is no error of a database.
    async def main() -> None:
        caches = Caches()
        await caches.start()
        try:
            assert caches._thread.is_alive()
            assert caches.trouble == "nothing has been read from the database yet"
        finally:
            await caches.stop()
        assert caches.trouble == "the thread that reads from the database has ended"

    asyncio.run(main())
