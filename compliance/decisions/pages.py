"""Pages by key, not by offset: as quick at the end as at the start, and stable while rows arrive."""
# SPDX-License-Identifier: Apache-2.0

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Generic, TypeVar

from django.db.models import Q, QuerySet

from compliance.decisions.errors import InvalidCursorError
from compliance.decisions.models import Decision

T = TypeVar("T")
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, newest first, and the cursor of the next page; empty after the last."""

    items: tuple[T, ...]
    next_cursor: str


def page_of(rows: list[Decision], limit: int) -> Page[Decision]:
    """Return the first `limit` of `rows`; one row more than that says that there is a next page."""
    items = tuple(rows[:limit])
    has_more = len(rows) > limit and items
    return Page(items, _cursor(items[-1]) if has_more else "")


def after(rows: "QuerySet[Decision]", cursor: str) -> "QuerySet[Decision]":
    """Return the rows older than the one that `cursor` names; all of them for an empty one.

    Raises:
        InvalidCursorError: if it is not one of ours.
    """
    if not cursor:
        return rows
    decided_at, ref = _place(cursor)
    # The first condition alone bounds the index scan; the second one breaks ties.
    return rows.filter(Q(decided_at__lte=decided_at), Q(decided_at__lt=decided_at) | Q(ref__lt=ref))


def _cursor(decision: Decision) -> str:
    """Return the cursor after one decision; opaque, and it holds no number of a row."""
    text = f"{decision.decided_at.isoformat()} {decision.ref}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[datetime, str]:
    """Return what `_cursor` wrote.

    Raises:
        InvalidCursorError: if it did not write this.
    """
    try:
        if len(cursor) > _LONGEST:
            raise InvalidCursorError
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        time, ref = base64.b64decode(padded, altchars=b"-_", validate=True).decode().split(" ")
        decided_at = datetime.fromisoformat(time)
        if decided_at.tzinfo is None or "\0" in ref:
            raise InvalidCursorError
        # A moment at the edge of the calendar has no form in UTC.
        return decided_at.astimezone(UTC), ref
    except (ValueError, OverflowError, binascii.Error) as error:
        raise InvalidCursorError from error
