"""One sequencer for each log at a time."""
# SPDX-License-Identifier: Apache-2.0

from django.db import connection

_LOCK_CLASS = 0x6E66  # "nf": keeps our advisory locks apart from those of others


def lock_log(psp_id: int) -> None:
    """Wait until this transaction alone may change the log of the PSP.

    PostgreSQL: an advisory lock until the end of the transaction. SQLite: nothing to do, the
    transaction holds the database's only write lock since it began (settings: IMMEDIATE). The
    compare-and-swap of the head holds without any lock; this only saves wasted work.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Two 32-bit numbers; a collision of PSPs would only make them wait for each other.
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_CLASS, psp_id % 2**31])
