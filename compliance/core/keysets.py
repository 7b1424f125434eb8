"""Pages of what was requested, newest first, by key instead of by offset."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Protocol

from django.db.models import Q


class Requested(Protocol):
    """A row with the two columns that order such lists: `-requested_at`, then `-pk`."""

    requested_at: datetime
    pk: int


def follows(row: Requested) -> Q:
    """Return the condition for standing after `row` in such a list."""
    earlier = Q(requested_at__lt=row.requested_at)
    return earlier | Q(requested_at=row.requested_at, pk__lt=row.pk)
