"""Bounds what the public may cost: so many verifications a minute, and few at the same time.

Each process counts for itself, for no cache across processes is configured: with several
processes, several times as much is given away.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Final

from django.core.cache import cache
from django.http import HttpRequest

from compliance.core.errors import ComplianceError

PER_ADDRESS: Final = 20
PER_PROCESS: Final = 120
"""Verifications a minute and process, for one address and for everybody together."""
_MINUTE: Final = 60
_MOMENT: Final = 5
_AT_ONCE = BoundedSemaphore(2)


class TooManyRequestsError(ComplianceError):
    """More was asked for than is given away; after `retry_after_s` seconds it is given again."""

    code = "too-many-requests"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@contextmanager
def bounded(request: HttpRequest) -> Iterator[None]:
    """Count the request and hold one of the few places while the block runs.

    Raises:
        TooManyRequestsError: if the minute is used up or all places are taken.
    """
    address = request.META.get("REMOTE_ADDR", "")
    for key, most in ((f"verify:{address}", PER_ADDRESS), ("verify:", PER_PROCESS)):
        cache.add(key, 0, _MINUTE)
        try:
            count = cache.incr(key)
        except ValueError:  # expired in between
            continue
        if count > most:
            raise TooManyRequestsError(
                "too many verifications: try again in a minute", retry_after_s=_MINUTE
            )
    if not _AT_ONCE.acquire(timeout=_MOMENT):
        raise TooManyRequestsError(
            "other verifications are running: try again in a moment", retry_after_s=_MOMENT
        )
    try:
        yield
    finally:
        _AT_ONCE.release()
