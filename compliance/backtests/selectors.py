"""Reads back-tests and shadows, and what changes under them."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import QuerySet

from compliance.backtests.models import (
    BackTest,
    BackTestChange,
    Change,
    RunState,
    Shadow,
    ShadowEnding,
    ShadowResult,
)
from compliance.backtests.tally import Summary, summary_of
from compliance.core.errors import NotFoundError
from compliance.core.keysets import follows
from compliance.decisions.errors import InvalidCursorError
from compliance.policysets.models import PolicySetVersion
from compliance.tenants.models import Psp

__all__ = [
    "ChangesPage",
    "ShadowEnding",
    "Summary",
    "back_test_by_ref",
    "back_tests_of",
    "changes_page",
    "newest_back_test",
    "shadow_by_ref",
    "shadow_results_page",
    "shadow_running",
    "shadows_of",
    "summary_of",
]

_MOST_DIGITS = 9
Run = TypeVar("Run", BackTest, Shadow)


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """Some changes in order of time, and the cursor of the next page; empty after the last."""

    items: tuple[Change, ...]
    next_cursor: str


def back_tests_of(psp: Psp, limit: int = 50, *, cursor: str = "") -> list[BackTest]:
    """Return the PSP's back-tests, newest first; those after the one `cursor`, if one is named.

    Raises:
        InvalidCursorError: if the PSP has no such back-test.
    """
    return _newest(BackTest.objects.filter(psp=psp), limit, cursor)


def back_test_by_ref(psp: Psp, ref: str) -> BackTest:
    """Return one back-test.

    Raises:
        NotFoundError: if the PSP has none of that reference.
    """
    row = BackTest.objects.filter(psp=psp, ref=ref).select_related("version").first()
    if row is None:
        raise NotFoundError("back-test", ref)
    return row


def newest_back_test(psp: Psp, version: PolicySetVersion) -> BackTest | None:
    """Return the back-test of a version that was asked for last, if one was."""
    rows = BackTest.objects.filter(psp=psp, version=version)
    return rows.order_by("-requested_at", "-pk").first()


def changes_page(
    psp: Psp, ref: str, cursor: str = "", *, old: str = "", new: str = "", limit: int = 50
) -> ChangesPage:
    """Return listed changes of a back-test in order of time; of one pair of effects if given.

    Raises:
        NotFoundError: if the PSP has no such back-test.
        InvalidCursorError: if `cursor` is not one that a page gave.
    """
    rows = BackTestChange.objects.filter(run=back_test_by_ref(psp, ref))
    return _page(rows, cursor, old, new, limit)


def shadows_of(psp: Psp, limit: int = 50, *, cursor: str = "") -> list[Shadow]:
    """Return the PSP's shadows, newest first; those after the one `cursor`, if one is named.

    Raises:
        InvalidCursorError: if the PSP has no such shadow.
    """
    return _newest(Shadow.objects.filter(psp=psp), limit, cursor)


def shadow_running(psp: Psp) -> Shadow | None:
    """Return the shadow that runs, if one does."""
    rows = Shadow.objects.filter(psp=psp, state=RunState.RUNNING)
    return rows.select_related("version").first()


def shadow_by_ref(psp: Psp, ref: str) -> Shadow:
    """Return one shadow.

    Raises:
        NotFoundError: if the PSP has none of that reference.
    """
    row = Shadow.objects.filter(psp=psp, ref=ref).select_related("version").first()
    if row is None:
        raise NotFoundError("shadow", ref)
    return row


def shadow_results_page(
    psp: Psp, ref: str, cursor: str = "", *, old: str = "", new: str = "", limit: int = 50
) -> ChangesPage:
    """Return listed changes of a shadow in order of time; of one pair of effects if given.

    Raises:
        NotFoundError: if the PSP has no such shadow.
        InvalidCursorError: if `cursor` is not one that a page gave.
    """
    rows = ShadowResult.objects.filter(run=shadow_by_ref(psp, ref))
    return _page(rows, cursor, old, new, limit)


def _newest(rows: "QuerySet[Run]", limit: int, cursor: str) -> list[Run]:
    """Return the newest, or those that follow the one of that reference."""
    if cursor:
        last = rows.filter(ref=cursor).first()
        if last is None:
            raise InvalidCursorError
        rows = rows.filter(follows(last))
    return list(rows.select_related("version").order_by("-requested_at", "-pk")[:limit])


def _page(rows: Any, cursor: str, old: str, new: str, limit: int) -> ChangesPage:
    """Return the page after `cursor`, the number of a change."""
    if cursor:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= _MOST_DIGITS):
            raise InvalidCursorError
        rows = rows.filter(number__gt=int(cursor))
    if old:
        rows = rows.filter(old_effect=old)
    if new:
        rows = rows.filter(new_effect=new)
    found = list(rows.order_by("number")[: limit + 1])
    items = tuple(found[:limit])
    return ChangesPage(items, str(items[-1].number) if len(found) > limit else "")
