"""Fills, reads and damages logs, for the tests of the ledger."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
from collections.abc import Iterator
from functools import lru_cache

from django.db import connection

from compliance.ledger.expected import ExpectedEntry
from compliance.ledger.merkle import leaf_hash
from compliance.ledger.models import Entry, Log, StagedEntry
from compliance.ledger.sequencer import sequence_log
from compliance.ledger.staging import entry_bytes
from compliance.tenants.models import Psp
from tests.support.factories import NOW

EXPECTED: list[ExpectedEntry] = []
"""What `expected` yields; a test that uses it empties it again."""


def expected(_psp: Psp) -> Iterator[ExpectedEntry]:
    """Stand in for the decisions' own list (settings.LEDGER_EXPECTED_ENTRIES)."""
    yield from EXPECTED


@lru_cache(maxsize=100_000)
def entry(number: int) -> bytes:
    """Return the bytes of an entry like any other."""
    return entry_bytes({"schema": 1, "type": "decision", "number": number})


def stage(psp: Psp, count: int, *, start: int = 0) -> None:
    """Stage entries `start` to `start + count`."""
    StagedEntry.objects.bulk_create(
        StagedEntry(
            psp=psp,
            kind="sample",
            ref=f"dec_{number}",
            body=entry(number),
            leaf_hash=leaf_hash(entry(number)),
            staged_at=NOW,
        )
        for number in range(start, start + count)
    )


def grow(psp: Psp, count: int, *, start: int = 0) -> Log:
    """Stage entries, sequence and publish them; return the log."""
    stage(psp, count, start=start)
    while StagedEntry.objects.filter(psp=psp).exists():
        sequence_log(psp=psp, now=NOW)
    return Log.objects.get(psp=psp)


def entries(psp: Psp) -> list[bytes]:
    """Return the log's entries in order."""
    rows = Entry.objects.filter(psp=psp).order_by("index")
    assert [row.index for row in rows] == list(range(len(rows)))
    return [bytes(row.body) for row in rows]


@contextlib.contextmanager
def trigger_dropped(table: str, event: str) -> Iterator[None]:
    """Do something that only a person with rights over the tables could do."""
    name = f"{table}_no_{event}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Foreign keys that wait for the commit would keep the table from being altered.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
            yield
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {name}")
            return
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [name])
        (sql,) = cursor.fetchone()
        cursor.execute(f"DROP TRIGGER {name}")
        yield
        cursor.execute(sql)
