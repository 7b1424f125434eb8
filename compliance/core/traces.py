"""Takes out of the database's own files what was erased from its tables."""
# SPDX-License-Identifier: Apache-2.0

import time
from typing import Final

import structlog
from django.db import connection, transaction

_TRIES: Final = 8
_PAUSE_S: Final = 0.2
_WAIT_MS: Final = 100
"""Longest that one try waits for readers: for as long, nobody can write."""

_log = structlog.get_logger(__name__)


def clear_traces_once_durable() -> None:
    """Clear traces after the transaction; that it may fail undoes nothing of what was erased."""
    transaction.on_commit(_clear_or_say, robust=True)


def clear_traces() -> bool:
    """Empty SQLite's write-ahead log, which holds rows as they were; return whether it is empty.

    In the database file itself what was erased is overwritten (`secure_delete`). A reader that does
    not end keeps the log as it is. PostgreSQL takes old rows out by itself (autovacuum); its dumps
    never hold them. Not to be called inside a transaction.
    """
    if connection.vendor != "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (usual_ms,) = cursor.fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {_WAIT_MS}")
        try:
            for _attempt in range(_TRIES):
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                is_busy, *_pages = cursor.fetchone()
                if not is_busy:
                    return True
                time.sleep(_PAUSE_S)
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(usual_ms)}")
    return False


def _clear_or_say() -> None:
    """Clear traces, or say that they are still there."""
    if not clear_traces():
        _log.warning("traces_remain", hint="a reader holds the write-ahead log; tried again hourly")
