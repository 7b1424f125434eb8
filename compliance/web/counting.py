"""Figures that take long to count: counted once, kept for some minutes, never in a page's way.

Each process counts and keeps for itself, for no cache across processes is configured.
"""
# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Callable
from typing import Final, TypeVar

from django.core.cache import cache

from compliance.ledger.selectors import tree_size_of
from compliance.tenants.models import Psp

KEPT_FOR_S: Final = 300
KEPT_AT_MOST_S: Final = 3600
"""Figures are kept for minutes; those that took long to count, for longer, up to an hour."""
_SHARE_OF_TIME: Final = 60
"""Counting takes at most one part in so many of a process's time."""
SMALL: Final = 5_000
"""Up to so many ledger entries a page counts at once; above, it shows itself first."""

_Counted = TypeVar("_Counted")


def counted_for_page(
    psp: Psp, key: str, count: Callable[[], _Counted], *, wait: bool
) -> _Counted | None:
    """Return what `count` returns if that is quick, or if the reader said that they will `wait`.

    A million decisions take long to count; the page must not, so it gets None and asks again.
    One request counts for a PSP at a time in each process; those that come meanwhile get None too.
    `key` says what is counted, among all that is counted for the PSP.
    """
    whole = f"counted:{psp.ref}:{key}"
    kept: _Counted | None = cache.get(whole)
    if kept is not None:
        return kept
    if tree_size_of(psp) <= SMALL:
        return count()
    busy = f"counting:{psp.ref}"
    if not wait or not cache.add(busy, 1, KEPT_AT_MOST_S):
        return None
    try:
        return _count_and_keep(whole, count)
    finally:
        cache.delete(busy)


def _count_and_keep(key: str, count: Callable[[], _Counted]) -> _Counted:
    """Count, and keep the result the longer the longer it took."""
    began = time.monotonic()
    counted = count()
    took = time.monotonic() - began
    cache.set(key, counted, min(KEPT_AT_MOST_S, max(KEPT_FOR_S, int(took * _SHARE_OF_TIME))))
    return counted
