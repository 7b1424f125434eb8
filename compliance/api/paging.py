"""Pages of short lists: a query with a cursor, and the document of one page."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from typing import Any

from compliance.api.fields import StrictSerializer, TextField, WholeNumberField
from compliance.decisions.errors import InvalidCursorError


class PageQuery(StrictSerializer):
    """Which page."""

    cursor = TextField(
        default="", allow_blank=True, max_length=40, help_text="`next_cursor` of the page before"
    )
    limit = WholeNumberField(min_value=1, max_value=200, default=50, help_text="how many at most")


def page_document(found: Sequence[dict[str, Any]], *, limit: int) -> dict[str, Any]:
    """Return one page of things in their wire form; more than `limit` say that others follow.

    The reference of a page's last thing is the cursor of the next page.
    """
    items = found[:limit]
    return {"items": items, "next_cursor": items[-1]["ref"] if len(found) > limit else None}


def after_cursor(things: Sequence[dict[str, Any]], cursor: str) -> Sequence[dict[str, Any]]:
    """Return those of `things` that follow the one that `cursor` names; all, if it is empty.

    Raises:
        InvalidCursorError: if it names none of them.
    """
    if not cursor:
        return things
    for place, thing in enumerate(things, start=1):
        if thing["ref"] == cursor:
            return things[place:]
    raise InvalidCursorError
